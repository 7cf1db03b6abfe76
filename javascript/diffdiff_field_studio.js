// The whole window: the canvas, what will happen, Generate, and the result over the picture.
(() => {
const diffdiff = window.diffdiff ??= {};

diffdiff.Studio = class {
	constructor(field) {
		Object.assign(this, {field, host: field.host});
		this.build();
		field.side.prepend(this.root);
	}

	build() {
		const {element} = diffdiff;
		this.prompt = element('textarea', 'diffdiff-text', {rows: 2, 'aria-label': diffdiff.t('Prompt'), placeholder: diffdiff.t('Prompt')});
		this.denoising = element('input', 'diffdiff-text', {type: 'number', min: 0, max: 1, step: 0.05});
		this.generateButton = diffdiff.button(diffdiff.t('Generate'), () => this.generate(), {class: 'diffdiff-button diffdiff-main'});
		this.useButton = diffdiff.button(diffdiff.t('Use the result as the picture'), () => this.use(), {title: diffdiff.t('The map stays.')});
		this.stopButton = diffdiff.button(diffdiff.t('Stop'), () => this.host.interrupt());
		this.progress = element('span', 'diffdiff-progress-words');
		for (const box of [this.prompt, this.denoising]) {
			box.addEventListener('input', () => this.write(box));
			box.addEventListener('keydown', (event) => this.onKey(event));
		}
		const label = element('label', 'diffdiff-denoising', {}, diffdiff.t('Denoising strength'), this.denoising);
		this.root = element('div', 'diffdiff-studio-head', {hidden: ''}, this.prompt, element('div', 'diffdiff-buttons', {}, label, this.generateButton, this.stopButton, this.progress), this.useButton);
	}

	// The host's own boxes hold what is written here.
	boxes() {
		return [[this.prompt, this.host.promptBox()], [this.denoising, this.host.denoisingBox()]].filter(([, theirs]) => theirs);
	}

	write(box) {
		const [, theirs] = this.boxes().find(([ours]) => ours === box) ?? [];
		if (theirs) diffdiff.write(theirs, box.value);
	}

	onKey(event) {
		if (event.key !== 'Enter' || !event.ctrlKey) return;
		event.preventDefault();
		this.generate();
	}

	// onResult: called once its picture is there to be looked at.
	generate(onResult = () => {}) {
		this.field.settleText();
		this.host.generate();
		this.onResult = onResult;
	}

	// Another button of the page was pressed: what comes next is not what was waited for.
	forget() {
		this.onResult = null;
	}

	use() {
		this.host.takeResult();
		this.field.painter.choose({view: 'heat'});
	}

	// In the browser's top layer, above whatever else the page has.
	toggle() {
		const {field: {root, painter}} = this, isOpen = this.isOpen = !this.isOpen;
		if (isOpen) root.setAttribute('popover', 'manual');
		else root.removeAttribute('popover');
		root.classList.toggle('diffdiff-studio', isOpen);
		if (isOpen) root.showPopover?.();
		document.documentElement.classList.toggle('diffdiff-locked', isOpen);
		this.root.hidden = !isOpen;
		painter.isFull = isOpen;
		painter.panel.fullButton.setAttribute('aria-pressed', isOpen);
		painter.fit();
		painter.focus();
		this.follow();
	}

	async follow() {
		if (!this.isOpen && !this.onResult) return;
		for (const [ours, theirs] of this.boxes()) if (ours !== document.activeElement && ours.value !== theirs.value) ours.value = theirs.value;
		diffdiff.paintControls.setText(this.progress, this.host.progress());
		const result = this.host.result(), source = result?.getAttribute('src') ?? null;
		this.useButton.hidden = !result || !this.host.takeResult;
		if (source === this.source) return;
		this.source = source;
		const bitmap = result && await createImageBitmap(result).catch(() => null);
		if (source !== this.source) return;
		this.field.painter.setResult(bitmap);
		if (!bitmap || !this.onResult) return;
		this.field.painter.choose({view: 'result'});
		this.onResult();
		this.onResult = null;
	}
};
})();
