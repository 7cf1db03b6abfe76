// The change map's painter: a map of greys, a view of it over the picture, tools, keys and the controls around them.
(() => {
const diffdiff = window.diffdiff ??= {};

const SIDE = 512;
const FIRST_BRUSH = 10; // Of the longer side.
const TAG_GAP = 18;
const FINGER = 76;
const WHOLE = {left: 0, top: 0, right: 1, bottom: 1};
const SCALE_END = 256;
const SAME = 0.005; // Of a strength: less is not seen in two digits.
const FIRST_CHOICES = {
	tool: 'brush', strength: 100, other: 0, size: 51, hardness: 0.7, flow: 1, pressure: 'size', view: 'heat', overlay: 'heat', opacity: 0.75, shade: 0,
	mode: 'replace', tolerance: 24, grow: 1, feather: 0, contiguous: true, edges: false,
};
const LOOKS = ['view', 'overlay', 'opacity', 'shade'];
const LIMITS = {strength: [0, 100], other: [0, 100], size: [1, 1000], hardness: [0, 1], flow: [0.01, 1], tolerance: [0, 255], grow: [-50, 50], feather: [0, 100], opacity: [0, 1], shade: [0, 1]};

const percentOf = (grey) => 100 * grey / diffdiff.WHITE;

// Neither a whole percent nor nothing nor all is claimed of what is only close to it.
function percentInWords(grey) {
	const percent = percentOf(grey), whole = Math.round(percent);
	return diffdiff.greyOf(whole / 100) === grey ? String(whole) : diffdiff.clamp(percent, 0.1, 99.9).toFixed(1);
}

class Painter {
	static LIMITS = LIMITS;

	// onChange: after a finished stroke, fill, undo and so on. onInvert: the map is to mean its opposite. onFull: the whole window, or no longer.
	// onStrip: a run of ten strengths is wanted.
	constructor(root, {onChange = () => {}, onInvert = () => {}, onFull = () => {}, onStrip = () => {}} = {}) {
		Object.assign(this, {root, onChange, onInvert, onFull, onStrip});
		this.map = new diffdiff.GreyMap(SIDE, SIDE);
		this.choices = {...FIRST_CHOICES};
		this.strengths = null;
		this.scale = null;
		this.inverted = false;
		this.frameAsked = 0;
		this.isFull = false;
		this.build();
		this.tools = Object.fromEntries(diffdiff.paintTools.map(({name, make}) => [name, make(this)]));
		this.view = new diffdiff.PaintView(this.stage);
		this.hand = new diffdiff.PaintHand(this);
		this.cursor = new diffdiff.PaintCursor(this);
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
		this.starters = diffdiff.startersFor(this);
		this.invitation = element('div', 'diffdiff-invitation', {}, element('span', '', {}, diffdiff.t('Paint where the picture may change, or start with')), this.starters);
		this.stage = element('div', 'diffdiff-stage', {tabindex: '0', role: 'application', 'aria-label': diffdiff.t('Change map painter. Press ? for its keys')}, this.invitation, this.tag);
		this.panel = new diffdiff.PaintPanel(this);
		this.told = element('div', 'diffdiff-told', {role: 'status'});
		this.root.replaceChildren(this.panel.bar, this.panel.options, element('div', 'diffdiff-stage-frame', {}, this.stage, this.panel.wipe, this.help), this.panel.foot, this.told);
		this.root.addEventListener('keydown', (event) => this.onEnter(event));
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
		if (LOOKS.some((name) => name in changes) || !Object.keys(changes).length) this.look();
		this.panel.show(this.choices);
		if (changes.tool === 'fill') setTimeout(() => this.pixels()); // A large picture takes a while.
		this.tool.chosen?.(changes);
		this.redraw();
	}

	// A result is seen without the map, until one lays it over.
	look() {
		const {view, opacity, shade} = this.choices;
		this.view.show(this.choices, view === 'result' ? shade : opacity);
		const of = (share) => this.view.colourOf(this.view.strengthOf(share));
		this.root.style.setProperty('--diffdiff-scale', diffdiff.colours.gradient(this.view.colourOf));
		this.root.style.setProperty('--diffdiff-shares', diffdiff.colours.gradient(of));
	}

	// scale: the strengths that greys come to, from black to white; null where that is not known. inverted: whether black is what changes.
	setScale(scale, inverted) {
		if (String(scale) === String(this.scale) && inverted === this.inverted) return;
		Object.assign(this, {scale, inverted});
		this.map.inverted = inverted;
		this.view.setScale(scale ? (share) => this.comesTo(share) : (share) => share, inverted);
		this.choose({});
		this.invite();
	}

	// The strength that a share of white comes to under all settings but those that spread.
	comesTo(share) {
		const at = SCALE_END * diffdiff.clamp(this.inverted ? 1 - share : share, 0, 1), below = Math.floor(at);
		return this.scale[below] + (this.scale[Math.min(below + 1, SCALE_END)] - this.scale[below]) * (at - below);
	}

	// As long as nothing is painted.
	invite() {
		this.invitation.hidden = this.inverted || !this.map.isBlank;
	}

	swap() {
		this.choose({strength: this.choices.other, other: this.choices.strength});
	}

	// The strength under the pointer becomes the brush's.
	pick() {
		if (this.hand.hover) this.choose({strength: Math.round(percentOf(this.greyAt(this.hand.hover)))});
	}

	// As it comes out of Invert.
	greyAt({x, y}) {
		const grey = this.map.at(x, y);
		return this.inverted ? diffdiff.opposite(grey) : grey;
	}

	undo() {
		if (this.tool.key?.('z')) return this.redraw();
		this.settle();
		this.finished(this.map.history.undo());
		this.tell(diffdiff.t('Undone'));
	}

	redo() {
		this.settle();
		this.finished(this.map.history.redo());
		this.tell(diffdiff.t('Redone'));
	}

	// To those who hear the page.
	tell(words) {
		this.told.textContent = words;
	}

	clear() {
		this.settle();
		this.finished(this.map.clear());
	}

	// A change is under way: the numbers of the last preview are no longer true.
	painting() {
		if (this.tool.isBusy) this.setStrengths(null);
		this.invitation.hidden = true;
		this.redraw();
	}

	finished(hasChanged) {
		this.panel.showHistory(this.map);
		this.redraw();
		if (!hasChanged) return;
		this.setStrengths(null);
		this.invite();
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
		this.setStrengths(null);
		this.view.setPicture(picture, width, height);
		if (hasOther && !this.map.canUndo) this.choose({size: Math.max(1, Math.round(Math.max(size.width, size.height) / FIRST_BRUSH))});
		if (hasOther) this.stretch(size);
		this.invite();
		this.moved();
	}

	stretch({width, height}) {
		if (!this.map.canUndo && !this.map.canRedo && this.map.isBlank) {
			this.map = new diffdiff.GreyMap(width, height);
			this.map.inverted = this.inverted;
			return;
		}
		this.map.stretch(width, height);
		this.panel.showHistory(this.map);
	}

	// Another map, stretched to the picture's size. onChange is not called: the caller knows.
	load(greys, width, height) {
		this.settle();
		this.map.replace({greys, width, height}, diffdiff.GreyMap.sizeFor(this.view.size.width, this.view.size.height));
		this.setStrengths(null);
		this.panel.showHistory(this.map);
		this.invite();
		this.redraw();
	}

	async toPNG() {
		const file = await diffdiff.greyPNG(this.map);
		return {file, text: await diffdiff.dataUrlOf(file)};
	}

	async download() {
		const address = URL.createObjectURL(await diffdiff.greyPNG(this.map));
		diffdiff.element('a', '', {href: address, download: 'change-map.png'}).click();
		setTimeout(() => URL.revokeObjectURL(address), 60000);
	}

	// What the last preview says of this very map: {rows, columns, values, area}, values row by row. area: the part of the picture
	// that the rows and columns cover, as shares of its sides; all of it where none is given. null: nothing is known.
	setStrengths(strengths) {
		if (strengths === this.strengths) return;
		this.strengths = strengths;
		this.view.setEffect(strengths && {area: WHOLE, ...strengths});
		this.redraw();
	}

	// A finished picture to look at, or null.
	setResult(result) {
		this.view.setResult(result);
		this.choose(!result && this.choices.view === 'result' ? {view: 'heat'} : {});
	}

	// percents: the strengths that the result shows from left to right.
	showStrip(percents) {
		this.strip = percents;
		this.panel.wipe.value = 0;
		this.setWipe(0);
		this.tell(diffdiff.t('Click the strength that you like'));
	}

	// Whether there was a strip to choose from.
	takeFromStrip({x}) {
		if (!this.strip || this.choices.view !== 'result') return false;
		const strength = this.strip[diffdiff.clamp(Math.floor(x / this.map.width * this.strip.length), 0, this.strip.length - 1)];
		this.strip = null;
		this.choose({strength, view: 'heat'});
		return true;
	}

	setWipe(share) {
		this.view.wipe = share;
		this.moved();
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
		this.view.draw(this.map, (context) => this.drawTool(context));
		if (this.view.rest) this.redraw();
		diffdiff.paintControls.setText(this.panel.zoom, `${Math.round(100 * this.view.scale)} %`);
		this.showTag();
	}

	drawTool(context) {
		this.tool.draw(context, this.hand);
		if (!this.strip || this.choices.view !== 'result') return;
		const [left, top, width] = this.view.stageFrame;
		Object.assign(context, {font: '600 13px sans-serif', textAlign: 'center', lineWidth: 4, strokeStyle: '#000', fillStyle: '#fff', lineJoin: 'round'});
		this.strip.forEach((percent, i) => ['strokeText', 'fillText'].forEach((paint) => context[paint](String(percent), left + (i + 0.5) * width / this.strip.length, Math.max(top, 0) + 20)));
	}

	// Beside the pointer: the map's strength and, where the last preview tells it, the number that the Denoising slider would have.
	showTag() {
		const {hover, doing} = this.hand;
		const isInside = hover && hover.x >= 0 && hover.y >= 0 && hover.x < this.map.width && hover.y < this.map.height;
		this.tag.hidden = !isInside || doing === 'pan' || doing === 'pinch';
		if (this.tag.hidden) return;
		diffdiff.paintControls.setText(this.tag, this.strengthInWords(hover));
		this.placeTag(this.view.toStage(this.map, hover));
	}

	// Of the pixel, and of its cell where that is another: the model sees cells of 8 pixels.
	strengthInWords(point) {
		const grey = this.greyAt(point), ofCell = this.strengthAt(point), two = diffdiff.inTwo;
		const words = [`${percentInWords(grey)} %`];
		const strength = this.scale ? this.comesTo(grey / diffdiff.WHITE) : ofCell;
		if (strength !== null) words.push(diffdiff.t('Denoising {strength}', {strength: two(strength)}));
		if (ofCell !== null && Math.abs(ofCell - strength) > SAME) words.push(diffdiff.t('its cell {strength}', {strength: two(ofCell)}));
		return words.join('  ·  ');
	}

	// Above a finger, which would hide it.
	placeTag({x, y}) {
		const {offsetWidth, offsetHeight} = this.tag, isTouch = this.hand.isTouch;
		const left = isTouch ? diffdiff.clamp(x - offsetWidth / 2, 0, this.view.width - offsetWidth) : x + TAG_GAP + offsetWidth > this.view.width ? x - TAG_GAP - offsetWidth : x + TAG_GAP;
		const top = isTouch ? y - FINGER : y + TAG_GAP + offsetHeight > this.view.height ? y - TAG_GAP - offsetHeight : y + TAG_GAP;
		this.tag.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
	}
}

diffdiff.Painter = Painter;
})();
