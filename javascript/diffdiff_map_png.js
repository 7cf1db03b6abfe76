// A PNG of 16-bit greys, written byte by byte: a canvas may be altered when it is read back.
(() => {
const diffdiff = window.diffdiff ??= {};

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const UP = 2;
const MOST_STORED = 65535; // Bytes in one block that is not compressed.

const CRCS = Uint32Array.from({length: 256}, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
	return crc;
});

function crcOf(bytes) {
	let crc = 0xffffffff;
	for (let at = 0; at < bytes.length; at++) crc = CRCS[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
	return ~crc >>> 0;
}

function chunk(name, data) {
	const made = new Uint8Array(data.length + 12);
	const view = new DataView(made.buffer);
	view.setUint32(0, data.length);
	for (let i = 0; i < 4; i++) made[4 + i] = name.charCodeAt(i);
	made.set(data, 8);
	view.setUint32(8 + data.length, crcOf(made.subarray(4, 8 + data.length)));
	return made;
}

function header(width, height) {
	const data = new Uint8Array(13);
	const view = new DataView(data.buffer);
	view.setUint32(0, width);
	view.setUint32(4, height);
	data.set([16, 0, 0, 0, 0], 8); // 16 bits, grey, and the only compression, filter and order that most readers know.
	return data;
}

// Each row as its difference from the row above: flat areas and gradients become runs.
function rows({width, height, greys}) {
	const made = new Uint8Array((2 * width + 1) * height);
	for (let y = 0, to = 0, at = 0; y < height; y++) {
		made[to++] = UP;
		for (let x = 0; x < width; x++, at++) {
			const grey = greys[at], above = y ? greys[at - width] : 0;
			made[to++] = (grey >> 8) - (above >> 8);
			made[to++] = grey - above;
		}
	}
	return made;
}

function partsOf({width, height}, data) {
	return [new Uint8Array(SIGNATURE), chunk('IHDR', header(width, height)), chunk('IDAT', data), chunk('IEND', new Uint8Array(0))];
}

async function fileOf(map) {
	const stream = new Blob([rows(map)]).stream().pipeThrough(new CompressionStream('deflate'));
	return new Blob(partsOf(map, new Uint8Array(await new Response(stream).arrayBuffer())), {type: 'image/png'});
}

// What a worker needs, of these functions' own source: no other file is loaded.
const WORKER = () => [
	`const SIGNATURE = [${SIGNATURE}], UP = ${UP}, CRCS = [${CRCS}];`, crcOf, chunk, header, rows, partsOf, fileOf,
	'onmessage = async ({data}) => postMessage(await fileOf(data));',
].join('\n');

let worker, turn = Promise.resolve(), waiting = null, isBusy = false;
const made = new WeakMap();

// Beside the page's own work; in it where it allows no worker.
function encoded(map) {
	if (worker === null) return fileOf(map);
	return new Promise((resolve, reject) => {
		worker ??= new Worker(URL.createObjectURL(new Blob([WORKER()])));
		Object.assign(worker, {onmessage: ({data}) => resolve(data), onerror: reject});
		worker.postMessage(map);
	}).catch(() => {
		worker = null;
		return fileOf(map);
	});
}

async function next(last) {
	if (!waiting) return last;
	const map = waiting;
	waiting = null;
	isBusy = true;
	return encoded(map).finally(() => { isBusy = false; });
}

// Only the newest of the waiting maps is made into a file, for all who asked; what did not change has its file.
function greyPNG(map) {
	const {width, height, greys, version} = map;
	if (made.get(map)?.version !== version) {
		waiting = {width, height, greys: isBusy ? greys.slice() : greys};
		turn = turn.then(next);
		made.set(map, {version, file: turn});
	}
	return made.get(map).file;
}

function adlerOf(bytes) {
	let low = 1, high = 0;
	for (let at = 0; at < bytes.length;) {
		for (const end = Math.min(at + 5552, bytes.length); at < end; at++) high += low += bytes[at]; // As many as fit into 32 bits.
		low %= 65521;
		high %= 65521;
	}
	return (high << 16 | low) >>> 0;
}

// What a PNG's reader takes for compressed, at once.
function stored(bytes) {
	const blocks = Math.ceil(bytes.length / MOST_STORED);
	const made = new Uint8Array(2 + 5 * blocks + bytes.length + 4);
	const view = new DataView(made.buffer);
	made.set([0x78, 0x01]);
	for (let block = 0, to = 2; block < blocks; block++) {
		const data = bytes.subarray(block * MOST_STORED, (block + 1) * MOST_STORED);
		made[to] = block === blocks - 1 ? 1 : 0;
		view.setUint16(to + 1, data.length, true);
		view.setUint16(to + 3, ~data.length, true);
		made.set(data, to + 5);
		to += data.length + 5;
	}
	view.setUint32(made.length - 4, adlerOf(bytes));
	return made;
}

function base64(bytes) {
	const PIECE = 0x6000; // A multiple of 3, and no more arguments than a call takes.
	const pieces = [];
	for (let at = 0; at < bytes.length; at += PIECE) pieces.push(btoa(String.fromCharCode.apply(null, bytes.subarray(at, at + PIECE))));
	return pieces.join('');
}

// The data URL at once, for the click on Generate, which waits for nobody: compressing takes its time.
function pngNow(map) {
	const all = partsOf(map, stored(rows(map)));
	const file = new Uint8Array(all.reduce((sum, {length}) => sum + length, 0));
	all.reduce((at, part) => {
		file.set(part, at);
		return at + part.length;
	}, 0);
	return `data:image/png;base64,${base64(file)}`;
}

Object.assign(diffdiff, {greyPNG, pngNow});
})();
