// The host's JavaScript that extensions use.
const callbacks = {update: [], afterUpdate: [], loaded: []};
const onUiUpdate = (callback) => callbacks.update.push(callback);
const onAfterUiUpdate = (callback) => callbacks.afterUpdate.push(callback);
const onUiLoaded = (callback) => callbacks.loaded.push(callback);

function gradioApp() {
    const app = document.querySelector('gradio-app') ?? document;
    if (app !== document) app.getElementById = (id) => document.getElementById(id);
    return app.shadowRoot ?? app;
}

// A component hears only an event that names its own element as the target.
function updateInput(element) {
    const event = new Event('input', {bubbles: true});
    Object.defineProperty(event, 'target', {value: element});
    element.dispatchEvent(event);
}

function callAll(queue, ...given) {
    for (const callback of queue) {
        try {
            callback(...given);
        } catch (error) {
            console.error('error running callback', callback, ':', error);
        }
    }
}

document.addEventListener('DOMContentLoaded', () => {
    let loaded = false;
    let soon = null;
    new MutationObserver((changes) => {
        if (!loaded && gradioApp().querySelector('#img2img_prompt')) {
            loaded = true;
            callAll(callbacks.loaded);
        }
        callAll(callbacks.update, changes);
        clearTimeout(soon);
        soon = setTimeout(() => callAll(callbacks.afterUpdate), 200);
    }).observe(gradioApp(), {childList: true, subtree: true});
});

// An accordion with a tick box in its label: opening ticks, ticking opens, until the box itself was clicked; then each goes alone.
function inputAccordionChecked(id, checked) {
    const box = gradioApp().querySelector(`#${id}-visible-checkbox`);
    if (box && box.checked !== checked) box.take(checked);
}

function addTickBox(accordion) {
    const label = accordion.querySelector('.label-wrap');
    const hidden = gradioApp().querySelector(`#${accordion.id}-checkbox input`);
    const box = Object.assign(document.createElement('input'), {type: 'checkbox', id: `${accordion.id}-visible-checkbox`, className: `${hidden.className} input-accordion-checkbox`});
    const isOpen = () => label.classList.contains('open');
    let linked = true;
    box.checked = isOpen();
    box.take = (checked) => {
        box.checked = checked;
        if (linked && isOpen() !== checked) label.click();
        hidden.checked = checked;
        updateInput(hidden);
    };
    box.addEventListener('click', (event) => {
        linked = false;
        event.stopPropagation();
    });
    box.addEventListener('input', () => box.take(box.checked));
    new MutationObserver(() => linked && box.checked !== isOpen() && box.take(isOpen())).observe(label, {attributes: true, attributeFilter: ['class']});
    label.querySelector('span').prepend(box);
}

onUiLoaded(() => gradioApp().querySelectorAll('.input-accordion').forEach(addTickBox));

// Translates whole text nodes, titles and placeholders.
function translate(node) {
    if (node.nodeType === Node.TEXT_NODE) {
        const words = window.localization[node.textContent.trim()];
        if (words !== undefined && !['SCRIPT', 'STYLE', 'TEXTAREA'].includes(node.parentElement?.nodeName)) node.textContent = words;
        return;
    }
    for (const name of ['title', 'placeholder']) {
        if (node[name] && window.localization[node[name]] !== undefined) node[name] = window.localization[node[name]];
    }
    node.childNodes.forEach(translate);
}

document.addEventListener('DOMContentLoaded', () => {
    if (!Object.keys(window.localization).length) return;
    onUiUpdate((changes) => changes.forEach(({addedNodes}) => addedNodes.forEach(translate)));
    translate(gradioApp());
});

// A drawing on gradio 4: the picture and the strokes go as one text into a hidden text box.
function makeCanvas(root) {
    const [chooser, image, canvas] = root.querySelectorAll('input, img, canvas');
    const context = canvas.getContext('2d');
    const write = () => {
        const box = gradioApp().querySelector(`#${root.closest('[id]').id}_drawing textarea`);
        box.value = JSON.stringify({image: image.src, mask: canvas.toDataURL()});
        updateInput(box);
    };
    chooser.addEventListener('change', () => {
        const reader = new FileReader();
        reader.onload = () => { image.src = reader.result; };
        reader.readAsDataURL(chooser.files[0]);
    });
    image.addEventListener('load', () => {
        [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
        write();
    });
    canvas.addEventListener('pointermove', (event) => {
        if (!event.buttons) return;
        const scale = canvas.width / canvas.clientWidth;
        context.beginPath();
        context.arc(event.offsetX * scale, event.offsetY * scale, 12, 0, 7);
        context.fill();
    });
    canvas.addEventListener('pointerup', write);
}

onUiLoaded(() => gradioApp().querySelectorAll('.forge-container').forEach(makeCanvas));
