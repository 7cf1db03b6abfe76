// The painter's buttons and sliders, its legend and its help.
(() => {
const diffdiff = window.diffdiff ??= {};

// The host runs every extension's update callbacks whenever an element or a text is added; the words of a text that is there may change.
function setText(holder, words) {
	if (!holder.firstChild) holder.append(words);
	else if (holder.firstChild.data !== words) holder.firstChild.data = words;
}

// key: its shortcut, told in the tooltip.
function iconButton(icon, name, key, onClick) {
	const button = diffdiff.element('button', 'diffdiff-tool', {type: 'button', title: key ? `${name} (${key})` : name, 'aria-label': name, 'aria-keyshortcuts': key || null});
	button.innerHTML = diffdiff.svg(icon);
	button.addEventListener('click', onClick);
	return button;
}

function select(label, names, onChoose) {
	const {element} = diffdiff;
	const made = element('select', 'diffdiff-select', {'aria-label': label, title: label}, ...Object.entries(names).map(([value, words]) => element('option', '', {value}, words)));
	made.addEventListener('change', () => onChoose(made.value));
	return made;
}

// One stop for Tab; the arrows lead from button to button.
function rove(bar) {
	const buttons = [...bar.querySelectorAll('button')];
	const enter = (one) => buttons.forEach((button) => { button.tabIndex = button === one ? 0 : -1; });
	enter(buttons[0]);
	bar.addEventListener('focusin', ({target}) => enter(target));
	bar.addEventListener('keydown', (event) => {
		const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];
		if (!way) return;
		const open = buttons.filter((button) => !button.disabled && button.offsetParent);
		open.at((open.indexOf(event.target) + way) % open.length)?.focus();
		event.preventDefault();
	});
}

const group = (label, ...children) => diffdiff.element('div', 'diffdiff-group', {role: 'group', 'aria-label': label}, ...children);

// A slider with a number that can be typed. Where it covers magnitudes, equal ways are equal factors.
class Slider {
	constructor({label, title = label, min = 0, max = 100, unit = '%', byFactor = false, onInput}) {
		const {element} = diffdiff;
		Object.assign(this, {min, max, unit, byFactor, onInput});
		this.range = element('input', 'diffdiff-range', {type: 'range', min: byFactor ? 0 : min, max: byFactor ? 1000 : max, step: 1, 'aria-label': label});
		this.number = element('input', 'diffdiff-number', {type: 'number', min, max, step: 1, inputmode: 'numeric', 'aria-label': `${label} (${unit})`});
		const name = element('span', 'diffdiff-label', {'aria-hidden': 'true'}, label);
		this.behind = element('span', 'diffdiff-unit', {'aria-hidden': 'true'}, unit);
		this.root = element('div', 'diffdiff-slide', {title}, name, this.range, this.number, this.behind);
		this.range.addEventListener('input', () => this.onInput(this.fromWay(Number(this.range.value))));
		this.range.addEventListener('keydown', (event) => this.onKey(event));
		this.number.addEventListener('change', () => this.type());
	}

	// A digit is the number's own first one.
	onKey({key}) {
		if (/^\d$/.test(key)) this.number.select();
	}

	// What stands behind the number.
	say(words) {
		setText(this.behind, words);
	}

	type() {
		const value = Number.parseInt(this.number.value, 10);
		this.number.value = Number.isFinite(value) ? diffdiff.clamp(value, this.min, this.max) : this.value;
		this.onInput(Number(this.number.value));
	}

	fromWay(way) {
		return this.byFactor ? Math.round(this.min * (this.max / this.min) ** (way / 1000)) : way;
	}

	toWay(value) {
		return this.byFactor ? Math.round(1000 * Math.log(value / this.min) / Math.log(this.max / this.min)) : value;
	}

	set(value) {
		if (value !== this.value || !this.number.matches(':focus')) this.number.value = value; // Whoever types is not disturbed.
		this.value = value;
		this.range.value = this.toWay(value);
		this.range.setAttribute('aria-valuetext', `${value} ${this.unit}`.trim());
		this.root.style.setProperty('--diffdiff-way', `${100 * (this.range.value - this.range.min) / (this.range.max - this.range.min)}%`);
	}
}

const helpLines = () => [
	['1 … 9, 0', diffdiff.t('Strength 10 % … 90 %, 100 %')],
	['`', diffdiff.t('Strength 0 %')],
	['X', diffdiff.t('Swap the two strengths')],
	['I', diffdiff.t('Pick the strength under the pointer (or click with Alt)')],
	['[  ]', diffdiff.t('Smaller, larger brush (or drag with the right button; up and down: harder, softer)')],
	['{  }', diffdiff.t('Softer, harder brush')],
	...diffdiff.paintTools.map(({key, words}) => [key, words()]),
	['Shift', diffdiff.t('Straight line from the last point; square, circle or 45-degree steps')],
	['Enter', diffdiff.t('Close the polygon (or click its first corner), let go of the handles; Backspace or Z removes the last corner')],
	['Esc', diffdiff.t('Cancel the current action')],
	['Z  Y', diffdiff.t('Undo, redo (with or without Ctrl)')],
	['V', diffdiff.t('Next view')],
	['Space', diffdiff.t('Drag to move the picture (or use the middle button, or two fingers)')],
	['+  -  H', diffdiff.t('Zoom in, zoom out, whole picture')],
	['Ctrl', diffdiff.t('With the wheel: zoom. In the whole window the wheel alone zooms')],
	['W', diffdiff.t('Whole window')],
	['← ↑ → ↓', diffdiff.t('Move the pointer (with Shift farther); Enter presses and lifts the brush')],
];

function helpPanel(onClose) {
	const {element} = diffdiff;
	const rows = helpLines().flatMap(([keys, words]) => [
		element('dt', '', {}, ...keys.split('  ').map((key) => element('kbd', '', {}, key))), element('dd', '', {}, words),
	]);
	const close = iconButton(diffdiff.paintIcons.close, diffdiff.t('Close'), 'Esc', onClose);
	const title = element('div', 'diffdiff-help-title', {}, diffdiff.t('Painter keys'), close);
	const words = element('div', 'diffdiff-help-words', {}, diffdiff.t('They work while the pointer is over the painter, or after you click it.'));
	return element('div', 'diffdiff-help', {role: 'region', 'aria-label': diffdiff.t('Painter keys'), hidden: ''}, title, words, element('dl', '', {}, ...rows));
}

function legend() {
	const {element} = diffdiff;
	return element('div', 'diffdiff-legend', {}, element('span', '', {}, `${diffdiff.t('Denoising')} 0`), element('span', 'diffdiff-legend-bar'), element('span', '', {}, '1'));
}

diffdiff.paintControls = {setText, iconButton, select, rove, group, Slider, helpPanel, legend};
})();
