// A map blurred, and a map in another size.
(() => {
const diffdiff = window.diffdiff ??= {};

const mix = (from, to, share) => from + (to - from) * share;

// Means over 2 * radius + 1 values along each row, the border replicated; the result is transposed, so that twice is both ways.
function meansAcross(values, width, height, radius) {
	const means = new Float32Array(values.length);
	for (let y = 0, row = 0; y < height; y++, row += width) {
		const last = row + width - 1;
		let sum = 0;
		for (let x = -radius; x <= radius; x++) sum += values[diffdiff.clamp(row + x, row, last)];
		for (let x = 0, at = row; x < width; x++, at++) {
			means[x * height + y] = sum / (2 * radius + 1);
			sum += values[Math.min(at + radius + 1, last)] - values[Math.max(at - radius, row)];
		}
	}
	return means;
}

function blurred(values, width, height, radius) {
	let means = values;
	for (let pass = 0; pass < 2; pass++) {
		means = meansAcross(meansAcross(means, width, height, radius), height, width, radius);
	}
	return means;
}

// The blurred map in one box; pixels further than two radii away have no say.
function blurredIn(map, box, radius) {
	const reach = 2 * radius;
	const around = diffdiff.boxes.common({left: box.left - reach, top: box.top - reach, right: box.right + reach, bottom: box.bottom + reach}, map.box);
	const width = around.right - around.left;
	const all = {width, height: around.bottom - around.top, greys: blurred(map.cut(around), width, around.bottom - around.top, radius)};
	return diffdiff.boxes.cut(all, {left: box.left - around.left, top: box.top - around.top, right: box.right - around.left, bottom: box.bottom - around.top});
}

// The middle of a pixel on one axis, in another size: the two pixels around it and the second's share.
function sources(size, other) {
	return Array.from({length: size}, (_, i) => {
		const at = diffdiff.clamp((i + 0.5) * other / size - 0.5, 0, other - 1);
		return [Math.floor(at), Math.min(Math.floor(at) + 1, other - 1), at % 1];
	});
}

function stretched({width, height, greys}, toWidth, toHeight) {
	if (width === toWidth && height === toHeight) return greys.slice();
	const made = new Uint16Array(toWidth * toHeight);
	const columns = sources(toWidth, width);
	sources(toHeight, height).forEach(([top, bottom, down], y) => columns.forEach(([left, right, across], x) => {
		const above = mix(greys[top * width + left], greys[top * width + right], across);
		const below = mix(greys[bottom * width + left], greys[bottom * width + right], across);
		made[y * toWidth + x] = Math.round(mix(above, below, down));
	}));
	return made;
}

Object.assign(diffdiff, {blurred, blurredIn, stretched});
})();
