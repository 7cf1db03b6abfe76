// The painter's keys: while it has the focus or the pointer, and never while somebody types.
(() => {
const diffdiff = window.diffdiff ??= {};

const TYPED = 'textarea, select, [contenteditable=""], [contenteditable="true"], input:not([type=range]):not([type=checkbox]):not([type=radio]):not([type=button])';

const isTyping = (target) => target instanceof Element && target.matches(TYPED);

const isOfSlider = ({key}, target) => target.type === 'range' && /^\d$/.test(key);

// By the letter that is printed on the key where it is a Latin one, else by the key's place: a Korean keyboard has no B.
function keyOf({key, code}) {
	if (/^(Digit|Numpad)\d$/.test(code)) return code.slice(-1);
	if (/^[\x21-\x7e]$/.test(key)) return key.toLowerCase();
	return code.startsWith('Key') ? code.slice(3).toLowerCase() : key;
}

const STRENGTHS = {'`': 0, 1: 10, 2: 20, 3: 30, 4: 40, 5: 50, 6: 60, 7: 70, 8: 80, 9: 90, 0: 100};
const VIEWS = ['heat', 'effect', 'map', 'picture', 'result'];
const LARGER = 1.25;

const resize = (painter, factor) => painter.choose({size: Math.max(1, factor > 1 ? Math.ceil(painter.choices.size * factor) : Math.floor(painter.choices.size * factor))});

function nextView(painter) {
	const views = VIEWS.filter((view) => view !== 'result' || painter.view.result);
	painter.choose({view: views[(views.indexOf(painter.choices.view) + 1) % views.length]});
}

// A tool that has no strength gives way to the one that has.
function strength(painter, percent) {
	const {sliders} = diffdiff.paintTools.find(({name}) => name === painter.choices.tool);
	painter.choose({...sliders.includes('strength') ? {} : {tool: 'brush'}, strength: percent});
	painter.tell(diffdiff.t('The strength: {percent} %', {percent}));
}

const ACTIONS = {
	x: (painter) => painter.swap(),
	'[': (painter) => resize(painter, 1 / LARGER),
	']': (painter) => resize(painter, LARGER),
	'{': (painter) => painter.choose({hardness: painter.choices.hardness - 0.1}),
	'}': (painter) => painter.choose({hardness: painter.choices.hardness + 0.1}),
	i: (painter) => painter.pick(),
	y: (painter) => painter.redo(),
	v: (painter) => nextView(painter),
	w: (painter) => painter.onFull(),
	h: (painter) => painter.fit(),
	'+': (painter) => painter.zoom(LARGER),
	'=': (painter) => painter.zoom(LARGER),
	'-': (painter) => painter.zoom(1 / LARGER),
	'?': (painter) => painter.toggleHelp(),
};

const withCtrl = (key, shiftKey) => key === 'z' ? (painter) => shiftKey ? painter.redo() : painter.undo() : key === 'y' ? ACTIONS.y : null;

// What a key does; null where it means nothing to the painter, and so belongs to the page.
function actionOf(event, key) {
	const isGraph = event.getModifierState('AltGraph'); // Many keyboards have the brackets there; Windows calls it Ctrl with Alt.
	if (event.altKey && !isGraph) return null;
	if ((event.ctrlKey && !isGraph) || event.metaKey || key === 'z') return withCtrl(key, event.shiftKey);
	if (key in STRENGTHS && !event.shiftKey) return (painter) => strength(painter, STRENGTHS[key]);
	const tool = diffdiff.paintTools.find((one) => one.key.toLowerCase() === key);
	if (tool) return (painter) => painter.choose({tool: tool.name});
	return ACTIONS[key] ?? null;
}

class Keys {
	constructor(painter) {
		this.painter = painter;
		// Before the host's own listeners on the document: its Escape interrupts a run, ours a polygon.
		document.addEventListener('keydown', (event) => this.down(event), true);
		document.addEventListener('keyup', (event) => this.up(event), true);
		window.addEventListener('blur', () => painter.hand.space(false));
	}

	isMine(event) {
		const [target] = event.composedPath();
		if (event.defaultPrevented || isTyping(target) || isOfSlider(event, target)) return false;
		return this.painter.hasFocus || this.painter.isHovered || this.painter.isFull;
	}

	down(event) {
		if (event.key === 'Shift') this.shift(true);
		if (!this.isMine(event)) return;
		if (this.special(event)) return this.taken(event);
		const action = actionOf(event, keyOf(event));
		if (!action || this.painter.hand.doing === 'paint') return;
		action(this.painter);
		this.taken(event);
	}

	taken(event) {
		event.preventDefault();
		event.stopPropagation();
	}

	// Keys that mean something only at times; the rest of the time they are the page's.
	special({key, target, shiftKey, ctrlKey, altKey, metaKey}) {
		if (ctrlKey || altKey || metaKey) return false;
		if (key === 'Escape') return this.painter.escape() || this.painter.isFull && this.painter.onFull();
		if (key === ' ' && !target.closest?.('button, input')) {
			this.painter.hand.space(true);
			return true;
		}
		const {tool, cursor, stage} = this.painter;
		return (!cursor.isDown && tool.key?.(key)) || target === stage && cursor.key(key, shiftKey);
	}

	up(event) {
		if (event.key === 'Shift') this.shift(false);
		if (event.key === ' ') this.painter.hand.space(false);
	}

	shift(isDown) {
		this.painter.hand.shift = isDown;
		this.painter.redraw();
	}
}

diffdiff.PaintKeys = Keys;
})();
