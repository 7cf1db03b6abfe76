// The painter without a pointer: arrows move a cursor over the stage, Enter presses the tool and lifts it.
(() => {
const diffdiff = window.diffdiff ??= {};

const WAYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const STEP = 4; // In the stage's pixels.
const LARGE_STEP = 32;

class Cursor {
	constructor(painter) {
		this.painter = painter;
	}

	// Whether the key meant something here.
	key(name, isLarge) {
		if (name === 'Enter') this.enter();
		else if (name in WAYS) this.move(WAYS[name], isLarge ? LARGE_STEP : STEP);
		else return false;
		return true;
	}

	// The middle of what is in view, until a pointer or an arrow was somewhere.
	get place() {
		const {view, map, hand} = this.painter;
		return hand.hover ?? view.toMap(map, {x: view.width / 2, y: view.height / 2});
	}

	move([across, down], step) {
		const {painter, painter: {view, map, hand}} = this;
		const {x, y} = view.toStage(map, this.place);
		hand.hover = view.toMap(map, {x: diffdiff.clamp(x + step * across, 0, view.width), y: diffdiff.clamp(y + step * down, 0, view.height)});
		if (this.isDown) {
			painter.tool.drag([hand.hover], {});
			painter.painting();
		}
		painter.redraw();
		painter.tell(painter.strengthInWords(hand.hover));
	}

	enter() {
		const {painter, painter: {hand}} = this;
		if (this.isDown) return this.lift();
		hand.hover = this.place;
		hand.start('paint');
		painter.tool.press(hand.hover, {});
		painter.painting();
	}

	// A polygon is closed.
	lift() {
		const {tool, hand} = this.painter;
		if (!tool.key?.('Enter')) tool.release({});
		hand.stop();
	}

	get isDown() {
		return this.painter.hand.doing === 'paint';
	}
}

diffdiff.PaintCursor = Cursor;
})();
