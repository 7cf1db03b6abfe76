// The painter's tools. Each is pressed, dragged and released at points of the map, and draws what it is about to do.
(() => {
const diffdiff = window.diffdiff ??= {};

const NEAR = 10;
const ODD_STEP = 3;
const FINGER = 22;
const FREEHAND = 8;
const POINTS_PER_SIZE = 64;
const AREA = ['tolerance', 'grow', 'feather', 'contiguous']; // What changes a choice of the wand's after the click; a strength is for the next one.

// Seen on every picture: light within dark.
function outline(context, path, dash = []) {
	for (const [colour, width] of [['rgba(0, 0, 0, 0.65)', 3], ['#fff', 1.2]]) {
		context.setLineDash(dash);
		context.lineWidth = width;
		context.strokeStyle = colour;
		context.beginPath();
		path(context);
		context.stroke();
	}
	context.setLineDash([]);
}

// As faint as the map will be over the picture.
function fillPath(context, path, colour, {opacity}) {
	context.globalAlpha = opacity;
	context.beginPath();
	path(context);
	context.fillStyle = colour;
	context.fill();
	context.globalAlpha = 1;
}

const ring = ({x, y}, across, down) => (context) => context.ellipse(x, y, Math.max(across, 0.5), Math.max(down, 0.5), 0, 0, 2 * Math.PI);

const lineThrough = (points) => (context) => points.forEach(({x, y}) => context.lineTo(x, y));

const dot = (at, radius = 4) => ring(at, radius, radius);

// A busy browser hands over many points at once; a large brush cannot tell the near ones apart. The last one stays.
function thinned(points, gap) {
	let last = null;
	return points.filter((point, i) => {
		const isKept = !last || i === points.length - 1 || Math.hypot(point.x - last.x, point.y - last.y) >= gap;
		if (isKept) last = point;
		return isKept;
	});
}

class Brush {
	// brushOf: from the painter's choices to the brush of a GreyMap's stroke.
	constructor(painter, brushOf) {
		Object.assign(this, {painter, brushOf});
		this.last = this.stroke = null;
	}

	get isBusy() {
		return this.stroke !== null;
	}

	press(point, {shiftKey, buttons = 0}) {
		const brush = this.brushOf(this.painter.choices, this.painter);
		this.stroke = this.painter.map.stroke(buttons & 32 ? {...brush, strength: 0, mode: 'replace'} : brush); // 32: a pen turned round.
		if (shiftKey && this.last) this.stroke.to(this.last.x * this.painter.map.width, this.last.y * this.painter.map.height);
		this.drag([point]);
	}

	drag(points) {
		const {size} = this.painter.choices, perSize = this.stroke.brush.edges ? 8 : POINTS_PER_SIZE;
		for (const point of thinned(points, size / perSize)) this.stroke.to(point.x, point.y, this.pressed(point));
		if (points.length) this.remember(points.at(-1));
	}

	// As shares of the map, which may get another size.
	remember({x, y}) {
		this.last = {x: x / this.painter.map.width, y: y / this.painter.map.height};
	}

	pressed({pressure = 1}) {
		const {size, flow, pressure: use} = this.painter.choices;
		return use === 'size' ? {size: size * pressure} : use === 'flow' ? {flow: flow * pressure} : {};
	}

	release() {
		const {stroke} = this;
		this.stroke = null;
		this.painter.finished(stroke.end());
	}

	cancel() {
		this.stroke?.cancel();
		this.stroke = null;
	}

	unpress() {
		this.cancel();
	}

	draw(context, {hover, shift}) {
		const {view, map, choices} = this.painter;
		if (!hover) return;
		const {across, down} = view.perMapPixel(map), at = view.toStage(map, hover), radius = choices.size / 2;
		if (shift && this.last && !this.isBusy) outline(context, lineThrough([view.toStage(map, {x: this.last.x * map.width, y: this.last.y * map.height}), at]), [6, 5]);
		outline(context, ring(at, radius * across, radius * down));
		if (choices.hardness < 1 && radius * across > 8) this.drawHard(context, ring(at, choices.hardness * radius * across, choices.hardness * radius * down));
	}

	drawHard(context, path) {
		context.globalAlpha = 0.45;
		outline(context, path, [3, 4]);
		context.globalAlpha = 1;
	}
}

// What was made last stays open until something else is done: it is made anew, in the place of its step, whenever it is moved.
class Open {
	what = null;
	step = null;

	// apply: (map, what, choices, painter) -> whether anything changed.
	constructor(painter, apply) {
		Object.assign(this, {painter, apply});
	}

	get isBusy() {
		return this.what !== null;
	}

	// choices: those that it was made with, or the present ones.
	put(what, choices = {...this.painter.choices}) {
		const {painter, painter: {map}} = this;
		this.choices = choices;
		const wasThere = map.history.takeBack(this.step), hasChanged = this.apply(map, what, choices, painter);
		Object.assign(this, {what, step: hasChanged ? map.history.done.at(-1) : null});
		painter.finished(hasChanged || wasThere);
	}

	chosen(changes) {
		if (this.what && AREA.some((name) => name in changes)) this.put(this.what, {...this.choices, ...changes});
	}

	// Under way, Enter is the hand's.
	key(name) {
		return name === 'Enter' && this.isBusy && this.painter.hand.doing !== 'paint' && this.painter.escape();
	}

	cancel() {
		this.what = this.step = null;
	}

	drag() {}

	release() {}

	unpress() {}
}

// What is drawn from one point to another: gradients, rectangle, ellipse.
class Span extends Open {
	// apply: (map, [from, to], choices); fill and lines: (context, from, to, {view, choices}), in the stage's pixels; straighten: a point, seen from
	// another; handles: of two points, each {at, from, moved: (point) -> the two points then}, from where Shift goes straight.
	constructor(painter, {apply, ...rest}) {
		super(painter, apply);
		Object.assign(this, rest, {held: null, drawn: null});
	}

	get isBusy() {
		return this.drawn !== null || super.isBusy;
	}

	press(point) {
		this.before = this.what;
		this.held = this.handleAt(point, this.painter.hand.isTouch ? FINGER : NEAR);
		if (this.held) this.painter.map.history.takeBack(this.step);
		else this.choices = {...this.painter.choices};
		this.held ??= {from: point, moved: (to) => [point, to]};
		this.drawn = this.before && this.held.at ? this.before : [point, point];
		super.cancel();
	}

	handleAt(point, reach) {
		return this.what && this.handles(...this.what).find(({at}) => this.painter.view.isNear(this.painter.map, point, at, reach)) || null;
	}

	drag(points, {shiftKey}) {
		const to = points.at(-1), {held} = this;
		if (to) this.drawn = held.moved(shiftKey && held.from ? this.straighten(held.from, to) : to);
	}

	release() {
		const {drawn, held} = this;
		this.drawn = null;
		if (drawn[0] !== drawn[1]) this.put(drawn, held.at && this.choices); // Else it was a click.
	}

	// What a handle moved is as it was.
	unpress() {
		const wasMoved = this.drawn && this.held.at;
		this.drawn = null;
		if (wasMoved) this.put(this.before, this.choices);
	}

	cancel() {
		this.unpress();
		super.cancel();
	}

	draw(context, {hover}) {
		const {view, map} = this.painter, span = this.drawn ?? this.what;
		if (!span) return;
		const [from, to] = span.map((point) => view.toStage(map, point));
		const shown = {view, choices: this.choices};
		if (this.drawn) this.fill(context, from, to, shown);
		this.lines(context, from, to, shown);
		const near = !this.drawn && hover ? this.handleAt(hover, NEAR)?.at : null;
		for (const {at} of this.handles(...span)) outline(context, dot(view.toStage(map, at), at.x === near?.x && at.y === near.y ? 7 : 4));
	}
}

function toEighth(from, to) {
	const angle = Math.round(Math.atan2(to.y - from.y, to.x - from.x) / (Math.PI / 4)) * Math.PI / 4;
	const length = (to.x - from.x) * Math.cos(angle) + (to.y - from.y) * Math.sin(angle);
	return {x: from.x + length * Math.cos(angle), y: from.y + length * Math.sin(angle)};
}

function toSquare(from, to) {
	const side = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
	return {x: from.x + side * Math.sign(to.x - from.x), y: from.y + side * Math.sign(to.y - from.y)};
}


// The handle that moves both points.
const mover = (at, from, to) => ({at, moved: ({x, y}) => [from, to].map((point) => ({x: point.x + x - at.x, y: point.y + y - at.y}))});

const endOf = (from, to) => ({at: to, from, moved: (point) => [from, point]});

const corners = (a, b) => [[a, b], [b, a], [{x: a.x, y: b.y}, {x: b.x, y: a.y}], [{x: b.x, y: a.y}, {x: a.x, y: b.y}]].map((pair) => endOf(...pair));

const gradient = (radial) => (painter) => new Span(painter, {
	apply: (map, [from, to], {strength, other, mode}) => map.gradient(from, to, strength / 100, other / 100, {radial, mode}),
	fill: (context, from, to, {view, choices}) => {
		const length = Math.hypot(to.x - from.x, to.y - from.y);
		const fade = radial ? context.createRadialGradient(from.x, from.y, 0, from.x, from.y, length) : context.createLinearGradient(from.x, from.y, to.x, to.y);
		for (let i = 0; i <= 16; i++) fade.addColorStop(i / 16, view.css((choices.strength + (choices.other - choices.strength) * i / 16) / 100));
		if (length > 0) fillPath(context, (c) => c.rect(...view.stageFrame), fade, view);
	},
	lines: (context, from, to) => outline(context, lineThrough([from, to])),
	handles: (from, to) => [endOf(from, to), radial ? mover(from, from, to) : {at: from, from: to, moved: (point) => [point, to]}],
	straighten: toEighth,
});

const shape = (name, pathOf) => (painter) => new Span(painter, {
	apply: (map, [from, to], {strength, mode}) => map[name](from, to, strength / 100, {mode}),
	fill: (context, from, to, {view, choices}) => fillPath(context, pathOf(from, to), view.css(choices.strength / 100), view),
	lines: (context, from, to, {choices}) => outline(context, pathOf(from, to), choices.strength ? [] : [6, 5]),
	handles: (from, to) => [...corners(from, to), mover(diffdiff.middle(from, to), from, to)],
	straighten: toSquare,
});

const rectanglePath = (from, to) => (context) => context.rect(from.x, from.y, to.x - from.x, to.y - from.y);

const ellipsePath = (from, to) => ring(diffdiff.middle(from, to), Math.abs(to.x - from.x) / 2, Math.abs(to.y - from.y) / 2);

// Corner by corner, or drawn freehand in one go.
class Polygon {
	constructor(painter) {
		this.painter = painter;
		this.points = [];
		this.pressed = null;
	}

	get isBusy() {
		return this.points.length > 0;
	}

	press(point) {
		if (this.points.length > 2 && this.isNear(point, this.points[0])) return this.close();
		this.before = this.points.length;
		if (!this.isBusy || !this.isNear(point, this.points.at(-1), ODD_STEP)) this.points.push(point);
		this.pressed = this.points.length;
	}

	// The corner was a first finger of two.
	unpress() {
		this.points.length = this.before;
		this.pressed = null;
	}

	isNear(a, b, reach = NEAR) {
		return this.painter.view.isNear(this.painter.map, a, b, reach);
	}

	drag(points) {
		if (this.pressed === null) return;
		for (const point of points) if (!this.isNear(point, this.points.at(-1), ODD_STEP)) this.points.push(point);
	}

	release() {
		if (this.pressed !== null && this.points.length - this.pressed > FREEHAND) this.close();
		this.pressed = null;
	}

	close() {
		const {points} = this;
		this.cancel();
		const {strength, mode} = this.painter.choices;
		this.painter.finished(this.painter.map.polygon(points, strength / 100, {mode}));
	}

	cancel() {
		this.points = [];
		this.pressed = null;
	}

	// Whether the key meant something to a polygon under way.
	key(name) {
		if (!this.isBusy) return false;
		if (name === 'Enter') this.close();
		else if (name === 'Backspace' || name === 'z') this.points.pop();
		else return false;
		return true;
	}

	draw(context, {hover}) {
		if (!this.isBusy) return;
		const {view, map, choices} = this.painter;
		const corners = [...this.points, ...hover ? [hover] : []].map((point) => view.toStage(map, point));
		fillPath(context, lineThrough(corners), view.css(choices.strength / 100), view);
		outline(context, lineThrough(corners));
		outline(context, dot(corners[0]));
	}
}

class Wand extends Open {
	constructor(painter) {
		super(painter, (map, {x, y}, {strength, ...choices}) => map.flood(x, y, strength / 100, {...choices, pixels: painter.pixels()}));
	}

	press(point) {
		this.cancel();
		this.put(point);
	}

	draw(context) {
		if (this.what) outline(context, dot(this.painter.view.toStage(this.painter.map, this.what)));
	}
}

const strokeOf = ({strength, size, hardness, flow, mode, edges, tolerance}, painter) => {
	const pixels = edges && painter.pixels();
	return {strength: strength / 100, size, hardness, flow, mode, edges: pixels ? {pixels, tolerance} : null};
};
const STROKE = ['size', 'hardness', 'flow'];
const SHAPE = ['strength', 'mode'];

// What a tool is: its name, its key, its words in the bar and in the help, its sliders and other controls, its icon (as the others in
// diffdiff_paint_icons.js), and what makes it for a painter: an object with press, drag, release, cancel, unpress, draw
// and isBusy, and with `key` where keys mean something to it.
diffdiff.paintTools = [{
	name: 'brush', key: 'B', words: () => diffdiff.t('Brush'), sliders: [...SHAPE, ...STROKE, 'edges'],
	icon: '<path d="M20 4L10.5 13.5M14 4.5l5.5 5.5M10 13a3.5 3.5 0 0 0-4.5 3.2C5.3 18 4.5 19 3 19.5c2.5 1.2 8 1.2 8.7-2.7A3.6 3.6 0 0 0 10 13z"/>',
	make: (painter) => new Brush(painter, strokeOf),
}, {
	name: 'eraser', key: 'E', words: () => diffdiff.t('Eraser'), sliders: [...STROKE, 'edges'],
	icon: '<path d="M8.5 19.5l-5-5a1.5 1.5 0 0 1 0-2.1l8.4-8.4a1.5 1.5 0 0 1 2.1 0l5.5 5.5a1.5 1.5 0 0 1 0 2.1L11.5 19.5zM7.5 8.5l7.5 7.5M7 19.5h13"/>',
	make: (painter) => new Brush(painter, (...asked) => ({...strokeOf(...asked), strength: 0, mode: 'replace'})),
}, {
	name: 'blur', key: 'U', words: () => diffdiff.t('Blur brush'), sliders: STROKE,
	icon: '<path d="M12 3.5c3.5 4.2 6 7.3 6 10.5a6 6 0 0 1-12 0c0-3.2 2.5-6.3 6-10.5z"/><path d="M9 14.5a3 3 0 0 0 3 3"/>',
	make: (painter) => new Brush(painter, (choices) => ({...strokeOf({...choices, edges: false}), blur: true, mode: 'replace'})),
}, {
	name: 'gradient', key: 'G', words: () => diffdiff.t('Linear gradient from the first strength to the second'), sliders: SHAPE,
	icon: '<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="M7 5.5v13M10 5.5v13M14 5.5v13" opacity=".55"/><path d="M7 5h-1.5a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2H7z" fill="currentColor"/>',
	make: gradient(false),
}, {
	name: 'radial', key: 'R', words: () => diffdiff.t('Radial gradient from the first strength to the second'), sliders: SHAPE,
	icon: '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="5.2" opacity=".6"/><circle cx="12" cy="12" r="2" fill="currentColor"/>',
	make: gradient(true),
}, {
	name: 'rectangle', key: 'M', words: () => diffdiff.t('Filled rectangle'), sliders: SHAPE,
	icon: '<rect x="3.5" y="6" width="17" height="12" rx="1"/>',
	make: shape('rectangle', rectanglePath),
}, {
	name: 'ellipse', key: 'O', words: () => diffdiff.t('Filled ellipse'), sliders: SHAPE,
	icon: '<ellipse cx="12" cy="12" rx="8.5" ry="6.5"/>',
	make: shape('ellipse', ellipsePath),
}, {
	name: 'polygon', key: 'P', words: () => diffdiff.t('Polygon, or lasso drawn freehand'), sliders: SHAPE,
	icon: '<path d="M5 17.5L3.5 8.5l8-5 9 6.5-4 9.5z"/>',
	make: (painter) => new Polygon(painter),
}, {
	name: 'fill', key: 'F', words: () => diffdiff.t('Wand: fill similar colours of the picture'), sliders: [...SHAPE, 'tolerance', 'grow', 'feather', 'contiguous'],
	icon: '<path d="M10.5 3l8.5 8.5-7 7a1.5 1.5 0 0 1-2.1 0l-6.4-6.4a1.5 1.5 0 0 1 0-2.1l6-6M3.5 11.5H19M20.5 15c1 1.5 1.5 2.4 1.5 3.2a1.5 1.5 0 0 1-3 0c0-.8.5-1.7 1.5-3.2z"/>',
	make: (painter) => new Wand(painter),
}];
})();
