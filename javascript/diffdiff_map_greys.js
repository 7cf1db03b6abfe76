// The change map as 16-bit greys. No page in here: strokes, fills, undo and redo on an array.
(() => {
const diffdiff = window.diffdiff ??= {};

const WHITE = 65535;
const SLACK = 1e-6;
const LONGEST_SIDE = 4096; // Of a map, which is stretched to the picture anyway.

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Rounded up to the next 65535th, so that no run starts later than with the Denoising slider at this strength; SLACK: what the
// multiplication itself may be off by.
const greyOf = (strength) => Math.ceil(WHITE * clamp(strength, 0, 1) - SLACK);

// A plain loop: Uint16Array.from takes a hundred times as long.
function tabled(of) {
	const table = new Uint16Array(WHITE + 1);
	for (let grey = 0; grey <= WHITE; grey++) table[grey] = of(grey);
	return table;
}

// Of every grey its opposite: that of N % is that of 100 - N %, rounded up as well, and the grey below it takes the place that is left.
const OPPOSITES = tabled((grey) => WHITE - grey);
// Of every grey itself, but of the two beside a whole percent that percent: each was rounded up, and so is off by one in a sum.
const WHOLES = tabled((grey) => grey);
for (let percent = 1; percent < 100; percent++) {
	const grey = greyOf(percent / 100), opposite = greyOf(1 - percent / 100);
	WHOLES.fill(grey, grey - 1, grey + 2);
	if (grey + opposite !== WHITE) OPPOSITES.set([opposite - 1, opposite], grey - 1);
}

const opposite = (grey) => OPPOSITES[grey];

// A row of a gradient. One function for both kinds is ten times as slow wherever the kind changes.
function slope(row, from, along, rest, first, way) {
	for (let x = 0; x < row.length; x++) {
		const share = (x + 0.5 - from) * along + rest;
		row[x] = first + way * (share < 0 ? 0 : share > 1 ? 1 : share);
	}
}

function ring(row, from, above, square, first, way) {
	const perSquare = 1 / square, reach = Math.sqrt(Math.max(0, square - above * above)) + 1; // Beyond it all is flat.
	row.fill(first + way);
	for (let x = Math.max(0, Math.floor(from - reach)), end = Math.min(row.length, from + reach); x < end; x++) {
		const across = x + 0.5 - from;
		row[x] = first + way * Math.min(1, Math.sqrt((across * across + above * above) * perSquare));
	}
}

// What comes of the grey that is there and a tool's. Inside: the weakest tenth is drawn along in part, so that a soft rim stays soft.
// One function for all modes: over millions of greys a call that may go anywhere takes four times as long.
function combined(before, grey, mode) {
	if (mode === 'add') return before + grey < WHITE ? WHOLES[before + grey] : WHITE;
	if (mode === 'subtract') return before > grey ? WHOLES[before - grey] : 0;
	if (mode === 'lighter') return before > grey ? before : grey;
	if (mode === 'darker') return before < grey ? before : grey;
	if (mode === 'inside' && before < WHITE / 10) return Math.round(before + (grey - before) * 10 * before / WHITE);
	return grey;
}

// A plain loop: `every` takes ten times as long.
function areZero(greys) {
	for (let at = 0; at < greys.length; at++) if (greys[at]) return false;
	return true;
}

function exchange(greys, from, to, of) {
	for (let at = from; at < to; at++) greys[at] = of[greys[at]];
}

class GreyMap {
	version = 0; // Counts the changes.
	inverted = false; // Whether black is what changes.

	// The size of the map for a picture of this size.
	static sizeFor(width, height) {
		const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
		return {width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale))};
	}

	constructor(width, height, greys = new Uint16Array(width * height)) {
		if (greys.length !== width * height) throw new RangeError(`A map of ${width} x ${height} has ${width * height} greys, not ${greys.length}.`);
		this.history = new diffdiff.MapHistory();
		this.become({width, height, greys});
	}

	become({width, height, greys}) {
		Object.assign(this, {width, height, greys, box: {left: 0, top: 0, right: width, bottom: height}});
		this.dirty = null;
		this.touch(this.box);
	}

	copy() {
		return new GreyMap(this.width, this.height, this.greys.slice());
	}

	get isBlank() {
		if (this.asked !== this.version) Object.assign(this, {asked: this.version, blank: areZero(this.greys)});
		return this.blank;
	}

	at(x, y) {
		return this.greys[clamp(Math.floor(y), 0, this.height - 1) * this.width + clamp(Math.floor(x), 0, this.width - 1)];
	}

	cut(box) {
		return diffdiff.boxes.cut(this, box);
	}

	touch(box) {
		this.version++;
		this.dirty = diffdiff.boxes.union(this.dirty, box);
	}

	// The box that changed since this was asked last; null where nothing did.
	takeDirty() {
		const dirty = this.dirty && diffdiff.boxes.common(this.dirty, this.box);
		this.dirty = null;
		return dirty;
	}

	get canUndo() {
		return this.history.done.length > 0;
	}

	get canRedo() {
		return this.history.undone.length > 0;
	}

	record(step) {
		step.forgetUnchanged?.();
		return this.history.record(step);
	}

	stroke(brush) {
		return new diffdiff.MapStroke(this, brush);
	}

	// What a strength makes of each grey.
	tableOf(strength, mode, inverted = this.inverted) {
		const grey = greyOf(strength);
		return OPPOSITES.map((other, before) => inverted ? OPPOSITES[combined(other, grey, mode)] : combined(before, grey, mode));
	}

	// Every change returns whether it changed anything; paintRow(from, to, y) paints the greys of a row from one place to another, as they
	// come out of Invert.
	change(box, paintRow, inverted = this.inverted) {
		const inside = diffdiff.boxes.common(box, this.box);
		if (diffdiff.boxes.isEmpty(inside)) return false;
		const step = new diffdiff.MapStep(this);
		step.keep(inside);
		for (let y = inside.top; y < inside.bottom; y++) {
			const from = y * this.width + inside.left, to = from + inside.right - inside.left;
			if (inverted) exchange(this.greys, from, to, OPPOSITES);
			paintRow(from, to, y);
			if (inverted) exchange(this.greys, from, to, OPPOSITES);
		}
		this.touch(inside);
		return this.record(step);
	}

	// Paints from one place to another with one strength.
	flat(strength, mode = 'replace') {
		const {greys} = this, table = this.tableOf(strength, mode, false);
		return (from, to) => mode === 'replace' ? greys.fill(table[0], from, to) : exchange(greys, from, to, table);
	}

	fill(strength) {
		return this.change(this.box, this.flat(strength));
	}

	clear() {
		return this.fill(0);
	}

	invert() {
		return this.change(this.box, (from, to) => exchange(this.greys, from, to, OPPOSITES));
	}

	// a, b: two opposite corners.
	rectangle(a, b, strength, {mode} = {}) {
		const box = diffdiff.boxes.around([a, b].map(({x, y}) => ({x: Math.round(x), y: Math.round(y)})));
		return this.change(box, this.flat(strength, mode));
	}

	// The ellipse in the rectangle between two corners.
	ellipse(a, b, strength, {mode} = {}) {
		const paint = this.flat(strength, mode);
		const [x0, y0, across, down] = [(a.x + b.x) / 2, (a.y + b.y) / 2, Math.abs(a.x - b.x) / 2, Math.abs(a.y - b.y) / 2];
		return this.change(diffdiff.boxes.around([a, b]), (from, to, y) => {
			const row = y * this.width, isInside = (at) => ((at - row + 0.5 - x0) / across) ** 2 + ((y + 0.5 - y0) / down) ** 2 <= 1;
			while (from < to && !isInside(from)) from++;
			while (from < to && !isInside(to - 1)) to--;
			paint(from, to);
		});
	}

	polygon(points, strength, {mode} = {}) {
		if (points.length < 3) return false;
		const paint = this.flat(strength, mode);
		return this.change(diffdiff.boxes.around(points), (from, to, y) => {
			const row = y * this.width;
			for (const [left, right] of diffdiff.areas.spansInside(points, y)) paint(Math.max(row + left, from), Math.min(row + right, to));
		});
	}

	// From one strength at a point to another at a second; flat beyond them. Radial: around the first point.
	gradient(a, b, fromStrength, toStrength, {radial = false, mode = 'replace'} = {}) {
		const dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
		if (square === 0) return false;
		const {greys, width} = this, row = new Uint16Array(width);
		const first = WHITE * fromStrength - SLACK + 1, way = WHITE * (toStrength - fromStrength); // + 1: greyOf without its call.
		const perSquare = 1 / square;
		return this.change(this.box, (from, to, y) => {
			const above = y + 0.5 - a.y;
			if (radial) ring(row, a.x, above, square, first, way);
			else slope(row, a.x, dx * perSquare, above * dy * perSquare, first, way);
			if (mode === 'replace') greys.set(row, from);
			else for (let x = 0; x < width; x++) greys[from + x] = combined(greys[from + x], row[x], mode);
		});
	}

	// Where the picture is like at this point; options as of diffdiff.areas.likeness. pixels: the picture's RGBA bytes at the map's
	// size; null: the map itself is compared.
	flood(x, y, strength, {pixels, mode, ...options}) {
		const column = Math.floor(x), row = Math.floor(y), {greys, width} = this;
		if (column < 0 || row < 0 || column >= width || row >= this.height) return false;
		const {box, levels} = diffdiff.areas.likeness({values: pixels ?? greys, width, height: this.height}, row * width + column, options);
		const table = this.tableOf(strength, mode, false);
		return this.change(box, (from, to, y) => {
			const before = (y - box.top) * (box.right - box.left) - box.left - y * width;
			for (; from < to; from++) {
				const old = greys[from], grey = table[old], level = levels[before + from];
				greys[from] = level === 255 ? grey : level ? old + (grey - old) * level / 255 + 0.5 : old;
			}
		});
	}

	// Another map, stretched to this one's size or to a new one.
	replace(other, {width = this.width, height = this.height} = {}) {
		const greys = diffdiff.stretched(other, width, height);
		if (width === this.width && height === this.height) return this.change(this.box, (from, to) => this.greys.set(greys.subarray(from, to), from), false);
		const step = new diffdiff.MapExchange(this, {width, height, greys});
		step.swap();
		return this.record(step);
	}

	stretch(width, height) {
		return this.replace(this, {width, height});
	}
}

Object.assign(diffdiff, {GreyMap, WHITE, clamp, greyOf, opposite});
})();
