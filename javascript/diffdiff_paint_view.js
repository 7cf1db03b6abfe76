// What the painter shows: the picture or a result beside it, the map's colours over it and, on top, what a tool is about to do. Three
// canvases, so that a stroke redraws only its own rectangle of the middle one.
(() => {
const diffdiff = window.diffdiff ??= {};

const SMALLEST = 0.02;
const LARGEST = 64;
const CHECK = 10;
const AT_ONCE = 2 ** 21;
const SAME_SHAPE = 0.02; // Of the ratio of sides.

class View {
	constructor(stage) {
		this.stage = stage;
		[this.ground, this.layer, this.top] = Array.from({length: 3}, () => document.createElement('canvas'));
		for (const canvas of [this.ground, this.layer, this.top]) canvas.setAttribute('aria-hidden', 'true');
		stage.prepend(this.ground, this.layer, this.top);
		this.sheet = document.createElement('canvas');
		this.picture = this.rest = null;
		this.size = {width: 1, height: 1};
		this.fitted = true;
		this.scale = 1;
		this.left = this.above = 0;
		this.strengthOf = (share) => share;
		this.inverted = false;
		this.effect = null;
		this.result = null;
		this.wipe = 0.5;
		this.show({view: 'heat', overlay: 'heat'}, 0.8);
	}

	// view: 'heat', 'effect', 'map', 'picture' or 'result'. overlay: the colours that lie over a picture.
	show({view, overlay}, opacity) {
		this.mode = view;
		this.colourOf = diffdiff.colours[view === 'map' ? 'grey' : overlay];
		this.opacity = view === 'map' ? 1 : opacity;
		this.layer.style.opacity = this.opacity;
		this.layer.style.display = view === 'picture' ? 'none' : '';
		this.recolour();
	}

	// strengthOf: from a share of white, 0..1, to the strength that it comes to. inverted: whether a map's black is all of it.
	setScale(strengthOf, inverted) {
		Object.assign(this, {strengthOf, inverted});
		this.recolour();
	}

	recolour() {
		this.table = diffdiff.colours.table((grey) => this.colourOf(this.strengthOf(this.inverted ? 1 - grey : grey)));
		this.strengthTable = diffdiff.colours.table(this.colourOf);
		this.repaint = true;
		this.setEffect(this.effect);
	}

	// The strengths that the cells come to, as the painter's setStrengths takes them; null while they are not known.
	setEffect(strengths) {
		this.effect = strengths && {...strengths, sheet: this.sheetOf(strengths)};
		this.moved = true;
	}

	sheetOf({rows, columns, values}) {
		return diffdiff.sheet(columns, rows, (i) => this.strengthTable[Math.ceil(256 * values[i])]);
	}

	// A finished picture, to be compared with the one that it was made of.
	setResult(result) {
		this.result = result;
		this.moved = true;
	}

	setPicture(picture, width, height) {
		this.picture = picture && reduced(picture, width, height);
		this.size = {width: Math.max(1, width), height: Math.max(1, height)};
		this.stage.style.aspectRatio = `${this.size.width} / ${this.size.height}`;
		this.fit();
	}

	// The stage may have another size, or the screen another density.
	measure() {
		const density = window.devicePixelRatio || 1;
		const {clientWidth, clientHeight} = this.stage;
		if (clientWidth === this.width && clientHeight === this.height && density === this.density) return;
		Object.assign(this, {width: clientWidth, height: clientHeight, density});
		for (const canvas of [this.ground, this.layer, this.top]) {
			canvas.width = Math.max(1, Math.round(clientWidth * density));
			canvas.height = Math.max(1, Math.round(clientHeight * density));
		}
		if (this.fitted) this.fit();
		this.moved = true;
	}

	fit() {
		this.fitted = true;
		this.moved = true;
		if (!this.width || !this.height) return;
		this.scale = Math.min(this.width / this.size.width, this.height / this.size.height);
		this.left = (this.width - this.size.width * this.scale) / 2;
		this.above = (this.height - this.size.height * this.scale) / 2;
	}

	// The point of the stage stays where it is.
	zoomAt({x, y}, factor) {
		const scale = diffdiff.clamp(this.scale * factor, Math.min(SMALLEST, this.scale), Math.max(LARGEST, this.scale));
		this.left = x - (x - this.left) * scale / this.scale;
		this.above = y - (y - this.above) * scale / this.scale;
		this.scale = scale;
		this.panBy(0, 0);
	}

	// Some of the picture stays in view.
	panBy(dx, dy) {
		const rest = Math.min(40, this.width / 2, this.height / 2);
		this.left = diffdiff.clamp(this.left + dx, rest - this.size.width * this.scale, this.width - rest);
		this.above = diffdiff.clamp(this.above + dy, rest - this.size.height * this.scale, this.height - rest);
		this.fitted = false;
		this.moved = true;
	}

	onStage({clientX, clientY}) {
		const {left, top} = this.ground.getBoundingClientRect();
		return {x: clientX - left, y: clientY - top};
	}

	// A map that was brought back may have another size than the picture: it is shown stretched.
	perMapPixel(map) {
		return {across: this.size.width * this.scale / map.width, down: this.size.height * this.scale / map.height};
	}

	toMap(map, {x, y}) {
		const {across, down} = this.perMapPixel(map);
		return {x: (x - this.left) / across, y: (y - this.above) / down};
	}

	toStage(map, {x, y}) {
		const {across, down} = this.perMapPixel(map);
		return {x: this.left + x * across, y: this.above + y * down};
	}

	// Whether two points of the map are so near each other on the stage.
	isNear(map, a, b, reach) {
		const {across, down} = this.perMapPixel(map);
		return Math.hypot((a.x - b.x) * across, (a.y - b.y) * down) <= reach;
	}

	draw(map, drawTool) {
		this.measure();
		if (!this.width || !this.height) return;
		const changed = this.updateSheet(map);
		if (this.moved) this.drawAll(map);
		else if (changed) this.drawLayer(map, this.onLayer(map, changed));
		this.moved = false;
		this.drawTop(drawTool);
	}

	updateSheet(map) {
		const resized = this.sheet.width !== map.width || this.sheet.height !== map.height;
		if (resized) {
			Object.assign(this.sheet, {width: map.width, height: map.height});
			this.rest = null;
		}
		const dirty = map.takeDirty();
		const box = resized || this.repaint ? map.box : dirty;
		if (resized || this.repaint) this.moved = true;
		this.repaint = false;
		return this.paintSome(map, box);
	}

	// As much as one frame has time for; the rest of a larger box is left for the next ones.
	paintSome(map, box) {
		const rows = (all) => Math.max(1, Math.floor(AT_ONCE / (all.right - all.left)));
		const isLarge = box && box.bottom - box.top > rows(box);
		if (isLarge) this.rest = diffdiff.boxes.union(this.rest, box);
		else if (box) this.paintSheet(map, box);
		if (!this.rest) return box;
		const {rest} = this, part = {...rest, bottom: Math.min(rest.top + rows(rest), rest.bottom)};
		this.paintSheet(map, part);
		this.rest = part.bottom < rest.bottom ? {...rest, top: part.bottom} : null;
		return diffdiff.boxes.union(isLarge ? null : box, part);
	}

	paintSheet({greys, width}, {left, top, right, bottom}) {
		const image = new ImageData(right - left, bottom - top);
		const pixels = new Uint32Array(image.data.buffer), {table} = this;
		for (let y = top, to = 0; y < bottom; y++) {
			for (let x = left, at = y * width + left; x < right; x++) pixels[to++] = table[greys[at++] + 255 >> 8];
		}
		this.sheet.getContext('2d').putImageData(image, left, top);
	}

	// The box of canvas pixels that a box of the map falls on, the soft edge of enlarged pixels included.
	onLayer(map, {left, top, right, bottom}) {
		const from = this.toStage(map, {x: left - 1, y: top - 1}), to = this.toStage(map, {x: right + 1, y: bottom + 1});
		const x = diffdiff.clamp(Math.floor(from.x * this.density) - 1, 0, this.layer.width), y = diffdiff.clamp(Math.floor(from.y * this.density) - 1, 0, this.layer.height);
		const width = diffdiff.clamp(Math.ceil(to.x * this.density) + 1, 0, this.layer.width) - x, height = diffdiff.clamp(Math.ceil(to.y * this.density) + 1, 0, this.layer.height) - y;
		return {x, y, width, height};
	}

	drawAll(map) {
		this.drawGround();
		this.drawLayer(map, {x: 0, y: 0, width: this.layer.width, height: this.layer.height});
	}

	// Where the picture lies: left, top, width and height in the stage's pixels, and in the canvases' own.
	get stageFrame() {
		return [this.left, this.above, this.size.width * this.scale, this.size.height * this.scale];
	}

	get frame() {
		return this.stageFrame.map((length) => length * this.density);
	}

	drawGround() {
		const context = this.ground.getContext('2d');
		context.clearRect(0, 0, this.ground.width, this.ground.height);
		context.imageSmoothingEnabled = this.scale * this.density < 2;
		context.imageSmoothingQuality = 'high';
		context.fillStyle = checks(context, Math.round(CHECK * this.density));
		if (this.picture) context.drawImage(this.picture, ...this.frame);
		else context.fillRect(...this.frame);
		if (this.mode === 'result' && this.result) this.drawResult(context);
	}

	// Right of the wipe, which is a share of the stage.
	drawResult(context) {
		const {width, height} = this.ground, at = this.wipe * width;
		context.save();
		context.beginPath();
		context.rect(at, 0, width - at, height);
		context.clip();
		context.drawImage(this.result, ...this.frameOfResult());
		context.restore();
		context.fillStyle = '#fff';
		context.fillRect(at - this.density, 0, 2 * this.density, height);
	}

	// A result of another shape shows the part of the picture that the cells covered.
	frameOfResult() {
		const [, , width, height] = this.frame, shape = this.result.width / this.result.height;
		return this.effect && Math.abs(shape * height / width - 1) > SAME_SHAPE ? this.covered() : this.frame;
	}

	covered() {
		const [left, top, width, height] = this.frame, {area} = this.effect;
		return [left + area.left * width, top + area.top * height, (area.right - area.left) * width, (area.bottom - area.top) * height];
	}

	drawLayer(map, {x, y, width, height}) {
		if (width <= 0 || height <= 0) return;
		const context = this.layer.getContext('2d');
		const {across, down} = this.perMapPixel(map);
		if (this.mode === 'effect' && this.effect) return this.drawEffect(context);
		context.save();
		context.beginPath();
		context.rect(x, y, width, height);
		context.clip();
		context.clearRect(x, y, width, height);
		context.imageSmoothingEnabled = Math.min(across, down) * this.density < 2;
		context.drawImage(this.sheet, ...this.frame);
		context.restore();
	}

	// Cell by cell, over the part of the picture that the cells cover.
	drawEffect(context) {
		context.clearRect(0, 0, this.layer.width, this.layer.height);
		context.imageSmoothingEnabled = false;
		context.drawImage(this.effect.sheet, ...this.covered());
	}

	// What is pointed at elsewhere in the page: a canvas to lay over the picture, or null.
	light(sheet) {
		this.lit = sheet;
	}

	// drawTool: draws in the stage's own pixels.
	drawTop(drawTool) {
		const context = this.top.getContext('2d');
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.clearRect(0, 0, this.top.width, this.top.height);
		context.setTransform(this.density, 0, 0, this.density, 0, 0);
		if (this.lit) context.drawImage(this.lit, ...this.stageFrame);
		drawTool(context);
	}

	// share: of white, 0..1.
	css(share) {
		return diffdiff.colours.css(this.colourOf(this.strengthOf(share)));
	}

	// The picture's pixels at the map's size.
	pixelsFor(map) {
		return diffdiff.pixelsOf(this.picture, map.width, map.height);
	}
}

// Of a huge picture no more than the map's own size is kept: it is drawn at every move.
function reduced(picture, width, height) {
	const size = diffdiff.GreyMap.sizeFor(width, height);
	return size.width >= width && size.height >= height ? picture : diffdiff.drawn(picture, size.width, size.height);
}

// A neutral ground where there is no picture.
function checks(context, side) {
	const tile = diffdiff.canvas(2 * side, 2 * side);
	const inTile = tile.getContext('2d');
	inTile.fillStyle = '#8a8a8e';
	inTile.fillRect(0, 0, 2 * side, 2 * side);
	inTile.fillStyle = '#7c7c80';
	inTile.fillRect(0, 0, side, side);
	inTile.fillRect(side, side, side, side);
	return context.createPattern(tile, 'repeat');
}

diffdiff.PaintView = View;
})();
