// Zones: the colours of a flat picture, each with a strength of its own.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const luma = ([red, green, blue]) => (0.299 * red + 0.587 * green + 0.114 * blue) / 255;

    // The zone of every pixel of a map, the labels stretched to its size without mixing them.
    function labelsFor({labels, width, height}, map) {
        if (width === map.width && height === map.height) return labels;
        const made = new Uint8Array(map.width * map.height);
        for (let y = 0; y < map.height; y++) {
            const row = Math.floor((y + 0.5) * height / map.height) * width;
            for (let x = 0; x < map.width; x++) made[y * map.width + x] = labels[row + Math.floor((x + 0.5) * width / map.width)];
        }
        return made;
    }

    function differ(a, b) {
        for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return true;
        return false;
    }

    class Zones {
        constructor(root, field) {
            this.root = root;
            this.field = field;
            this.close();
        }

        close() {
            this.root.hidden = true;
            this.labels = null;
            this.before = null;
            this.hasMoved = false;
            this.root.replaceChildren();
        }

        async find(file, name) {
            const answer = await this.field.ask('zones', {file});
            if (!answer) return;
            if (!answer.ok) return this.field.warn(answer.sentence);
            const labels = await diffdiff.labelsIn(answer);
            if (labels && answer.zones.length) this.open(answer.zones, labels, name);
        }

        open(zones, labels, name) {
            this.labels = labels;
            this.name = name;
            this.strengths = zones.map(({colour}) => Math.round(100 * luma(colour)) / 100);
            const head = diffdiff.element('div', 'diffdiff-zones-head', {}, diffdiff.t('{count} zones: set the strength of each', {count: zones.length}),
                diffdiff.withIcon('cross', diffdiff.t('Close the zones'), () => this.close(), 'diffdiff-clear'));
            this.root.replaceChildren(head, ...zones.map((zone, at) => this.row(zone, at)));
            this.root.hidden = false;
            this.field.takeMap(this.repainted(this.field.map()), this.name);
        }

        row({colour, share}, at) {
            const words = diffdiff.t('Strength of zone {zone}, {share} % of the picture', {zone: at + 1, share: diffdiff.percent(share)});
            const slider = diffdiff.element('input', '', {type: 'range', min: 0, max: 1, step: 0.01, 'aria-label': words, title: words});
            const number = diffdiff.element('output', '');
            slider.value = this.strengths[at];
            number.textContent = this.strengths[at].toFixed(2);
            slider.addEventListener('input', () => {
                number.textContent = Number(slider.value).toFixed(2);
                this.drag(at, Number(slider.value));
            });
            slider.addEventListener('change', () => this.drop());
            const swatch = diffdiff.element('span', 'diffdiff-swatch', {style: `background: rgb(${colour.map(Number)})`});
            const part = diffdiff.element('span', 'diffdiff-share', {}, `${diffdiff.percent(share)} %`);
            return diffdiff.element('label', 'diffdiff-zone', {}, swatch, part, slider, number);
        }

        // A map with every zone, or only this one, at its strength; elsewhere it stays as painted.
        repainted({width, height, greys}, only = null) {
            const labels = labelsFor(this.labels, {width, height});
            const ofZone = this.strengths.map(diffdiff.greyOf);
            const painted = greys.slice();
            for (let i = 0; i < painted.length; i++) {
                if (only === null || labels[i] === only) painted[i] = ofZone[labels[i]] ?? painted[i];
            }
            return {width, height, greys: painted};
        }

        // A drag is one step of undo: each of its moves takes the place of the one before.
        drag(at, strength) {
            if (this.hasMoved) this.field.stepBack();
            this.before ??= this.field.map();
            this.strengths[at] = strength;
            const map = this.repainted(this.before, at);
            this.hasMoved = differ(map.greys, this.before.greys); // The painter makes no step of what changes nothing.
            this.field.showMap(map);
        }

        drop() {
            if (!this.before) return;
            this.before = null;
            this.hasMoved = false;
            this.field.onPainted({name: this.name});
        }
    }

    diffdiff.Zones = Zones;
})();
