// The change map's field: choose, drop, paste or paint a map, see it and what it will do, clear it.
// The map itself is the text of the text box that `data-for` names; this field fills that text and shows it.
// A chosen file stays that text, byte by byte, until something is painted on it.
(() => {
    const diffdiff = window.diffdiff ??= {};
    const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/bmp', 'image/tiff', 'image/gif'];
    const ENDINGS = /\.(png|jpe?g|webp|bmp|tiff?|gif)$/i;
    const MAX_MIB = 64;
    const MAX_MEGAPIXELS = 89;
    const MISSING = 'missing:';
    // A slider is dragged before, and gradio 3 takes a choice or a tick no sooner.
    const SETTLED_BY_CHANGE = ['range', 'radio', 'checkbox'];

    // Why a file cannot be a map, in a sentence; '' where it can.
    function refusal(file) {
        if (!file) return diffdiff.t('That is not a file: save the picture, then drop or choose its file.');
        const {name, size} = file;
        // Some systems know no type for TIFF.
        const known = file.type ? TYPES.includes(file.type) : ENDINGS.test(name);
        if (!known) return diffdiff.t('{name} is not a PNG, JPEG, WebP, BMP, TIFF or GIF picture.', {name});
        if (!size) return diffdiff.t('{name} is an empty file.', {name});
        if (size > MAX_MIB * 1024 * 1024) return diffdiff.t('{name} is {size}; the limit for a change map is {limit} MiB.', {name, size: diffdiff.sizeInWords(size), limit: MAX_MIB});
        return '';
    }

    function sizeRefusal(name, size) {
        if (!size || size[0] * size[1] <= MAX_MEGAPIXELS * 1e6) return '';
        return diffdiff.t('{name} has {width} × {height} pixels; the limit for a change map is {limit} million.', {name, width: size[0], height: size[1], limit: MAX_MEGAPIXELS});
    }

    const blank = ({width, height}) => ({width, height, greys: new Uint16Array(width * height)});

    class MapField {
        text = '';
        name = '';
        version = 0; // Counts the texts, so that what was begun for an older one is dropped.
        reading = 0;
        stroke = 0;
        unsaved = false; // Whether the painter holds a stroke that the text does not have yet.
        drawn = false; // Whether the painter made the text, so that it shows it already.

        constructor(root) {
            this.root = root;
            this.drafts = new diffdiff.Drafts();
            this.mask = new diffdiff.Mask({onDeep: (file) => this.fillMask(file), onChange: () => this.askPreview()});
            this.build();
            this.listen();
            this.show('');
            this.follow();
        }

        build() {
            const {element} = diffdiff;
            this.offer = element('div', 'diffdiff-offer', {hidden: ''});
            this.canvas = element('div', 'diffdiff-painter-place');
            this.paint = element('details', 'diffdiff-paint', {open: '', hidden: ''}, element('summary', 'diffdiff-summary', {}, diffdiff.t('Paint the map')), this.canvas);
            this.row = new diffdiff.FileRow(() => this.chooser.click());
            this.clearButton = diffdiff.withIcon('cross', diffdiff.t('Clear the change map'), () => this.clear(), 'diffdiff-clear');
            this.note = element('div', 'diffdiff-note', {role: 'status'});
            this.hint = element('div', 'diffdiff-hint', {}, element('span', '', {}, this.root.dataset.help ?? ''), ' ', element('span', 'diffdiff-how', {}, diffdiff.t('With a picture in img2img, you can paint the map here.')));
            this.chooser = element('input', '', {type: 'file', accept: TYPES.join(','), hidden: '', tabindex: '-1', 'aria-hidden': 'true'});
            const preview = element('div', 'diffdiff-preview');
            const sources = element('details', 'diffdiff-sources');
            const file = element('div', 'diffdiff-file', {}, this.row.root, this.clearButton);
            this.root.replaceChildren(this.offer, this.paint, file, this.note, this.hint, preview, sources, this.chooser);
            this.preview = new diffdiff.Preview(preview, (strengths) => this.painter?.setStrengths(strengths));
            this.sources = new diffdiff.Sources(sources, this);
        }

        listen() {
            this.chooser.addEventListener('change', () => this.onChoose());
            this.root.addEventListener('dragover', (event) => this.onDrag(event));
            this.root.addEventListener('dragleave', (event) => this.onDragLeave(event));
            this.root.addEventListener('drop', (event) => this.onDrop(event));
            // The host's own listener on the window gives every pasted picture to a component of its own.
            window.addEventListener('paste', (event) => this.onPaste(event), true);
            window.addEventListener('click', (event) => this.onClick(event), true);
            for (const kind of ['pointerdown', 'pointerup', 'pointercancel']) window.addEventListener(kind, (event) => this.onPointer(event), true);
            for (const kind of ['change', 'input']) document.addEventListener(kind, (event) => this.onSetting(event));
            new ResizeObserver(() => this.wake()).observe(this.root); // The accordion opens, or its tab.
            diffdiff.host.watchPicture(() => this.onPicture());
        }

        // ---- the file -------------------------------------------------------------------------------------------------

        onChoose() {
            if (this.chooser.files.length) this.take(this.chooser.files[0]);
            this.chooser.value = ''; // So that the same file can be chosen again.
        }

        onDrag(event) {
            event.preventDefault();
            event.stopPropagation();
            if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
            this.root.classList.add('diffdiff-over');
        }

        onDragLeave(event) {
            if (!this.root.contains(event.relatedTarget)) this.root.classList.remove('diffdiff-over');
        }

        onDrop(event) {
            event.preventDefault();
            event.stopPropagation();
            this.root.classList.remove('diffdiff-over');
            this.take(event.dataTransfer?.files[0]);
        }

        onPaste(event) {
            const picture = [...event.clipboardData?.files ?? []].find((file) => file.type.startsWith('image/'));
            if (!picture || !this.root.matches(':hover, :focus-within')) return;
            event.preventDefault();
            event.stopPropagation();
            this.take(picture);
        }

        take(file) {
            const sentence = refusal(file);
            if (sentence) return this.warn(sentence);
            const turn = ++this.reading;
            const reader = new FileReader();
            reader.onload = async () => {
                const tooLarge = sizeRefusal(file.name, await diffdiff.naturalSize(file));
                if (turn !== this.reading) return;
                if (tooLarge) this.warn(tooLarge);
                else this.fill(reader.result, {file});
            };
            reader.onerror = () => turn === this.reading && this.warn(diffdiff.t('{name} cannot be read.', {name: file.name}));
            reader.readAsDataURL(file);
        }

        clear() {
            this.reading++;
            this.fill('');
            if (this.painter) this.load(blank(this.painter.map));
            this.row.root.focus();
        }

        // ---- the text -------------------------------------------------------------------------------------------------

        textBox(name = 'for') {
            const id = CSS.escape(this.root.dataset[name] ?? '');
            return gradioApp().querySelector(`#${id} textarea, #${id} input`);
        }

        write(box, text) {
            box.value = text;
            box.dispatchEvent(new Event('input', {bubbles: true}));
        }

        fillMask(text) {
            const box = this.textBox('mask');
            if (box) this.write(box, text);
            this.askPreview();
        }

        fill(text, shown = {}) {
            const box = this.textBox();
            if (!box) return this.warn(diffdiff.t('The text box of the change map is missing from this page.'));
            this.write(box, text);
            this.show(text, shown);
            if (this.text) this.drafts.save(this.text, this.name);
        }

        // Python fills the text box without an event.
        follow() {
            const box = this.textBox();
            if (!box || box.value === this.text) return;
            this.reading++;
            this.show(box.value);
        }

        // drawn: whether the painter shows this text's map already.
        show(text, {file = null, name = '', note = '', drawn = false} = {}) {
            this.text = text;
            this.version++;
            this.unsaved = false;
            this.drawn = drawn;
            this.name = file?.name || name || diffdiff.t('Change map');
            const empty = text.trim() === '';
            const missing = text.startsWith(MISSING);
            const shown = empty || missing ? null : file ?? diffdiff.fileIn(text);
            this.root.classList.toggle('diffdiff-filled', shown !== null);
            this.clearButton.hidden = empty;
            if (!empty) this.offer.hidden = true;
            this.row.show(shown, this.name);
            if (missing) this.warn(diffdiff.t('The map {name} named in these parameters was not found: choose its file again.', {name: text.slice(MISSING.length)}));
            else this.warn(empty || shown ? note : diffdiff.t('The change map is not a picture: choose its file again.'));
            this.isMap = shown !== null;
            if (!drawn) this.sources.showChannels([]);
            this.arrange();
            this.askPreview();
            this.readFile();
        }

        warn(sentence) {
            this.note.textContent = sentence ?? '';
            this.root.classList.toggle('diffdiff-warning', Boolean(sentence));
        }

        // ---- the painter ----------------------------------------------------------------------------------------------

        isVisible() {
            return this.root.getClientRects().length > 0;
        }

        // Nothing is drawn or asked as long as nobody sees it.
        wake() {
            const slept = !this.awake;
            this.awake = this.isVisible();
            if (!this.awake || !slept) return;
            this.arrange();
            this.followPicture();
            this.offerDraft();
            this.sources.refresh();
            this.askPreview();
        }

        arrange() {
            this.paint.hidden = !(diffdiff.Painter && (this.picture || this.isMap));
            if (this.paint.hidden || this.painter || !this.awake) return;
            this.painter = new diffdiff.Painter(this.canvas, {onChange: () => this.onPainted()});
            this.setPicture(null, this.imageSize());
        }

        // What the painter is given is no stroke.
        quietly(work) {
            this.quiet = true;
            work();
            this.quiet = false;
        }

        load({greys, width, height}) {
            this.quietly(() => this.painter.load(greys, width, height, {undoable: true}));
        }

        // A picture that was taken away leaves its size: the map stays as it is.
        imageSize() {
            if (this.picture) this.size = [this.picture.naturalWidth, this.picture.naturalHeight];
            return this.size ?? diffdiff.host.situation([512, 512]).size;
        }

        onPicture() {
            this.sources.arrange();
            this.mask.followUpload();
            this.followPicture();
        }

        async followPicture() {
            if (!this.awake) return;
            const picture = diffdiff.host.picture();
            const source = picture?.getAttribute('src') ?? null;
            if (picture === this.picture && source === this.source) return;
            Object.assign(this, {picture, source});
            const bitmap = picture && await createImageBitmap(picture).catch(() => null);
            if (source !== this.source) return bitmap?.close();
            this.arrange();
            if (this.painter) this.setPicture(bitmap, this.imageSize());
            this.askPreview();
        }

        setPicture(bitmap, [width, height]) {
            const {width: before, height: above} = this.painter.map;
            this.quietly(() => this.painter.setPicture(bitmap, width, height));
            const resized = before !== this.painter.map.width || above !== this.painter.map.height;
            if (!this.drawn) this.readFile();
            else if (resized && this.text) this.onPainted({note: diffdiff.t('The picture has a new size, and the map was stretched to it. Undo restores the map.')});
        }

        // The PNG is made beside the page's own work; whatever came meanwhile is newer.
        async onPainted(words = {}) {
            if (this.quiet) return;
            this.unsaved = true;
            const stroke = ++this.stroke;
            const {version} = this;
            const text = await this.painter.toPNG();
            if (stroke === this.stroke && version === this.version) this.fillPainted(text, words);
        }

        // What is painted is grey: only of a file another channel can be the map.
        fillPainted(text, words = {}) {
            this.chooseChannel('auto');
            this.fill(text, {name: diffdiff.t('Painted map'), ...words, drawn: true});
        }

        // Generate, or any other button of the page, takes the text as it is at the click.
        onClick(event) {
            const button = this.unsaved && event.target.closest?.('button');
            if (!button || this.root.contains(button) || button.closest('.diffdiff-hidden')) return; // Ours wait for the PNG.
            this.fillPainted(diffdiff.pngNow(this.painter.map));
        }

        // ---- what the sources need ------------------------------------------------------------------------------------

        ask(kind, request) {
            return diffdiff.ask(kind, {...request, image: this.imageSize()}, this.root);
        }

        map() {
            const {width, height, greys} = this.painter?.map ?? blank({width: 1, height: 1});
            return {width, height, greys: greys.slice()};
        }

        showMap(map) {
            if (this.painter) this.load(map);
        }

        stepBack() {
            this.quietly(() => this.painter?.undo());
        }

        async takeMap(map, name) {
            if (!this.painter) return this.fill(diffdiff.pngNow(map), {name});
            this.load(map);
            await this.onPainted({name});
        }

        async takeAnswer(answer, name) {
            if (!answer) return;
            if (!answer.ok) return this.warn(answer.sentence);
            const map = await diffdiff.mapIn(answer);
            if (map) await this.takeMap(map, name);
        }

        // channel: what of the file is the map; without it, what the setting says.
        takeText(text, name, channel = '') {
            if (channel) this.chooseChannel(channel);
            this.fill(text, {name});
        }

        channels() {
            return [...gradioApp().querySelectorAll(`#${CSS.escape(this.root.dataset.channel ?? '')} input[type=radio]`)];
        }

        chooseChannel(name) {
            const radio = this.channels().find(({value}) => value === name);
            if (radio && !radio.checked) radio.click();
        }

        // The painter shows what Python reads in the file; the text stays the file. A stroke before that would paint on nothing.
        async readFile() {
            this.canvas.inert = this.isMap && !this.drawn && Boolean(this.painter);
            if (!this.canvas.inert) return;
            const {version} = this;
            const answer = await this.ask('read', {channel: 'auto'});
            const map = answer?.ok ? await diffdiff.mapIn(answer) : null;
            if (version !== this.version) return;
            this.canvas.inert = false;
            if (answer && !answer.ok) return this.refuse(answer.sentence);
            if (!map) return;
            this.load(map);
            this.sources.showChannels(answer.channels ?? [], this.text, this.name);
        }

        // ---- what will happen -----------------------------------------------------------------------------------------

        // While a slider is dragged nothing is asked; it tells when it is let go.
        onPointer(event) {
            this.isDragging = event.type === 'pointerdown' && event.target.type === 'range';
        }

        onSetting(event) {
            if (event.type === 'input' && SETTLED_BY_CHANGE.includes(event.target.type)) return;
            if (this.channels().includes(event.target)) queueMicrotask(() => this.readFile());
            if (!this.root.contains(event.target)) queueMicrotask(() => this.askPreview());
        }

        settings() {
            const controls = this.accordion().querySelectorAll('input');
            return [...controls].filter((control) => !this.root.contains(control) && !control.closest('.diffdiff-hidden'))
                .map((control) => control.type === 'checkbox' || control.type === 'radio' ? control.checked : control.value);
        }

        accordion() {
            return this.root.closest('.input-accordion') ?? this.root.parentElement;
        }

        async askPreview() {
            if (!this.awake || !this.isVisible() || this.unsaved || this.isDragging) return;
            const mask = this.mask.ofRun();
            if (!this.isMap && !mask) return this.forgetPreview();
            const situation = {...diffdiff.host.situation(this.imageSize()), mask};
            const key = JSON.stringify([this.version, situation, this.settings()]);
            if (key === this.previewed) return;
            this.previewed = key;
            const answer = await diffdiff.ask('preview', situation, this.root);
            if (answer && key === this.previewed) this.preview.show(answer);
        }

        // What cannot be read is said once, in the field's own note.
        refuse(sentence) {
            this.warn(sentence);
            if (this.preview.latest?.sentence === sentence) this.preview.show(null);
        }

        forgetPreview() {
            this.previewed = null;
            this.preview.show(null);
        }

        // ---- the last map ---------------------------------------------------------------------------------------------

        async offerDraft() {
            if (this.offered || this.text) return;
            this.offered = true;
            const [draft] = await this.drafts.others();
            if (!draft || this.text) return;
            const bring = () => this.takeText(draft.text, draft.name);
            const close = () => { this.offer.hidden = true; };
            this.offer.replaceChildren(diffdiff.thumb(diffdiff.asDataUrl(draft.text), diffdiff.t('Bring back the last map'), bring),
                diffdiff.button(diffdiff.t('Bring back the last map'), bring), diffdiff.withIcon('cross', diffdiff.t('Not now'), close, 'diffdiff-clear'));
            this.offer.hidden = false;
        }
    }

    onUiLoaded(() => {
        const fields = [...gradioApp().querySelectorAll('.diffdiff-map')].map((root) => new MapField(root));
        onAfterUiUpdate(() => fields.forEach((field) => {
            field.follow();
            field.onPicture();
            field.sources.noticeResult();
            field.askPreview();
        }));
    });
})();
