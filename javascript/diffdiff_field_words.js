// Sources > From words: where the model sees a word. It takes about as long as a run, and waits for its turn as one does.
(() => {
const diffdiff = window.diffdiff ??= {};

diffdiff.Words = class {
	constructor(field) {
		const {element} = diffdiff;
		this.field = field;
		this.words = element('input', 'diffdiff-text', {type: 'text', maxlength: '300', placeholder: diffdiff.t('house, or sky: 0.7, house: 0.2'), 'aria-label': diffdiff.t('Words to find in the picture')});
		this.description = element('input', 'diffdiff-text', {
			type: 'text', placeholder: diffdiff.t('What the picture shows now, if the prompt says something else'), 'aria-label': diffdiff.t('Description of the original'),
			title: diffdiff.t('Words are looked for in this description. Without words, the map is where the prompt differs from it.'),
		});
		this.findButton = diffdiff.button(diffdiff.t('Find'), () => this.find(), {title: diffdiff.t('The map is where the model sees these words. It takes about as long as making a picture.')});
		this.stopButton = diffdiff.button(diffdiff.t('Stop'), () => field.ask('stop', {task: this.task}), {hidden: ''});
		this.place = element('div', 'diffdiff-progress');
		for (const input of [this.words, this.description]) input.addEventListener('keydown', (event) => this.onKey(event));
		this.root = element('div', 'diffdiff-words-source', {}, this.words, this.description, element('div', 'diffdiff-buttons', {}, this.findButton, this.stopButton), this.place);
	}

	onKey(event) {
		event.stopPropagation(); // A digit or letter here is no shortcut of the painter.
		if (event.key !== 'Enter' || event.ctrlKey || event.altKey || event.metaKey) return;
		event.preventDefault();
		this.find();
	}

	async find() {
		const file = this.field.sources.pictureFile();
		if (!file || this.findButton.disabled) return;
		const words = this.words.value.trim(), description = this.description.value.trim();
		const {size} = this.field.host.situation(this.field.imageSize());
		this.show(true);
		const answer = await this.field.ask('words', {file, words, description, prompt: this.field.host.prompt(), size, task: this.begin()});
		this.show(false);
		await this.field.takeAnswer(answer, words || description);
	}

	show(isBusy) {
		this.findButton.disabled = isBusy;
		this.findButton.textContent = isBusy ? diffdiff.t('Looking…') : diffdiff.t('Find');
		this.stopButton.hidden = this.place.hidden = !isBusy;
	}

	// The host shows a job's progress by its name, where it has such a bar, and takes it away itself.
	begin() {
		const bar = diffdiff.element('div', '');
		this.task = `task(diffdiff-${Date.now()}-${Math.random()})`;
		this.place.append(bar);
		if (typeof requestProgress === 'function') requestProgress(this.task, bar, null, () => bar.remove(), () => {});
		return this.task;
	}
};
})();
