// Rectangles of a map, and the tiles that it is remembered by.
(() => {
const diffdiff = window.diffdiff ??= {};

const TILE = 128;

// Boxes hold whole pixels: left and top belong to them, right and bottom do not.
const around = (points, reach = 0) => ({
	left: Math.floor(Math.min(...points.map(({x}) => x)) - reach),
	top: Math.floor(Math.min(...points.map(({y}) => y)) - reach),
	right: Math.ceil(Math.max(...points.map(({x}) => x)) + reach),
	bottom: Math.ceil(Math.max(...points.map(({y}) => y)) + reach),
});

const common = (a, b) => ({
	left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
	right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
});

const union = (a, b) => !a ? b : !b ? a : {
	left: Math.min(a.left, b.left), top: Math.min(a.top, b.top),
	right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom),
};

const moved = (box, x, y) => ({left: box.left + x, top: box.top + y, right: box.right + x, bottom: box.bottom + y});

const isEmpty = ({left, top, right, bottom}) => left >= right || top >= bottom;

function tilesIn(box, width) {
	const columns = Math.ceil(width / TILE);
	const tiles = [];
	for (let row = Math.floor(box.top / TILE); row * TILE < box.bottom; row++) {
		for (let column = Math.floor(box.left / TILE); column * TILE < box.right; column++) {
			tiles.push({index: row * columns + column, left: column * TILE, top: row * TILE, right: (column + 1) * TILE, bottom: (row + 1) * TILE});
		}
	}
	return tiles;
}

function cut({width, greys}, {left, top, right, bottom}) {
	const part = new greys.constructor((right - left) * (bottom - top));
	for (let y = top; y < bottom; y++) part.set(greys.subarray(y * width + left, y * width + right), (y - top) * (right - left));
	return part;
}

diffdiff.boxes = {around, common, union, moved, isEmpty, tilesIn, cut};
})();
