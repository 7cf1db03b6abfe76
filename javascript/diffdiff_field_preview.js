// What will happen: the strengths that this map and these settings give, in a picture, a histogram and words.
(() => {
const diffdiff = window.diffdiff ??= {};
const SVG = 'http://www.w3.org/2000/svg';
const TICKS = [0, 0.25, 0.5, 0.75, 1];

function strengthsIn(answer) {
	const file = diffdiff.fileIn(answer.values ?? '');
	return file && file.arrayBuffer().then((buffer) => {
		const view = new DataView(buffer);
		const values = Float32Array.from({length: buffer.byteLength >> 1}, (_, i) => view.getUint16(2 * i, true) / 65535);
		return values.length === answer.rows * answer.columns ? values : null;
	});
}

function svg(tag, attributes, ...children) {
	const made = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
	made.append(...children);
	return made;
}

const two = (strength) => diffdiff.inTwo(strength);
const size = ([width, height]) => `${width} × ${height}`;

const WARNINGS = {
	no_map: () => diffdiff.t('There is no map yet: paint one, or choose a file. Without a map nothing is generated.'),
	black: () => diffdiff.t('The map is black: nothing will change.'),
	denoising_zero: () => diffdiff.t('Denoising strength is 0: nothing will change.'),
	too_weak: () => diffdiff.t('Every strength is too weak for this number of steps: nothing will change.'),
	own_grid: () => diffdiff.t('This sampler chooses its own steps: this preview is approximate.'),
	few_steps: ({steps, available}) => diffdiff.t('{steps} steps allow only {available} strengths.', {steps, available}),
	white_below: ({white, held}) => diffdiff.t('White in this map is {white}, not 255: {share} % of the area will change less.', {white, share: diffdiff.percent(held)}),
	stretched: ({map, image}) => diffdiff.t('The map is {map}, the picture is {picture}: the map will be stretched.', {map: size(map), picture: size(image)}),
	part: ({part, image}) => diffdiff.t('The model works on {part} of {picture} pixels.', {part: size(part), picture: size(image)}),
	mask_is_map: () => diffdiff.t('The mask of the Inpaint tab is the change map. A map painted here would weaken it.'),
	mask_unseen: () => diffdiff.t('This preview does not include the drawing in the Inpaint sketch tab.'),
	words: () => diffdiff.t('This preview does not include the map from words.'),
	mask_multiplies: () => diffdiff.t('The mask of the Inpaint tab multiplies the map: only what both let change will change.'),
};

// What is run, beside what plain img2img would run, and what stays as it is.
function runInWords(answer) {
	const {run_steps: run, plain_steps: plain, steps, changed, too_weak: weak} = answer;
	const words = [run < plain
		? diffdiff.t('{run} of {steps} steps are run; without a map it would be {plain}', {run, steps, plain})
		: diffdiff.t('{run} of {steps} steps are run, as many as without a map', {run, steps})];
	if (changed < 1) words.push(diffdiff.t('{share} % of the picture is kept', {share: diffdiff.percent(1 - changed)}));
	if (weak > 0) words.push(diffdiff.t('{share} % is too weak to change', {share: diffdiff.percent(weak)}));
	return words.join(' · ');
}

function facts(answer) {
	return [
		[diffdiff.t('Denoising'), answer.high > 0 ? `${two(answer.low)} – ${two(answer.high)}` : two(0)],
		[diffdiff.t('Different strengths'), diffdiff.t('{distinct} of {available} possible', answer)],
		[diffdiff.t('Area changed'), `${diffdiff.percent(answer.changed)} %`],
		[diffdiff.t('Time saved'), `${diffdiff.percent(answer.saved)} %`],
	];
}

const fact = ([name, value]) => diffdiff.element('div', '', {}, diffdiff.element('dt', '', {}, name), diffdiff.element('dd', '', {}, value));

const tip = ({step, share, strength}) => diffdiff.t('Step {step}: {share} % of the picture starts here, at Denoising {strength} or more', {step, share: diffdiff.percent(share), strength: two(strength)});

function histogram(answer) {
	const most = Math.max(...answer.histogram.map(({share}) => share), 1e-9);
	const drawn = svg('svg', {viewBox: `0 0 ${answer.steps} 40`, preserveAspectRatio: 'none', role: 'img', 'aria-label': runInWords(answer)});
	if (answer.skipped) drawn.append(svg('rect', {class: 'diffdiff-skipped', x: 0, y: 0, width: answer.skipped, height: 40}, title(diffdiff.t('{count} steps are not run', {count: answer.skipped}))));
	for (const release of answer.histogram) drawn.append(...bar(release, most));
	return drawn;
}

function title(words) {
	return svg('title', {}, words);
}

// A step's bar, and over its whole column a place to point at.
function bar(release, most) {
	const height = release.share > 0 ? Math.max(1.5, 38 * release.share / most) : 0;
	const fill = `rgb(${diffdiff.colours.heat(Math.max(0.01, release.strength)).slice(0, 3)})`;
	return [
		svg('rect', {x: release.step - 0.92, y: 40 - height, width: 0.84, height, fill}),
		svg('rect', {class: 'diffdiff-column', x: release.step - 1, y: 0, width: 1, height: 40}, title(tip(release))),
	];
}

// The share of the change that a strength makes, by a curve's points [strength, share].
function shareOf(strength, points) {
	const after = points.findIndex(([at]) => at >= strength);
	if (after <= 0) return after === 0 ? points[0][1] : points.at(-1)[1];
	const [[from, low], [to, high]] = [points[after - 1], points[after]];
	return low + (high - low) * (strength - from) / (to - from);
}

class Preview {
	// onStrengths: called with the effective strengths, or null. onScale: with what each grey comes to, where that is known.
	constructor(root, {onStrengths, onScale, offers}) {
		Object.assign(this, {root, onStrengths, onScale, offers});
		this.table = diffdiff.colours.table(diffdiff.colours.heat);
		this.build();
	}

	build() {
		const {element} = diffdiff;
		this.sheet = diffdiff.canvas(1, 1);
		this.readout = element('div', 'diffdiff-readout');
		this.legend = element('div', 'diffdiff-key');
		this.facts = element('dl', 'diffdiff-facts');
		this.chart = element('div', 'diffdiff-chart');
		this.axis = element('div', 'diffdiff-axis');
		this.words = element('div', 'diffdiff-run');
		this.warnings = element('div', 'diffdiff-warnings', {role: 'status'});
		this.sheet.setAttribute('role', 'img');
		this.heading = element('div', 'diffdiff-heading', {}, diffdiff.t('What will happen'), this.readout);
		const left = element('div', 'diffdiff-strengths', {}, this.sheet, this.legend);
		const right = element('div', 'diffdiff-numbers', {}, this.facts, this.chart, this.axis, this.words);
		this.body = element('div', 'diffdiff-happens', {}, left, right);
		this.root.replaceChildren(this.heading, this.warnings, this.body);
		this.buildLegend();
		this.sheet.addEventListener('pointermove', (event) => this.point(event));
		this.sheet.addEventListener('pointerleave', () => this.say(''));
		this.show(null);
	}

	buildLegend() {
		const {element} = diffdiff;
		this.range = element('div', 'diffdiff-span');
		const scale = element('div', 'diffdiff-scale', {style: `background-image: ${diffdiff.colours.gradient(diffdiff.colours.heat)}`}, this.range);
		const ticks = element('div', 'diffdiff-ticks', {}, ...TICKS.map((at) => element('span', '', {}, String(at))));
		this.legend.replaceChildren(scale, ticks);
	}

	// An answer of Python's; null where there is none.
	async show(answer) {
		this.latest = answer;
		const values = answer?.ok && answer.values ? await strengthsIn(answer) : null;
		if (this.latest !== answer) return;
		this.values = values;
		this.root.hidden = !answer;
		this.body.hidden = !values;
		this.warn(answer);
		if (answer?.scale) this.onScale(answer.scale);
		if (values) this.draw(answer);
		this.onStrengths(values && {rows: answer.rows, columns: answer.columns, values, area: answer.area});
	}

	warn(answer) {
		const known = (answer?.warnings ?? []).filter(({code}) => Object.hasOwn(WARNINGS, code));
		const said = known.map((warning) => diffdiff.element('div', '', {}, WARNINGS[warning.code](warning), ...this.offers(warning.code)));
		if (answer && !answer.ok) said.push(diffdiff.element('div', '', {}, answer.sentence ?? diffdiff.t('No preview is available.')));
		this.warnings.replaceChildren(...said);
	}

	draw(answer) {
		this.paint(answer);
		this.facts.replaceChildren(...facts(answer).map(fact));
		this.chart.replaceChildren(histogram(answer));
		this.axis.replaceChildren(diffdiff.element('span', '', {}, diffdiff.t('Step 1')), diffdiff.element('span', '', {}, diffdiff.t('Step {step}', {step: answer.steps})));
		this.words.textContent = runInWords(answer) + (answer.coarse ? ` · ${diffdiff.t('coarser preview: the picture, Blur or Grow is large')}` : '');
		this.range.style.left = `${100 * answer.low}%`;
		this.range.style.width = `${100 * (answer.high - answer.low)}%`;
	}

	paint({rows, columns, low, high}) {
		this.sheet.width = columns;
		this.sheet.height = rows;
		this.body.style.setProperty('--diffdiff-shape', columns / rows);
		diffdiff.sheet(columns, rows, (i) => this.table[Math.ceil(256 * this.values[i])], this.sheet);
		this.sheet.setAttribute('aria-label', diffdiff.t('The strengths as a heat map, Denoising {low} to {high}', {low: two(low), high: two(high)}));
	}

	point(event) {
		const {width, height} = this.sheet.getBoundingClientRect();
		if (!this.values || !width || !height) return;
		const column = Math.min(this.latest.columns - 1, Math.floor(event.offsetX / width * this.latest.columns));
		const row = Math.min(this.latest.rows - 1, Math.floor(event.offsetY / height * this.latest.rows));
		const strength = this.values[Math.max(0, row) * this.latest.columns + Math.max(0, column)];
		const {response} = this.latest;
		if (!response) return this.say(diffdiff.t('Denoising {strength} here', {strength: two(strength)}));
		this.say(diffdiff.t('{share} % of the change here, at Denoising {strength}', {share: diffdiff.percent(shareOf(strength, response)), strength: two(strength)}));
	}

	say(words) {
		this.readout.textContent = words;
	}
}

diffdiff.Preview = Preview;
})();
