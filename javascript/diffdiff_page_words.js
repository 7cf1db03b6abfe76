// The words that a person reads, in the language that the host was given.
(() => {
    const diffdiff = window.diffdiff ??= {};

    // The template in the host's language, with values put for its {names}; an unknown name stays as it is.
    diffdiff.t = (template, values = {}) => {
        const known = window.localization ?? {};
        const words = Object.hasOwn(known, template) && known[template] || template;
        return words.replace(/\{(\w+)\}/g, (whole, name) => Object.hasOwn(values, name) ? String(values[name]) : whole);
    };
})();
