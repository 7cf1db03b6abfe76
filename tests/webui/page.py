"""The stand-in WebUI's page: the img2img tab as the host builds it, with the extension in it and the trained model behind Generate."""
import argparse
import html
import itertools
import json
import re
import threading
import time
from contextlib import suppress
from pathlib import Path

import gradio as gr
import standin
from fastapi import Response
from fastapi.responses import FileResponse
from modules import errors, infotext_utils, sd_samplers, shared
from modules.api import decoded
from modules.ui_components import GRADIO_4

HERE, ROOT = standin.HERE, standin.ROOT
ELSEWHERE = re.compile(rb'<(link|script)[^>]*"https://[^>]*>(</script>)?')
PROMPT = 'winter night clear trees mountains water house'
RESIZE_MODES = ['Just resize', 'Crop and resize', 'Resize and fill', 'Just resize (latent upscale)']
# Gradio 4 has no tools to draw with: a canvas over the picture, as Forge's.
CANVAS = '<div class="forge-container"><input type="file"><div><img class="forge-image"><canvas class="forge-drawing-canvas"></canvas></div></div>'
FILLS = ['fill', 'original', 'latent noise', 'latent nothing']


class Watch(standin.Probe):
    """Tells what the last run's denoiser calls met: which share of the cells was the re-noised original."""

    def __init__(self):
        self.seen = {'steps': 0, 'held': [], 'kept': None}

    def process_before_every_sampling(self, p, x, noise, **kwargs):
        self.seen = {'steps': p.steps, 'held': [], 'kept': None}
        self.init, self.noise = x.clone(), noise.clone()
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look)

    def look(self, denoiser, args):
        x, sigma = args[:2]
        level = sigma[:, None, None, None]
        self.seen['held'].append(share_of_equal(x, self.init + level * self.noise, 1 + level))

    def post_sample(self, p, ps):
        self.seen['kept'] = share_of_equal(ps.samples, self.init, 1)


def share_of_equal(latent, other, scale):
    return ((latent - other).abs() < 1e-5 * scale).all(1).float().mean().item()


class Page:
    """The page: its components by the request's names, and what Generate does."""

    def __init__(self, runner):
        self.runner, self.asked, self.runs = runner, {}, itertools.count(1)
        font = {'font': ['ui-sans-serif', 'system-ui', 'sans-serif'], 'font_mono': ['ui-monospace', 'monospace']}
        with gr.Blocks(analytics_enabled=False, title='Stable Diffusion', theme=gr.themes.Default(**font)) as self.blocks:
            tabs = gr.Tabs(elem_id='tabs')
            with tabs, gr.Tab('img2img', elem_id='tab_img2img', id='img2img'):
                self.img2img()
            with tabs, gr.Tab('Extras', elem_id='tab_extras', id='extras'):
                gr.Markdown('This is a stand-in: there is nothing here.')
        self.blocks.queue(**{'default_concurrency_limit' if GRADIO_4 else 'concurrency_count': 64})

    def img2img(self):
        with gr.Row(elem_id='img2img_toprow'):
            self.prompts()
            interrupt = gr.Button('Interrupt', elem_id='img2img_interrupt', elem_classes=['generate-box-interrupt'])
            paste = gr.Button('↙️', elem_id='paste', elem_classes=['tool'])
            generate = gr.Button('Generate', elem_id='img2img_generate', variant='primary')
        with gr.Row(equal_height=False):
            with gr.Column(variant='compact', elem_id='img2img_settings'):
                self.pictures()
                self.settings()
                self.scripts()
            with gr.Column(variant='panel', elem_id='img2img_results'):
                outputs = self.results()
        interrupt.click(shared.state.interrupt, queue=False)
        generate.click(self.generate, [self.tab, *self.images, *self.asked.values(), *self.runner.inputs], outputs)
        components = [component for component, _ in self.runner.infotext_fields]
        paste.click(self.paste, [self.asked['prompt']], components, show_progress='hidden' if GRADIO_4 else False)

    def ask(self, name, component):
        self.asked[name] = component

    def prompts(self):
        with gr.Column(elem_id='img2img_prompt_container', scale=6):
            self.ask('prompt', gr.Textbox(PROMPT, label='Prompt', elem_id='img2img_prompt', show_label=False, lines=3))
            self.ask('negative_prompt', gr.Textbox(label='Negative prompt', elem_id='img2img_neg_prompt', show_label=False, lines=2))

    def pictures(self):
        with gr.Tabs(elem_id='mode_img2img'):
            with gr.Tab('img2img', id='img2img', elem_id='img2img_img2img_tab') as img2img:
                init = drawing('Image for img2img', 'img2img_image', 'editor')
            with gr.Tab('Inpaint', id='inpaint', elem_id='img2img_inpaint_tab') as inpaint:
                sketch = drawing('Image for inpainting with mask', 'img2maskimg', 'sketch')
            with gr.Tab('Inpaint upload', id='inpaint_upload', elem_id='img2img_inpaint_upload_tab') as upload:
                base = picture('Image for img2img', 'img_inpaint_base')
                mask = picture('Mask', 'img_inpaint_mask', image_mode='RGBA')
        self.images = [init, sketch, base, mask]
        self.tab = gr.Number(0, visible=False)
        self.tabs = [img2img, inpaint, upload]
        self.ask('resize_mode', gr.Radio(RESIZE_MODES, value=RESIZE_MODES[0], type='index', label='Resize mode', elem_id='resize_mode'))

    def settings(self):
        names = [sampler.name for sampler in sd_samplers.all_samplers]
        with gr.Row(elem_id='sampler_selection_img2img'):
            self.ask('sampler_name', gr.Dropdown(names, value='DPM++ 2M', label='Sampling method', elem_id='img2img_sampling'))
            self.ask('scheduler', gr.Dropdown(['Automatic', 'Karras', 'Exponential'], value='Automatic', label='Schedule type', elem_id='img2img_scheduler'))
            self.slide('steps', 1, 150, 1, 'Sampling steps', 20)
        self.inpainting()
        with gr.Row():
            with gr.Column(elem_id='img2img_column_size', scale=4):
                self.slide('width', 64, 2048, 8, 'Width', 128)
                self.slide('height', 64, 2048, 8, 'Height', 128)
            with gr.Column(elem_id='img2img_column_batch'):
                self.slide('n_iter', 1, 100, 1, 'Batch count', 1, 'batch_count')
                self.slide('batch_size', 1, 8, 1, 'Batch size', 1)
        self.slide('cfg_scale', 1, 30, 0.5, 'CFG Scale', 3)
        self.slide('denoising_strength', 0, 1, 0.01, 'Denoising strength', 0.75)
        self.ask('seed', gr.Number(-1, label='Seed', elem_id='img2img_seed', precision=0))

    def slide(self, name, low, high, step, label, value, elem_id=None):
        self.ask(name, gr.Slider(low, high, value=value, step=step, label=label, elem_id=f'img2img_{elem_id or name}'))

    def inpainting(self):
        with gr.Group(visible=False, elem_id='inpaint_controls') as controls:
            self.slide('mask_blur', 0, 64, 1, 'Mask blur', 4)
            self.choose('inpainting_mask_invert', ['Inpaint masked', 'Inpaint not masked'], 0, 'Mask mode', 'mask_mode')
            self.choose('inpainting_fill', FILLS, 1, 'Masked content')
            self.choose('inpaint_full_res', ['Whole picture', 'Only masked'], 0, 'Inpaint area')
            self.slide('inpaint_full_res_padding', 0, 256, 4, 'Only masked padding, pixels', 32)
        for number, tab in enumerate(self.tabs):
            tab.select(lambda number=number: (number, gr.update(visible=number > 0)), None, [self.tab, controls], queue=False)

    def choose(self, name, choices, number, label, elem_id=None):
        self.ask(name, gr.Radio(choices, value=choices[number], type='index', label=label, elem_id=f'img2img_{elem_id or name}'))

    def scripts(self):
        selectable = self.runner.selectable_scripts
        with gr.Group(elem_id='img2img_script_container'):
            titles = ['None', *(script.title() for script in selectable)]
            chosen = self.runner.inputs[0] = gr.Dropdown(titles, value='None', type='index', label='Script', elem_id='script_list')
            self.runner.setup_ui()
        groups = [script.group for script in selectable]
        chosen.change(lambda number: [gr.update(visible=number == i) for i in range(1, len(titles))], [chosen], groups, queue=False)

    def results(self):
        kind = {'format': 'png'} if GRADIO_4 else {}
        gallery = gr.Gallery(label='Output', show_label=False, elem_id='img2img_gallery', columns=4, preview=True, **kind)
        return [gallery, gr.HTML(elem_id='html_info_img2img', elem_classes=['infotext']), gr.HTML(elem_id='html_log_img2img', elem_classes=['html-log'])]

    def generate(self, *values):
        """What the button does: the pictures, their parameters, and the lines under them or the error, with the time that it took."""
        start = time.perf_counter()
        try:
            processed = self.processed(*values)
            shown = processed.images, paragraph(processed.info), paragraph(processed.comments, 'comments')
        except Exception as error:  # the page shows whatever happens
            errors.report('Error completing request')
            shown = [], '', paragraph(f'{type(error).__name__}: {error}', 'error')
        took = f"<p class='performance'>Time taken: {time.perf_counter() - start:.1f} sec. (run {next(self.runs)})</p>"
        return *shown[:2], shown[2] + took

    def processed(self, tab, init, sketch, base, mask, *values):
        image, mask = [(drawn(init)[0], None), drawn(sketch), (base, mask)][int(tab)]
        asked = dict(zip(self.asked, values))
        return standin.api.run({**asked, 'init_images': [image], 'mask': mask}, values[len(asked):])

    def paste(self, text):
        return infotext_utils.pasted(self.runner.infotext_fields, text)


def picture(label, elem_id, image_mode='RGB', **tool):
    return gr.Image(label=label, elem_id=elem_id, show_label=False, type='pil', image_mode=image_mode, interactive=True, height=400, **tool)


def drawing(label, elem_id, tool):
    """A picture that can be drawn on."""
    if not GRADIO_4:
        return picture(label, elem_id, 'RGBA', source='upload', tool=tool)
    gr.HTML(CANVAS, elem_id=elem_id)
    return gr.Textbox(visible=False, elem_id=f'{elem_id}_drawing')


def drawn(value):
    """The picture and the mask of a drawing."""
    if isinstance(value, str):
        value = {name: decoded(text) for name, text in json.loads(value or '{"image": null}').items() if text}
    return (value.get('image'), binary(value.get('mask'))) if isinstance(value, dict) else (value, None)


def binary(mask):
    """As the host's create_binary_mask: white where a stroke covers more than half; gradio 3 gives strokes as greys already."""
    if mask is None or mask.mode != 'RGBA':
        return mask
    return mask.getchannel('A').point(lambda alpha: 255 * (alpha > 128))


def paragraph(text, kind=''):
    """Plain text as the host's pages show it."""
    return f"<p class='{kind}'>" + '<br>\n'.join(html.escape(line) for line in text.split('\n')) + '</p>'


def head(localization):
    """What the host puts into the page's head: the translations, its own script, the extension's scripts and style."""
    words = {}
    if localization:
        words = json.loads((ROOT / 'localizations' / f'{localization}.json').read_text('utf-8'))
    scripts = ['/standin/page.js', *(f'/extension/javascript/{path.name}' for path in sorted((ROOT / 'javascript').glob('*.js')))]
    tags = ''.join(f'<script type="text/javascript" src="{address}"></script>\n' for address in scripts)
    style = ''.join(f'<link rel="stylesheet" href="{address}">\n' for address in ('/standin/page.css', '/extension/style.css'))
    return f'<script>window.localization = {json.dumps(words)}; window.opts = {{}};</script>\n{tags}{style}'


def added_to(blocks, localization, watch):
    """What makes an app answer with the page, beside the API."""
    def add(app):
        @app.middleware('http')
        async def with_head(request, call_next):
            response = await call_next(request)
            if request.url.path != '/':
                return response
            body = b''.join([part async for part in response.body_iterator])
            body = ELSEWHERE.sub(b'', body).replace(b'</head>', head(localization).encode() + b'</head>', 1)
            return Response(body, response.status_code, media_type='text/html')

        app.add_api_route('/standin/last-run', lambda: watch.seen)
        app.add_api_route('/standin/{name}', lambda name: file_of(HERE, name))
        app.add_api_route('/extension/{name:path}', lambda name: file_of(ROOT, name))
        gr.mount_gradio_app(app, blocks, path='/')
    return add


def file_of(folder, name):
    """One of the files that the page's head names, afresh every time."""
    path = Path(folder, name)
    if path.suffix not in ('.js', '.css') or '..' in path.parts or not path.is_file():
        return Response(status_code=404)
    return FileResponse(path, headers={'Cache-Control': 'no-store'})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--port', type=int, default=7860)
    parser.add_argument('--localization', default='', help="one of the extension's localizations, as ko_KR")
    options = parser.parse_args()
    pages = []
    watch, = standin.load('landscapes', probes=[Watch], page=lambda runner: pages.append(Page(runner)))
    with standin.serve(options.port, more=added_to(pages[0].blocks, options.localization, watch)) as address:
        print(f'{address}  (a picture to try: {ROOT / "tests/pictures/original.png"})', flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == '__main__':
    main()
