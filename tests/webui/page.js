// The host's JavaScript that extensions use.
const callbacks = {update: [], afterUpdate: [], loaded: []};
const onUiUpdate = (callback) => callbacks.update.push(callback);
const onAfterUiUpdate = (callback) => callbacks.afterUpdate.push(callback);
const onUiLoaded = (callback) => callbacks.loaded.push(callback);

function gradioApp() {
    const app = document.querySelector('gradio-app');
    app.getElementById = (id) => document.getElementById(id);
    return app;
}

// A component hears only an event that names its own element as the target.
function updateInput(element) {
    const event = new Event('input', {bubbles: true});
    Object.defineProperty(event, 'target', {value: element});
    element.dispatchEvent(event);
}

function callAll(queue, given) {
    for (const callback of queue) {
        try {
            callback(given);
        } catch (error) {
            console.error('error running callback', callback, ':', error);
        }
    }
}

document.addEventListener('DOMContentLoaded', () => {
    let soon = null;
    new MutationObserver((changes) => {
        if (gradioApp().querySelector('#img2img_prompt')) callAll(callbacks.loaded.splice(0));
        callAll(callbacks.update, changes);
        clearTimeout(soon);
        soon = setTimeout(() => callAll(callbacks.afterUpdate), 200);
    }).observe(gradioApp(), {childList: true, subtree: true});
});

function inputAccordionChecked(id, checked) {
    gradioApp().querySelector(`#${id}-visible-checkbox`).take(checked);
}

// Opening an accordion ticks its box and ticking opens it, until the box itself is clicked: then each goes alone.
function addTickBox(accordion) {
    const label = accordion.querySelector('.label-wrap');
    const hidden = gradioApp().querySelector(`#${accordion.id}-checkbox input`);
    const box = Object.assign(document.createElement('input'), {type: 'checkbox', id: `${accordion.id}-visible-checkbox`, className: hidden.className});
    const isOpen = () => label.classList.contains('open');
    let linked = true;
    box.take = (checked) => {
        if (linked && isOpen() !== checked) label.click();
        if (hidden.checked === checked && box.checked === checked) return;
        box.checked = hidden.checked = checked;
        updateInput(hidden);
    };
    box.addEventListener('click', (event) => {
        linked = false;
        event.stopPropagation();
    });
    box.addEventListener('input', () => box.take(box.checked));
    new MutationObserver(() => linked && box.take(isOpen())).observe(label, {attributes: true, attributeFilter: ['class']});
    label.querySelector('span').prepend(box);
}

onUiLoaded(() => gradioApp().querySelectorAll('.input-accordion').forEach(addTickBox));

// Whole texts, titles and placeholders.
function translate(node) {
    const own = node.nodeType === Node.TEXT_NODE ? ['textContent'] : ['title', 'placeholder'];
    for (const name of own) {
        const words = localization[node[name]?.trim?.()];
        if (words !== undefined) node[name] = words;
    }
    if (!['SCRIPT', 'STYLE', 'TEXTAREA'].includes(node.nodeName)) node.childNodes.forEach(translate);
}

onUiUpdate((changes) => changes.forEach(({addedNodes}) => addedNodes.forEach(translate)));

// A drawing on gradio 4: the picture and the strokes go as one text into a hidden text box.
function makeCanvas(root) {
    const [chooser, image, canvas] = root.querySelectorAll('input, img, canvas');
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
    canvas.addEventListener('pointermove', ({buttons, offsetX, offsetY}) => {
        if (!buttons) return;
        const context = canvas.getContext('2d'), scale = canvas.width / canvas.clientWidth;
        context.beginPath();
        context.arc(offsetX * scale, offsetY * scale, 12, 0, 7);
        context.fill();
    });
    canvas.addEventListener('pointerup', write);
}

onUiLoaded(() => gradioApp().querySelectorAll('.forge-container').forEach(makeCanvas));
