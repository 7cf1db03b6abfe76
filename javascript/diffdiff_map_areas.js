// Which pixels lie in a polygon, and which are connected and alike.
(() => {
    const diffdiff = window.diffdiff ??= {};

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

    const greyLikeAt = (greys, a, tolerance) => (b) => Math.abs(greys[a] - greys[b]) <= 257 * tolerance;

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

    diffdiff.areas = {spansInside, likeAt, greyLikeAt, connected};
})();
