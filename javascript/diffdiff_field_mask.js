// The painted or uploaded mask of the open Inpaint tab, as a run will find it.
// gradio makes 8 bits of an uploaded file: a deeper one goes to Python through a text box of its own.
(() => {
const diffdiff = window.diffdiff ??= {};
const PNG_DEPTH = 24; // The byte of a PNG's header that tells its bits a channel.
const HEADER = 36; // Characters of base64, for 27 bytes.
const SETTLED_MS = 100; // The host's canvas takes a stroke after it was heard here.

// Whether a data URL's picture has more than 8 bits a channel, or may have them, as every TIFF.
function isDeep(file) {
	const start = file.indexOf(',') + 1;
	const head = atob(file.slice(start, start + HEADER));
	return head.startsWith('\x89PNG') ? head.charCodeAt(PNG_DEPTH) > 8 : head.startsWith('II') || head.startsWith('MM');
}

// What stands at an address of the page, as a data URL; '' where it is gone.
async function dataUrlAt(address) {
	if (address.startsWith('data:')) return address;
	const response = await fetch(address);
	return response.ok ? diffdiff.dataUrlOf(await response.blob()) : '';
}

diffdiff.Mask = class {
	deep = ''; // The uploaded file, where it has more than 8 bits.
	source = '';
	seen = []; // What `file` was made of.
	file = null;

	// onDeep(file): the uploaded file, '' where the page's own 8 bits do. onChange(): something was painted.
	constructor(host, {onDeep, onChange}) {
		Object.assign(this, {host, onDeep, onChange});
		for (const kind of ['pointerup', 'click', 'keyup']) window.addEventListener(kind, (event) => this.onTouch(event), true);
	}

	onTouch(event) {
		if (!this.host.isOnMask(event.target)) return;
		setTimeout(() => {
			this.seen = [];
			this.onChange();
		}, SETTLED_MS);
	}

	async followUpload() {
		const source = this.host.uploadedMask();
		if (source === this.source) return;
		this.source = source;
		const file = source && await dataUrlAt(source);
		if (source !== this.source) return; // Another one came meanwhile.
		const deep = file && isDeep(file) ? file : '';
		if (deep === this.deep) return;
		this.deep = deep;
		this.onDeep(deep);
	}

	// The file with the host's controls of it; null where nothing is painted.
	ofRun() {
		const key = [...this.host.maskKey(), this.deep]; // Megabytes: compared part by part.
		if (key.some((part, i) => part !== this.seen[i])) Object.assign(this, {seen: key, file: this.host.maskFile(this.deep)});
		return this.file && {file: this.file, ...this.host.maskControls()};
	}
};
})();
