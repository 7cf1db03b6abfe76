// Mouse, pen and fingers on the stage: one paints, two fingers pan and zoom, Space or the middle button pans, the right one
// sizes the brush.
(() => {
const diffdiff = window.diffdiff ??= {};

const MIDDLE = 1;
const RIGHT = 2;
const SIZE_STEP = 0.01; // A pixel to the right makes the brush larger by so much, one up harder.
const HARDNESS_STEP = 0.005;
const WHEEL_STEP = 0.0015;
const LINE = 40;

const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

class Hand {
	constructor(painter) {
		this.painter = painter;
		this.pointers = new Map();
		this.doing = null;
		this.spaceIsDown = false;
		this.shift = false;
		this.isTouch = false;
		this.hover = null;
		this.listen(painter.stage);
	}

	listen(stage) {
		stage.addEventListener('pointerdown', (event) => this.down(event));
		stage.addEventListener('pointermove', (event) => this.move(event));
		stage.addEventListener('pointerup', (event) => this.up(event));
		stage.addEventListener('pointercancel', (event) => this.lost(event));
		stage.addEventListener('pointerleave', () => this.leave());
		stage.addEventListener('contextmenu', (event) => event.preventDefault());
		stage.addEventListener('dblclick', () => this.painter.tool.key?.('Enter'));
		stage.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
	}

	get view() {
		return this.painter.view;
	}

	down(event) {
		if (!this.isOnCanvas(event)) return;
		event.preventDefault(); // No text selection, no autoscroll by the middle button.
		this.painter.stage.focus({preventScroll: true});
		this.painter.stage.setPointerCapture(event.pointerId);
		this.pointers.set(event.pointerId, this.view.onStage(event));
		if (this.pointers.size === 2) this.pinch();
		else if (this.pointers.size === 1) this.begin(event);
	}

	isOnCanvas(event) {
		return event.target === this.painter.stage || event.target.localName === 'canvas';
	}

	begin(event) {
		this.seen(event);
		if (event.button === RIGHT) return this.start('size');
		if (event.button === MIDDLE || this.spaceIsDown) return this.start('pan');
		if (event.button !== 0 && !(event.buttons & 32)) return;
		this.hover = this.point(event);
		if (this.painter.takeFromStrip(this.hover)) return;
		if (event.altKey || this.painter.choices.picking) {
			this.painter.pick();
			return this.painter.choose({picking: false}); // One strength, then on with painting.
		}
		this.start('paint');
		this.painter.tool.press(this.hover, {shiftKey: this.shift, buttons: event.buttons});
		this.painter.painting();
	}

	start(doing) {
		this.doing = doing;
		this.painter.stage.dataset.doing = doing;
	}

	// The first finger meant to move the picture, not to paint.
	pinch() {
		if (this.doing === 'paint') this.painter.tool.unpress();
		this.start('pinch');
	}

	point(event) {
		const pressure = event.pointerType === 'pen' ? event.pressure : 1;
		return {...this.view.toMap(this.painter.map, this.view.onStage(event)), pressure};
	}

	// A finger has no Shift: there is a button for it.
	seen({shiftKey, pointerType}) {
		this.shift = shiftKey || this.painter.choices.straight === true;
		this.isTouch = pointerType === 'touch';
	}

	move(event) {
		this.seen(event);
		if (event.pointerType === 'pen') this.painter.panel.seePen();
		this.hover = this.isOnCanvas(event) || this.doing ? this.point(event) : null;
		if (this.doing === 'paint') this.paint(event);
		else if (this.doing === 'size') this.resize(event);
		else if (this.doing && this.pointers.has(event.pointerId)) this.shove(event);
		this.painter.redraw();
	}

	resize({movementX, movementY}) {
		const {size, hardness} = this.painter.choices;
		this.painter.choose({size: size * Math.exp(SIZE_STEP * movementX), hardness: hardness - HARDNESS_STEP * movementY});
	}

	paint(event) {
		const all = event.getCoalescedEvents?.() ?? [];
		this.painter.tool.drag((all.length ? all : [event]).map((each) => this.point(each)), {shiftKey: this.shift});
		this.painter.painting();
	}

	shove(event) {
		const before = [...this.pointers.values()];
		this.pointers.set(event.pointerId, this.view.onStage(event));
		const now = [...this.pointers.values()];
		const [from, to] = [before, now].map(([first, second = first]) => diffdiff.middle(first, second));
		this.view.panBy(to.x - from.x, to.y - from.y);
		if (now.length > 1) this.view.zoomAt(to, distance(...now) / (distance(...before) || 1));
		this.painter.moved();
	}

	up(event) {
		if (!this.pointers.delete(event.pointerId)) return;
		if (this.doing === 'paint') this.painter.tool.release(event);
		if (this.doing === 'paint' || !this.pointers.size) this.stop();
	}

	lost(event) {
		if (!this.pointers.delete(event.pointerId)) return;
		if (this.doing === 'paint') this.painter.tool.unpress();
		this.stop();
	}

	stop() {
		this.doing = null;
		delete this.painter.stage.dataset.doing;
		this.painter.redraw();
	}

	leave() {
		if (!this.doing) this.hover = null;
		this.painter.redraw();
	}

	// The plain wheel scrolls the page, if there is any to scroll; a pinch on a touchpad comes as wheel with Ctrl.
	wheel(event) {
		if (!event.ctrlKey && !this.painter.isFull) return;
		event.preventDefault();
		const way = event.deltaY * (event.deltaMode ? LINE : 1) * (event.ctrlKey && Math.abs(event.deltaY) < 20 ? 6 : 1);
		this.view.zoomAt(this.view.onStage(event), Math.exp(-way * WHEEL_STEP));
		this.painter.moved();
	}

	space(isDown) {
		this.spaceIsDown = isDown;
		this.painter.stage.classList.toggle('diffdiff-grab', isDown);
	}
}

diffdiff.PaintHand = Hand;
})();
