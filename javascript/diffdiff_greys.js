// The greys of a PNG, read byte by byte: a canvas read back may be altered by a browser that guards against fingerprinting,
// and a black pixel that became a 1 would no longer be kept.
(() => {
    const diffdiff = window.diffdiff ??= {};
    const START = 8; // After the signature.

    function chunksIn(bytes) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const chunks = [];
        for (let at = START; at + 12 <= bytes.length;) {
            const length = view.getUint32(at);
            chunks.push({name: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), data: bytes.subarray(at + 8, at + 8 + length)});
            at += length + 12;
        }
        return chunks;
    }

    async function inflated(parts) {
        const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate'));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    }

    function paeth(left, above, corner) {
        const byLeft = Math.abs(above - corner), byAbove = Math.abs(left - corner), byCorner = Math.abs(left + above - 2 * corner);
        if (byLeft <= byAbove && byLeft <= byCorner) return left;
        return byAbove <= byCorner ? above : corner;
    }

    // What a row's filter adds to each of its bytes: by the number that stands before the row.
    const FILTERS = [
        () => 0,
        (left) => left,
        (left, above) => above,
        (left, above) => (left + above) >> 1,
        paeth,
    ];

    function unfiltered(rows, width, height) {
        const bytes = new Uint8Array(width * height);
        for (let y = 0; y < height; y++) {
            const filter = FILTERS[rows[y * (width + 1)]];
            const to = y * width, from = y * (width + 1) + 1;
            for (let x = 0; x < width; x++) {
                const left = x ? bytes[to + x - 1] : 0, above = y ? bytes[to + x - width] : 0, corner = x && y ? bytes[to + x - width - 1] : 0;
                bytes[to + x] = rows[from + x] + filter(left, above, corner);
            }
        }
        return bytes;
    }

    // Python writes 8-bit greys, not interlaced; null for any other picture.
    async function greysOfPng(file) {
        const chunks = chunksIn(file);
        const header = chunks[0]?.name === 'IHDR' ? chunks[0].data : [];
        if (header[8] !== 8 || header[9] !== 0 || header[12] !== 0) return null;
        const [width, height] = [0, 4].map((at) => new DataView(header.buffer, header.byteOffset).getUint32(at));
        const rows = await inflated(chunks.filter(({name}) => name === 'IDAT').map(({data}) => data)).catch(() => []);
        return rows.length === (width + 1) * height ? {width, height, bytes: unfiltered(rows, width, height)} : null;
    }

    async function greysOfPicture(file) {
        const bitmap = await createImageBitmap(file, {colorSpaceConversion: 'none'}).catch(() => null);
        if (!bitmap) return null;
        const {width, height} = bitmap;
        return {width, height, bytes: diffdiff.channelOf(bitmap, width, height, 0)};
    }

    // The greys of a grey picture in a data URL: {width, height, bytes}; null where the browser cannot read it.
    diffdiff.greysOf = async (dataUrl) => {
        const file = diffdiff.fileIn(dataUrl ?? '');
        if (!file) return null;
        return await greysOfPng(new Uint8Array(await file.arrayBuffer())) ?? await greysOfPicture(file);
    };
})();
