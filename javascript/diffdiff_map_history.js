// Undo and redo of a map by what changed: tiles, not whole pictures.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const LEAST_STEPS = 50;
    const MOST_STEPS = 200;
    const MOST_KEPT = 128 * 2 ** 20;
    const LONG = -128; // What stands before a step that no byte holds.

    const soon = window.requestIdleCallback ?? ((work) => setTimeout(() => work({timeRemaining: () => 8}), 200));

    // What a tile's neighbours to the left and above let expect: a plane through them.
    function planeAt(greys, at, x, width) {
        if (at < width) return x ? greys[at - 1] : 0;
        return x ? greys[at - 1] + greys[at - width] - greys[at - width - 1] : greys[at - width];
    }

    // Greys as bytes, each the step from what was expected, and after a 0 how many of them: a tenth of the room as a rule, and an undo can
    // wait for it. null where it takes more room.
    function packed(greys, width) {
        const bytes = new Int8Array(2 * greys.length);
        for (let at = 0, x = 0, to = 0, run = 0; ; at++, x = x + 1 < width ? x + 1 : 0) {
            if (at === greys.length) return bytes.slice(0, to);
            if (to > bytes.length - 3) return null;
            const step = (greys[at] - planeAt(greys, at, x, width)) << 16 >> 16;
            if (step) {
                run = 0;
                if (Math.abs(step) < 128) bytes[to++] = step;
                else [bytes[to], bytes[to + 1], bytes[to + 2]] = [LONG, step >> 8, step], to += 3;
            } else if (run && bytes[run] < 127) bytes[run]++;
            else {
                run = to + 1;
                bytes[run] = 1;
                to += 2;
            }
        }
    }

    function unpacked(bytes, length, width) {
        const greys = new Uint16Array(length);
        for (let from = 0, at = 0, x = 0; at < length;) {
            const mark = bytes[from++], step = mark === LONG ? bytes[from++] << 8 | bytes[from++] & 255 : mark;
            for (const end = at + (mark ? 1 : bytes[from++]); at < end; at++, x = x + 1 < width ? x + 1 : 0) greys[at] = planeAt(greys, at, x, width) + step;
        }
        return greys;
    }

    // One undoable change: the tiles that it touched, as they were. Swapping them with the map's undoes it, and does it again.
    class Step {
        constructor(map) {
            this.map = map;
            this.tiles = new Map();
        }

        keep(box) {
            for (const tile of diffdiff.boxes.tilesIn(box, this.map.width)) {
                if (!this.tiles.has(tile.index)) this.tiles.set(tile.index, this.copy(diffdiff.boxes.common(tile, this.map.box)));
            }
        }

        copy(box) {
            return {...box, greys: this.map.cut(box)};
        }

        forgetUnchanged() {
            for (const [index, tile] of this.tiles) if (this.isUnchanged(tile)) this.tiles.delete(index);
        }

        isUnchanged({left, top, right, bottom, greys}) {
            for (let y = top, i = 0; y < bottom; y++) {
                for (let at = y * this.map.width + left, end = at + right - left; at < end; at++) if (this.map.greys[at] !== greys[i++]) return false;
            }
            return true;
        }

        get size() {
            let sum = 0;
            for (const {greys, bytes} of this.tiles.values()) sum += (bytes ?? greys).byteLength;
            return sum;
        }

        // As far as there is time; whether all is packed.
        pack(clock) {
            for (const tile of this.tiles.values()) {
                if (tile.bytes !== undefined) continue;
                if (clock.timeRemaining() < 2) return false;
                tile.bytes = packed(tile.greys, tile.right - tile.left);
                if (tile.bytes) tile.greys = null;
            }
            return true;
        }

        swap() {
            for (const tile of this.tiles.values()) {
                const {left, top, right, bottom, bytes} = tile;
                const greys = tile.greys ?? unpacked(bytes, (right - left) * (bottom - top), right - left);
                Object.assign(tile, {greys: this.map.cut(tile), bytes: undefined});
                this.map.paste(tile, greys);
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
            return this.other.greys.byteLength;
        }

        swap() {
            const {width, height, greys} = this.map;
            this.map.become(this.other);
            this.other = {width, height, greys};
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
            this.packSoon();
            return true;
        }

        // When nobody waits for anything else.
        packSoon() {
            if (this.isAsked) return;
            this.isAsked = true;
            soon((clock) => {
                this.isAsked = false;
                const isPacked = [...this.done, ...this.undone].every((step) => step.pack?.(clock) ?? true);
                if (isPacked) this.forgetOldest();
                else this.packSoon();
            });
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
            if (step) this.packSoon();
            return step !== undefined;
        }

        takeBack(step) {
            if (!step || this.done.at(-1) !== step) return false;
            this.done.pop().swap();
            return true;
        }
    }

    Object.assign(diffdiff, {MapStep: Step, MapExchange: Exchange, MapHistory: History});
})();
