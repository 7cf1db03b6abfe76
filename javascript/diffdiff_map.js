// The change map's field: choose, drop or paste a picture file, see it, clear it.
// The map itself is the text of the text box that `data-for` names; this field fills that text and shows it.
(() => {
    const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/bmp', 'image/tiff', 'image/gif'];
    const ENDINGS = /\.(png|jpe?g|webp|bmp|tiff?|gif)$/i;
    const MAX_MIB = 64;
    const MISSING = 'missing:';
    const UNNAMED = 'Change map';
    const EMPTY = 'Choose, drop or paste a change map';
    const ICON = '<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="4" width="18" height="16" rx="2"/>'
        + '<circle cx="8.5" cy="9.5" r="1.5"/><path d="M3 17l5-5 4 4 3-3 6 6"/></svg>';
    const CROSS = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 5l14 14M19 5L5 19"/></svg>';

    function element(tag, className, attributes = {}) {
        const made = document.createElement(tag);
        made.className = className;
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        return made;
    }

    function sizeInWords(bytes) {
        if (bytes < 1024) return `${bytes} B`;
        const kib = bytes / 1024;
        return kib < 1024 ? `${Math.round(kib)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
    }

    // Why a file cannot be a map, in a sentence; '' where it can.
    function refusal(file) {
        if (!file) return 'That is no file: save the picture and drop or choose its file.';
        // Some systems know no type for TIFF.
        const known = file.type ? TYPES.includes(file.type) : ENDINGS.test(file.name);
        if (!known) return `${file.name} is not a PNG, JPEG, WebP, BMP, TIFF or GIF picture.`;
        if (!file.size) return `${file.name} is an empty file.`;
        if (file.size > MAX_MIB * 1024 * 1024) return `${file.name} has ${sizeInWords(file.size)}; a change map may have at most ${MAX_MIB} MiB.`;
        return '';
    }

    // The picture file that a text of the text box holds; null where it holds none. Never an address: nothing is fetched.
    function fileIn(text) {
        try {
            const binary = atob(text.slice(text.indexOf(',') + 1));
            const bytes = new Uint8Array(binary.length);
            for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i); // Uint8Array.from takes 25 times as long.
            return new Blob([bytes]);
        } catch {
            return null;
        }
    }

    class MapField {
        constructor(root) {
            this.root = root;
            this.text = '';
            this.reader = null;
            this.build();
            this.listen();
            this.follow();
        }

        build() {
            this.area = element('div', 'diffdiff-area', {role: 'button', tabindex: '0'});
            this.frame = element('div', 'diffdiff-frame');
            this.name = element('div', 'diffdiff-name');
            this.size = element('div', 'diffdiff-size');
            const words = element('div', 'diffdiff-words');
            words.append(this.name, this.size);
            this.area.append(this.frame, words);
            this.clearButton = element('button', 'diffdiff-clear', {type: 'button', title: 'Clear', 'aria-label': 'Clear the change map'});
            this.clearButton.innerHTML = CROSS;
            this.note = element('div', 'diffdiff-note', {role: 'status'});
            const hint = element('div', 'diffdiff-hint');
            hint.textContent = this.root.dataset.help ?? '';
            this.chooser = element('input', '', {type: 'file', accept: TYPES.join(','), hidden: '', tabindex: '-1', 'aria-hidden': 'true'});
            this.root.replaceChildren(this.area, this.clearButton, this.note, hint, this.chooser);
            this.show('');
        }

        listen() {
            this.area.addEventListener('click', () => this.chooser.click());
            this.area.addEventListener('keydown', (event) => this.onKey(event));
            this.clearButton.addEventListener('click', () => this.clear());
            this.chooser.addEventListener('change', () => this.onChoose());
            this.root.addEventListener('dragover', (event) => this.onDrag(event));
            this.root.addEventListener('dragleave', (event) => this.onDragLeave(event));
            this.root.addEventListener('drop', (event) => this.onDrop(event));
            // The host's own listener on the window gives every pasted picture to a component of its own.
            window.addEventListener('paste', (event) => this.onPaste(event), true);
        }

        onKey(event) {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            if (event.ctrlKey || event.altKey || event.metaKey) return; // The host's shortcuts.
            event.preventDefault();
            this.chooser.click();
        }

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

        textBox() {
            const id = CSS.escape(this.root.dataset.for ?? '');
            return gradioApp().querySelector(`#${id} textarea, #${id} input`);
        }

        take(file) {
            const sentence = refusal(file);
            if (sentence) return this.warn(sentence);
            const reader = this.reader = new FileReader();
            reader.onload = () => this.reader === reader && this.fill(reader.result, file);
            reader.onerror = () => this.reader === reader && this.warn(`${file.name} cannot be read: ${reader.error?.message}`);
            reader.readAsDataURL(file);
        }

        clear() {
            this.fill('');
            this.area.focus();
        }

        fill(text, file) {
            const box = this.textBox();
            if (!box) return this.warn('The text box of the change map is not in this page.');
            box.value = text;
            box.dispatchEvent(new Event('input', {bubbles: true}));
            this.show(text, file);
        }

        // Python fills the text box without an event.
        follow() {
            const box = this.textBox();
            if (box && box.value !== this.text) this.show(box.value);
        }

        show(text, file) {
            this.text = text;
            this.reader = null;
            const empty = text.trim() === '';
            const missing = text.startsWith(MISSING);
            const shown = empty || missing ? null : file ?? fileIn(text);
            this.root.classList.toggle('diffdiff-filled', shown !== null);
            this.clearButton.hidden = empty;
            this.describe(shown);
            this.preview(shown);
            if (missing) this.warn(`The map ${text.slice(MISSING.length)} of these parameters is not here: choose its file again.`);
            else this.warn(empty || shown ? '' : 'The change map is not a picture: choose its file again.');
        }

        describe(file) {
            this.name.textContent = file ? file.name || UNNAMED : EMPTY;
            this.name.title = this.name.textContent;
            this.size.textContent = file ? sizeInWords(file.size) : 'PNG, JPEG, WebP, BMP, TIFF or GIF';
            this.area.setAttribute('aria-label', file ? `Change map: ${this.name.textContent}. Choose another` : EMPTY);
        }

        // The icon stays where the browser cannot draw the file, as with TIFF.
        preview(file) {
            this.frame.innerHTML = ICON;
            this.picture = null;
            if (!file) return;
            const picture = this.picture = new Image();
            const address = URL.createObjectURL(file);
            picture.alt = '';
            picture.onload = () => {
                URL.revokeObjectURL(address);
                if (this.picture !== picture) return;
                this.frame.replaceChildren(picture);
                this.size.textContent = `${picture.naturalWidth} × ${picture.naturalHeight} · ${sizeInWords(file.size)}`;
            };
            picture.onerror = () => URL.revokeObjectURL(address);
            picture.src = address;
        }

        warn(sentence) {
            this.note.textContent = sentence;
            this.root.classList.toggle('diffdiff-warning', sentence !== '');
        }
    }

    onUiLoaded(() => {
        const fields = [...gradioApp().querySelectorAll('.diffdiff-map')].map((root) => new MapField(root));
        onAfterUiUpdate(() => fields.forEach((field) => field.follow()));
    });
})();
