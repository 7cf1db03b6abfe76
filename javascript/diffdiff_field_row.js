// The row that shows the field's file: a small picture, its name and size; a click chooses another.
(() => {
const diffdiff = window.diffdiff ??= {};

diffdiff.sizeInWords = (bytes) => {
	if (bytes < 1024) return `${bytes} B`;
	const kib = bytes / 1024;
	return kib < 1024 ? `${Math.round(kib)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
};

// A file's width and height, before anything decodes it; null where the browser does not know the format, as with TIFF.
diffdiff.naturalSize = (file) => new Promise((resolve) => {
	const picture = new Image();
	const address = URL.createObjectURL(file);
	const settle = (size) => {
		URL.revokeObjectURL(address);
		resolve(size);
	};
	picture.onload = () => settle([picture.naturalWidth, picture.naturalHeight]);
	picture.onerror = () => settle(null);
	picture.src = address;
});

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

	// file: null for none.
	show(file, name) {
		const empty = diffdiff.t('Choose, drop or paste a change map');
		this.name.textContent = this.name.title = file ? name : empty;
		this.size.textContent = file ? diffdiff.sizeInWords(file.size) : 'PNG, JPEG, WebP, BMP, TIFF, GIF';
		this.root.setAttribute('aria-label', file ? diffdiff.t('Change map: {name}. Choose another', {name}) : empty);
		this.draw(file);
	}

	// The icon stays where the browser cannot draw the file.
	draw(file) {
		this.frame.innerHTML = diffdiff.icons.picture;
		this.picture = null;
		if (!file) return;
		const picture = this.picture = new Image();
		const address = URL.createObjectURL(file);
		picture.alt = '';
		picture.onload = () => {
			URL.revokeObjectURL(address);
			if (this.picture !== picture) return;
			this.frame.replaceChildren(picture);
			this.size.textContent = `${picture.naturalWidth} × ${picture.naturalHeight} · ${diffdiff.sizeInWords(file.size)}`;
		};
		picture.onerror = () => URL.revokeObjectURL(address);
		picture.src = address;
	}
};
})();
