// Maps to begin with, at the strength that is chosen, instead of a black one.
(() => {
const diffdiff = window.diffdiff ??= {};

const HORIZON = [0.35, 0.65]; // Where the fade begins and ends, from the top.

function centre(map, strength, other) {
	const middle = {x: map.width / 2, y: map.height / 2};
	return map.gradient(middle, {x: middle.x + Math.min(middle.x, middle.y), y: middle.y}, strength, other, {radial: true});
}

function above(map, strength) {
	const [from, to] = HORIZON.map((share) => ({x: 0, y: share * map.height}));
	return map.gradient(from, to, strength, 0);
}

const STARTERS = [
	[() => diffdiff.t('Everything'), (map, strength) => map.fill(strength)],
	[() => diffdiff.t('Centre'), (map, strength) => centre(map, strength, 0)],
	[() => diffdiff.t('Border'), (map, strength) => centre(map, 0, strength)],
	[() => diffdiff.t('Above the horizon'), above],
];

diffdiff.startersFor = (painter) => diffdiff.element(
	'div', 'diffdiff-buttons', {role: 'group', 'aria-label': diffdiff.t('Start with')},
	...STARTERS.map(([words, make]) => diffdiff.button(words(), () => painter.finished(make(painter.map, painter.choices.strength / 100)), {'aria-label': words()})),
);
})();
