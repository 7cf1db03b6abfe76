// The greys and labels that Python sends, raw: a browser that guards against fingerprinting may alter a canvas that is read back,
// and a black pixel that became a 1 would no longer be kept.
(() => {
const diffdiff = window.diffdiff ??= {};

// Every row comes less the row above it; null for what is no such thing.
async function unpacked(text, length, width, Levels) {
	const stream = diffdiff.fileIn(text ?? '')?.stream().pipeThrough(new DecompressionStream('deflate'));
	const buffer = stream && await new Response(stream).arrayBuffer().catch(() => null);
	if (buffer?.byteLength !== length * Levels.BYTES_PER_ELEMENT) return null;
	const levels = new Levels(buffer);
	for (let at = width; at < length; at++) levels[at] += levels[at - width];
	return levels;
}

// The map in an answer: {width, height, greys}; null where there is none.
diffdiff.mapIn = async ({width, height, greys: text}) => {
	const greys = await unpacked(text, width * height, width, Uint16Array);
	return greys && {width, height, greys};
};

// The zones' labels in an answer: {width, height, labels}; null where there are none.
diffdiff.labelsIn = async ({width, height, labels: text}) => {
	const labels = await unpacked(text, width * height, width, Uint8Array);
	return labels && {width, height, labels};
};

// 8-bit levels as greys.
diffdiff.widened = (bytes) => {
	const greys = new Uint16Array(bytes.length);
	for (let at = 0; at < bytes.length; at++) greys[at] = 257 * bytes[at];
	return greys;
};
})();
