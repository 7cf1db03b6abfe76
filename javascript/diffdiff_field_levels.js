// The settings that make something else of the map than what is painted, as chips that turn them off.
(() => {
const diffdiff = window.diffdiff ??= {};

function inWords({label}, value) {
	return value === true ? label : typeof value === 'number' ? `${label} ${value}` : value;
}

diffdiff.Levels = class {
	constructor(controls) {
		this.controls = controls;
		this.settings = JSON.parse(controls.root.dataset.levels ?? '{}'); // From name to {id, label, value}, as ui.py writes them.
		this.root = diffdiff.element('div', 'diffdiff-active', {hidden: ''});
	}

	isOn(name) {
		return this.settings[name] && this.controls.value(this.settings[name].id) === true;
	}

	toggle(name) {
		const {id} = this.settings[name];
		this.controls.setValue(id, !this.controls.value(id));
	}

	follow() {
		const active = Object.values(this.settings).map((setting) => ({...setting, now: this.controls.value(setting.id)}))
			.filter(({value, now}) => now !== undefined && now !== value);
		const key = JSON.stringify(active);
		if (key === this.shown) return;
		this.shown = key;
		this.root.hidden = !active.length;
		this.root.replaceChildren(diffdiff.element('span', '', {}, diffdiff.t('Settings that change the map:')), ...active.map((setting) => this.chip(setting)));
	}

	chip({id, label, value, now}) {
		const words = inWords({label: diffdiff.translated(label)}, typeof now === 'string' ? diffdiff.translated(now) : now);
		const made = diffdiff.withIcon('cross', diffdiff.t('Turn off {setting}', {setting: words}), () => this.controls.setValue(id, value), 'diffdiff-off');
		made.prepend(words);
		return made;
	}
};
})();
