// What the tabs img2img and txt2img show: the picture, the painted mask, the sliders. The only file that knows their element ids.
(() => {
const diffdiff = window.diffdiff ??= {};
const PICTURES = ['img2img_image', 'img2img_sketch', 'img2maskimg', 'inpaint_sketch', 'img_inpaint_base'];
const RESULT = ['[data-testid="detailed-image"]', 'img:not(.livePreview img)']; // The one in view, else the first.
const NO_MAP = /DiffDiff map: (mask|words)\b/;
const MAP = /DiffDiff map: ([0-9a-f]{10})\b/;

const find = (selector) => gradioApp().querySelector(selector);
const shown = (panel) => panel.style.display !== 'none' && !panel.hidden;

// The open tab of img2img; the whole page where it has no such tabs.
function openPanel() {
	const panels = gradioApp().querySelectorAll('#mode_img2img > .tabitem, #mode_img2img > [role="tabpanel"]');
	return panels.length ? [...panels].find(shown) ?? null : find('#img2img_image')?.parentElement ?? null;
}

function openComponent() {
	const panel = openPanel();
	return panel && (PICTURES.map((id) => panel.querySelector(`#${id}`)).find(Boolean) ?? null);
}

function loaded(image) {
	return image?.getAttribute('src') && image.complete && image.naturalWidth > 0 && image.naturalHeight > 0 ? image : null;
}

const pictureOf = (component) => [...component?.querySelectorAll('img') ?? []].find(loaded) ?? null;

function number(id, otherwise) {
	const box = find(`#${id} input[type=number]`) ?? find(`#${id} input`);
	const value = Number.parseFloat(box?.value);
	return Number.isFinite(value) ? value : otherwise;
}

function chosen(id) {
	const radios = [...gradioApp().querySelectorAll(`#${id} input[type=radio]`)];
	return radios.findIndex((radio) => radio.checked);
}

function sampler(tab) {
	const radio = find(`#${tab}_sampling input[type=radio]:checked`);
	return (radio ?? find(`#${tab}_sampling input`))?.value ?? '';
}

// The picture's own file where the page holds it, else what the page shows of it.
function fileOf(image) {
	const source = image.getAttribute('src');
	if (source.startsWith('data:')) return source;
	return diffdiff.drawn(image, image.naturalWidth, image.naturalHeight).toDataURL('image/png');
}

// The hash of the map that made the tab's result in view; 'none' where it has no file, '' for no map.
function mapOfResult(tab) {
	const words = find(`#html_info_${tab}`)?.textContent ?? '';
	return words.match(MAP)?.[1] ?? (NO_MAP.test(words) ? 'none' : '');
}

// Calls back whenever the picture in a place may be another one.
function watch(place, onPicture) {
	if (!place) return;
	new MutationObserver(onPicture).observe(place, {subtree: true, childList: true, attributes: true, attributeFilter: ['src', 'style', 'class']});
	place.addEventListener('load', onPicture, true);
}

// Width and Height, or what "Resize by" makes of the picture's own.
function targetSize([width, height]) {
	const by = find('#img2img_tab_resize_by');
	if (!by || !shown(by)) return [number('img2img_width', width), number('img2img_height', height)];
	const scale = number('img2img_scale', 1);
	return [Math.trunc(width * scale), Math.trunc(height * scale)];
}

// The canvas that holds the strokes of the open Inpaint tab: gradio's own, or Forge's.
function strokes() {
	const component = openComponent();
	if (!component || !pictureOf(component)) return null;
	return component.querySelector('canvas[key="mask"], canvas.forge-drawing-canvas');
}

const isBlank = (canvas) => !diffdiff.channelOf(canvas, canvas.width, canvas.height, 3).some((alpha) => alpha > 0);

// The canvas with the strokes that are the mask of the open Inpaint tab; null where nothing is painted.
function paintedCanvas() {
	const canvas = openComponent()?.id === 'img2maskimg' ? strokes() : null;
	return canvas?.width && canvas.height && !isBlank(canvas) ? canvas : null;
}

const uploadedMask = () => loaded(find('#img_inpaint_mask img'));

// A1111 rounds the strokes of its Inpaint tab (modules/img2img.py); Forge's canvas stays soft.
function rounded(canvas) {
	if (canvas.matches('.forge-drawing-canvas')) return canvas;
	const {width, height} = canvas;
	const alpha = diffdiff.channelOf(canvas, width, height, 3);
	return diffdiff.sheet(width, height, (i) => alpha[i] > 128 ? 0xffffffff : 0xff000000);
}

const img2img = {
	name: 'img2img',

	picture: () => pictureOf(openComponent()),

	noPicture: () => diffdiff.t('There is no picture in the current img2img tab yet.'),

	hint: () => diffdiff.t('With a picture in img2img, you can paint the map here.'),

	// What the open tab makes of maps; '' where there is nothing to say.
	tabHint: () => find('#img2img_batch_input_dir') && openPanel()?.contains(find('#img2img_batch_input_dir'))
		? diffdiff.t('In Batch, the files of “Inpaint batch mask directory” are the maps, each for the picture of the same name. Without them, this map is used for all.') : '',

	// The mask as painted, before the host rounds it: {greys, width, height}, {file}, or null.
	paintedMask() {
		if (openComponent()?.id === 'img_inpaint_base') {
			const image = uploadedMask();
			return image && {file: fileOf(image)};
		}
		const canvas = paintedCanvas();
		if (!canvas) return null;
		const {width, height} = canvas;
		return {width, height, greys: diffdiff.widened(diffdiff.channelOf(canvas, width, height, 3))};
	},

	// The address of the picture in *Inpaint upload*'s mask; '' for none.
	uploadedMask: () => find('#img_inpaint_mask img')?.getAttribute('src') ?? '',

	// The mask of the open Inpaint tab as the host will read it; null where nothing is painted.
	// deep: the uploaded mask's own file, where the page shows less of it.
	maskFile(deep) {
		if (openComponent()?.id === 'img_inpaint_base') return uploadedMask() && (deep || fileOf(uploadedMask()));
		const canvas = paintedCanvas();
		return canvas && rounded(canvas).toDataURL('image/png');
	},

	// Another in some part where the mask must be another one, strokes aside.
	maskKey() {
		const component = openComponent();
		const {width = 0, height = 0} = (component && strokes()) ?? {};
		return [component?.id, width, height, pictureOf(component)?.getAttribute('src'), this.uploadedMask()];
	},

	maskControls() {
		return {
			invert: chosen('img2img_mask_mode') === 1, blur: Math.max(0, number('img2img_mask_blur', 4)),
			only_masked: chosen('img2img_inpaint_full_res') === 1, padding: Math.max(0, number('img2img_inpaint_full_res_padding', 32)),
		};
	},

	isOnMask: (element) => Boolean(element?.closest?.('#img2maskimg')),

	canTakeMask() {
		const id = openComponent()?.id;
		return id === 'img_inpaint_base' || (id === 'img2maskimg' && strokes() !== null);
	},

	// What a preview depends on, beside our own settings.
	situation(image) {
		return {
			image, size: targetSize(image),
			resize_mode: Math.max(0, chosen('resize_mode')),
			steps: number('img2img_steps', 20),
			denoising: number('img2img_denoising_strength', 0.75),
			sampler: sampler('img2img'),
			scheduler: find('#img2img_scheduler input')?.value ?? '',
			unseen_mask: openComponent()?.id === 'inpaint_sketch', // The page's drawing has the picture in it.
		};
	},

	mapOfResult: () => mapOfResult('img2img'),

	watchPicture: (onPicture) => watch(find('#mode_img2img') ?? find('#img2img_image'), onPicture),
};

// The size that Hires. fix paints (modules/processing.py, calculate_target_resolution).
function hiresSize(width, height) {
	const across = number('txt2img_hr_resize_x', 0), down = number('txt2img_hr_resize_y', 0);
	if (across && down) return [across, down];
	if (across) return [across, Math.floor(across * height / width)];
	if (down) return [Math.floor(down * width / height), down];
	const scale = number('txt2img_hr_scale', 2);
	return [Math.trunc(width * scale), Math.trunc(height * scale)];
}

// The second pass's own choice, or the first one's.
function ofHires(id, first) {
	const chosen = find(`#${id} input`)?.value ?? '';
	return chosen && !chosen.startsWith('Use same') ? chosen : first;
}

// In txt2img the map is for the second pass; what is painted on is the last result, which the first pass makes again.
const txt2img = {
	name: 'txt2img',

	picture: () => [...gradioApp().querySelectorAll('#txt2img_gallery img')].find(loaded) ?? null,

	noPicture: () => diffdiff.t('There is no result in txt2img yet.'),

	hint: () => diffdiff.t('The map is for the second pass of Hires. fix. Paint it here, over the last result if there is one.'),

	tabHint: () => '',
	paintedMask: () => null,
	uploadedMask: () => '',
	maskFile: () => null,
	maskKey: () => [],
	maskControls: () => ({}),
	isOnMask: () => false,
	canTakeMask: () => false,

	situation() {
		const width = number('txt2img_width', 512), height = number('txt2img_height', 512);
		const isCropped = number('txt2img_hr_resize_x', 0) > 0 && number('txt2img_hr_resize_y', 0) > 0;
		return {
			image: [width, height], size: hiresSize(width, height),
			resize_mode: isCropped ? 1 : 0,
			steps: number('txt2img_hires_steps', 0) || number('txt2img_steps', 20),
			denoising: number('txt2img_denoising_strength', 0.7),
			sampler: ofHires('hr_sampler', sampler('txt2img')),
			scheduler: ofHires('hr_scheduler', find('#txt2img_scheduler input')?.value ?? ''),
			second_pass: find('#txt2img_hr-checkbox input, #txt2img_hr input[type=checkbox]')?.checked === true,
		};
	},

	// The map is for the picture that will be painted, of whatever size the last one was.
	size() {
		return this.situation().image;
	},

	mapOfResult: () => mapOfResult('txt2img'),

	watchPicture: (onPicture) => watch(find('#txt2img_results') ?? find('#txt2img_gallery'), onPicture),
};

// txt2img's result is what its map is painted on already.
img2img.takeResult = () => find('#img2img_send_to_img2img')?.click();

for (const tab of [img2img, txt2img]) {
	tab.pictureFile = () => {
		const image = tab.picture();
		return image && fileOf(image);
	};
	tab.promptBox = () => find(`#${tab.name}_prompt textarea`);
	tab.prompt = () => tab.promptBox()?.value ?? '';
	tab.denoisingBox = () => find(`#${tab.name}_denoising_strength input[type=number]`);
	tab.generate = () => find(`#${tab.name}_generate`)?.click();
	tab.interrupt = () => find(`#${tab.name}_interrupt`)?.click();
	tab.progress = () => find(`#${tab.name}_results .progressDiv`)?.textContent.trim() ?? '';
	tab.result = () => [...gradioApp().querySelectorAll(RESULT.map((one) => `#${tab.name}_gallery ${one}`))].find(loaded) ?? null;
}

// By the name of the tab.
diffdiff.hosts = {img2img, txt2img};
})();
