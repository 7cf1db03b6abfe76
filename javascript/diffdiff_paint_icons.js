// The painter's icons, drawn in the text's colour on a grid of 24.
(() => {
    const diffdiff = window.diffdiff ??= {};

    const SHAPES = {
        brush: '<path d="M20 4L10.5 13.5M14 4.5l5.5 5.5M10 13a3.5 3.5 0 0 0-4.5 3.2C5.3 18 4.5 19 3 19.5c2.5 1.2 8 1.2 8.7-2.7A3.6 3.6 0 0 0 10 13z"/>',
        eraser: '<path d="M8.5 19.5l-5-5a1.5 1.5 0 0 1 0-2.1l8.4-8.4a1.5 1.5 0 0 1 2.1 0l5.5 5.5a1.5 1.5 0 0 1 0 2.1L11.5 19.5zM7.5 8.5l7.5 7.5M7 19.5h13"/>',
        blur: '<path d="M12 3.5c3.5 4.2 6 7.3 6 10.5a6 6 0 0 1-12 0c0-3.2 2.5-6.3 6-10.5z"/><path d="M9 14.5a3 3 0 0 0 3 3"/>',
        gradient: '<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="M7 5.5v13M10 5.5v13M14 5.5v13" opacity=".55"/><path d="M7 5h-1.5a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2H7z" fill="currentColor"/>',
        radial: '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="5.2" opacity=".6"/><circle cx="12" cy="12" r="2" fill="currentColor"/>',
        rectangle: '<rect x="3.5" y="6" width="17" height="12" rx="1"/>',
        ellipse: '<ellipse cx="12" cy="12" rx="8.5" ry="6.5"/>',
        polygon: '<path d="M5 17.5L3.5 8.5l8-5 9 6.5-4 9.5z"/>',
        fill: '<path d="M10.5 3l8.5 8.5-7 7a1.5 1.5 0 0 1-2.1 0l-6.4-6.4a1.5 1.5 0 0 1 0-2.1l6-6M3.5 11.5H19M20.5 15c1 1.5 1.5 2.4 1.5 3.2a1.5 1.5 0 0 1-3 0c0-.8.5-1.7 1.5-3.2z"/>',
        undo: '<path d="M8 5L3.5 9.5 8 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-4"/>',
        redo: '<path d="M16 5l4.5 4.5L16 14M20 9.5H10a5.5 5.5 0 0 0 0 11h4"/>',
        invert: '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/>',
        clear: '<path d="M4 6.5h16M9.5 6V4h5v2M6 6.5l1 13.5h10l1-13.5M10 10.5v6M14 10.5v6"/>',
        heat: '<rect x="3" y="4" width="18" height="16" rx="2"/><path d="M3.5 17l5-5 4 4"/><circle cx="15" cy="11.5" r="4" fill="currentColor" opacity=".55"/>',
        map: '<rect x="3" y="4" width="18" height="16" rx="2" fill="currentColor"/><circle cx="12" cy="12" r="4.5" class="diffdiff-hole"/>',
        picture: '<rect x="3" y="4" width="18" height="16" rx="2"/><circle cx="8.5" cy="9.5" r="1.5"/><path d="M3.5 17l5-5 4 4 3-3 5 5"/>',
        fit: '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
        closer: '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21M7.5 10.5h6M10.5 7.5v6"/>',
        farther: '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21M7.5 10.5h6"/>',
        download: '<path d="M12 3.5v11.5M7 10.5l5 5 5-5M4 20h16"/>',
        help: '<circle cx="12" cy="12" r="9"/><path d="M9.3 9.5a2.8 2.8 0 1 1 4 2.5c-.9.5-1.3 1-1.3 2M12 17v.2"/>',
        swap: '<path d="M7 4L3.5 7.5 7 11M4 7.5h15M17 13l3.5 3.5L17 20M20 16.5H5"/>',
        close: '<path d="M6 6l12 12M18 6L6 18"/>',
    };

    diffdiff.icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true">${SHAPES[name]}</svg>`;
})();
