// A test strip: one run of ten strengths side by side; a click on its result chooses the one to paint with.
(() => {
const diffdiff = window.diffdiff ??= {};

const PERCENTS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
const TAKEN_MS = 400; // By then the host has read what it will run with.

diffdiff.TestStrip = class {
	constructor(field) {
		this.field = field;
	}

	// The painted map is only lent a stand-in: its text is back before the run has ended.
	run() {
		const {field, field: {painter, controls, studio}} = this, box = controls.textBox('for');
		field.settleText();
		this.isLent = true;
		diffdiff.write(box, diffdiff.pngNow(this.map()));
		studio.generate(() => painter.showStrip(PERCENTS));
		setTimeout(() => {
			diffdiff.write(box, field.text);
			this.isLent = false;
		}, TAKEN_MS);
	}

	map() {
		const {width, height} = this.field.painter.map, map = new diffdiff.GreyMap(width, height);
		map.inverted = this.field.painter.inverted;
		PERCENTS.forEach((percent, i) => map.rectangle({x: i * width / 10, y: 0}, {x: (i + 1) * width / 10, y: height}, percent / 100));
		return map;
	}
};
})();
