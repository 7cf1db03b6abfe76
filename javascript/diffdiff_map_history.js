// Undo and redo of a map by what changed: tiles, not whole pictures.
(() => {
const diffdiff = window.diffdiff ??= {};

const LEAST_STEPS = 50;
const MOST_STEPS = 200;
const MOST_KEPT = 128 * 2 ** 20;

const soon = window.requestIdleCallback ?? ((work) => setTimeout(() => work({timeRemaining: () => 8}), 200));

// A tile as runs: a grey, and how many more of it follow. null where that takes more room.
function packed(greys) {
	const runs = new Uint16Array(greys.length);
	let to = 0;
	for (let at = 0; at < greys.length; at++) {
		const start = at;
		while (greys[at + 1] === greys[start]) at++;
		if (to === runs.length) return null;
		runs[to++] = greys[start];
		runs[to++] = at - start;
	}
	return runs.slice(0, to);
}

function unpacked(runs, length) {
	const greys = new Uint16Array(length);
	for (let from = 0, at = 0; at < length; from += 2) greys.fill(runs[from], at, at += runs[from + 1] + 1);
	return greys;
}

// One undoable change: the tiles that it touched, as they were. Swapping them with the map's undoes it, and does it again.
class Step {
	constructor(map) {
		this.map = map;
		this.tiles = new Map();
	}

	keep(box) {
		for (const tile of diffdiff.boxes.tilesIn(box, this.map.width)) {
			if (!this.tiles.has(tile.index)) this.tiles.set(tile.index, this.copy(diffdiff.boxes.common(tile, this.map.box)));
		}
	}

	copy(box) {
		return {...box, greys: this.map.cut(box)};
	}

	forgetUnchanged() {
		for (const [index, tile] of this.tiles) if (this.isUnchanged(tile)) this.tiles.delete(index);
	}

	isUnchanged({left, top, right, bottom, greys}) {
		for (let y = top, i = 0; y < bottom; y++) {
			for (let at = y * this.map.width + left, end = at + right - left; at < end; at++) if (this.map.greys[at] !== greys[i++]) return false;
		}
		return true;
	}

	get size() {
		let sum = 0;
		for (const {greys, runs} of this.tiles.values()) sum += (runs ?? greys).byteLength;
		return sum;
	}

	// As far as there is time; whether all is packed.
	pack(clock) {
		for (const tile of this.tiles.values()) {
			if (tile.runs !== undefined) continue;
			if (clock.timeRemaining() < 2) return false;
			tile.runs = packed(tile.greys);
			if (tile.runs) tile.greys = null;
		}
		return true;
	}

	swap() {
		for (const tile of this.tiles.values()) {
			const {left, top, right, bottom, runs} = tile, {greys: all, width} = this.map;
			const greys = tile.greys ?? unpacked(runs, (right - left) * (bottom - top));
			for (let y = top, i = 0; y < bottom; y++) {
				for (let at = y * width + left, end = at + right - left; at < end; at++, i++) {
					const now = all[at];
					all[at] = greys[i];
					greys[i] = now;
				}
			}
			this.map.touch(tile);
			Object.assign(tile, {greys, runs: undefined});
		}
	}
}

// Another map in the place of the whole: only here a step keeps a whole picture.
class Exchange {
	constructor(map, other) {
		this.map = map;
		this.other = other;
	}

	get size() {
		return this.other.greys.byteLength;
	}

	swap() {
		const {width, height, greys} = this.map;
		this.map.become(this.other);
		this.other = {width, height, greys};
	}
}

class History {
	constructor() {
		this.done = [];
		this.undone = [];
	}

	record(step) {
		if (step.size === 0) return false;
		this.undone = [];
		this.done.push(step);
		this.forgetOldest();
		this.packSoon();
		return true;
	}

	// When nobody waits for anything else.
	packSoon() {
		if (this.isAsked) return;
		this.isAsked = true;
		soon((clock) => {
			this.isAsked = false;
			const isPacked = [...this.done, ...this.undone].every((step) => step.pack?.(clock) ?? true);
			if (isPacked) this.forgetOldest();
			else this.packSoon();
		});
	}

	forgetOldest() {
		let kept = this.done.reduce((sum, step) => sum + step.size, 0);
		while (this.done.length > MOST_STEPS || (this.done.length > LEAST_STEPS && kept > MOST_KEPT)) kept -= this.done.shift().size;
	}

	undo() {
		return this.move(this.done, this.undone);
	}

	redo() {
		return this.move(this.undone, this.done);
	}

	move(from, to) {
		const step = from.pop();
		if (!step) return false;
		step.swap();
		to.push(step);
		this.packSoon();
		return true;
	}

	// For good, to be made anew; whether it is still the last.
	takeBack(step) {
		if (!step || this.done.at(-1) !== step) return false;
		this.done.pop().swap();
		return true;
	}
}

Object.assign(diffdiff, {MapStep: Step, MapExchange: Exchange, MapHistory: History});
})();
