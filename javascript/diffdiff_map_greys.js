// The change map as 16-bit greys. No page in here: strokes, fills, undo and redo on an array.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const WHITE = 65535;
    const SLACK = 1e-6;
    const LONGEST_SIDE = 4096;

    const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
    const mix = (from, to, share) => from + (to - from) * share;

    // Rounded up to the next 65535th, so that no run starts later than with the Denoising slider at this strength; SLACK: what the
    // multiplication itself may be off by.
    const greyOf = (strength) => Math.ceil(WHITE * clamp(strength, 0, 1) - SLACK);

    // Of every grey its opposite: that of N % is that of 100 - N %, rounded up as well, and the grey below it takes the place that is left.
    const OPPOSITES = Uint16Array.from({length: WHITE + 1}, (_, grey) => WHITE - grey);
    for (let percent = 1; percent < 100; percent++) {
        const grey = greyOf(percent / 100), opposite = greyOf(1 - percent / 100);
        if (grey + opposite !== WHITE) OPPOSITES.set([opposite - 1, opposite], grey - 1);
    }

    const opposite = (grey) => OPPOSITES[grey];

    // A plain loop: over millions of greys it takes a tenth of the time of `every`.
    function areZero(greys) {
        for (let at = 0; at < greys.length; at++) if (greys[at]) return false;
        return true;
    }

    class GreyMap {
        // The longer side of a map is at most this; it is stretched to the picture anyway.

        // The size of the map for a picture of this size.
        static sizeFor(width, height) {
            const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
            return {width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale))};
        }

        constructor(width, height, greys = new Uint16Array(width * height)) {
            if (greys.length !== width * height) throw new RangeError(`A map of ${width} x ${height} has ${width * height} greys, not ${greys.length}.`);
            this.history = new diffdiff.MapHistory();
            this.become({width, height, greys});
        }

        become({width, height, greys}) {
            Object.assign(this, {width, height, greys, box: {left: 0, top: 0, right: width, bottom: height}});
            this.dirty = this.box;
        }

        copy() {
            return new GreyMap(this.width, this.height, this.greys.slice());
        }

        get isBlank() {
            return areZero(this.greys);
        }

        at(x, y) {
            return this.greys[clamp(Math.floor(y), 0, this.height - 1) * this.width + clamp(Math.floor(x), 0, this.width - 1)];
        }

        cut(box) {
            return diffdiff.boxes.cut(this, box);
        }

        paste(box, greys) {
            const width = box.right - box.left;
            for (let y = box.top; y < box.bottom; y++) this.greys.set(greys.subarray((y - box.top) * width, (y - box.top + 1) * width), y * this.width + box.left);
            this.touch(box);
        }

        touch(box) {
            this.dirty = diffdiff.boxes.union(this.dirty, box);
        }

        // The box that changed since this was asked last; null where nothing did.
        takeDirty() {
            const dirty = this.dirty && diffdiff.boxes.common(this.dirty, this.box);
            this.dirty = null;
            return dirty;
        }

        get canUndo() {
            return this.history.done.length > 0;
        }

        get canRedo() {
            return this.history.undone.length > 0;
        }

        undo() {
            return this.history.undo();
        }

        redo() {
            return this.history.redo();
        }

        record(step) {
            step.forgetUnchanged?.();
            return this.history.record(step);
        }

        stroke(brush) {
            return new diffdiff.MapStroke(this, brush);
        }

        // Every change returns whether it changed anything; valueAt gives the new grey of a pixel.
        change(box, valueAt) {
            const inside = diffdiff.boxes.common(box, this.box);
            if (diffdiff.boxes.isEmpty(inside)) return false;
            const step = new diffdiff.MapStep(this);
            step.keep(inside);
            for (let y = inside.top; y < inside.bottom; y++) {
                for (let x = inside.left, at = y * this.width + x; x < inside.right; x++, at++) this.greys[at] = valueAt(x, y, this.greys[at]);
            }
            this.touch(inside);
            return this.record(step);
        }

        fill(strength) {
            const grey = greyOf(strength);
            return this.change(this.box, () => grey);
        }

        clear() {
            return this.fill(0);
        }

        invert() {
            return this.change(this.box, (x, y, grey) => OPPOSITES[grey]);
        }

        // a, b: two opposite corners.
        rectangle(a, b, strength) {
            const grey = greyOf(strength);
            const box = diffdiff.boxes.around([a, b].map(({x, y}) => ({x: Math.round(x), y: Math.round(y)})));
            return this.change(box, () => grey);
        }

        // The ellipse in the rectangle between two corners.
        ellipse(a, b, strength) {
            const grey = greyOf(strength);
            const [x0, y0, across, down] = [(a.x + b.x) / 2, (a.y + b.y) / 2, Math.abs(a.x - b.x) / 2, Math.abs(a.y - b.y) / 2];
            const isInside = (x, y) => ((x + 0.5 - x0) / across) ** 2 + ((y + 0.5 - y0) / down) ** 2 <= 1;
            return this.change(diffdiff.boxes.around([a, b]), (x, y, old) => isInside(x, y) ? grey : old);
        }

        polygon(points, strength) {
            if (points.length < 3) return false;
            const grey = greyOf(strength), box = diffdiff.boxes.around(points);
            const rows = new Map();
            for (let y = Math.max(box.top, 0); y < Math.min(box.bottom, this.height); y++) rows.set(y, diffdiff.areas.spansInside(points, y));
            return this.change(box, (x, y, old) => rows.get(y).some(([left, right]) => left <= x && x < right) ? grey : old);
        }

        // From one strength at a point to another at a second; flat beyond them. Radial: around the first point.
        gradient(a, b, fromStrength, toStrength, {radial = false} = {}) {
            const dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
            if (square === 0) return false;
            const share = radial
                ? (x, y) => Math.sqrt(((x + 0.5 - a.x) ** 2 + (y + 0.5 - a.y) ** 2) / square)
                : (x, y) => ((x + 0.5 - a.x) * dx + (y + 0.5 - a.y) * dy) / square;
            return this.change(this.box, (x, y) => greyOf(mix(fromStrength, toStrength, clamp(share(x, y), 0, 1))));
        }

        // Where the picture is like at this point, and connected to it. pixels: the picture's RGBA bytes at the map's size; null: the
        // map itself is compared.
        flood(x, y, strength, {pixels, tolerance = 32}) {
            const column = Math.floor(x), row = Math.floor(y);
            if (column < 0 || row < 0 || column >= this.width || row >= this.height) return false;
            const first = row * this.width + column, grey = greyOf(strength);
            const mask = diffdiff.areas.connected(this.width, this.height, first, pixels ? diffdiff.areas.likeAt(pixels, first, tolerance) : diffdiff.areas.greyLikeAt(this.greys, first, tolerance));
            return this.change(this.box, (x, y, old) => mask[y * this.width + x] ? grey : old);
        }

        // Another map, stretched to this one's size or to a new one.
        replace(other, {width = this.width, height = this.height} = {}) {
            const greys = diffdiff.stretched(other, width, height);
            if (width === this.width && height === this.height) return this.change(this.box, (x, y) => greys[y * width + x]);
            const step = new diffdiff.MapExchange(this, {width, height, greys});
            step.swap();
            return this.record(step);
        }

        stretch(width, height) {
            return this.replace(this, {width, height});
        }
    }

    Object.assign(diffdiff, {GreyMap, WHITE, clamp, greyOf, opposite});
})();
