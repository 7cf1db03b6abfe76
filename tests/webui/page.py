"""The stand-in WebUI's page: its tabs as the host builds them, with the extension in it and the trained model behind Generate."""
import argparse
import html
import itertools
import json
import re
import threading
import time
from contextlib import suppress
from functools import partial

import gradio as gr
import numpy as np
import standin
from fastapi import Response
from fastapi.staticfiles import StaticFiles
from modules import errors, infotext_utils, sd_samplers, shared
from modules.api import decoded
from modules.ui_components import GRADIO_4
from page_txt2img import Txt2Img
from PIL import Image, ImageEnhance, ImageFilter

ELSEWHERE = re.compile(rb'<(link|script)[^>]*"https://[^>]*>(</script>)?')
LOCAL = {'font': ['ui-sans-serif', 'system-ui', 'sans-serif'], 'font_mono': ['ui-monospace', 'monospace']}
PROMPT = 'winter night clear trees mountains water house'
# Gradio 4 has no tools to draw with: a canvas over the picture, as Forge's.
CANVAS = '<div class="forge-container"><input type="file"><div><img class="forge-image"><canvas class="forge-drawing-canvas"></canvas></div></div>'
SLIDERS = {  # label, lowest, highest, step, value
    'steps': ('Sampling steps', 1, 150, 1, 20), 'width': ('Width', 64, 2048, 8, 128), 'height': ('Height', 64, 2048, 8, 128),
    'n_iter': ('Batch count', 1, 100, 1, 1), 'batch_size': ('Batch size', 1, 8, 1, 1), 'cfg_scale': ('CFG Scale', 1, 30, 0.5, 3),
    'denoising_strength': ('Denoising strength', 0, 1, 0.01, 0.75), 'mask_blur': ('Mask blur', 0, 64, 1, 4),
    'inpaint_full_res_padding': ('Only masked padding, pixels', 0, 256, 4, 32), 'scale_by': ('Scale', 0.05, 4, 0.05, 1),
    'mask_alpha': ('Mask transparency', 0, 100, 1, 0),
}
OF_PAGE = ('scale_by', 'mask_alpha')  # what no request has
RADIOS = {  # label, choices, the chosen one
    'resize_mode': ('Resize mode', ['Just resize', 'Crop and resize', 'Resize and fill', 'Just resize (latent upscale)'], 0),
    'inpainting_mask_invert': ('Mask mode', ['Inpaint masked', 'Inpaint not masked'], 0),
    'inpainting_fill': ('Masked content', ['fill', 'original', 'latent noise', 'latent nothing'], 1),
    'inpaint_full_res': ('Inpaint area', ['Whole picture', 'Only masked'], 0),
}
OTHER_IDS = {'resize_mode': 'resize_mode', 'n_iter': 'img2img_batch_count', 'inpainting_mask_invert': 'img2img_mask_mode', 'scale_by': 'img2img_scale'}
TABS = ('img2img', 'img2img_sketch', 'inpaint', 'inpaint_sketch', 'inpaint_upload')


class Watch(standin.Probe):
    """Tells what the last run's denoiser calls met: which share of the cells was the re-noised original."""

    seen = {'steps': 0, 'held': [], 'kept': None}

    def process_before_every_sampling(self, p, x, noise, **kwargs):
        self.seen = {'steps': p.steps, 'held': [], 'kept': None}
        self.init, self.noise = x.clone(), noise.clone()
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look)

    def look(self, denoiser, args):
        x, level = args[0], args[1][:, None, None, None]
        self.seen['held'].append(share_of_equal(x, self.init + level * self.noise, 1 + level))

    def post_sample(self, p, ps):
        self.seen['kept'] = share_of_equal(ps.samples, self.init, 1)


def share_of_equal(latent, other, scale):
    return ((latent - other).abs() < 1e-5 * scale).all(1).float().mean().item()


class Page:
    """The page: its components by the request's names, and what its buttons do."""

    def __init__(self, runner, txt2img_runner):
        self.runner, self.asked, self.runs = runner, {}, itertools.count(1)
        self.gallery = {'format': 'png'} if GRADIO_4 else {}
        with gr.Blocks(analytics_enabled=False, title='Stable Diffusion', theme=gr.themes.Default(**LOCAL)) as self.blocks:
            tabs = gr.Tabs(elem_id='tabs')
            with tabs, gr.Tab('img2img', elem_id='tab_img2img', id='img2img'):
                self.img2img()
            with tabs, gr.Tab('txt2img', elem_id='tab_txt2img', id='txt2img'):
                Txt2Img(txt2img_runner, PROMPT, lambda make: partial(self.generate, make), self.gallery)
            with tabs, gr.Tab('Extras', elem_id='tab_extras', id='extras'):
                gr.Markdown('This is a stand-in: there is nothing here.')
        self.blocks.queue(**{'default_concurrency_limit' if GRADIO_4 else 'concurrency_count': 64})

    def img2img(self):
        with gr.Row(elem_id='img2img_toprow'):
            self.text('prompt', PROMPT, 'Prompt', 'img2img_prompt')
            self.text('negative_prompt', '', 'Negative prompt', 'img2img_neg_prompt')
            interrupt, paste = gr.Button('Interrupt', elem_id='img2img_interrupt'), gr.Button('↙️', elem_id='paste')
            generate = gr.Button('Generate', elem_id='img2img_generate', variant='primary')
        with gr.Row(equal_height=False):
            with gr.Column(variant='compact', elem_id='img2img_settings'):
                inputs = self.pictures()
                inputs.append(self.settings())
                self.scripts()
            with gr.Column(variant='panel', elem_id='img2img_results'):
                outputs = [gr.Gallery(show_label=False, elem_id='img2img_gallery', columns=4, preview=True, **self.gallery),
                           gr.HTML(elem_id='html_info_img2img'), gr.HTML(elem_id='html_log_img2img')]
        interrupt.click(shared.state.interrupt, queue=False)
        generate.click(partial(self.generate, self.processed), [*inputs, *self.asked.values(), *self.runner.inputs], outputs)
        fields = self.runner.infotext_fields
        paste.click(lambda text: infotext_utils.pasted(fields, text), [self.asked['prompt']], [component for component, _ in fields])

    def text(self, name, value, label, elem_id):
        self.asked[name] = gr.Textbox(value, label=label, elem_id=elem_id, show_label=False, lines=3, placeholder=label, scale=3)

    def pictures(self):
        """The number of the open tab, and the tabs' pictures."""
        number = gr.Number(0, elem_id='standin_tab', elem_classes=['standin-hidden'])
        with gr.Tabs(elem_id='mode_img2img'):
            with gr.Tab('img2img', id='img2img', elem_id='img2img_img2img_tab') as img2img:
                init = drawing('img2img_image', 'editor', 'RGBA')
            with gr.Tab('Sketch', id='img2img_sketch', elem_id='img2img_img2img_sketch_tab') as sketch:
                sketched = drawing('img2img_sketch', 'color-sketch', 'RGB')
            with gr.Tab('Inpaint', id='inpaint', elem_id='img2img_inpaint_tab') as inpaint:
                masked = drawing('img2maskimg', 'sketch', 'RGBA')
            with gr.Tab('Inpaint sketch', id='inpaint_sketch', elem_id='img2img_inpaint_sketch_tab') as inpaint_sketch:
                coloured, blank = drawing('inpaint_sketch', 'color-sketch', 'RGB'), gr.State(None)
                coloured.change(lambda image, original: undrawn(image, original), [coloured, blank], blank)
            with gr.Tab('Inpaint upload', id='inpaint_upload', elem_id='img2img_inpaint_upload_tab') as upload:
                base, mask = picture('img_inpaint_base', 'RGB'), picture('img_inpaint_mask', 'RGBA')
        self.add('resize_mode')
        with gr.Group(visible=False, elem_id='inpaint_controls') as controls:
            self.add('mask_blur', 'mask_alpha', 'inpainting_mask_invert', 'inpainting_fill', 'inpaint_full_res', 'inpaint_full_res_padding')
        for i, tab in enumerate((img2img, sketch, inpaint, inpaint_sketch, upload)):
            tab.select(lambda i=i: (i, gr.update(visible=i > 1)), None, [number, controls], queue=False)
        return [number, init, sketched, masked, coloured, blank, base, mask]

    def sizes(self):
        """The number of the open tab of sizes, and in the tabs the painted size or what the picture's own is scaled by."""
        number = gr.Number(0, elem_id='standin_resize_tab', elem_classes=['standin-hidden'])
        with gr.Tabs(elem_id='img2img_tabs_resize'):
            with gr.Tab('Resize to', id='to', elem_id='img2img_tab_resize_to') as to:
                self.add('width', 'height')
            with gr.Tab('Resize by', id='by', elem_id='img2img_tab_resize_by') as by:
                self.add('scale_by')
        for i, tab in enumerate((to, by)):
            tab.select(lambda i=i: i, None, [number], queue=False)
        return number

    def settings(self):
        samplers = [sampler.name for sampler in sd_samplers.all_samplers]
        with gr.Row(elem_id='sampler_selection_img2img'):
            self.asked['sampler_name'] = gr.Dropdown(samplers, value='DPM++ 2M', label='Sampling method', elem_id='img2img_sampling')
            self.asked['scheduler'] = gr.Dropdown(['Automatic', 'Karras', 'Exponential'], value='Automatic', label='Schedule type', elem_id='img2img_scheduler')
            self.add('steps')
        resize_tab = self.sizes()
        self.add('n_iter', 'batch_size', 'cfg_scale', 'denoising_strength')
        self.asked['seed'] = gr.Number(-1, label='Seed', elem_id='img2img_seed', precision=0)
        return resize_tab

    def add(self, *names):
        for name in names:
            elem_id = OTHER_IDS.get(name, f'img2img_{name}')
            label, *rest = SLIDERS.get(name) or RADIOS[name]
            if name in RADIOS:
                choices, chosen = rest
                self.asked[name] = gr.Radio(choices, value=choices[chosen], type='index', label=label, elem_id=elem_id)
            else:
                low, high, step, value = rest
                self.asked[name] = gr.Slider(low, high, value=value, step=step, label=label, elem_id=elem_id)

    def scripts(self):
        selectable = self.runner.selectable_scripts
        with gr.Group(elem_id='img2img_script_container'):
            titles = ['None', *(script.title() for script in selectable)]
            chosen = self.runner.inputs[0] = gr.Dropdown(titles, value='None', type='index', label='Script', elem_id='script_list')
            self.runner.setup_ui()
        groups = [script.group for script in selectable]
        chosen.change(lambda number: [gr.update(visible=number == i) for i in range(1, len(titles))], [chosen], groups, queue=False)

    def generate(self, make, *values):
        """The pictures, their parameters, and the lines under them or the error, with the time that it took."""
        start = time.perf_counter()
        try:
            processed = make(*values)
            shown = processed.images, paragraph(processed.info), paragraph(processed.comments, 'comments')
        except Exception as error:  # the page shows whatever happens
            errors.report('Error completing request')
            shown = [], '', paragraph(f'{type(error).__name__}: {error}', 'error')
        took = f"<p class='performance'>Time taken: {time.perf_counter() - start:.1f} sec. (run {next(self.runs)})</p>"
        return *shown[:2], shown[2] + took

    def processed(self, tab, init, sketched, masked, coloured, blank, base, mask, resize_tab, *values):
        asked = dict(zip(self.asked, values))
        own = {name: asked.pop(name) for name in OF_PAGE}
        image, mask = {
            'img2img': lambda: (drawn(init)[0], None), 'img2img_sketch': lambda: (flat(sketched), None), 'inpaint': lambda: drawn(masked),
            'inpaint_sketch': lambda: drawn_over(*layers(coloured, blank), own['mask_alpha'], asked['mask_blur']),
            'inpaint_upload': lambda: (base, mask),
        }[TABS[int(tab)]]()
        if resize_tab == 1:
            asked['width'], asked['height'] = (int(side * own['scale_by']) for side in image.size)
        return standin.api.run({**asked, 'init_images': [image], 'mask': mask}, values[len(self.asked):])


def picture(elem_id, image_mode, **tool):
    return gr.Image(elem_id=elem_id, show_label=False, type='pil', image_mode=image_mode, interactive=True, height=400, **tool)


def drawing(elem_id, tool, image_mode):
    """A picture that can be drawn on."""
    if not GRADIO_4:
        return picture(elem_id, image_mode, source='upload', tool=tool)
    gr.HTML(CANVAS, elem_id=elem_id)
    return gr.Textbox(visible=False, elem_id=f'{elem_id}_drawing')


def drawn(value):
    """The picture and the mask of a drawing."""
    if isinstance(value, str):
        value = drawn_parts(value)
    return (value.get('image'), binary(value.get('mask'))) if isinstance(value, dict) else (value, None)


def layers(value, blank):
    """A drawing with its strokes, and without them."""
    return (flat(value), drawn_parts(value)['image'].convert('RGB')) if isinstance(value, str) else (value, blank or value)


def drawn_parts(value):
    return {name: decoded(text) for name, text in json.loads(value or '{"image": null}').items() if text}


def flat(value):
    """A drawing as one picture; gradio 3 gives it so already."""
    if not isinstance(value, str):
        return value
    parts = drawn_parts(value)
    return Image.alpha_composite(parts['image'].convert('RGBA'), parts['mask'].convert('RGBA')).convert('RGB')


def undrawn(image, original):
    """The picture before any stroke: a new one is what has another size, or nothing in common with the old one."""
    if image is None:
        return None
    same = original is not None and original.size == image.size and (np.asarray(image) == np.asarray(original)).all(-1).any()
    return original if same else image


def drawn_over(image, original, transparency, blur):
    """As the host's Inpaint sketch: the picture with its soft strokes, and where they are."""
    strokes = (np.asarray(image) != np.asarray(original)).any(-1)
    mask = ImageEnhance.Brightness(Image.fromarray(strokes.astype(np.uint8) * 255)).enhance(1 - transparency / 100)
    soft = ImageFilter.GaussianBlur(blur)
    return Image.composite(image.filter(soft), original, mask.filter(soft)), mask


def binary(mask):
    """As the host's create_binary_mask: white where a stroke covers more than half; gradio 3 gives strokes as greys already."""
    if mask is None or mask.mode != 'RGBA':
        return mask
    return mask.getchannel('A').point(lambda alpha: 255 * (alpha > 128))


def paragraph(text, kind='infotext'):
    return f"<p class='{kind}'>" + '<br>\n'.join(html.escape(line) for line in text.split('\n')) + '</p>'


def tags(localization):
    """What the host adds to the page: in its head the translations, its own script and the extension's; at its end the style sheets."""
    file = standin.ROOT / f'localizations/{localization}.json'
    words = json.dumps(json.loads(file.read_text('utf-8')) if localization else {})
    scripts = ''.join(f'<script src="{address(path)}"></script>' for path in (standin.HERE / 'page.js', *sorted((standin.ROOT / 'javascript').glob('*.js'))))
    styles = ''.join(f'<link rel="stylesheet" href="{address(path)}">' for path in (standin.HERE / 'page.css', standin.ROOT / 'style.css'))
    return {b'</head>': f'<script>window.localization = {words}; window.opts = {{}};</script>{scripts}</head>', b'</body>': f'{styles}</body>'}


def address(path):
    return f'/file/{path.relative_to(standin.ROOT).as_posix()}?{path.stat().st_mtime}'


def added_to(blocks, localization, watch):
    """What makes an app answer with the page, beside the API."""
    def add(app):
        @app.middleware('http')
        async def with_tags(request, call_next):
            response = await call_next(request)
            if request.url.path != '/':
                return response
            body = ELSEWHERE.sub(b'', b''.join([part async for part in response.body_iterator]))
            for end, more in tags(localization).items():
                body = body.replace(end, more.encode(), 1)
            return Response(body, response.status_code, media_type='text/html')

        app.add_api_route('/standin/last-run', lambda: watch.seen)
        app.mount('/file', StaticFiles(directory=standin.ROOT))
        gr.mount_gradio_app(app, blocks, path='/')
    return add


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--port', type=int, default=7860)
    parser.add_argument('--localization', default='', help="one of the extension's localizations, as ko_KR")
    options = parser.parse_args()
    pages = []
    watch, = standin.load('landscapes', probes=[Watch], page=lambda *runners: pages.append(Page(*runners)))
    with standin.serve(options.port, more=added_to(pages[0].blocks, options.localization, watch)) as address, suppress(KeyboardInterrupt):
        print(f'{address}  (a picture to try: {standin.ROOT / "tests/pictures/original.png"})', flush=True)
        threading.Event().wait()


if __name__ == '__main__':
    main()
