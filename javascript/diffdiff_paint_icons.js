// The painter's icons but the tools' own, drawn in the text's colour on a grid of 24.
(() => {
const diffdiff = window.diffdiff ??= {};

const SHAPES = {
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
	effect: '<rect x="3" y="4" width="18" height="16" rx="2"/><path d="M9 4v16M15 4v16M3 9.5h18M3 15h18" opacity=".6"/><path d="M9 9.5h6V15H9z" fill="currentColor"/>',
	result: '<rect x="3" y="4" width="18" height="16" rx="2"/><path d="M12 2v20M15 9l3 3-3 3M9 9l-3 3 3 3"/>',
	strip: '<rect x="3" y="6" width="18" height="12" rx="1.5"/><path d="M7.5 6v12M12 6v12M16.5 6v12"/>',
	full: '<path d="M14 4h6v6M10 20H4v-6M20 4l-7 7M4 20l7-7"/>',
	straight: '<path d="M5 19L19 5"/><circle cx="5" cy="19" r="2"/><circle cx="19" cy="5" r="2"/>',
	pick: '<path d="M4 20l1-4 8.5-8.5 3 3L8 19zM12.5 5.5l6 6M15 8l2.5-3.5a2 2 0 0 1 2.8 2.8L17 10"/>',
	close: '<path d="M6 6l12 12M18 6L6 18"/>',
};

diffdiff.paintIcons = SHAPES;
})();
