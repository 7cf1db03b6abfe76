// Small things that the field's files share: elements, icons, and pictures as bytes.
(() => {
const diffdiff = window.diffdiff ??= {};

// An icon of shapes on a grid of 24.
diffdiff.svg = (shapes) => `<svg viewBox="0 0 24 24" aria-hidden="true">${shapes}</svg>`;
diffdiff.icons = {
	picture: diffdiff.svg('<rect x="3" y="4" width="18" height="16" rx="2"/><circle cx="8.5" cy="9.5" r="1.5"/><path d="M3 17l5-5 4 4 3-3 6 6"/>'),
	cross: diffdiff.svg('<path d="M5 5l14 14M19 5L5 19"/>'),
};

// attributes: null leaves one out. children: elements or texts.
diffdiff.element = (tag, className, attributes = {}, ...children) => {
	const made = document.createElement(tag);
	if (className) made.className = className;
	for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
	made.append(...children);
	return made;
};

diffdiff.button = (words, onClick, attributes = {}) => {
	const made = diffdiff.element('button', 'diffdiff-button', {type: 'button', ...attributes}, words);
	made.addEventListener('click', onClick);
	return made;
};

diffdiff.withIcon = (name, words, onClick, className) => {
	const made = diffdiff.element('button', className, {type: 'button', title: words, 'aria-label': words});
	made.innerHTML = diffdiff.icons[name];
	made.addEventListener('click', onClick);
	return made;
};

diffdiff.canvas = (width, height) => Object.assign(document.createElement('canvas'), {width, height});

// Into a box of the host's, as a person would.
diffdiff.write = (box, text) => {
	box.autocomplete = 'off'; // Or the browser keeps the megabytes for its Back.
	box.value = text;
	box.dispatchEvent(new Event('input', {bubbles: true}));
};

// A canvas on which colour(i), as ImageData has it in memory, is the i-th pixel.
diffdiff.sheet = (width, height, colour, sheet = diffdiff.canvas(width, height)) => {
	const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
	for (let i = 0; i < pixels.length; i++) pixels[i] = colour(i);
	sheet.getContext('2d').putImageData(image, 0, 0);
	return sheet;
};

// The picture file that a text holds; null where it holds none. Never an address: nothing is fetched.
diffdiff.fileIn = (text) => {
	try {
		const binary = atob(text.slice(text.indexOf(',') + 1));
		const bytes = new Uint8Array(binary.length);
		for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i); // Uint8Array.from takes 25 times as long.
		return new Blob([bytes]);
	} catch {
		return null;
	}
};

diffdiff.drawn = (drawable, width, height, hints) => {
	const sheet = diffdiff.canvas(width, height);
	sheet.getContext('2d', hints).drawImage(drawable, 0, 0, width, height);
	return sheet;
};

diffdiff.pixelsOf = (drawable, width, height) =>
	diffdiff.drawn(drawable, width, height, {willReadFrequently: true}).getContext('2d').getImageData(0, 0, width, height);

// One channel of any drawable thing: 0 is red, 3 is alpha.
diffdiff.channelOf = (drawable, width, height, channel) => {
	const pixels = diffdiff.pixelsOf(drawable, width, height).data;
	const bytes = new Uint8Array(width * height);
	for (let i = 0; i < bytes.length; i++) bytes[i] = pixels[4 * i + channel];
	return bytes;
};

// A file as a data URL; '' where it cannot be read.
diffdiff.dataUrlOf = (file) => new Promise((resolve) => {
	const reader = new FileReader();
	reader.onload = () => resolve(reader.result);
	reader.onerror = () => resolve('');
	reader.readAsDataURL(file);
});

diffdiff.middle = (a, b) => ({x: (a.x + b.x) / 2, y: (a.y + b.y) / 2});

// A strength in two digits; what is more than nothing is not claimed to be nothing.
diffdiff.inTwo = (strength) => strength > 0 && strength < 0.01 ? '<0.01' : strength.toFixed(2);

diffdiff.percent = (share) => {
	const rounded = Math.round(100 * share);
	if (rounded === 0 && share > 0) return '<1';
	return rounded === 100 && share < 1 ? '>99' : String(rounded);
};
})();
