// The change map as bytes: grey = round(255 * strength). No page in here: strokes, fills, undo and redo on an array.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const TILE = 128;
    const LEAST_STEPS = 50;
    const MOST_STEPS = 200;
    const MOST_KEPT = 256 * 2 ** 20;
    const DABS_PER_SIZE = 8;
    const LONGEST_SIDE = 4096;

    const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
    const mix = (from, to, share) => from + (to - from) * share;
    const greyOf = (strength) => Math.round(255 * clamp(strength, 0, 1));

    // Boxes hold whole pixels: left and top belong to them, right and bottom do not.
    const boxAround = (points, reach = 0) => ({
        left: Math.floor(Math.min(...points.map(({x}) => x)) - reach),
        top: Math.floor(Math.min(...points.map(({y}) => y)) - reach),
        right: Math.ceil(Math.max(...points.map(({x}) => x)) + reach),
        bottom: Math.ceil(Math.max(...points.map(({y}) => y)) + reach),
    });

    const common = (a, b) => ({
        left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
        right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
    });

    const union = (a, b) => !a ? b : !b ? a : {
        left: Math.min(a.left, b.left), top: Math.min(a.top, b.top),
        right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom),
    };

    const isEmpty = ({left, top, right, bottom}) => left >= right || top >= bottom;

    function tilesIn(box, columns) {
        const tiles = [];
        for (let row = Math.floor(box.top / TILE); row * TILE < box.bottom; row++) {
            for (let column = Math.floor(box.left / TILE); column * TILE < box.right; column++) {
                tiles.push({index: row * columns + column, left: column * TILE, top: row * TILE, right: (column + 1) * TILE, bottom: (row + 1) * TILE});
            }
        }
        return tiles;
    }

    // Plain loops: over millions of bytes they take a tenth of the time of `every`.
    function same(a, b) {
        for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
        return true;
    }

    function areZero(bytes) {
        for (let at = 0; at < bytes.length; at++) if (bytes[at]) return false;
        return true;
    }

    // One undoable change: the tiles that it touched, as they were. Swapping them with the map's undoes it, and does it again.
    class Step {
        constructor(map) {
            this.map = map;
            this.tiles = new Map();
        }

        keep(box) {
            for (const tile of tilesIn(box, Math.ceil(this.map.width / TILE))) {
                if (!this.tiles.has(tile.index)) this.tiles.set(tile.index, this.copy(common(tile, this.map.box)));
            }
        }

        copy(box) {
            return {...box, bytes: this.map.cut(box)};
        }

        forgetUnchanged() {
            for (const [index, tile] of this.tiles) if (same(tile.bytes, this.map.cut(tile))) this.tiles.delete(index);
        }

        get size() {
            return [...this.tiles.values()].reduce((sum, tile) => sum + tile.bytes.length, 0);
        }

        swap() {
            for (const tile of this.tiles.values()) {
                const now = this.map.cut(tile);
                this.map.paste(tile, tile.bytes);
                tile.bytes = now;
            }
        }
    }

    // Another map in the place of the whole: only here a step keeps a whole picture.
    class Exchange {
        constructor(map, other) {
            this.map = map;
            this.other = other;
        }

        get size() {
            return this.other.bytes.length;
        }

        swap() {
            const {width, height, bytes} = this.map;
            this.map.become(this.other);
            this.other = {width, height, bytes};
        }
    }

    class History {
        constructor() {
            this.done = [];
            this.undone = [];
        }

        record(step) {
            if (step.size === 0) return false;
            this.undone = [];
            this.done.push(step);
            this.forgetOldest();
            return true;
        }

        forgetOldest() {
            let kept = this.done.reduce((sum, step) => sum + step.size, 0);
            while (this.done.length > MOST_STEPS || (this.done.length > LEAST_STEPS && kept > MOST_KEPT)) kept -= this.done.shift().size;
        }

        undo() {
            return this.move(this.done, this.undone);
        }

        redo() {
            return this.move(this.undone, this.done);
        }

        move(from, to) {
            const step = from.pop();
            step?.swap();
            if (step) to.push(step);
            return step !== undefined;
        }
    }

    // Means over 2 * radius + 1 values along each row, the border replicated; the result is transposed, so that twice is both ways.
    function meansAcross(values, width, height, radius) {
        const means = new Float32Array(values.length);
        for (let y = 0; y < height; y++) {
            const row = y * width;
            const at = (x) => values[row + clamp(x, 0, width - 1)];
            let sum = 0;
            for (let x = -radius; x <= radius; x++) sum += at(x);
            for (let x = 0; x < width; x++) {
                means[x * height + y] = sum / (2 * radius + 1);
                sum += at(x + radius + 1) - at(x - radius);
            }
        }
        return means;
    }

    function blurred(values, width, height, radius) {
        let means = values;
        for (let pass = 0; pass < 2; pass++) {
            means = meansAcross(meansAcross(means, width, height, radius), height, width, radius);
        }
        return means;
    }

    // The blurred map in one box; pixels further than two radii away have no say.
    function blurredIn(map, box, radius) {
        const reach = 2 * radius;
        const around = common({left: box.left - reach, top: box.top - reach, right: box.right + reach, bottom: box.bottom + reach}, map.box);
        const width = around.right - around.left;
        const all = {width, height: around.bottom - around.top, bytes: blurred(map.cut(around), width, around.bottom - around.top, radius)};
        return cut(all, {left: box.left - around.left, top: box.top - around.top, right: box.right - around.left, bottom: box.bottom - around.top});
    }

    function cut({width, bytes}, {left, top, right, bottom}) {
        const part = new bytes.constructor((right - left) * (bottom - top));
        for (let y = top; y < bottom; y++) part.set(bytes.subarray(y * width + left, y * width + right), (y - top) * (right - left));
        return part;
    }

    // How far each pixel has come on its way from the map before the stroke to the stroke's target: the largest share it was ever
    // given, not a sum of what the stroke's parts gave it. So overlaps change nothing, and nothing goes past the target.
    class Stroke {
        // brush: {strength, size, hardness, flow}, all but the size 0..1, or {blur: true, size, hardness, flow}.
        constructor(map, brush) {
            this.map = map;
            this.brush = brush;
            this.step = new Step(map);
            this.coverage = new Map();
            this.targets = new Map();
            this.before = brush.blur ? map.copy() : null;
            this.last = null;
        }

        // size and flow may differ from point to point (a pen's pressure).
        to(x, y, {size = this.brush.size, flow = this.brush.flow} = {}) {
            const point = {x, y, radius: Math.max(size, 1) / 2, flow: clamp(flow, 0, 1)};
            if (this.last) this.line(this.last, point);
            else this.sweep(point, point, point.flow);
            this.last = point;
            return this;
        }

        line(from, to) {
            const length = Math.hypot(to.x - from.x, to.y - from.y);
            const size = from.radius + to.radius;
            if (from.flow >= 1 && to.flow >= 1) this.sweeps(from, to, Math.ceil(length / Math.max(2 * size, TILE)));
            else this.dabs(from, to, Math.ceil(length * DABS_PER_SIZE / Math.max(size, DABS_PER_SIZE)));
        }

        sweeps(from, to, count) {
            for (let i = 0; i < count; i++) this.sweep(between(from, to, i / count), between(from, to, (i + 1) / count), 1);
        }

        // Of such strength that the brush's whole length passing over a pixel gives it the flow.
        dabs(from, to, count) {
            const length = Math.hypot(to.x - from.x, to.y - from.y) / count;
            for (let i = 1; i <= count; i++) {
                const point = between(from, to, i / count);
                this.sweep(point, point, 1 - (1 - point.flow) ** Math.min(length / (2 * point.radius), 1));
            }
        }

        sweep(from, to, share) {
            const box = common(boxAround([from, to], Math.max(from.radius, to.radius) + 0.5), this.map.box);
            if (isEmpty(box)) return;
            this.step.keep(box);
            for (const tile of tilesIn(box, Math.ceil(this.map.width / TILE))) this.cover(tile.index, common(tile, box), from, to, share);
            this.map.touch(box);
        }

        cover(index, box, from, to, share) {
            const tile = this.step.tiles.get(index);
            const coverage = this.coverageOf(index, tile);
            const span = spanOf(from, to, this.brush.hardness);
            for (let y = box.top; y < box.bottom; y++) {
                const start = (y - tile.top) * (tile.right - tile.left) - tile.left;
                if (coverRow(coverage, start, box.left, box.right, y, span, share)) this.mixRow(index, tile, start, box.left, box.right, y);
            }
        }

        mixRow(index, {bytes}, start, left, right, y) {
            const {map: {bytes: painted, width}} = this;
            const coverage = this.coverage.get(index), targets = this.targetsOf(index), grey = greyOf(this.brush.strength ?? 0);
            for (let x = left; x < right; x++) {
                const at = start + x, before = bytes[at];
                painted[y * width + x] = before + ((targets ? targets[at] : grey) - before) * coverage[at] + 0.5;
            }
        }

        coverageOf(index, {bytes}) {
            if (!this.coverage.has(index)) this.coverage.set(index, new Float32Array(bytes.length));
            return this.coverage.get(index);
        }

        targetsOf(index) {
            if (!this.before) return null;
            const radius = clamp(Math.round(this.brush.size / 8), 1, 32);
            if (!this.targets.has(index)) this.targets.set(index, blurredIn(this.before, this.step.tiles.get(index), radius));
            return this.targets.get(index);
        }

        end() {
            return this.map.record(this.step);
        }

        cancel() {
            this.step.swap();
        }
    }

    const between = (from, to, share) => ({
        x: mix(from.x, to.x, share), y: mix(from.y, to.y, share), radius: mix(from.radius, to.radius, share), flow: mix(from.flow, to.flow, share),
    });

    function spanOf(from, to, hardness) {
        const dx = to.x - from.x, dy = to.y - from.y;
        return {x: from.x, y: from.y, dx, dy, perSquare: 1 / (dx * dx + dy * dy || 1), radius: from.radius, grow: to.radius - from.radius, hardness};
    }

    // Full inside hardness * radius, nothing outside the radius; the hardest edge is one pixel wide.
    function profile(distance, radius, hardness) {
        const inner = Math.min(hardness * radius, radius - 0.5), outer = Math.max(radius, inner + 1);
        if (distance <= inner) return 1;
        if (distance >= outer) return 0;
        const share = (outer - distance) / (outer - inner);
        return share * share * (3 - 2 * share);
    }

    // Whether any pixel of the row came further. A pixel moves the given share of the way to its profile.
    function coverRow(coverage, start, left, right, y, span, share) {
        const {dx, dy, perSquare, radius, grow, hardness} = span;
        const fromY = y + 0.5 - span.y;
        let more = false;
        for (let x = left; x < right; x++) {
            const fromX = x + 0.5 - span.x;
            const along = clamp((fromX * dx + fromY * dy) * perSquare, 0, 1);
            const restX = fromX - along * dx, restY = fromY - along * dy;
            const full = profile(Math.sqrt(restX * restX + restY * restY), radius + along * grow, hardness);
            if (full > coverage[start + x]) {
                coverage[start + x] += share * (full - coverage[start + x]);
                more = true;
            }
        }
        return more;
    }

    // Where a horizontal line crosses the polygon's edges, from left to right; turn: +1 for an edge going down, -1 for one going up.
    function crossings(points, y) {
        const found = [];
        points.forEach((from, i) => {
            const to = points[(i + 1) % points.length];
            if (from.y <= y === to.y <= y) return;
            found.push({x: from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x), turn: from.y < to.y ? 1 : -1});
        });
        return found.sort((a, b) => a.x - b.x);
    }

    // The pixels of a row whose centres lie inside the polygon, loops of its outline included.
    function spansInside(points, y) {
        const spans = [];
        let winding = 0, left = 0;
        for (const {x, turn} of crossings(points, y + 0.5)) {
            if (winding === 0) left = x;
            winding += turn;
            if (winding === 0) spans.push([Math.ceil(left - 0.5), Math.ceil(x - 0.5)]);
        }
        return spans;
    }

    const likeAt = (pixels, a, tolerance) => (b) => Math.abs(pixels[4 * a] - pixels[4 * b]) <= tolerance
        && Math.abs(pixels[4 * a + 1] - pixels[4 * b + 1]) <= tolerance
        && Math.abs(pixels[4 * a + 2] - pixels[4 * b + 2]) <= tolerance
        && Math.abs(pixels[4 * a + 3] - pixels[4 * b + 3]) <= tolerance;

    // The connected pixels that are like the first, as a mask; row by row, for speed.
    function connected(width, height, first, isLike) {
        const mask = new Uint8Array(width * height);
        const open = [first];
        while (open.length) {
            const at = open.pop();
            if (mask[at]) continue;
            const row = at - at % width;
            let left = at, right = at + 1;
            while (left > row && !mask[left - 1] && isLike(left - 1)) left--;
            while (right < row + width && !mask[right] && isLike(right)) right++;
            mask.fill(1, left, right);
            if (row > 0) openRuns(open, mask, left - width, right - width, isLike);
            if (row + width < mask.length) openRuns(open, mask, left + width, right + width, isLike);
        }
        return mask;
    }

    // One pixel of every run of like pixels.
    function openRuns(open, mask, left, right, isLike) {
        let inRun = false;
        for (let at = left; at < right; at++) {
            const fits = !mask[at] && isLike(at);
            if (fits && !inRun) open.push(at);
            inRun = fits;
        }
    }

    // The middle of a pixel on one axis, in another size: the two pixels around it and the second's share.
    function sources(size, other) {
        return Array.from({length: size}, (_, i) => {
            const at = clamp((i + 0.5) * other / size - 0.5, 0, other - 1);
            return [Math.floor(at), Math.min(Math.floor(at) + 1, other - 1), at % 1];
        });
    }

    function stretched({width, height, bytes}, toWidth, toHeight) {
        if (width === toWidth && height === toHeight) return bytes.slice();
        const made = new Uint8Array(toWidth * toHeight);
        const columns = sources(toWidth, width);
        sources(toHeight, height).forEach(([top, bottom, down], y) => columns.forEach(([left, right, across], x) => {
            const above = mix(bytes[top * width + left], bytes[top * width + right], across);
            const below = mix(bytes[bottom * width + left], bytes[bottom * width + right], across);
            made[y * toWidth + x] = Math.round(mix(above, below, down));
        }));
        return made;
    }

    class ByteMap {
        // The longer side of a map is at most this; it is stretched to the picture anyway.
        static LONGEST_SIDE = LONGEST_SIDE;

        // The size of the map for a picture of this size.
        static sizeFor(width, height) {
            const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
            return {width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale))};
        }

        constructor(width, height, bytes = new Uint8Array(width * height)) {
            if (bytes.length !== width * height) throw new RangeError(`A map of ${width} x ${height} has ${width * height} bytes, not ${bytes.length}.`);
            this.history = new History();
            this.become({width, height, bytes});
        }

        become({width, height, bytes}) {
            Object.assign(this, {width, height, bytes, box: {left: 0, top: 0, right: width, bottom: height}});
            this.dirty = this.box;
        }

        copy() {
            return new ByteMap(this.width, this.height, this.bytes.slice());
        }

        get isBlank() {
            return areZero(this.bytes);
        }

        at(x, y) {
            return this.bytes[clamp(Math.floor(y), 0, this.height - 1) * this.width + clamp(Math.floor(x), 0, this.width - 1)];
        }

        cut(box) {
            return cut(this, box);
        }

        paste(box, bytes) {
            const width = box.right - box.left;
            for (let y = box.top; y < box.bottom; y++) this.bytes.set(bytes.subarray((y - box.top) * width, (y - box.top + 1) * width), y * this.width + box.left);
            this.touch(box);
        }

        touch(box) {
            this.dirty = union(this.dirty, box);
        }

        // The box that changed since this was asked last; null where nothing did.
        takeDirty() {
            const dirty = this.dirty && common(this.dirty, this.box);
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
            return new Stroke(this, brush);
        }

        // Every change returns whether it changed anything; valueAt gives the new grey of a pixel.
        change(box, valueAt) {
            const inside = common(box, this.box);
            if (isEmpty(inside)) return false;
            const step = new Step(this);
            step.keep(inside);
            for (let y = inside.top; y < inside.bottom; y++) {
                for (let x = inside.left, at = y * this.width + x; x < inside.right; x++, at++) this.bytes[at] = valueAt(x, y, this.bytes[at]);
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
            return this.change(this.box, (x, y, grey) => 255 - grey);
        }

        // a, b: two opposite corners.
        rectangle(a, b, strength) {
            const grey = greyOf(strength);
            const box = boxAround([a, b].map(({x, y}) => ({x: Math.round(x), y: Math.round(y)})));
            return this.change(box, () => grey);
        }

        // The ellipse in the rectangle between two corners.
        ellipse(a, b, strength) {
            const grey = greyOf(strength);
            const [x0, y0, across, down] = [(a.x + b.x) / 2, (a.y + b.y) / 2, Math.abs(a.x - b.x) / 2, Math.abs(a.y - b.y) / 2];
            const isInside = (x, y) => ((x + 0.5 - x0) / across) ** 2 + ((y + 0.5 - y0) / down) ** 2 <= 1;
            return this.change(boxAround([a, b]), (x, y, old) => isInside(x, y) ? grey : old);
        }

        polygon(points, strength) {
            if (points.length < 3) return false;
            const grey = greyOf(strength), box = boxAround(points);
            const rows = new Map();
            for (let y = Math.max(box.top, 0); y < Math.min(box.bottom, this.height); y++) rows.set(y, spansInside(points, y));
            return this.change(box, (x, y, old) => rows.get(y).some(([left, right]) => left <= x && x < right) ? grey : old);
        }

        // From one strength at a point to another at a second; flat beyond them. Radial: around the first point.
        gradient(a, b, fromStrength, toStrength, {radial = false} = {}) {
            const dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
            if (square === 0) return false;
            const share = radial
                ? (x, y) => Math.sqrt(((x + 0.5 - a.x) ** 2 + (y + 0.5 - a.y) ** 2) / square)
                : (x, y) => ((x + 0.5 - a.x) * dx + (y + 0.5 - a.y) * dy) / square;
            return this.change(this.box, (x, y) => Math.round(255 * mix(fromStrength, toStrength, clamp(share(x, y), 0, 1))));
        }

        // Where the picture is like at this point, and connected to it. pixels: the picture's RGBA bytes at the map's size.
        flood(x, y, strength, {pixels, tolerance = 32}) {
            const column = Math.floor(x), row = Math.floor(y);
            if (column < 0 || row < 0 || column >= this.width || row >= this.height) return false;
            const first = row * this.width + column, grey = greyOf(strength);
            const mask = connected(this.width, this.height, first, likeAt(pixels, first, tolerance));
            return this.change(this.box, (x, y, old) => mask[y * this.width + x] ? grey : old);
        }

        // Another map, stretched to this one's size or to a new one.
        replace(other, {width = this.width, height = this.height} = {}) {
            const bytes = stretched(other, width, height);
            if (width === this.width && height === this.height) return this.change(this.box, (x, y) => bytes[y * width + x]);
            const step = new Exchange(this, {width, height, bytes});
            step.swap();
            return this.record(step);
        }

        stretch(width, height) {
            return this.replace(this, {width, height});
        }
    }

    Object.assign(diffdiff, {ByteMap});
})();
