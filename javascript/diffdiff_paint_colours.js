// One colour for each strength, wherever strengths are shown: none where nothing changes, warm and bright where all may.
(() => {
const diffdiff = window.diffdiff ??= {};

// After Matplotlib's plasma: every step of strength is seen, in colour and in grey, by colour-blind eyes too. Its dark end is lighter
// here, to be seen on a dark picture.
const STOPS = [[72, 40, 200], [110, 36, 196], [144, 38, 184], [175, 48, 160], [203, 70, 121], [229, 107, 93], [248, 148, 65], [253, 195, 40], [240, 249, 33]];
const FULLEST = 0.95;
const FADE = 0.7; // Weak strengths are seen, and a fade to nothing has no edge.

// strength: 0..1; the answer: red, green, blue and alpha, each 0..255.
function heat(strength) {
	if (strength <= 0) return [0, 0, 0, 0];
	const at = Math.min(strength, 1) * (STOPS.length - 1);
	const low = STOPS[Math.floor(at)], high = STOPS[Math.ceil(at)];
	return [...low.map((part, i) => Math.round(part + (high[i] - part) * (at % 1))), Math.ceil(255 * FULLEST * Math.min(strength, 1) ** FADE)];
}

// As a quick mask: one colour over what changes, or over what stays.
const changes = (strength) => [235, 20, 60, Math.round(255 * FULLEST * strength)];
const stays = (strength) => [20, 20, 26, Math.round(255 * FULLEST * (1 - strength))];

const grey = (strength) => [...Array(3).fill(Math.round(255 * strength)), 255];

const css = ([red, green, blue, alpha]) => `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;

// The colours of 0, 1 ... 256 of 256, each as ImageData has it in memory. A grey's is that of the next 256th: only black is nothing.
function table(colourOf) {
	const colours = new Uint8Array(4 * 257);
	for (let part = 0; part <= 256; part++) colours.set(colourOf(part / 256), 4 * part);
	return new Uint32Array(colours.buffer);
}

const gradient = (colourOf) => `linear-gradient(to right, ${Array.from({length: 33}, (_, i) => css(colourOf(i / 32))).join(', ')})`;

diffdiff.colours = {heat, changes, stays, grey, css, table, gradient};
})();
