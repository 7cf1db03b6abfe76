// The change map's field: choose, drop, paste or paint a map, see it and what it will do, clear it.
// The map itself is the text of the text box that `data-for` names; this field fills that text and shows it.
// A chosen file stays that text, byte by byte, until something is painted on it.
(() => {
const diffdiff = window.diffdiff ??= {};
const MISSING = 'missing:';
const blank = ({width, height}) => ({width, height, greys: new Uint16Array(width * height)});

class MapField {
	text = '';
	name = '';
	version = 0; // Counts the texts, so that what was begun for an older one is dropped.
	stroke = 0;
	reading = 0; // The same for the questions what is in the file.
	unsaved = false; // Whether the painter holds a stroke that the text does not have yet.
	drawn = false; // Whether the painter made the text, so that it shows it already.

	constructor(root) {
		this.root = root;
		this.host = diffdiff.hosts[root.dataset.tab];
		this.drafts = new diffdiff.Drafts();
		this.controls = new diffdiff.Controls(root);
		this.mask = new diffdiff.Mask(this.host, {onDeep: (file) => this.fillMask(file), onChange: () => this.plan.ask()});
		this.levels = new diffdiff.Levels(this.controls);
		this.intake = new diffdiff.FileIntake(root, {onFile: (text, file) => this.offerFile(text, file), onWrong: (sentence) => this.warn(sentence)});
		this.build();
		this.listen();
		this.show('');
		this.follow();
	}

	build() {
		const {element} = diffdiff;
		this.offer = new diffdiff.DraftOffer(this.drafts, {isWanted: () => !this.text, onTake: (text, name) => this.takeText(text, name)});
		this.canvas = element('div', 'diffdiff-painter-place');
		this.paint = element('details', 'diffdiff-paint', {open: '', hidden: ''}, element('summary', 'diffdiff-summary', {}, diffdiff.t('Paint the map')), this.levels.root, this.canvas);
		this.row = new diffdiff.FileRow(() => this.intake.choose());
		this.clearButton = diffdiff.withIcon('cross', diffdiff.t('Clear the change map'), () => this.clear(), 'diffdiff-clear');
		this.note = element('div', 'diffdiff-note', {role: 'status'});
		this.hint = element('div', 'diffdiff-hint', {}, element('span', '', {}, this.root.dataset.help ?? ''), ' ', element('span', 'diffdiff-how', {}, this.host.hint()));
		this.tabHint = element('div', 'diffdiff-hint');
		const preview = element('div', 'diffdiff-preview');
		const sources = element('details', 'diffdiff-sources');
		const file = element('div', 'diffdiff-file', {}, this.row.root, this.clearButton);
		this.side = element('div', 'diffdiff-side', {}, file, this.note, this.hint, this.tabHint, preview, sources);
		this.root.replaceChildren(this.offer.root, this.paint, this.side, this.intake.chooser);
		this.plan = new diffdiff.Plan(this.root, this.host, this.previewIn(preview), () => this.planned());
		this.studio = new diffdiff.Studio(this);
		this.strip = new diffdiff.TestStrip(this);
		this.sources = new diffdiff.Sources(sources, this);
	}

	previewIn(place) {
		return new diffdiff.Preview(place, {
			onStrengths: (strengths) => this.painter?.setStrengths(strengths),
			onScale: (scale) => this.onScale(scale),
			offers: (code) => code === 'mask_multiplies' && this.text ? [' ', diffdiff.button(diffdiff.t('Use only the mask'), () => this.clear())] : [],
		});
	}

	// Kept for a painter that is not there yet.
	onScale(scale = this.scale) {
		this.scale = scale;
		if (scale) this.painter?.setScale(scale, this.levels.isOn('invert'));
	}

	listen() {
		this.controls.accordion().addEventListener('change', (event) => this.onTick(event));
		window.addEventListener('click', (event) => this.onClick(event), true);
		window.addEventListener('pagehide', () => this.leave());
		for (const kind of ['change', 'input']) document.addEventListener(kind, (event) => this.onSetting(event));
		new ResizeObserver(() => this.wake()).observe(this.root); // The accordion opens, or its tab.
		this.host.watchPicture(() => this.onPicture());
	}

	// Ticked, it opens: there is a map to paint.
	onTick({target}) {
		const accordion = this.controls.accordion();
		if (target.id === `${accordion.id}-visible-checkbox` && target.checked && !this.isVisible()) accordion.querySelector('.label-wrap').click();
	}

	// ---- the text

	// What cannot be read takes the place of nothing.
	async offerFile(text, file) {
		this.pending = {text, file};
		const answer = await this.ask('read', {file: text, channel: 'auto'});
		if (this.pending?.text !== text) return;
		this.pending = null;
		if (answer && !answer.ok) this.warn(`${file.name}: ${answer.sentence}`);
		else this.fill(text, {file});
	}

	clear() {
		this.intake.forget();
		this.fill('');
		if (this.painter) this.load(blank(this.painter.map));
		this.row.root.focus();
	}

	fillMask(text) {
		const box = this.controls.textBox('mask');
		if (box) diffdiff.write(box, text);
		this.plan.ask();
	}

	fill(text, shown = {}) {
		this.pending = null; // Whatever was to come is older.
		const box = this.controls.textBox('for');
		if (!box) return this.warn(diffdiff.t('The text box of the change map is missing from this page.'));
		diffdiff.write(box, text);
		this.show(text, shown);
		if (this.text) this.drafts.save(this.text, this.name);
	}

	// Python fills the text box without an event.
	follow() {
		const box = this.controls.textBox('for');
		if (!box || box.value === this.text || this.strip.isLent) return;
		this.intake.forget();
		this.show(box.value);
	}

	// drawn: whether the painter shows this text's map already.
	show(text, {file = null, name = '', note = '', drawn = false} = {}) {
		this.text = text;
		this.version++;
		this.unsaved = false;
		this.drawn = drawn;
		this.name = file?.name || name || diffdiff.t('Change map');
		const empty = text.trim() === '';
		const missing = text.startsWith(MISSING);
		const shown = empty || missing ? null : file ?? diffdiff.fileIn(text);
		this.root.classList.toggle('diffdiff-filled', shown !== null);
		this.clearButton.hidden = empty;
		if (!empty) this.offer.close();
		this.row.show(shown, this.name, drawn ? this.painter.map : null);
		if (missing) this.warn(diffdiff.t('The map {name} named in these parameters was not found: choose its file again.', {name: text.slice(MISSING.length)}));
		else this.warn(empty || shown ? note : diffdiff.t('The change map is not a picture: choose its file again.'));
		this.isMap = shown !== null;
		if (!drawn) this.sources.showChannels([]);
		this.arrange();
		this.plan.ask();
		this.readFile();
	}

	warn(sentence) {
		this.note.textContent = sentence ?? '';
		this.root.classList.toggle('diffdiff-warning', Boolean(sentence));
	}

	// ---- the painter

	isVisible() {
		return this.root.getClientRects().length > 0;
	}

	// Nothing is drawn or asked as long as nobody sees it.
	wake() {
		const slept = !this.awake;
		this.awake = this.isVisible();
		if (!this.awake || !slept) return;
		this.follow();
		this.arrange();
		this.followPicture();
		this.offer.make();
		this.sources.refresh();
		this.levels.follow();
		this.plan.ask();
	}

	arrange() {
		this.paint.hidden = !(diffdiff.Painter && (this.picture || this.isMap || this.host.size));
		if (this.paint.hidden || this.painter || !this.awake) return;
		this.painter = new diffdiff.Painter(this.canvas, {
			onChange: () => this.onPainted(), onInvert: () => this.invert(), onFull: () => this.studio.toggle(), onStrip: () => this.strip.run(),
		});
		this.painter.starters.append(diffdiff.button(diffdiff.t('Transparency'), () => this.sources.fromAlpha()));
		this.onScale();
		this.setPicture(null, this.imageSize());
	}

	// An empty map that is inverted is one that changes everything.
	invert() {
		this.levels.toggle('invert');
		if (!this.text) this.onPainted();
	}

	// What the painter is given is no stroke.
	quietly(work) {
		this.quiet = true;
		work();
		this.quiet = false;
	}

	load({greys, width, height}) {
		this.quietly(() => this.painter.load(greys, width, height));
	}

	// A picture that was taken away leaves its size: the map stays as it is.
	imageSize() {
		if (this.host.size) return this.host.size();
		if (this.picture) this.size = [this.picture.naturalWidth, this.picture.naturalHeight];
		return this.size ?? this.host.situation([512, 512]).size;
	}

	onPicture() {
		diffdiff.paintControls.setText(this.tabHint, this.host.tabHint());
		this.sources.arrange();
		this.mask.followUpload();
		this.followPicture();
	}

	async followPicture() {
		if (!this.awake) return;
		const picture = this.host.picture();
		const source = picture?.getAttribute('src') ?? null;
		const shape = String(this.host.size?.() ?? '');
		if (picture === this.picture && source === this.source && shape === this.shape) return;
		Object.assign(this, {picture, source, shape});
		const bitmap = picture && await createImageBitmap(picture).catch(() => null);
		if (source !== this.source) return bitmap?.close();
		this.arrange();
		if (this.painter) this.setPicture(bitmap, this.imageSize());
		this.plan.ask();
	}

	setPicture(bitmap, [width, height]) {
		const {width: before, height: above} = this.painter.map;
		this.quietly(() => this.painter.setPicture(bitmap, width, height));
		const resized = before !== this.painter.map.width || above !== this.painter.map.height;
		if (!this.drawn) this.readFile();
		else if (resized && this.text) this.onPainted({note: diffdiff.t('The picture has a new size, and the map was stretched to it. Undo restores the map.')});
	}

	// The PNG is made beside the page's own work; whatever came meanwhile is newer.
	async onPainted(words = {}) {
		if (this.quiet) return;
		this.unsaved = true;
		const stroke = ++this.stroke;
		const {version} = this;
		const {file, text} = await this.painter.toPNG();
		if (stroke === this.stroke && version === this.version) this.fillPainted(text, {...words, file});
	}

	// What is painted is grey: only of a file another channel can be the map.
	fillPainted(text, words = {}) {
		this.controls.chooseChannel('auto');
		this.fill(text, {name: diffdiff.t('Painted map'), ...words, drawn: true});
	}

	// Generate, or any other button of the page, takes the text as it is at the click.
	onClick(event) {
		const button = event.target.closest?.('button');
		if (!button || this.root.contains(button) || button.closest('.diffdiff-hidden')) return; // Ours wait for the PNG.
		this.settleText();
		this.studio.forget();
	}

	settleText() {
		if (this.pending) this.fill(this.pending.text, {file: this.pending.file}); // A run refuses what cannot be read.
		else if (this.unsaved) this.fillPainted(diffdiff.pngNow(this.painter.map));
	}

	// The last stroke is not lost with the page.
	leave() {
		if (!this.pending) this.settleText();
		this.drafts.leave();
	}

	// ---- what the sources need

	ask(kind, request) {
		return diffdiff.ask(kind, {...request, image: this.imageSize()}, this.root);
	}

	map() {
		const {width, height, greys} = this.painter?.map ?? blank({width: 1, height: 1});
		return {width, height, greys: greys.slice()};
	}

	// The grey of a strength, as the painter paints it.
	greyOf(strength) {
		const grey = diffdiff.greyOf(strength);
		return this.painter?.inverted ? diffdiff.opposite(grey) : grey;
	}

	showMap(map) {
		if (this.painter) this.load(map);
	}

	stepBack() {
		this.quietly(() => this.painter?.undo());
	}

	async takeMap(map, name) {
		if (!this.painter) return this.fill(diffdiff.pngNow(map), {name});
		this.load(map);
		await this.onPainted({name});
	}

	async takeAnswer(answer, name) {
		if (!answer) return;
		if (!answer.ok) return this.warn(answer.sentence);
		const map = await diffdiff.mapIn(answer);
		if (map) await this.takeMap(map, name);
	}

	// channel: what of the file is the map; without it, what the setting says.
	takeText(text, name, channel = '') {
		if (channel) this.controls.chooseChannel(channel);
		this.fill(text, {name});
	}

	// The painter shows what Python reads in the file; the text stays the file. A stroke before that would paint on nothing.
	async readFile() {
		this.canvas.inert = this.isMap && !this.drawn && Boolean(this.painter);
		if (!this.canvas.inert) return;
		const {version} = this, reading = ++this.reading;
		const answer = await this.ask('read', {channel: 'auto'});
		const map = answer?.ok ? await diffdiff.mapIn(answer) : null;
		if (version !== this.version || reading !== this.reading) return;
		this.canvas.inert = false;
		if (answer && !answer.ok) return this.refuse(answer.sentence);
		if (!map) return;
		this.load(map);
		this.sources.showChannels(answer.channels ?? [], this.text, this.name);
	}

	// ---- what will happen

	onSetting(event) {
		if (!this.controls.isSetting(event)) return;
		queueMicrotask(() => this.levels.follow());
		if (this.controls.channels().includes(event.target)) queueMicrotask(() => this.readFile());
		queueMicrotask(() => this.plan.ask());
	}

	// Nothing is asked while nobody sees it, nor before a stroke is in the text.
	planned() {
		if (!this.awake || !this.isVisible() || this.unsaved) return null;
		return {version: this.version, image: this.imageSize(), isWrong: !this.isMap && this.text.trim() !== '', mask: this.mask.ofRun(), settings: this.controls.settings()};
	}

	// What cannot be read is said once, in the field's own note.
	refuse(sentence) {
		this.warn(sentence);
		this.plan.hush(sentence);
	}
}

onUiLoaded(() => {
	const fields = [...gradioApp().querySelectorAll('.diffdiff-map')].map((root) => new MapField(root));
	onAfterUiUpdate(() => fields.forEach((field) => {
		field.follow();
		field.onPicture();
		field.sources.noticeResult();
		field.levels.follow();
		field.studio.follow();
		field.plan.ask();
	}));
});
})();
