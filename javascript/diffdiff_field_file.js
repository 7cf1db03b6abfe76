// A file on its way into the field: chosen, dropped or pasted, and what speaks against it as a map.
(() => {
const diffdiff = window.diffdiff ??= {};
const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/bmp', 'image/tiff', 'image/gif'];
const ENDINGS = /\.(png|jpe?g|webp|bmp|tiff?|gif)$/i;
const MAX_MIB = 64;
const MAX_MEGAPIXELS = 89;

// Why a file cannot be a map, in a sentence; '' where it can.
function refusal(file) {
	if (!file) return diffdiff.t('That is not a file: save the picture, then drop or choose its file.');
	const {name, size} = file;
	// Some systems know no type for TIFF.
	const known = file.type ? TYPES.includes(file.type) : ENDINGS.test(name);
	if (!known) return diffdiff.t('{name} is not a PNG, JPEG, WebP, BMP, TIFF or GIF picture.', {name});
	if (!size) return diffdiff.t('{name} is an empty file.', {name});
	if (size > MAX_MIB * 1024 * 1024) return diffdiff.t('{name} is {size}; the limit for a change map is {limit} MiB.', {name, size: diffdiff.sizeInWords(size), limit: MAX_MIB});
	return '';
}

function sizeRefusal(name, size) {
	if (!size || size[0] * size[1] <= MAX_MEGAPIXELS * 1e6) return '';
	return diffdiff.t('{name} has {width} × {height} pixels; the limit for a change map is {limit} million.', {name, width: size[0], height: size[1], limit: MAX_MEGAPIXELS});
}

class FileIntake {
	reading = 0; // Counts what was begun, so that only the newest file comes in.

	// root: what takes drops and pastes. onFile(text, file): the file as a data URL. onWrong(sentence): why there is none.
	constructor(root, {onFile, onWrong}) {
		Object.assign(this, {root, onFile, onWrong});
		this.chooser = diffdiff.element('input', '', {type: 'file', accept: TYPES.join(','), hidden: '', tabindex: '-1', 'aria-hidden': 'true'});
		this.chooser.addEventListener('change', () => this.onChoose());
		root.addEventListener('dragover', (event) => this.onDrag(event));
		root.addEventListener('dragleave', (event) => this.onDragLeave(event));
		root.addEventListener('drop', (event) => this.onDrop(event));
		// The host's own listener on the window gives every pasted picture to a component of its own.
		window.addEventListener('paste', (event) => this.onPaste(event), true);
	}

	choose() {
		this.chooser.click();
	}

	// A file that is still being read comes too late.
	forget() {
		this.reading++;
	}

	onChoose() {
		if (this.chooser.files.length) this.take(this.chooser.files[0]);
		this.chooser.value = ''; // So that the same file can be chosen again.
	}

	onDrag(event) {
		event.preventDefault();
		event.stopPropagation();
		if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
		this.root.classList.add('diffdiff-over');
	}

	onDragLeave(event) {
		if (!this.root.contains(event.relatedTarget)) this.root.classList.remove('diffdiff-over');
	}

	onDrop(event) {
		event.preventDefault();
		event.stopPropagation();
		this.root.classList.remove('diffdiff-over');
		this.take(event.dataTransfer?.files[0]);
	}

	onPaste(event) {
		const picture = [...event.clipboardData?.files ?? []].find((file) => file.type.startsWith('image/'));
		if (!picture || !this.root.matches(':hover, :focus-within')) return;
		event.preventDefault();
		event.stopPropagation();
		this.take(picture);
	}

	async take(file) {
		const sentence = refusal(file);
		if (sentence) return this.onWrong(sentence);
		const turn = ++this.reading;
		const [text, size] = await Promise.all([diffdiff.dataUrlOf(file), diffdiff.naturalSize(file)]);
		if (turn !== this.reading) return;
		const wrong = text ? sizeRefusal(file.name, size) : diffdiff.t('{name} cannot be read.', {name: file.name});
		if (wrong) this.onWrong(wrong);
		else this.onFile(text, file);
	}
}

diffdiff.FileIntake = FileIntake;
})();
