// A PNG of 8-bit greys, written byte by byte: a canvas read back may be altered by a browser that guards against fingerprinting.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
    const UP = 2;

    const CRCS = Uint32Array.from({length: 256}, (_, byte) => {
        let crc = byte;
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
        return crc;
    });

    function crcOf(bytes) {
        let crc = 0xffffffff;
        for (const byte of bytes) crc = CRCS[(crc ^ byte) & 255] ^ (crc >>> 8);
        return ~crc >>> 0;
    }

    function chunk(name, data) {
        const made = new Uint8Array(data.length + 12);
        const view = new DataView(made.buffer);
        view.setUint32(0, data.length);
        for (let i = 0; i < 4; i++) made[4 + i] = name.charCodeAt(i);
        made.set(data, 8);
        view.setUint32(8 + data.length, crcOf(made.subarray(4, 8 + data.length)));
        return made;
    }

    function header(width, height) {
        const data = new Uint8Array(13);
        const view = new DataView(data.buffer);
        view.setUint32(0, width);
        view.setUint32(4, height);
        data.set([8, 0, 0, 0, 0], 8); // 8 bits, grey, and the only compression, filter and order that most readers know.
        return data;
    }

    // Each row as its difference from the row above: flat areas and gradients become runs.
    function rows({width, height, bytes}) {
        const made = new Uint8Array((width + 1) * height);
        for (let y = 0; y < height; y++) {
            const to = y * (width + 1), from = y * width;
            made[to] = UP;
            for (let x = 0; x < width; x++) made[to + 1 + x] = bytes[from + x] - (y ? bytes[from - width + x] : 0);
        }
        return made;
    }

    async function deflated(bytes) {
        const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    }

    async function greyPNG(map) {
        const data = await deflated(rows(map));
        const parts = [new Uint8Array(SIGNATURE), chunk('IHDR', header(map.width, map.height)), chunk('IDAT', data), chunk('IEND', new Uint8Array(0))];
        return new Blob(parts, {type: 'image/png'});
    }

    function dataURL(blob) {
        return new Promise((resolve, reject) => {
            const reader = new FileReader();
            reader.onload = () => resolve(reader.result);
            reader.onerror = () => reject(reader.error);
            reader.readAsDataURL(blob);
        });
    }

    Object.assign(diffdiff, {greyPNG, dataURL});
})();
