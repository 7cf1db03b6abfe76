// When to ask what a run would do: after every change of map, mask, picture and settings, and never in between.
(() => {
const diffdiff = window.diffdiff ??= {};

class Plan {
	// root: the field. host: its tab's. preview: what shows the answer. state(): {version, image, isWrong, mask, settings} of the field; null while
	// nothing is to be asked. isWrong: whether the field says itself why there is no map.
	constructor(root, host, preview, state) {
		Object.assign(this, {root, host, preview, state});
		for (const kind of ['pointerdown', 'pointerup', 'pointercancel']) window.addEventListener(kind, (event) => this.onPointer(event), true);
	}

	// While a slider is dragged nothing is asked; it tells when it is let go.
	onPointer(event) {
		this.isDragging = event.type === 'pointerdown' && event.target.type === 'range';
	}

	async ask() {
		const state = this.isDragging ? null : this.state();
		if (!state) return;
		const {version, image, isWrong, mask, settings} = state;
		if (isWrong) return this.forget();
		const situation = {...this.host.situation(image), mask};
		const key = JSON.stringify([version, situation, settings]);
		if (key === this.asked) return;
		this.asked = key;
		const answer = await diffdiff.ask('preview', situation, this.root);
		if (answer && key === this.asked) this.preview.show(answer);
	}

	forget() {
		this.asked = null;
		this.preview.show(null);
	}

	// What the field says itself is not said twice.
	hush(sentence) {
		if (this.preview.latest?.sentence === sentence) this.preview.show(null);
	}
}

diffdiff.Plan = Plan;
})();
