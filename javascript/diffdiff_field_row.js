// The row that shows the field's file: a small picture, its name and size; a click chooses another.
(() => {
const diffdiff = window.diffdiff ??= {};
const MOST = 400; // Twice as wide as it is shown.

diffdiff.sizeInWords = (bytes) => {
	if (bytes < 1024) return `${bytes} B`;
	const kib = bytes / 1024;
	return kib < 1024 ? `${Math.round(kib)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
};

// A file as a picture; null where the browser does not know the format, as with TIFF.
const pictureIn = (file) => new Promise((resolve) => {
	const picture = new Image(), address = URL.createObjectURL(file);
	const settle = (made) => {
		URL.revokeObjectURL(address);
		resolve(made);
	};
	picture.alt = '';
	picture.onload = () => settle(picture);
	picture.onerror = () => settle(null);
	picture.src = address;
});

// A file's width and height, before anything else decodes it.
diffdiff.naturalSize = async (file) => {
	const picture = await pictureIn(file);
	return picture && [picture.naturalWidth, picture.naturalHeight];
};

// A map in small.
function small({width, height, greys}) {
	const scale = Math.min(1, MOST / Math.max(width, height)), columns = Math.ceil(scale * width), rows = Math.ceil(scale * height);
	return diffdiff.sheet(columns, rows, (i) => {
		const x = Math.floor(i % columns * width / columns), y = Math.floor(Math.floor(i / columns) * height / rows);
		return 0xff000000 | 0x10101 * (greys[y * width + x] >> 8);
	});
}

diffdiff.FileRow = class {
	constructor(onClick) {
		const {element} = diffdiff;
		this.frame = element('div', 'diffdiff-frame');
		this.name = element('div', 'diffdiff-name');
		this.size = element('div', 'diffdiff-size');
		this.root = element('div', 'diffdiff-area', {role: 'button', tabindex: '0'}, this.frame, element('div', 'diffdiff-words', {}, this.name, this.size));
		this.root.addEventListener('click', onClick);
		this.root.addEventListener('keydown', (event) => this.onKey(event, onClick));
	}

	onKey(event, onClick) {
		if (event.key !== 'Enter' && event.key !== ' ') return;
		if (event.ctrlKey || event.altKey || event.metaKey) return; // The host's shortcuts.
		event.preventDefault();
		onClick();
	}

	// file: null for none. map: the painter's, where the file was made of it.
	show(file, name, map = null) {
		const empty = diffdiff.t('Choose, drop or paste a change map');
		this.name.textContent = this.name.title = file ? name : empty;
		this.size.textContent = file ? diffdiff.sizeInWords(file.size) : 'PNG, JPEG, WebP, BMP, TIFF, GIF';
		this.root.setAttribute('aria-label', file ? diffdiff.t('Change map: {name}. Choose another', {name}) : empty);
		this.frame.innerHTML = diffdiff.icons.picture;
		this.file = file;
		if (map && file) this.see(small(map), map.width, map.height);
		else if (file) this.draw(file);
	}

	// The icon stays where the browser cannot draw the file.
	async draw(file) {
		const picture = await pictureIn(file);
		if (picture && this.file === file) this.see(picture, picture.naturalWidth, picture.naturalHeight);
	}

	see(picture, width, height) {
		this.frame.replaceChildren(picture);
		this.size.textContent = `${width} × ${height} · ${diffdiff.sizeInWords(this.file.size)}`;
	}
};
})();
