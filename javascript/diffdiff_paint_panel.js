// Everything around the painter's stage: tools and history above, what the tool needs below them, views and zoom at the foot.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const BRUSHES = ['brush', 'eraser', 'blur'];
    const SHOWN = {
        strength: ['brush', 'gradient', 'radial', 'rectangle', 'ellipse', 'polygon', 'fill'],
        size: BRUSHES, hardness: BRUSHES, flow: BRUSHES, tolerance: ['fill'],
    };

    const toolNames = () => ({
        brush: [diffdiff.t('Brush'), 'B'],
        eraser: [diffdiff.t('Eraser'), 'E'],
        blur: [diffdiff.t('Blur brush'), 'U'],
        gradient: [diffdiff.t('Linear gradient from the first strength to the second'), 'G'],
        radial: [diffdiff.t('Radial gradient from the first strength to the second'), 'R'],
        rectangle: [diffdiff.t('Filled rectangle'), 'M'],
        ellipse: [diffdiff.t('Filled ellipse'), 'O'],
        polygon: [diffdiff.t('Filled polygon: click its corners, or draw it freehand'), 'P'],
        fill: [diffdiff.t('Fill similar colours in the picture'), 'F'],
    });

    const viewNames = () => ({
        heat: diffdiff.t('Picture and map'),
        map: diffdiff.t('Map only'),
        picture: diffdiff.t('Picture only'),
    });

    class Panel {
        constructor(painter) {
            this.painter = painter;
            this.knowsPen = false;
            this.bar = this.buildBar();
            this.options = this.buildOptions();
            this.foot = this.buildFoot();
        }

        buildBar() {
            const {element, group} = diffdiff.paintControls;
            this.toolButtons = Object.fromEntries(
                Object.entries(toolNames()).map(([name, [words, key]]) => [name, this.button(name, words, key, () => this.painter.choose({tool: name}))]),
            );
            this.undoButton = this.button('undo', diffdiff.t('Undo'), 'Z', () => this.painter.undo());
            this.redoButton = this.button('redo', diffdiff.t('Redo'), 'Y', () => this.painter.redo());
            const whole = [this.button('invert', diffdiff.t('Invert the map'), '', () => this.painter.invert()), this.button('clear', diffdiff.t('Clear the map'), '', () => this.painter.clear())];
            const download = this.button('download', diffdiff.t('Download the map as PNG'), '', () => this.painter.download());
            this.helpButton = this.button('help', diffdiff.t('Keys'), '?', () => this.painter.toggleHelp());
            return element(
                'div', 'diffdiff-bar', {role: 'toolbar', 'aria-label': diffdiff.t('Painting tools')},
                group(diffdiff.t('Tools'), ...Object.values(this.toolButtons)), group(diffdiff.t('History'), this.undoButton, this.redoButton, ...whole),
                group(diffdiff.t('More'), download, this.helpButton),
            );
        }

        button(icon, words, key, act) {
            return diffdiff.paintControls.iconButton(icon, words, key, (event) => {
                act();
                if (event.detail > 0 && icon !== 'help') this.painter.focus(); // Clicked, not by the keyboard: Space is for dragging now.
            });
        }

        buildOptions() {
            const {element, Slider} = diffdiff.paintControls;
            const slider = (name, options, factor = 1) => new Slider({...options, onInput: (value) => this.painter.choose({[name]: value / factor})});
            this.sliders = {
                strength: slider('strength', {label: diffdiff.t('Strength'), title: diffdiff.t('How much may change here: 0 % keeps the picture, 100 % changes it as much as the Denoising slider sets')}),
                size: slider('size', {label: diffdiff.t('Size'), min: 1, max: diffdiff.Painter.LIMITS.size[1], unit: 'px', byFactor: true}),
                hardness: slider('hardness', {label: diffdiff.t('Hardness')}, 100),
                flow: slider('flow', {label: diffdiff.t('Flow'), title: diffdiff.t('How much of the strength one pass of the brush applies'), min: 1}, 100),
                tolerance: slider('tolerance', {label: diffdiff.t('Tolerance'), title: diffdiff.t('How much a colour may differ from the clicked one, in each of red, green and blue'), max: 255, unit: ''}),
            };
            this.sliders.strength.root.classList.add('diffdiff-strength');
            return element('div', 'diffdiff-options', {}, this.buildPair(), ...Object.values(this.sliders).map(({root}) => root), this.buildPressure());
        }

        buildPair() {
            const {element, iconButton} = diffdiff.paintControls;
            this.first = element('span', 'diffdiff-chip');
            this.second = element('button', 'diffdiff-chip diffdiff-second', {type: 'button'});
            this.second.addEventListener('click', () => this.painter.swap());
            return element('div', 'diffdiff-pair', {}, this.first, iconButton('swap', diffdiff.t('Swap the two strengths'), 'X', () => this.painter.swap()), this.second);
        }

        buildPressure() {
            const {element} = diffdiff.paintControls;
            const names = {size: diffdiff.t('Size'), flow: diffdiff.t('Flow'), none: diffdiff.t('Nothing')};
            this.pressure = element('select', 'diffdiff-select', {}, ...Object.entries(names).map(([value, words]) => element('option', '', {value}, words)));
            this.pressure.addEventListener('change', () => this.painter.choose({pressure: this.pressure.value}));
            this.pressureLabel = element('label', 'diffdiff-pressure', {hidden: ''}, element('span', 'diffdiff-label', {}, diffdiff.t('Pen pressure')), this.pressure);
            return this.pressureLabel;
        }

        buildFoot() {
            const {element, group, legend, Slider} = diffdiff.paintControls;
            this.viewButtons = Object.fromEntries(Object.entries(viewNames()).map(([view, words]) => [view, this.button(view, words, 'V', () => this.painter.choose({view}))]));
            this.opacity = new Slider({label: diffdiff.t('Opacity'), title: diffdiff.t('How much the map covers the picture'), onInput: (value) => this.painter.choose({opacity: value / 100})});
            this.legend = legend();
            this.zoom = element('span', 'diffdiff-zoom');
            const zoom = group(
                diffdiff.t('Zoom'), this.button('farther', diffdiff.t('Zoom out'), '-', () => this.painter.zoom(1 / 1.25)), this.zoom,
                this.button('closer', diffdiff.t('Zoom in'), '+', () => this.painter.zoom(1.25)), this.button('fit', diffdiff.t('Whole picture'), 'H', () => this.painter.fit()),
            );
            return element('div', 'diffdiff-foot', {}, group(diffdiff.t('View'), ...Object.values(this.viewButtons)), this.opacity.root, this.legend.root, zoom);
        }

        show(choices) {
            const {tool, view, hardness, flow, opacity} = choices;
            const percents = {hardness: Math.round(100 * hardness), flow: Math.round(100 * flow)};
            for (const [name, slider] of Object.entries(this.sliders)) {
                slider.set(percents[name] ?? choices[name]);
                slider.root.hidden = !SHOWN[name].includes(tool);
            }
            this.opacity.set(Math.round(100 * opacity));
            this.opacity.root.hidden = view !== 'heat';
            for (const [name, button] of Object.entries(this.toolButtons)) button.setAttribute('aria-pressed', name === tool);
            for (const [name, button] of Object.entries(this.viewButtons)) button.setAttribute('aria-pressed', name === view);
            this.painter.root.dataset.view = view;
            this.pressure.value = choices.pressure;
            this.pressureLabel.hidden = !this.knowsPen || !BRUSHES.includes(tool);
            this.showPair(choices);
            this.showHistory(this.painter.map);
        }

        showPair({tool, strength, other}) {
            this.first.parentElement.hidden = !SHOWN.strength.includes(tool);
            this.first.title = diffdiff.t('The strength: {percent} %', {percent: strength});
            this.second.title = diffdiff.t('The second strength: {percent} % (X swaps)', {percent: other});
            this.second.setAttribute('aria-label', this.second.title);
            for (const [chip, percent] of [[this.first, strength], [this.second, other]]) {
                diffdiff.paintControls.setText(chip, String(percent));
                chip.style.setProperty('--diffdiff-colour', diffdiff.colours.css(diffdiff.colours.heat(percent / 100)));
                chip.classList.toggle('diffdiff-dark-words', percent >= 60);
            }
        }

        showHistory({canUndo, canRedo}) {
            this.undoButton.disabled = !canUndo;
            this.redoButton.disabled = !canRedo;
        }

        seePen() {
            this.knowsPen = true;
            this.pressureLabel.hidden = !BRUSHES.includes(this.painter.choices.tool);
        }
    }

    diffdiff.PaintPanel = Panel;
})();
