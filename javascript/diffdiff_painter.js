// The change map's painter: a map of bytes, a view of it over the picture, tools, keys and the controls around them.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const SIDE = 512;
    const LARGEST_BRUSH = 1000;
    const FIRST_BRUSH = 10; // Of the longer side.
    const TAG_GAP = 18;
    const WHOLE = {left: 0, top: 0, right: 1, bottom: 1};
    const FIRST_CHOICES = {tool: 'brush', strength: 100, other: 0, size: 51, hardness: 0.7, flow: 1, tolerance: 24, pressure: 'size', view: 'heat', opacity: 0.75};
    const LIMITS = {strength: [0, 100], other: [0, 100], size: [1, LARGEST_BRUSH], hardness: [0, 1], flow: [0.01, 1], tolerance: [0, 255], opacity: [0, 1]};
    const BRUSHES = ['brush', 'eraser', 'blur'];
    const SHOWN = {
        strength: ['brush', 'gradient', 'radial', 'rectangle', 'ellipse', 'polygon', 'fill'],
        size: BRUSHES, hardness: BRUSHES, flow: BRUSHES, tolerance: ['fill'],
    };

    const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

    const toolNames = () => ({
        brush: [diffdiff.t('Brush'), 'B'],
        eraser: [diffdiff.t('Eraser'), 'E'],
        blur: [diffdiff.t('Blur brush'), 'U'],
        gradient: [diffdiff.t('Linear gradient from the first strength to the second'), 'G'],
        radial: [diffdiff.t('Radial gradient from the first strength to the second'), 'R'],
        rectangle: [diffdiff.t('Filled rectangle'), 'M'],
        ellipse: [diffdiff.t('Filled ellipse'), 'O'],
        polygon: [diffdiff.t('Filled polygon: click its corners, or draw it freehand'), 'P'],
        fill: [diffdiff.t('Fill similar colours of the picture'), 'F'],
    });

    const viewNames = () => ({
        heat: diffdiff.t('Picture and map'),
        map: diffdiff.t('Map alone'),
        picture: diffdiff.t('Picture alone'),
    });

    // Neither nothing nor all is claimed of what is only close to it.
    function percentOf(byte) {
        const percent = byte / 2.55;
        return percent > 0 && percent < 1 || percent > 99 && percent < 100 ? percent.toFixed(1) : percent.toFixed(0);
    }

    // The host runs every extension's update callbacks whenever an element or a text is added; the words of a text that is there may change.
    function setText(element, words) {
        if (!element.firstChild) element.append(words);
        else if (element.firstChild.data !== words) element.firstChild.data = words;
    }

    class Painter {
        // onChange: after a finished stroke, fill, undo and so on. onNote: 'resized' where the map was stretched to another picture.
        constructor(root, {onChange = () => {}, onNote = () => {}} = {}) {
            Object.assign(this, {root, onChange, onNote});
            this.map = new diffdiff.ByteMap(SIDE, SIDE);
            this.choices = {...FIRST_CHOICES};
            this.strengths = null;
            this.frameAsked = 0;
            this.knowsPen = false;
            this.ending = new AbortController();
            this.build();
            this.tools = diffdiff.paintTools(this);
            this.view = new diffdiff.PaintView(this.stage);
            this.hand = new diffdiff.PaintHand(this);
            this.keys = new diffdiff.PaintKeys(this, this.ending.signal);
            this.watch();
            this.setPicture(null, SIDE, SIDE);
            this.choose({});
        }

        build() {
            const {element} = diffdiff.paintControls;
            this.root.classList.add('diffdiff-painter');
            this.help = diffdiff.paintControls.helpPanel(() => this.toggleHelp());
            this.tag = element('div', 'diffdiff-tag', {'aria-hidden': 'true', hidden: ''});
            this.invitation = element('div', 'diffdiff-invitation', {}, diffdiff.t('Paint where the picture may change'));
            this.stage = element('div', 'diffdiff-stage', {tabindex: '0', role: 'application', 'aria-label': diffdiff.t('Change map painter. Press ? for its keys')}, this.invitation, this.tag);
            this.root.replaceChildren(this.buildBar(), this.buildOptions(), element('div', 'diffdiff-stage-frame', {}, this.stage, this.help), this.buildFoot());
            this.root.addEventListener('keydown', (event) => this.onEnter(event), {signal: this.ending.signal});
            this.root.style.setProperty('--diffdiff-heat', diffdiff.colours.gradient(diffdiff.colours.heat));
            this.root.style.setProperty('--diffdiff-grey', diffdiff.colours.gradient(diffdiff.colours.grey));
        }

        // A number was typed: the keys are the painter's again.
        onEnter({key, ctrlKey, target}) {
            if (key === 'Enter' && !ctrlKey && target.type === 'number') this.focus();
        }

        buildBar() {
            const {element, group} = diffdiff.paintControls;
            this.toolButtons = Object.fromEntries(Object.entries(toolNames()).map(([name, [words, key]]) => [name, this.button(name, words, key, () => this.choose({tool: name}))]));
            this.undoButton = this.button('undo', diffdiff.t('Undo'), 'Z', () => this.undo());
            this.redoButton = this.button('redo', diffdiff.t('Redo'), 'Y', () => this.redo());
            const whole = [this.button('invert', diffdiff.t('Invert the map'), '', () => this.invert()), this.button('clear', diffdiff.t('Clear the map'), '', () => this.clear())];
            const rest = [this.button('download', diffdiff.t('Download the map as PNG'), '', () => this.download()), this.helpButton = this.button('help', diffdiff.t('Keys'), '?', () => this.toggleHelp())];
            const bar = element('div', 'diffdiff-bar', {role: 'toolbar', 'aria-label': diffdiff.t('Painting tools')});
            bar.append(group(diffdiff.t('Tools'), ...Object.values(this.toolButtons)), group(diffdiff.t('History'), this.undoButton, this.redoButton, ...whole), group(diffdiff.t('More'), ...rest));
            return bar;
        }

        button(icon, words, key, act) {
            return diffdiff.paintControls.iconButton(icon, words, key, (event) => {
                act();
                if (event.detail > 0 && icon !== 'help') this.focus(); // Clicked, not by the keyboard: Space is for dragging now.
            });
        }

        buildOptions() {
            const {element, Slider} = diffdiff.paintControls;
            const slider = (name, options, factor = 1) => new Slider({...options, onInput: (value) => this.choose({[name]: value / factor})});
            this.sliders = {
                strength: slider('strength', {label: diffdiff.t('Strength'), title: diffdiff.t('How much may change here: 0 % keeps the picture, 100 % changes it as the Denoising slider says')}),
                size: slider('size', {label: diffdiff.t('Size'), min: 1, max: LARGEST_BRUSH, unit: 'px', byFactor: true}),
                hardness: slider('hardness', {label: diffdiff.t('Hardness')}, 100),
                flow: slider('flow', {label: diffdiff.t('Flow'), title: diffdiff.t('How much of the strength one pass of the brush gives'), min: 1}, 100),
                tolerance: slider('tolerance', {label: diffdiff.t('Tolerance'), title: diffdiff.t('How far a colour may be from the one clicked, in each of red, green and blue'), max: 255, unit: ''}),
            };
            this.sliders.strength.root.classList.add('diffdiff-strength');
            return element('div', 'diffdiff-options', {}, this.buildPair(), ...Object.values(this.sliders).map(({root}) => root), this.buildPressure());
        }

        buildPair() {
            const {element, iconButton} = diffdiff.paintControls;
            this.first = element('span', 'diffdiff-chip');
            this.second = element('button', 'diffdiff-chip diffdiff-second', {type: 'button'});
            this.second.addEventListener('click', () => this.swap());
            return element('div', 'diffdiff-pair', {}, this.first, iconButton('swap', diffdiff.t('Swap the two strengths'), 'X', () => this.swap()), this.second);
        }

        buildPressure() {
            const {element} = diffdiff.paintControls;
            const names = {size: diffdiff.t('Size'), flow: diffdiff.t('Flow'), none: diffdiff.t('Nothing')};
            this.pressure = element('select', 'diffdiff-select', {}, ...Object.entries(names).map(([value, words]) => element('option', '', {value}, words)));
            this.pressure.addEventListener('change', () => this.choose({pressure: this.pressure.value}));
            this.pressureLabel = element('label', 'diffdiff-pressure', {hidden: ''}, element('span', 'diffdiff-label', {}, diffdiff.t('Pen pressure')), this.pressure);
            return this.pressureLabel;
        }

        buildFoot() {
            const {element, group, legend, Slider} = diffdiff.paintControls;
            this.viewButtons = Object.fromEntries(Object.entries(viewNames()).map(([view, words]) => [view, this.button(view, words, 'V', () => this.choose({view}))]));
            this.opacity = new Slider({label: diffdiff.t('Opacity'), title: diffdiff.t('How much the map covers the picture'), onInput: (value) => this.choose({opacity: value / 100})});
            this.legend = legend();
            this.zoomWords = element('span', 'diffdiff-zoom');
            const zoom = group(
                diffdiff.t('Zoom'), this.button('farther', diffdiff.t('Farther'), '-', () => this.zoom(1 / 1.25)), this.zoomWords,
                this.button('closer', diffdiff.t('Closer'), '+', () => this.zoom(1.25)), this.button('fit', diffdiff.t('Whole picture'), 'H', () => this.fit()),
            );
            return element('div', 'diffdiff-foot', {}, group(diffdiff.t('View'), ...Object.values(this.viewButtons)), this.opacity.root, this.legend.root, zoom);
        }

        // The stage has no size in a closed accordion; it gets one later.
        watch() {
            this.observer = new ResizeObserver(() => this.moved());
            this.observer.observe(this.stage);
        }

        destroy() {
            this.ending.abort();
            this.observer.disconnect();
            cancelAnimationFrame(this.frameAsked);
            this.root.replaceChildren();
        }

        focus() {
            this.stage.focus({preventScroll: true});
        }

        get hasFocus() {
            return this.root.contains(this.root.getRootNode().activeElement);
        }

        get isHovered() {
            return this.root.matches(':hover');
        }

        get tool() {
            return this.tools[this.choices.tool];
        }

        // changes: any of the choices, a percentage for the strengths; a tool's unfinished work is given up where the tool changes.
        choose(changes) {
            if (changes.tool && changes.tool !== this.choices.tool) this.settle();
            for (const [name, value] of Object.entries(changes)) this.choices[name] = name in LIMITS ? clamp(value, ...LIMITS[name]) : value;
            if ('view' in changes || 'opacity' in changes || !Object.keys(changes).length) this.view.show(this.choices.view, this.choices.opacity);
            this.showChoices();
            this.redraw();
        }

        showChoices() {
            const {tool, view, hardness, flow, opacity} = this.choices;
            const percents = {hardness: Math.round(100 * hardness), flow: Math.round(100 * flow)};
            for (const [name, slider] of Object.entries(this.sliders)) {
                slider.set(percents[name] ?? this.choices[name]);
                slider.root.hidden = !SHOWN[name].includes(tool);
            }
            this.opacity.set(Math.round(100 * opacity));
            this.opacity.root.hidden = view !== 'heat';
            for (const [name, button] of Object.entries(this.toolButtons)) button.setAttribute('aria-pressed', name === tool);
            for (const [name, button] of Object.entries(this.viewButtons)) button.setAttribute('aria-pressed', name === view);
            this.root.dataset.view = view;
            this.pressure.value = this.choices.pressure;
            this.pressureLabel.hidden = !this.knowsPen || !BRUSHES.includes(tool);
            this.showPair();
            this.showHistory();
        }

        showPair() {
            const {tool, strength, other} = this.choices;
            this.first.parentElement.hidden = !SHOWN.strength.includes(tool);
            this.first.title = diffdiff.t('The strength: {percent} %', {percent: strength});
            this.second.title = diffdiff.t('The second strength: {percent} % (X swaps)', {percent: other});
            this.second.setAttribute('aria-label', this.second.title);
            for (const [chip, percent] of [[this.first, strength], [this.second, other]]) {
                setText(chip, String(percent));
                chip.style.setProperty('--diffdiff-colour', diffdiff.colours.css(diffdiff.colours.heat(percent / 100)));
                chip.classList.toggle('diffdiff-dark-words', percent >= 60);
            }
        }

        showHistory() {
            this.undoButton.disabled = !this.map.canUndo;
            this.redoButton.disabled = !this.map.canRedo;
        }

        // As long as nothing was painted.
        invite() {
            this.invitation.hidden = this.map.canUndo || this.map.canRedo || !this.map.isBlank;
        }

        swap() {
            this.choose({strength: this.choices.other, other: this.choices.strength});
        }

        // The strength under the pointer becomes the brush's.
        pick() {
            if (this.hand.hover) this.choose({strength: Math.round(this.map.at(this.hand.hover.x, this.hand.hover.y) / 2.55)});
        }

        seePen() {
            this.knowsPen = true;
            this.pressureLabel.hidden = !BRUSHES.includes(this.choices.tool);
        }

        undo() {
            this.settle();
            this.finished(this.map.undo());
        }

        redo() {
            this.settle();
            this.finished(this.map.redo());
        }

        invert() {
            this.settle();
            this.finished(this.map.invert());
        }

        clear() {
            this.settle();
            this.finished(this.map.clear());
        }

        // A change is under way: the numbers of the last preview are no longer true.
        painting() {
            if (this.tool.isBusy) this.strengths = null;
            this.invitation.hidden = true;
            this.redraw();
        }

        finished(hasChanged) {
            this.showHistory();
            this.redraw();
            if (!hasChanged) return;
            this.strengths = null;
            this.invitation.hidden = true;
            this.onChange(this);
        }

        // A stroke under the hand ends here, whatever comes in between; a polygon's corners are given up.
        settle() {
            if (this.hand.doing === 'paint') this.tool.release();
            this.hand.stop();
            this.tool.cancel();
        }

        // What is under way is given up; whether there was anything.
        escape() {
            const wasBusy = this.tool.isBusy || !this.help.hidden;
            this.tool.cancel();
            if (!this.help.hidden) this.toggleHelp();
            if (this.hand.doing === 'paint') this.hand.stop();
            this.redraw();
            return wasBusy;
        }

        // picture: what a canvas can draw, or null for a neutral ground; the map is stretched to another size, as a step to undo.
        setPicture(picture, width = SIDE, height = SIDE) {
            const size = diffdiff.ByteMap.sizeFor(width, height);
            const hasOther = size.width !== this.map.width || size.height !== this.map.height;
            this.settle();
            this.pixelsOfPicture = null;
            this.strengths = null;
            this.view.setPicture(picture, width, height);
            if (hasOther && !this.map.canUndo) this.choose({size: Math.max(1, Math.round(Math.max(size.width, size.height) / FIRST_BRUSH))});
            if (hasOther) this.stretch(size);
            this.invite();
            this.moved();
        }

        stretch({width, height}) {
            if (!this.map.canUndo && !this.map.canRedo && this.map.isBlank) {
                this.map = new diffdiff.ByteMap(width, height);
                return;
            }
            this.map.stretch(width, height);
            this.showHistory();
            this.onNote('resized');
        }

        // Another map, stretched to the picture's size. onChange is not called: the caller knows.
        load(bytes, width, height, {undoable = true} = {}) {
            this.settle();
            this.map.replace({bytes, width, height}, diffdiff.ByteMap.sizeFor(this.view.size.width, this.view.size.height));
            if (!undoable) this.map = this.map.copy();
            this.strengths = null;
            this.showHistory();
            this.invite();
            this.redraw();
        }

        async toPNG() {
            return diffdiff.dataURL(await diffdiff.greyPNG(this.map));
        }

        async download() {
            const address = URL.createObjectURL(await diffdiff.greyPNG(this.map));
            diffdiff.paintControls.element('a', '', {href: address, download: 'change-map.png'}).click();
            setTimeout(() => URL.revokeObjectURL(address), 60000);
        }

        // What the last preview says of this very map: {rows, columns, values, area}, values row by row. area: the part of the picture
        // that the rows and columns cover, as shares of its sides; all of it where none is given. null: nothing is known.
        setStrengths(strengths) {
            this.strengths = strengths;
            this.redraw();
        }

        strengthAt({x, y}) {
            if (!this.strengths) return null;
            const {rows, columns, values, area = WHOLE} = this.strengths;
            const column = Math.floor((x / this.map.width - area.left) / (area.right - area.left) * columns);
            const row = Math.floor((y / this.map.height - area.top) / (area.bottom - area.top) * rows);
            return column >= 0 && row >= 0 && column < columns && row < rows ? values[row * columns + column] : null;
        }

        // The colours that a fill compares: the picture's, or the map's own where there is no picture.
        pixels() {
            if (!this.view.picture) return greyPixels(this.map);
            const {width, height} = this.map;
            if (this.pixelsOfPicture?.length !== 4 * width * height) this.pixelsOfPicture = this.view.pixelsFor(this.map);
            return this.pixelsOfPicture;
        }

        zoom(factor) {
            this.view.zoomAt({x: this.view.width / 2, y: this.view.height / 2}, factor);
            this.moved();
        }

        fit() {
            this.view.fit();
            this.moved();
        }

        moved() {
            this.view.moved = true;
            this.redraw();
        }

        toggleHelp() {
            this.help.hidden = !this.help.hidden;
            this.helpButton.setAttribute('aria-expanded', !this.help.hidden);
            (this.help.hidden ? this.stage : this.help.querySelector('button')).focus({preventScroll: true});
        }

        redraw() {
            if (!this.frameAsked) this.frameAsked = requestAnimationFrame(() => this.draw());
        }

        draw() {
            this.frameAsked = 0;
            this.view.draw(this.map, (context) => this.tool.draw(context, this.hand));
            setText(this.zoomWords, `${Math.round(100 * this.view.scale)} %`);
            this.showTag();
        }

        // Beside the pointer: the map's strength and, where the last preview tells it, the number that the Denoising slider would have.
        showTag() {
            const {hover, doing} = this.hand;
            const isInside = hover && hover.x >= 0 && hover.y >= 0 && hover.x < this.map.width && hover.y < this.map.height;
            this.tag.hidden = !isInside || doing === 'pan' || doing === 'pinch';
            if (this.tag.hidden) return;
            const strength = this.strengthAt(hover);
            const percent = `${percentOf(this.map.at(hover.x, hover.y))} %`;
            setText(this.tag, strength === null ? percent : `${percent}  ·  ${diffdiff.t('Denoising {strength}', {strength: strength.toFixed(2)})}`);
            this.placeTag(this.view.toStage(this.map, hover));
        }

        placeTag({x, y}) {
            const {offsetWidth, offsetHeight} = this.tag;
            const left = x + TAG_GAP + offsetWidth > this.view.width ? x - TAG_GAP - offsetWidth : x + TAG_GAP;
            const top = y + TAG_GAP + offsetHeight > this.view.height ? y - TAG_GAP - offsetHeight : y + TAG_GAP;
            this.tag.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
        }
    }

    function greyPixels({bytes}) {
        const pixels = new Uint8ClampedArray(4 * bytes.length);
        for (let i = 0; i < bytes.length; i++) pixels.fill(bytes[i], 4 * i, 4 * i + 4);
        return pixels;
    }

    diffdiff.Painter = Painter;
})();
