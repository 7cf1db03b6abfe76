// The words that a person reads, in the language that the host was given.
(() => {
const diffdiff = window.diffdiff ??= {};

// A text of Python's, which is none of this page's templates.
diffdiff.translated = (text) => {
	const known = window.localization ?? {};
	return Object.hasOwn(known, text) && known[text] || text;
};

// The template in the host's language, with values put for its {names}; an unknown name stays as it is.
diffdiff.t = (template, values = {}) =>
	diffdiff.translated(template).replace(/\{(\w+)\}/g, (whole, name) => Object.hasOwn(values, name) ? String(values[name]) : whole);
})();
