// Which pixels lie in a polygon, and which are connected and alike.
(() => {
const diffdiff = window.diffdiff ??= {};

const LEAST_SPECK = 16; // Pixels; more in a large picture.

// Where a horizontal line crosses the polygon's edges, from left to right; turn: +1 for an edge going down, -1 for one going up.
function crossings(points, y) {
	const found = [];
	points.forEach((from, i) => {
		const to = points[(i + 1) % points.length];
		if (from.y <= y === to.y <= y) return;
		found.push({x: from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x), turn: from.y < to.y ? 1 : -1});
	});
	return found.sort((a, b) => a.x - b.x);
}

// The pixels of a row whose centres lie inside the polygon, loops of its outline included.
function spansInside(points, y) {
	const spans = [];
	let winding = 0, left = 0;
	for (const {x, turn} of crossings(points, y + 0.5)) {
		if (winding === 0) left = x;
		winding += turn;
		if (winding === 0) spans.push([Math.ceil(left - 0.5), Math.ceil(x - 0.5)]);
	}
	return spans;
}

// Whether a place is like a colour (or a grey) in every channel.
const likeTo = (pixels, [red, green, blue, alpha], tolerance) => (at) => Math.abs(pixels[4 * at] - red) <= tolerance
	&& Math.abs(pixels[4 * at + 1] - green) <= tolerance
	&& Math.abs(pixels[4 * at + 2] - blue) <= tolerance
	&& Math.abs(pixels[4 * at + 3] - alpha) <= tolerance;

const likeGrey = (greys, [grey], tolerance) => (at) => Math.abs(greys[at] - grey) <= 257 * tolerance;

// The mean of what is like a place around it: a single pixel may be noise.
function meanAround({values, width}, first, channels, like) {
	const colourOf = (at) => values.subarray(channels * at, channels * (at + 1));
	const isLike = like(colourOf(first)), near = [];
	for (let i = 0; i < 25; i++) near.push(first + (Math.floor(i / 5) - 2) * width + i % 5 - 2);
	const alike = near.filter((at) => at >= 0 && isLike(at)).map(colourOf);
	return Array.from(colourOf(first), (_, channel) => alike.reduce((sum, colour) => sum + colour[channel], 0) / alike.length);
}

// The connected pixels that are like the first, as a mask; row by row, for speed.
function connected(width, height, first, isLike) {
	const mask = new Uint8Array(width * height), open = [];
	const takeRun = (at) => {
		const row = at - at % width;
		let left = at, right = at + 1;
		while (left > row && !mask[left - 1] && isLike(left - 1)) left--;
		while (right < row + width && !mask[right] && isLike(right)) right++;
		mask.fill(1, left, right);
		open.push([left, right]);
		return right;
	};
	takeRun(first);
	while (open.length) {
		const [left, right] = open.pop();
		for (const step of [-width, width]) {
			for (let at = left + step; at < right + step; at++) if (!mask[at] && isLike(at)) at = takeRun(at); // Nothing beyond the map is.
		}
	}
	return mask;
}

function boxOf(mask, width) {
	let box = null;
	for (let y = 0; y * width < mask.length; y++) {
		const row = mask.subarray(y * width, (y + 1) * width), left = row.indexOf(1);
		if (left >= 0) box = diffdiff.boxes.union(box, {left, top: y, right: row.lastIndexOf(1) + 1, bottom: y + 1});
	}
	return box;
}

// Holes of a few pixels are noise, and become part of the area. Of a larger one as many get a 2, and are not looked at again.
function closeSpecks(mask, width, {left, top, right, bottom}) {
	for (let y = top; y < bottom; y++) {
		for (let at = y * width + left; at < y * width + right; at++) if (!mask[at] && (at % width === 0 || mask[at - 1] === 1)) closeSpeck(mask, width, at);
	}
}

function closeSpeck(mask, width, first) {
	const hole = [first], most = Math.max(LEAST_SPECK, mask.length >> 16);
	let isSmall = true;
	mask[first] = 3;
	for (let i = 0; isSmall && i < hole.length; i++) {
		const at = hole[i], x = at % width;
		for (const next of [at - width, at + width, at - (x > 0), at + (x < width - 1)]) {
			if (mask[next] === 2 || hole.length > most) isSmall = false;
			else if (mask[next] === 0) mask[hole[hole.length] = next] = 3;
		}
	}
	for (const at of hole) mask[at] = isSmall ? 1 : 2;
}

// The area wider by this many pixels (or narrower: then the rest is wider), with a rim of about one, as levels of 0..255 in a box: by the
// distance from it, in fifths of a pixel. The outermost pixels of the box are no one's.
function covered(mask, width, {left, top, right, bottom}, by) {
	const row = right - left, levels = new Uint8Array(row * (bottom - top)).fill(255), isLess = by < 0, reach = 5 * Math.abs(by) + 7;
	for (let y = Math.max(top, 0); y < bottom && y * width < mask.length; y++) {
		for (let x = Math.max(left, 0), at = y * width + x, to = (y - top) * row + x - left; x < right && x < width; x++, to++) if ((mask[at++] === 1) !== isLess) levels[to] = 0;
	}
	for (const step of [1, -1]) {
		for (let from = row + 1; from < levels.length - row; from += row) {
			for (let x = 2, at = step > 0 ? from : levels.length - 1 - from; x < row; x++, at += step) {
				const level = levels[at], back = at - step * row;
				if (level) levels[at] = Math.min(level, levels[at - step] + 5, levels[back] + 5, levels[back - step] + 7, levels[back + step] + 7);
			}
		}
	}
	const levelOf = Uint8Array.from({length: 256}, (_, far) => Math.abs(255 * isLess - 51 * diffdiff.clamp(reach - far, 0, 5)));
	for (let at = 0; at < levels.length; at++) levels[at] = levelOf[levels[at]];
	return levels;
}

// What is like a place: {box, levels}, a level of 0..255 for each pixel of a box that may reach beyond the picture. values: a
// picture's RGBA bytes or a map's greys, in rows of a width. contiguous: only what is connected with the place. grow: pixels more, or less.
// feather: how wide the rim is.
function likeness({values, width, height}, first, {tolerance = 32, contiguous = true, grow = 0, feather = 0} = {}) {
	const channels = values.length / width / height;
	const like = (colour) => (channels > 1 ? likeTo : likeGrey)(values, colour, tolerance), isLike = like(meanAround({values, width}, first, channels, like));
	const mask = connected(width, height, first, isLike);
	for (let at = 0; !contiguous && at < mask.length; at++) if (isLike(at)) mask[at] = 1;
	const {left, top, right, bottom} = boxOf(mask, width), reach = Math.max(grow, 0) + feather + 3;
	closeSpecks(mask, width, {left, top, right, bottom});
	const box = {left: left - reach, top: top - reach, right: right + reach, bottom: bottom + reach}, levels = covered(mask, width, box, grow);
	return {box, levels: feather ? diffdiff.blurred(levels, right - left + 2 * reach, bottom - top + 2 * reach, Math.ceil(feather / 4)) : levels};
}

diffdiff.areas = {spansInside, likeness};
})();
