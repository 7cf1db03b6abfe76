// Where else a map comes from: the picture, the Inpaint tab, a file's channels and zones, results, earlier maps.
(() => {
const diffdiff = window.diffdiff ??= {};

const FROM_PICTURE = {
	brightness: () => diffdiff.t('Brightness'),
	saturation: () => diffdiff.t('Saturation'),
	edges: () => diffdiff.t('Edges'),
};
const CHANNELS = {
	brightness: () => diffdiff.t('Brightness'),
	alpha: () => diffdiff.t('Transparency'),
	red: () => diffdiff.t('Red'),
	green: () => diffdiff.t('Green'),
	blue: () => diffdiff.t('Blue'),
};
const BORDER_SHARE = 0.12; // How wide the border's soft edge is, of the picture's shorter side.
const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

// "5 minutes ago", in the language of the browser.
function ago(seconds) {
	const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? UNITS.at(-1);
	return new Intl.RelativeTimeFormat(undefined, {numeric: 'auto'}).format(-Math.floor(seconds / length), unit);
}

function asDataUrl(text) {
	return text.startsWith('data:') ? text : `data:application/octet-stream;base64,${text}`;
}

class Sources {
	constructor(root, field) {
		this.root = root;
		this.field = field;
		this.build();
		this.root.addEventListener('toggle', () => this.refresh());
	}

	build() {
		const {element} = diffdiff;
		this.maskButton = diffdiff.button(diffdiff.t('Painted mask'), () => this.fromMask(), {title: diffdiff.t('The mask of the Inpaint tab, as soft as it was painted.')});
		this.zonesChooser = element('input', '', {type: 'file', accept: 'image/*', hidden: '', tabindex: '-1', 'aria-hidden': 'true'});
		this.zonesChooser.addEventListener('change', () => this.chooseZones());
		this.channels = element('div', 'diffdiff-buttons');
		this.recent = element('div', 'diffdiff-recent');
		this.fileGroup = this.group(diffdiff.t('From this file'), this.channels);
		this.recentGroup = this.group(diffdiff.t('Recent maps'), this.recent);
		const zones = element('div', 'diffdiff-zones');
		this.zones = new diffdiff.Zones(zones, this.field);
		this.words = new diffdiff.Words(this.field);
		this.root.replaceChildren(
			element('summary', 'diffdiff-summary', {}, diffdiff.t('Sources')),
			this.group(diffdiff.t('From the picture'), this.pictureButtons()),
			this.group(diffdiff.t('From words'), this.words.root),
			this.fileGroup,
			this.group(diffdiff.t('From other places'), this.otherButtons()),
			zones, this.recentGroup, this.zonesChooser);
		this.showChannels([]);
		this.showRecent([]);
	}

	group(words, content) {
		return diffdiff.element('div', 'diffdiff-source', {}, diffdiff.element('div', 'diffdiff-from', {}, words), content);
	}

	pictureButtons() {
		const made = Object.entries(FROM_PICTURE).map(([what, words]) => diffdiff.button(words(), () => this.fromPicture(what, words())));
		this.threshold = diffdiff.element('input', 'diffdiff-text', {type: 'number', min: 0, max: 99, step: 1, value: 20});
		this.threshold.addEventListener('change', () => this.fromPicture('edges', FROM_PICTURE.edges()));
		const from = diffdiff.element('label', 'diffdiff-threshold', {title: diffdiff.t('Weaker edges, as of grain, count as none.')}, diffdiff.t('Edges from'), this.threshold, '%');
		const alpha = diffdiff.button(diffdiff.t('Transparency'), () => this.fromAlpha(), {title: diffdiff.t('Opaque parts of the picture change.')});
		return diffdiff.element('div', 'diffdiff-buttons', {}, ...made, from, alpha);
	}

	otherButtons() {
		const zones = diffdiff.button(diffdiff.t('Zones of a flat picture…'), () => this.zonesChooser.click(), {title: diffdiff.t('A picture made of a few flat colours: each colour gets its own strength.')});
		const result = diffdiff.button(diffdiff.t('Map of this result'), () => this.fromResult(), {title: diffdiff.t('Uses the change map of the result on screen again.')});
		this.borderButton = diffdiff.button(diffdiff.t('Filled border'), () => this.fromBorder(), {title: diffdiff.t('What “Resize and fill” adds around the picture changes, with a soft edge.')});
		return diffdiff.element('div', 'diffdiff-buttons', {}, this.maskButton, this.borderButton, zones, result);
	}

	// Called when another tab of img2img may be open.
	arrange() {
		this.maskButton.hidden = !this.field.host.canTakeMask();
		this.borderButton.hidden = Boolean(this.field.host.size); // txt2img fills nothing.
	}

	refresh() {
		this.arrange();
		if (this.root.open) this.askRecent();
	}

	// Every run keeps its map.
	noticeResult() {
		const result = this.field.host.mapOfResult();
		if (result === this.result) return;
		this.result = result;
		this.refresh();
	}

	pictureFile() {
		const file = this.field.host.pictureFile();
		if (!file) this.field.warn(this.field.host.noPicture());
		return file;
	}

	async fromPicture(what, name) {
		const file = this.pictureFile();
		const threshold = diffdiff.clamp(Number(this.threshold.value) || 0, 0, 99) / 100;
		if (file) this.field.takeAnswer(await this.field.ask('from_picture', {file, what, threshold}), name);
	}

	async fromAlpha() {
		const file = this.pictureFile();
		if (file) this.field.takeAnswer(await this.field.ask('read', {file, channel: 'alpha'}), diffdiff.t('Transparency'));
	}

	async fromMask() {
		const mask = this.field.host.paintedMask();
		const name = diffdiff.t('Painted mask');
		if (!mask) this.field.warn(diffdiff.t('No mask is painted in the current Inpaint tab yet.'));
		else if (mask.file) this.field.takeAnswer(await this.field.ask('read', {file: this.field.mask.deep || mask.file, channel: 'auto'}), name);
		else this.field.takeMap(mask, name);
	}

	async fromBorder() {
		if (!this.pictureFile()) return;
		const image = this.field.imageSize();
		const {size, resize_mode} = this.field.host.situation(image);
		const width = Math.max(1, Math.round(BORDER_SHARE * Math.min(...image)));
		this.field.takeAnswer(await this.field.ask('border', {size, resize_mode, width}), diffdiff.t('Filled border'));
	}

	async fromResult() {
		const name = this.field.host.mapOfResult();
		if (name === 'none') this.field.warn(diffdiff.t('This result was made with a painted mask or with words: make its map again.'));
		else if (!name) this.field.warn(diffdiff.t('The parameters of the result on screen do not name a change map: choose a result that was made with one.'));
		else await this.takeStored(name);
	}

	async takeStored(name) {
		const answer = await this.field.ask('stored', {name});
		if (!answer) return;
		if (answer.ok) this.field.takeText(answer.text, diffdiff.t('Map {name}', {name}), answer.channel);
		else this.field.warn(answer.sentence);
	}

	async chooseZones() {
		const [file] = this.zonesChooser.files;
		this.zonesChooser.value = ''; // So that the same file can be chosen again.
		const text = file && await diffdiff.dataUrlOf(file);
		if (text) this.zones.find(text, file.name);
		else if (file) this.field.warn(diffdiff.t('{name} cannot be read.', {name: file.name}));
	}

	// The meanings that the file in the field could have.
	showChannels(channels, text = '', name = '') {
		const known = channels.filter((channel) => Object.hasOwn(CHANNELS, channel));
		this.fileGroup.hidden = known.length < 2;
		if (known.length < 2) return;
		const file = asDataUrl(text);
		const made = known.map((channel) => diffdiff.button(CHANNELS[channel](), () => this.fromChannel(file, channel, name)));
		made.push(diffdiff.button(diffdiff.t('Zones'), () => this.zones.find(file, name)));
		this.channels.replaceChildren(...made);
	}

	async fromChannel(file, channel, name) {
		this.field.takeAnswer(await this.field.ask('read', {file, channel}), `${name} · ${CHANNELS[channel]()}`);
	}

	async askRecent() {
		const [answer, drafts] = await Promise.all([this.field.ask('recent', {}), this.field.drafts.others()]);
		if (answer?.ok === false) this.field.warn(answer.sentence);
		const stored = (answer?.maps ?? []).map((map) => this.storedThumb(map));
		this.showRecent([...drafts.map((draft) => this.draftThumb(draft)), ...stored]);
	}

	showRecent(thumbs) {
		this.recentGroup.hidden = !thumbs.length;
		this.recent.replaceChildren(...thumbs);
	}

	storedThumb({name, png, used}) {
		const title = diffdiff.t('Map {name}, used {when}', {name, when: ago(used)});
		return diffdiff.thumb(png, title, () => this.takeStored(name));
	}

	draftThumb(draft) {
		const title = diffdiff.t('{name}, from an earlier page, {when}', {name: draft.name, when: ago((Date.now() - draft.when) / 1000)});
		return diffdiff.thumb(asDataUrl(draft.text), title, () => this.field.takeText(draft.text, draft.name));
	}
}

diffdiff.thumb = (source, title, onClick) => {
	const image = diffdiff.element('img', '', {alt: '', loading: 'lazy'});
	const made = diffdiff.element('button', 'diffdiff-thumb', {type: 'button', title, 'aria-label': title}, image);
	made.addEventListener('click', onClick);
	image.addEventListener('error', () => { made.innerHTML = diffdiff.icons.picture; });
	image.src = source;
	return made;
};
diffdiff.asDataUrl = asDataUrl;
diffdiff.Sources = Sources;
})();
