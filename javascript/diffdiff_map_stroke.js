// A stroke of the brush on a map.
(() => {
const diffdiff = window.diffdiff ??= {};

const DABS_PER_SIZE = 8;
const LONGEST_SWEEP = 128;
const NEARLY = 1 - 1 / 512; // From here on a pixel has the stroke's very strength: a soft tip and a low flow would never give it.

const mix = (from, to, share) => from + (to - from) * share;

// How far each pixel has come on its way from the map before the stroke to the stroke's target: the largest share it was ever
// given, not a sum of what the stroke's parts gave it. So overlaps change nothing, and nothing goes past the target.
class Stroke {
	// brush: {strength, size, hardness, flow}, all but the size 0..1, or {blur: true, size, hardness, flow}; mode: what comes of its
	// strength and the map's; edges: {pixels, tolerance} where it stays in the picture's colour under its centre.
	constructor(map, brush) {
		this.map = map;
		this.brush = brush;
		this.step = new diffdiff.MapStep(map);
		this.coverage = new Map();
		this.targets = new Map();
		this.full = new Set(); // Tiles that have come all the way: nothing is left to do there.
		this.before = brush.blur ? map.copy() : null;
		this.table = map.tableOf(brush.strength ?? 0, brush.mode);
		this.last = null;
	}

	// size and flow may differ from point to point (a pen's pressure).
	to(x, y, {size = this.brush.size, flow = this.brush.flow} = {}) {
		const point = {x, y, radius: Math.max(size, 1) / 2, flow: diffdiff.clamp(flow, 0, 1)};
		if (this.last) this.line(this.last, point);
		else this.sweep(point, point, point.flow);
		this.last = point;
		return this;
	}

	line(from, to) {
		const length = Math.hypot(to.x - from.x, to.y - from.y);
		const size = from.radius + to.radius;
		const sweep = this.brush.edges ? size / DABS_PER_SIZE : Math.max(2 * size, LONGEST_SWEEP);
		if (from.flow >= 1 && to.flow >= 1) this.sweeps(from, to, Math.ceil(length / sweep));
		else this.dabs(from, to, Math.ceil(length * DABS_PER_SIZE / Math.max(size, DABS_PER_SIZE)));
	}

	sweeps(from, to, count) {
		for (let i = 0; i < count; i++) this.sweep(between(from, to, i / count), between(from, to, (i + 1) / count), 1);
	}

	// Of such strength that the brush's whole length passing over a pixel gives it the flow.
	dabs(from, to, count) {
		const length = Math.hypot(to.x - from.x, to.y - from.y) / count;
		for (let i = 1; i <= count; i++) {
			const point = between(from, to, i / count);
			this.sweep(point, point, 1 - (1 - point.flow) ** Math.min(length / (2 * point.radius), 1));
		}
	}

	sweep(from, to, share) {
		let box = diffdiff.boxes.common(diffdiff.boxes.around([from, to], Math.max(from.radius, to.radius) + 0.5), this.map.box);
		const like = this.brush.edges && this.likeAt(to, box);
		if (like) box = diffdiff.boxes.common(box, like.box);
		if (diffdiff.boxes.isEmpty(box)) return;
		this.step.keep(box);
		for (const tile of diffdiff.boxes.tilesIn(box, this.map.width)) {
			if (this.full.has(tile.index)) continue;
			this.cover(tile.index, diffdiff.boxes.common(tile, box), from, to, share, like);
			if (share === 1 && !like && isWithin(tile, from, to, this.brush.hardness * Math.min(from.radius, to.radius))) this.full.add(tile.index);
		}
		this.map.touch(box);
	}

	// What is like the picture at a point, within a box; nothing where the point is off the picture.
	likeAt({x, y}, box) {
		const {left, top, right, bottom} = box, width = right - left, across = Math.floor(x) - left, down = Math.floor(y) - top;
		if (across < 0 || down < 0 || across >= width || down >= bottom - top) return {box: {left, top, right: left, bottom: top}};
		const values = diffdiff.boxes.cut({width: 4 * this.map.width, greys: this.brush.edges.pixels}, {left: 4 * left, top, right: 4 * right, bottom});
		const like = diffdiff.areas.likeness({values, width, height: bottom - top}, down * width + across, this.brush.edges);
		return {...like, box: diffdiff.boxes.moved(like.box, left, top)};
	}

	cover(index, box, from, to, share, like) {
		const tile = this.step.tiles.get(index);
		const coverage = this.coverageOf(index, tile);
		const span = spanOf(from, to, this.brush.hardness);
		for (let y = box.top; y < box.bottom; y++) {
			const start = (y - tile.top) * (tile.right - tile.left) - tile.left;
			const levels = like && {levels: like.levels, before: (y - like.box.top) * (like.box.right - like.box.left) - like.box.left};
			if (coverRow(coverage, start, box.left, box.right, y, span, share, levels)) this.mixRow(index, tile, start, box.left, box.right, y);
		}
	}

	mixRow(index, {greys}, start, left, right, y) {
		const {map: {greys: painted, width}, table} = this;
		const coverage = this.coverage.get(index), targets = this.targetsOf(index);
		for (let x = left; x < right; x++) {
			const at = start + x, before = greys[at];
			painted[y * width + x] = before + ((targets ? targets[at] : table[before]) - before) * coverage[at] + 0.5;
		}
	}

	coverageOf(index, {greys}) {
		if (!this.coverage.has(index)) this.coverage.set(index, new Float32Array(greys.length));
		return this.coverage.get(index);
	}

	targetsOf(index) {
		if (!this.before) return null;
		const radius = diffdiff.clamp(Math.round(this.brush.size / 8), 1, 32);
		if (!this.targets.has(index)) this.targets.set(index, diffdiff.blurredIn(this.before, this.step.tiles.get(index), radius));
		return this.targets.get(index);
	}

	end() {
		return this.map.record(this.step);
	}

	cancel() {
		this.step.swap();
	}
}

const between = (from, to, share) => ({
	x: mix(from.x, to.x, share), y: mix(from.y, to.y, share), radius: mix(from.radius, to.radius, share), flow: mix(from.flow, to.flow, share),
});

function spanOf(from, to, hardness) {
	const dx = to.x - from.x, dy = to.y - from.y;
	return {x: from.x, y: from.y, dx, dy, perSquare: 1 / (dx * dx + dy * dy || 1), radius: from.radius, grow: to.radius - from.radius, hardness};
}

// Whether a box lies within a reach of a line: where its corners do.
function isWithin({left, top, right, bottom}, from, to, reach) {
	return [[left, top], [right, top], [left, bottom], [right, bottom]].every(([x, y]) => away(from, to, x, y) <= reach);
}

function away(from, to, x, y) {
	const {dx, dy, perSquare} = spanOf(from, to);
	const along = diffdiff.clamp(((x - from.x) * dx + (y - from.y) * dy) * perSquare, 0, 1);
	return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}

// Full inside hardness * radius, nothing outside the radius; the hardest edge is one pixel wide.
function profile(distance, radius, hardness) {
	const inner = Math.min(hardness * radius, radius - 0.5), outer = Math.max(radius, inner + 1);
	if (distance <= inner) return 1;
	if (distance >= outer) return 0;
	const share = (outer - distance) / (outer - inner);
	return share * share * (3 - 2 * share);
}

// Whether any pixel of the row came further. A pixel moves the given share of the way to its profile.
// levels: how much of it each pixel may get, in 255ths, where the brush follows edges.
function coverRow(coverage, start, left, right, y, span, share, levels) {
	const {dx, dy, perSquare, radius, grow, hardness} = span;
	const fromY = y + 0.5 - span.y;
	let isMore = false;
	for (let x = left; x < right; x++) {
		const fromX = x + 0.5 - span.x;
		const along = diffdiff.clamp((fromX * dx + fromY * dy) * perSquare, 0, 1);
		const restX = fromX - along * dx, restY = fromY - along * dy;
		let full = profile(Math.sqrt(restX * restX + restY * restY), radius + along * grow, hardness);
		if (levels) full *= levels.levels[levels.before + x] / 255;
		if (full > coverage[start + x]) {
			const more = coverage[start + x] + share * (full - coverage[start + x]);
			coverage[start + x] = more < NEARLY ? more : 1;
			isMore = true;
		}
	}
	return isMore;
}

diffdiff.MapStroke = Stroke;
})();
