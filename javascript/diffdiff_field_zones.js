// Zones: the colours of a flat picture, each with a strength of its own.
(() => {
const diffdiff = window.diffdiff ??= {};

const luma = ([red, green, blue]) => (0.299 * red + 0.587 * green + 0.114 * blue) / 255;

// The zone of every pixel of a map, the labels stretched to its size without mixing them.
function labelsFor({labels, width, height}, map) {
	if (width === map.width && height === map.height) return labels;
	const made = new Uint8Array(map.width * map.height);
	for (let y = 0; y < map.height; y++) {
		const row = Math.floor((y + 0.5) * height / map.height) * width;
		for (let x = 0; x < map.width; x++) made[y * map.width + x] = labels[row + Math.floor((x + 0.5) * width / map.width)];
	}
	return made;
}

function differ(a, b) {
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return true;
	return false;
}

class Zones {
	constructor(root, field) {
		this.root = root;
		this.field = field;
		this.close();
	}

	close() {
		this.root.hidden = true;
		if (this.labels) this.light(null);
		this.labels = null;
		this.before = null;
		this.hasMoved = false;
		this.root.replaceChildren();
	}

	async find(file, name) {
		const answer = await this.field.ask('zones', {file});
		if (!answer) return;
		if (!answer.ok) return this.field.warn(answer.sentence);
		const labels = await diffdiff.labelsIn(answer);
		if (labels && answer.zones.length) this.open(answer.zones, labels, name);
	}

	open(zones, labels, name) {
		this.labels = labels;
		this.name = diffdiff.t('Zones of {name}', {name});
		this.percents = zones.map(({colour}) => Math.round(100 * luma(colour)));
		const head = diffdiff.element('div', 'diffdiff-zones-head', {}, diffdiff.t('{count} zones: set the strength of each', {count: zones.length}),
			diffdiff.withIcon('cross', diffdiff.t('Close the zones'), () => this.close(), 'diffdiff-clear'));
		const heading = diffdiff.element('div', 'diffdiff-zone diffdiff-zone-heading', {'aria-hidden': 'true'},
			...['', diffdiff.t('Area'), '', diffdiff.t('Strength'), ''].map((words) => diffdiff.element('span', '', {}, words)));
		this.root.replaceChildren(head, heading, ...zones.map((zone, at) => this.row(zone, at)));
		this.root.hidden = false;
		this.field.takeMap(this.repainted(this.field.map()), this.name);
	}

	row({colour, share}, at) {
		const {element} = diffdiff;
		const words = diffdiff.t('Strength of zone {zone}, {share} % of the picture', {zone: at + 1, share: diffdiff.percent(share)});
		const kinds = [['range', 'diffdiff-zone-slider'], ['number', 'diffdiff-text']];
		const [slider, number] = kinds.map(([type, name]) => element('input', name, {type, min: 0, max: 100, step: 1, value: this.percents[at], 'aria-label': words, title: words}));
		slider.addEventListener('input', () => {
			number.value = slider.value;
			this.drag(at, Number(slider.value));
		});
		number.addEventListener('change', () => {
			number.value = slider.value = diffdiff.clamp(Number.parseInt(number.value, 10) || 0, 0, 100);
			this.drag(at, Number(number.value));
			this.drop();
		});
		slider.addEventListener('change', () => this.drop());
		const swatch = element('span', 'diffdiff-swatch', {style: `background: rgb(${colour.map(Number)})`});
		const made = element('div', 'diffdiff-zone', {}, swatch, element('span', 'diffdiff-share', {}, `${diffdiff.percent(share)} %`), slider, number, element('span', '', {}, '%'));
		for (const kind of ['pointerenter', 'focusin']) made.addEventListener(kind, () => this.light(at));
		for (const kind of ['pointerleave', 'focusout']) made.addEventListener(kind, () => this.light(null));
		return made;
	}

	// Where a zone lies in the picture.
	light(at) {
		const {painter} = this.field;
		painter?.view.light(at === null ? null : this.sheetOf(at));
		painter?.redraw();
	}

	sheetOf(at) {
		const {labels, width, height} = this.labels;
		return diffdiff.sheet(width, height, (i) => labels[i] === at ? 0xb4ffffff : 0);
	}

	// A map with every zone, or only this one, at its strength; elsewhere it stays as painted.
	repainted({width, height, greys}, only = null) {
		const labels = labelsFor(this.labels, {width, height});
		const ofZone = this.percents.map((percent) => this.field.greyOf(percent / 100));
		const painted = greys.slice();
		for (let i = 0; i < painted.length; i++) {
			if (only === null || labels[i] === only) painted[i] = ofZone[labels[i]] ?? painted[i];
		}
		return {width, height, greys: painted};
	}

	// A drag is one step of undo: each of its moves takes the place of the one before.
	drag(at, percent) {
		if (this.hasMoved) this.field.stepBack();
		this.before ??= this.field.map();
		this.percents[at] = percent;
		const map = this.repainted(this.before, at);
		this.hasMoved = differ(map.greys, this.before.greys); // The painter makes no step of what changes nothing.
		this.field.showMap(map);
	}

	drop() {
		if (!this.before) return;
		this.before = null;
		this.hasMoved = false;
		this.field.onPainted({name: this.name});
	}
}

diffdiff.Zones = Zones;
})();
