// The host's components round the field: the hidden text boxes that it fills, the Map channel, and what all settings are.
(() => {
const diffdiff = window.diffdiff ??= {};
// A slider is dragged before, and gradio 3 takes a choice or a tick no sooner.
const SETTLED_BY_CHANGE = ['range', 'radio', 'checkbox'];

class Controls {
	// root: the field, whose data names the components.
	constructor(root) {
		this.root = root;
	}

	id(name) {
		return CSS.escape(this.root.dataset[name] ?? '');
	}

	// name: 'for' of the change map, 'mask' of the uploaded mask's file.
	textBox(name) {
		const id = this.id(name);
		return gradioApp().querySelector(`#${id} textarea, #${id} input`);
	}

	channels() {
		return [...gradioApp().querySelectorAll(`#${this.id('channel')} input[type=radio]`)];
	}

	chooseChannel(name) {
		const radio = this.channels().find(({value}) => value === name);
		if (radio && !radio.checked) radio.click();
	}

	// A setting's own parts in the page: the box or boxes that hold its value.
	inputs(id) {
		return [...gradioApp().querySelectorAll(`#${CSS.escape(id)} :is(input, textarea)`)];
	}

	// What a setting is now: true or false, a choice, a number or a text.
	value(id) {
		const inputs = this.inputs(id), [first] = inputs;
		if (first?.type === 'checkbox') return first.checked;
		if (first?.type === 'radio') return inputs.find(({checked}) => checked)?.value;
		return first?.type === 'number' || first?.type === 'range' ? Number(first.value) : first?.value;
	}

	setValue(id, value) {
		const inputs = this.inputs(id), [first] = inputs;
		if (first?.type === 'checkbox') return first.checked !== value && first.click();
		if (first?.type === 'radio') return inputs.find((radio) => radio.value === value)?.click();
		diffdiff.write(first, value);
		first?.dispatchEvent(new Event('change', {bubbles: true}));
	}

	// Whether an event may have changed a setting; a slider that is still dragged has not.
	isSetting({type, target}) {
		return !(type === 'input' && SETTLED_BY_CHANGE.includes(target.type)) && !this.root.contains(target);
	}

	// All settings but the map, to tell whether one is another.
	settings() {
		const controls = this.accordion().querySelectorAll('input, textarea');
		return [...controls].filter((control) => !this.root.contains(control) && !control.closest('.diffdiff-hidden'))
			.map((control) => control.type === 'checkbox' || control.type === 'radio' ? control.checked : control.value);
	}

	accordion() {
		return this.root.closest('.input-accordion') ?? this.root.parentElement;
	}
}

diffdiff.Controls = Controls;
})();
