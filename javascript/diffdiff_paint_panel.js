// Around the painter's stage: tools and history above, what the tool needs below them, views and zoom at the foot.
(() => {
const diffdiff = window.diffdiff ??= {};

const slidersOf = (tool) => diffdiff.paintTools.find(({name}) => name === tool).sliders;
const takesPressure = (tool) => slidersOf(tool).includes('flow');

const viewNames = () => ({
	heat: diffdiff.t('Picture and map'),
	effect: diffdiff.t('What comes out: all settings, cell by cell'),
	map: diffdiff.t('Map only'),
	picture: diffdiff.t('Picture only'),
	result: diffdiff.t('Result, beside the picture'),
});
const overlayNames = () => ({
	heat: diffdiff.t('Heat'),
	changes: diffdiff.t('Red where it changes'),
	stays: diffdiff.t('Dark where it stays'),
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
		const {element} = diffdiff, {group} = diffdiff.paintControls, icons = diffdiff.paintIcons;
		this.toolButtons = Object.fromEntries(
			diffdiff.paintTools.map(({name, icon, words, key}) => [name, this.button(icon, words(), key, () => this.painter.choose({tool: name}))]),
		);
		this.undoButton = this.button(icons.undo, diffdiff.t('Undo'), 'Z', () => this.painter.undo());
		this.redoButton = this.button(icons.redo, diffdiff.t('Redo'), 'Y', () => this.painter.redo());
		this.invertButton = this.button(icons.invert, diffdiff.t('Invert: black areas change'), '', () => this.painter.onInvert());
		const whole = [this.invertButton, this.button(icons.clear, diffdiff.t('Clear the map'), '', () => this.painter.clear())];
		const download = this.button(icons.download, diffdiff.t('Download the map as PNG'), '', () => this.painter.download());
		this.straightButton = this.button(icons.straight, diffdiff.t('Straight lines, as with Shift'), '', () => this.painter.choose({straight: !this.painter.choices.straight}));
		this.pickButton = this.button(icons.pick, diffdiff.t('Pick a strength from the map'), 'I', () => this.painter.choose({picking: !this.painter.choices.picking}));
		this.cancelButton = this.button(icons.close, diffdiff.t('Cancel the current action'), 'Esc', () => this.painter.escape());
		this.straightButton.classList.add('diffdiff-straight');
		this.cancelButton.classList.add('diffdiff-cancel');
		this.fullButton = this.button(icons.full, diffdiff.t('Whole window'), 'W', () => this.painter.onFull());
		this.helpButton = diffdiff.paintControls.iconButton(icons.help, diffdiff.t('Keys'), '?', () => this.painter.toggleHelp());
		const bar = element(
			'div', 'diffdiff-bar', {role: 'toolbar', 'aria-label': diffdiff.t('Painting tools')},
			group(diffdiff.t('Tools'), ...Object.values(this.toolButtons), this.pickButton, this.straightButton, this.cancelButton),
			group(diffdiff.t('History'), this.undoButton, this.redoButton, ...whole), group(diffdiff.t('More'), download, this.helpButton, this.fullButton),
		);
		diffdiff.paintControls.rove(bar);
		return bar;
	}

	button(icon, words, key, act) {
		return diffdiff.paintControls.iconButton(icon, words, key, (event) => {
			act();
			if (event.detail > 0) this.painter.focus(); // Clicked, not by the keyboard: Space is for dragging now.
		});
	}

	buildOptions() {
		const {element} = diffdiff, {Slider} = diffdiff.paintControls;
		const slider = (name, options, factor = 1) => new Slider({...options, onInput: (value) => this.painter.choose({[name]: value / factor})});
		this.sliders = {
			strength: slider('strength', {label: diffdiff.t('Strength'), title: diffdiff.t('How much may change here: 0 % keeps the picture, 100 % changes it as much as the Denoising slider sets')}),
			size: slider('size', {label: diffdiff.t('Size'), min: 1, max: diffdiff.Painter.LIMITS.size[1], unit: 'px', byFactor: true}),
			hardness: slider('hardness', {label: diffdiff.t('Hardness')}, 100),
			flow: slider('flow', {label: diffdiff.t('Flow'), title: diffdiff.t('How much of the strength one pass of the brush applies'), min: 1}, 100),
			tolerance: slider('tolerance', {label: diffdiff.t('Tolerance'), title: diffdiff.t('How much a colour may differ from the clicked one, in each of red, green and blue'), max: 255, unit: ''}),
			grow: slider('grow', {label: diffdiff.t('Grow'), title: diffdiff.t('How far to go beyond what is alike; below 0: how far to stay inside'), min: -50, max: 50, unit: 'px'}),
			feather: slider('feather', {label: diffdiff.t('Feather'), title: diffdiff.t('How wide the soft edge is'), unit: 'px'}),
		};
		this.sliders.strength.root.classList.add('diffdiff-strength');
		this.others = {mode: this.buildMode(), contiguous: this.tick('contiguous', diffdiff.t('Connected')), edges: this.tick('edges', diffdiff.t('Follow edges'))};
		return element('div', 'diffdiff-options', {}, this.buildPair(), ...Object.values(this.sliders).map(({root}) => root), ...Object.values(this.others), this.buildPressure());
	}

	buildMode() {
		const modes = {
			replace: diffdiff.t('Replace'), add: diffdiff.t('Add'), subtract: diffdiff.t('Subtract'),
			lighter: diffdiff.t('Only stronger'), darker: diffdiff.t('Only weaker'), inside: diffdiff.t('Inside what is painted'),
		};
		return diffdiff.paintControls.select(diffdiff.t('Mode: what becomes of what is painted'), modes, (mode) => this.painter.choose({mode}));
	}

	tick(name, words) {
		const {element} = diffdiff, box = element('input', '', {type: 'checkbox'});
		box.addEventListener('change', () => this.painter.choose({[name]: box.checked}));
		return element('label', 'diffdiff-check', {}, box, words);
	}

	// The mode and the ticks; following edges takes a tolerance too.
	showOthers(choices) {
		const names = slidersOf(choices.tool), {mode, ...ticks} = this.others;
		mode.value = choices.mode;
		for (const [name, {control}] of Object.entries(ticks)) control.checked = choices[name];
		for (const [name, root] of Object.entries(this.others)) root.hidden = !names.includes(name);
		if (choices.edges && names.includes('edges')) this.sliders.tolerance.root.hidden = false;
	}

	buildPair() {
		const {element} = diffdiff, {iconButton} = diffdiff.paintControls;
		this.first = element('span', 'diffdiff-chip');
		this.second = element('button', 'diffdiff-chip diffdiff-second', {type: 'button'});
		this.second.addEventListener('click', () => this.painter.swap());
		const swap = iconButton(diffdiff.paintIcons.swap, diffdiff.t('Swap the two strengths'), 'X', () => this.painter.swap());
		const strip = iconButton(diffdiff.paintIcons.strip, diffdiff.t('Test strip: one run at ten strengths, to choose from'), '', () => this.painter.onStrip());
		return element('div', 'diffdiff-pair', {}, this.first, swap, this.second, strip);
	}

	buildPressure() {
		const {element} = diffdiff;
		const names = {size: diffdiff.t('Size'), flow: diffdiff.t('Flow'), none: diffdiff.t('Nothing')};
		this.pressure = diffdiff.paintControls.select(diffdiff.t('Pen pressure'), names, (pressure) => this.painter.choose({pressure}));
		this.pressureLabel = element('label', 'diffdiff-pressure', {hidden: ''}, element('span', 'diffdiff-label', {}, diffdiff.t('Pen pressure')), this.pressure);
		return this.pressureLabel;
	}

	buildFoot() {
		const {element} = diffdiff, {group, legend, Slider} = diffdiff.paintControls, icons = diffdiff.paintIcons;
		this.viewButtons = Object.fromEntries(Object.entries(viewNames()).map(([view, words]) => [view, this.button(icons[view], words, 'V', () => this.painter.choose({view}))]));
		const covers = (value) => this.painter.choose({[this.painter.choices.view === 'result' ? 'shade' : 'opacity']: value / 100});
		this.opacity = new Slider({label: diffdiff.t('Opacity'), title: diffdiff.t('How much the map covers the picture'), onInput: covers});
		this.overlay = diffdiff.paintControls.select(diffdiff.t('Colours of the map'), overlayNames(), (overlay) => this.painter.choose({overlay}));
		this.wipe = element('input', 'diffdiff-range diffdiff-wipe', {type: 'range', min: 0, max: 100, value: 50, 'aria-label': diffdiff.t('Left of here the picture, right of it the result'), hidden: ''});
		this.wipe.addEventListener('input', () => this.painter.setWipe(this.wipe.value / 100));
		this.zoom = element('span', 'diffdiff-zoom');
		const zoom = group(
			diffdiff.t('Zoom'), this.button(icons.farther, diffdiff.t('Zoom out'), '-', () => this.painter.zoom(1 / 1.25)), this.zoom,
			this.button(icons.closer, diffdiff.t('Zoom in'), '+', () => this.painter.zoom(1.25)), this.button(icons.fit, diffdiff.t('Whole picture'), 'H', () => this.painter.fit()),
		);
		return element('div', 'diffdiff-foot', {}, group(diffdiff.t('View'), ...Object.values(this.viewButtons)), this.overlay, this.opacity.root, legend(), zoom);
	}

	show(choices) {
		const {tool, view, hardness, flow, opacity, shade} = choices;
		const percents = {size: Math.round(choices.size), hardness: Math.round(100 * hardness), flow: Math.round(100 * flow)};
		for (const [name, slider] of Object.entries(this.sliders)) {
			slider.set(percents[name] ?? choices[name]);
			slider.root.hidden = !slidersOf(tool).includes(name);
		}
		this.opacity.set(Math.round(100 * (view === 'result' ? shade : opacity)));
		this.opacity.root.hidden = this.overlay.hidden = view === 'map' || view === 'picture';
		this.overlay.value = choices.overlay;
		this.viewButtons.result.hidden = !this.painter.view.result;
		this.wipe.hidden = view !== 'result';
		for (const [name, button] of Object.entries(this.toolButtons)) button.setAttribute('aria-pressed', name === tool);
		for (const [name, button] of Object.entries(this.viewButtons)) button.setAttribute('aria-pressed', name === view);
		for (const [button, isOn] of [[this.invertButton, this.painter.inverted], [this.straightButton, choices.straight], [this.pickButton, choices.picking]]) button.setAttribute('aria-pressed', Boolean(isOn));
		this.cancelButton.disabled = !this.painter.tools?.[tool].isBusy;
		this.painter.root.dataset.view = view;
		this.pressure.value = choices.pressure;
		this.pressureLabel.hidden = !this.knowsPen || !takesPressure(tool);
		this.showOthers(choices);
		this.showPair(choices);
		this.showHistory(this.painter.map);
	}

	showPair({tool, strength, other}) {
		this.first.parentElement.hidden = !slidersOf(tool).includes('strength');
		this.first.title = diffdiff.t('The strength: {percent} %', {percent: strength});
		this.sliders.strength.say(this.painter.scale ? `% · ${diffdiff.inTwo(this.painter.comesTo(strength / 100))}` : '%');
		this.second.title = diffdiff.t('The second strength: {percent} % (X swaps)', {percent: other});
		this.second.setAttribute('aria-label', this.second.title);
		for (const [chip, percent] of [[this.first, strength], [this.second, other]]) {
			diffdiff.paintControls.setText(chip, String(percent));
			const comesTo = this.painter.view.strengthOf(percent / 100);
			chip.style.setProperty('--diffdiff-colour', diffdiff.colours.css(diffdiff.colours.heat(comesTo)));
			chip.classList.toggle('diffdiff-dark-words', comesTo >= 0.6);
		}
	}

	// A button that ends under the hand leaves the keys with the painter.
	showHistory({canUndo, canRedo}) {
		const hadFocus = [this.undoButton, this.redoButton].some((button) => button.matches(':focus'));
		this.undoButton.disabled = !canUndo;
		this.redoButton.disabled = !canRedo;
		if (hadFocus && !this.painter.root.querySelector(':focus:enabled')) this.painter.focus();
	}

	seePen() {
		this.knowsPen = true;
		this.pressureLabel.hidden = !takesPressure(this.painter.choices.tool);
	}
}

diffdiff.PaintPanel = Panel;
})();
