// The change map's painter: a map of greys, a view of it over the picture, tools, keys and the controls around them.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const SIDE = 512;
    const FIRST_BRUSH = 10; // Of the longer side.
    const TAG_GAP = 18;
    const WHOLE = {left: 0, top: 0, right: 1, bottom: 1};
    const FIRST_CHOICES = {tool: 'brush', strength: 100, other: 0, size: 51, hardness: 0.7, flow: 1, tolerance: 24, pressure: 'size', view: 'heat', opacity: 0.75};
    const LIMITS = {strength: [0, 100], other: [0, 100], size: [1, 1000], hardness: [0, 1], flow: [0.01, 1], tolerance: [0, 255], opacity: [0, 1]};


    const percentOf = (grey) => 100 * grey / diffdiff.WHITE;

    // Neither a whole percent nor nothing nor all is claimed of what is only close to it.
    function percentInWords(grey) {
        const percent = percentOf(grey), whole = Math.round(percent);
        return diffdiff.greyOf(whole / 100) === grey ? String(whole) : diffdiff.clamp(percent, 0.1, 99.9).toFixed(1);
    }

    class Painter {
        static LIMITS = LIMITS;

        // onChange: after a finished stroke, fill, undo and so on.
        constructor(root, {onChange = () => {}} = {}) {
            Object.assign(this, {root, onChange});
            this.map = new diffdiff.GreyMap(SIDE, SIDE);
            this.choices = {...FIRST_CHOICES};
            this.strengths = null;
            this.frameAsked = 0;
            this.build();
            this.tools = Object.fromEntries(diffdiff.paintTools.map(({name, make}) => [name, make(this)]));
            this.view = new diffdiff.PaintView(this.stage);
            this.hand = new diffdiff.PaintHand(this);
            this.keys = new diffdiff.PaintKeys(this);
            this.watch();
            this.setPicture(null, SIDE, SIDE);
            this.choose({});
        }

        build() {
            const {element} = diffdiff;
            this.root.classList.add('diffdiff-painter');
            this.help = diffdiff.paintControls.helpPanel(() => this.toggleHelp());
            this.tag = element('div', 'diffdiff-tag', {'aria-hidden': 'true', hidden: ''});
            this.invitation = element('div', 'diffdiff-invitation', {}, diffdiff.t('Paint where the picture may change'));
            this.stage = element('div', 'diffdiff-stage', {tabindex: '0', role: 'application', 'aria-label': diffdiff.t('Change map painter. Press ? for its keys')}, this.invitation, this.tag);
            this.panel = new diffdiff.PaintPanel(this);
            this.root.replaceChildren(this.panel.bar, this.panel.options, element('div', 'diffdiff-stage-frame', {}, this.stage, this.help), this.panel.foot);
            this.root.addEventListener('keydown', (event) => this.onEnter(event));
            this.root.style.setProperty('--diffdiff-heat', diffdiff.colours.gradient(diffdiff.colours.heat));
            this.root.style.setProperty('--diffdiff-grey', diffdiff.colours.gradient(diffdiff.colours.grey));
        }

        // A number was typed: the keys are the painter's again.
        onEnter({key, ctrlKey, target}) {
            if (key === 'Enter' && !ctrlKey && target.type === 'number') this.focus();
        }

        // The stage has no size in a closed accordion; it gets one later.
        watch() {
            this.observer = new ResizeObserver(() => this.moved());
            this.observer.observe(this.stage);
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
            for (const [name, value] of Object.entries(changes)) this.choices[name] = name in LIMITS ? diffdiff.clamp(value, ...LIMITS[name]) : value;
            if ('view' in changes || 'opacity' in changes || !Object.keys(changes).length) this.view.show(this.choices.view, this.choices.opacity);
            this.panel.show(this.choices);
            this.redraw();
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
            if (this.hand.hover) this.choose({strength: Math.round(percentOf(this.map.at(this.hand.hover.x, this.hand.hover.y)))});
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
            this.panel.showHistory(this.map);
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
            const size = diffdiff.GreyMap.sizeFor(width, height);
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
                this.map = new diffdiff.GreyMap(width, height);
                return;
            }
            this.map.stretch(width, height);
            this.panel.showHistory(this.map);
        }

        // Another map, stretched to the picture's size. onChange is not called: the caller knows.
        load(greys, width, height) {
            this.settle();
            this.map.replace({greys, width, height}, diffdiff.GreyMap.sizeFor(this.view.size.width, this.view.size.height));
            this.strengths = null;
            this.panel.showHistory(this.map);
            this.invite();
            this.redraw();
        }

        async toPNG() {
            return diffdiff.dataURL(await diffdiff.greyPNG(this.map));
        }

        async download() {
            const address = URL.createObjectURL(await diffdiff.greyPNG(this.map));
            diffdiff.element('a', '', {href: address, download: 'change-map.png'}).click();
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

        // The picture's colours, for a fill to compare; null where there is no picture.
        pixels() {
            if (!this.view.picture) return null;
            const {width, height} = this.map;
            const isKnown = this.pixelsOfPicture?.width === width && this.pixelsOfPicture.height === height;
            if (!isKnown) this.pixelsOfPicture = this.view.pixelsFor(this.map);
            return this.pixelsOfPicture.data;
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
            this.panel.helpButton.setAttribute('aria-expanded', !this.help.hidden);
            (this.help.hidden ? this.stage : this.help.querySelector('button')).focus({preventScroll: true});
        }

        redraw() {
            if (!this.frameAsked) this.frameAsked = requestAnimationFrame(() => this.draw());
        }

        draw() {
            this.frameAsked = 0;
            this.view.draw(this.map, (context) => this.tool.draw(context, this.hand));
            diffdiff.paintControls.setText(this.panel.zoom, `${Math.round(100 * this.view.scale)} %`);
            this.showTag();
        }

        // Beside the pointer: the map's strength and, where the last preview tells it, the number that the Denoising slider would have.
        showTag() {
            const {hover, doing} = this.hand;
            const isInside = hover && hover.x >= 0 && hover.y >= 0 && hover.x < this.map.width && hover.y < this.map.height;
            this.tag.hidden = !isInside || doing === 'pan' || doing === 'pinch';
            if (this.tag.hidden) return;
            const strength = this.strengthAt(hover);
            const percent = `${percentInWords(this.map.at(hover.x, hover.y))} %`;
            diffdiff.paintControls.setText(this.tag, strength === null ? percent : `${percent}  ·  ${diffdiff.t('Denoising {strength}', {strength: strength.toFixed(2)})}`);
            this.placeTag(this.view.toStage(this.map, hover));
        }

        placeTag({x, y}) {
            const {offsetWidth, offsetHeight} = this.tag;
            const left = x + TAG_GAP + offsetWidth > this.view.width ? x - TAG_GAP - offsetWidth : x + TAG_GAP;
            const top = y + TAG_GAP + offsetHeight > this.view.height ? y - TAG_GAP - offsetHeight : y + TAG_GAP;
            this.tag.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
        }
    }

    diffdiff.Painter = Painter;
})();
