"""The stand-in WebUI behaves as the real one where an extension can see it."""
import json
import threading

import numpy as np
import pytest
import requests
import standin
import torch
from client import png
from modules import images, infotext_utils, masking, processing, script_callbacks, scripts, sd_samplers, shared
from PIL import Image

SAMPLERS = [sampler.name for sampler in sd_samplers.all_samplers]
PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((64, 64))


class Recorder(standin.Probe):
    """Writes down every event and keeps the run."""

    def __init__(self):
        self.events = []


def record(event):
    def hook(self, p, *args, **kwargs):
        self.events.append(event)
        self.p = p
    return hook


class Watcher(standin.Probe):
    """Keeps what the denoiser is called with."""

    def process_batch(self, p, **kwargs):
        self.p, self.sampler, self.calls = p, p.sampler, []
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look)

    def look(self, denoiser, args):
        self.calls.append((args[0].clone(), args[1][0].item()))

    def process_before_every_sampling(self, p, x, noise, c, uc):
        self.init, self.noise = x, noise


class Thrower(standin.Probe):
    """Throws at every event."""


def throw(*args, **kwargs):
    raise ValueError('thrown by a hook')


for event in scripts.HOOKS:
    setattr(Recorder, event, record(event))
    setattr(Thrower, event, throw)


def ask(**request):
    return {'init_images': [png(PICTURE)], 'width': 64, 'height': 64, 'steps': 10, 'seed': 7, 'sampler_name': 'Euler',
            'denoising_strength': 0.6, 'prompt': 'a', **request}


def paint(**request):
    return [np.asarray(picture) for picture in standin.pictures(standin.img2img(**ask(**request)))]


def infotexts(**request):
    return json.loads(standin.img2img(**ask(**request))['info'])['infotexts']


def square_mask(box=(16, 24, 40, 48)):
    mask = Image.new('L', PICTURE.size)
    mask.paste(255, box)
    return mask


def test_events_come_in_the_host_s_order():
    recorder, = standin.load(extension=None, probes=[Recorder])
    script_callbacks.on_cfg_denoiser(lambda params: recorder.events.append('cfg_denoiser'))
    paint(mask=png(square_mask()), inpaint_full_res=False, steps=2, denoising_strength=0.5)
    sampling = scripts.HOOKS.index('post_sample')
    assert recorder.events == [*scripts.HOOKS[:sampling], *['cfg_denoiser'] * 2, *scripts.HOOKS[sampling:]]


def test_the_model_sees_a_longer_copy_of_the_sampler_s_latent():
    watcher, = standin.load(extension=None, probes=[Watcher])
    seen = []
    script_callbacks.on_cfg_denoiser(seen.append)
    paint(batch_size=2, prompt='a AND b')
    x, params = watcher.calls[0][0], seen[0]
    assert torch.equal(params.x, x[[0, 0, 1, 1, 0, 1]])
    assert len(params.text_cond) == 4 and len(params.text_uncond) == 2 and len(params.sigma) == 6


def test_ddim_starts_one_timestep_above_its_first_call():
    watcher, = standin.load(extension=None, probes=[Watcher])
    paint(sampler_name='DDIM')
    timesteps = watcher.sampler.get_timesteps(watcher.p, 10)
    level = shared.sd_model.alphas_cumprod[timesteps[6]]
    expected = watcher.init * level.sqrt() + watcher.noise * (1 - level).sqrt()
    assert [t for _, t in watcher.calls] == timesteps[1:6].flip(0).tolist()
    assert torch.equal(watcher.calls[0][0], expected)


@pytest.mark.parametrize('sampler', SAMPLERS)
def test_a_batch_equals_its_images_made_alone(sampler):
    if sampler == 'DPM adaptive':
        pytest.skip('its error norm spans the batch')
    standin.load(extension=None)
    batch = paint(sampler_name=sampler, batch_size=2, n_iter=2)
    for i, picture in enumerate(batch):
        assert np.array_equal(picture, paint(sampler_name=sampler, seed=7 + i)[0])
    assert not np.array_equal(batch[0], batch[1])


@pytest.mark.parametrize('model', ['pointwise', 'convolved'])
def test_a_request_repeated_gives_the_same_picture(model):
    standin.load(model, extension=None)
    first = standin.img2img(**ask())
    paint(seed=99)
    assert standin.img2img(**ask())['images'] == first['images']
    assert standin.img2img(**ask(prompt='b'))['images'] != first['images']
    assert standin.img2img(**ask(cfg_scale=1.0))['images'] != first['images']


@pytest.mark.parametrize('sampler, calls', [('Euler', 7), ('Heun', 13), ('DPM2', 13), ('DPM++ SDE', 13), ('DDIM', 5)])
def test_denoiser_calls_are_not_steps(sampler, calls):
    watcher, = standin.load(extension=None, probes=[Watcher])
    paint(sampler_name=sampler)
    assert len(watcher.calls) == calls
    assert watcher.sampler.config.options.get('second_order', False) == (calls == 13)


def test_pointwise_cells_do_not_see_each_other():
    standin.load(extension=None)
    other = PICTURE.copy()
    other.paste((200, 10, 90), (32, 32, 40, 40))
    before, after = paint()[0], paint(init_images=[png(other)])[0]
    changed = np.argwhere((before != after).any(-1))
    assert changed.min() >= 32 and changed.max() < 40


def test_exceptions_of_hooks_are_printed_and_swallowed(capsys):
    standin.load(extension=None)
    expected = paint()[0]
    standin.load(extension=None, probes=[Thrower])
    assert np.array_equal(paint()[0], expected)
    assert 'Error running postprocess_image_after_composite' in capsys.readouterr().err


class Stopper(Recorder):
    """Interrupts the run after its first denoiser call."""

    def process_batch(self, p, **kwargs):
        p.sampler.model_wrap_cfg.register_forward_hook(lambda *_: shared.state.interrupt())


def test_an_interrupt_returns_the_last_prediction_and_goes_on():
    stopper, = standin.load(extension=None, probes=[Stopper])
    assert len(paint(n_iter=3)) == 1
    assert stopper.p.iteration == 1
    assert 'post_sample' in stopper.events and stopper.events[-1] == 'postprocess'


def test_only_masked_crops_and_pastes_back():
    recorder, = standin.load(extension=None, probes=[Recorder])
    mask = square_mask()
    picture = paint(mask=png(mask), inpaint_full_res=True, inpaint_full_res_padding=4, inpainting_fill=1, mask_blur=0)[0]
    assert recorder.p.paste_to == (12, 20, 32, 32)
    outside = np.asarray(mask) == 0
    assert np.array_equal(picture[outside], np.asarray(PICTURE)[outside])
    assert not np.array_equal(picture[~outside], np.asarray(PICTURE)[~outside])


@pytest.mark.parametrize('box, width, height, crop', [
    ((16, 24, 40, 48), 64, 64, (12, 20, 44, 52)),
    ((16, 24, 40, 48), 128, 64, (0, 20, 64, 52)),
    ((0, 0, 8, 40), 64, 64, (0, 0, 44, 44)),
    ((60, 10, 64, 20), 64, 128, (55, 6, 64, 24)),
])
def test_the_crop_is_widened_to_the_aspect_inside_the_picture(box, width, height, crop):
    mask = square_mask(box)
    assert masking.expand_crop_region(masking.get_crop_region(mask, 4), width, height, *mask.size) == crop


@pytest.mark.parametrize('resize_mode, fill', [(0, 0), (1, 1), (2, 2), (3, 1), (0, 3)])
def test_every_masked_content_and_resize_mode_makes_a_picture(resize_mode, fill):
    recorder, = standin.load(extension=None, probes=[Recorder])
    wide = {'width': 96, 'resize_mode': resize_mode, 'mask': png(square_mask()), 'inpaint_full_res': False, 'inpainting_fill': fill}
    assert paint(**wide, mask_blur=2)[0].shape == (64, 96, 3)
    assert recorder.p.nmask.shape == (4, 8, 12) and set(recorder.p.nmask.unique().tolist()) == {0.0, 1.0}


def test_the_blur_of_a_mask_is_opencv_s():
    dot = np.zeros((13, 13), dtype=np.uint8)
    dot[6] = 255
    assert np.asarray(images.blurred(Image.fromarray(dot), 1, 1))[:, 6].tolist() == [0, 0, 0, 1, 14, 62, 102, 62, 14, 1, 0, 0, 0]


def test_a_list_of_init_images_lowers_the_batch_size():
    standin.load(extension=None)
    two = [png(PICTURE), png(PICTURE.rotate(90))]
    assert len(paint(init_images=two, batch_size=3)) == 2
    with pytest.raises(RuntimeError, match='bad number of images'):
        paint(init_images=two, batch_size=1)


class Nested(standin.Probe):
    """Paints another picture in the middle of a run."""

    def postprocess_image(self, p, pp):
        inner = processing.StableDiffusionProcessingImg2Img(init_images=[pp.image], width=64, height=64, steps=5)
        self.inner = processing.process_images(inner).images[0]


def test_a_run_inside_a_hook_leaves_the_outer_run_alone():
    standin.load(extension=None)
    expected = paint(batch_size=2)
    nested, = standin.load(extension=None, probes=[Nested])
    assert np.array_equal(paint(batch_size=2), expected)
    assert nested.inner.size == (64, 64)


EXTENSION = '''
import gradio as gr
from modules import processing, scripts
from modules.ui_components import InputAccordion
import beside

class Tinted(scripts.Script):
    def title(self):
        return 'Tinted Glass'
    def show(self, is_img2img):
        return scripts.AlwaysVisible if is_img2img else False
    def ui(self, is_img2img):
        with InputAccordion(False, label='Tinted Glass', elem_id=self.elem_id('on')) as on:
            shade = gr.Slider(0, 1, 0.5, label='Shade')
            word = gr.Textbox('', label='Word')
        self.infotext_fields = [(on, 'Tint'), (shade, 'Tint shade'), (word, 'Tint word')]
        return [on, shade, word]
    def process(self, p, on, shade, word):
        self.got = on, shade, word
        if on:
            p.extra_generation_params.update({'Tint': on, 'Tint shade': shade, 'Tint word': word})

class Chosen(scripts.Script):
    def title(self):
        return 'Chosen'
    def ui(self, is_img2img):
        return [gr.Number(1, label='Rounds')]
    def run(self, p, rounds):
        self.got = rounds
        return processing.process_images(p)
'''


@pytest.fixture
def tinted(tmp_path):
    (tmp_path / 'scripts').mkdir()
    (tmp_path / 'scripts' / 'tinted.py').write_text(EXTENSION)
    (tmp_path / 'beside.py').write_text('')
    standin.load(extension=tmp_path)
    return scripts.scripts_img2img.alwayson_scripts[0]


@pytest.mark.parametrize('given, got', [
    ({}, (False, 0.5, '')),
    ({'args': []}, (False, 0.5, '')),
    ({'args': [True]}, (True, 0.5, '')),
    ({'args': [True, None, 'x', 'cut']}, (True, None, 'x')),
    ({'args': 'ab'}, ('a', 'b', '')),
])
def test_arguments_are_filled_from_the_defaults(tinted, given, got):
    standin.img2img(**ask(alwayson_scripts={'tinted GLASS': given}))
    assert tinted.got == got


def test_infotext_goes_round(tinted):
    answer = standin.img2img(**ask(alwayson_scripts={'Tinted Glass': {'args': [True, 0.25, 'a, "b": c']}}))
    text = json.loads(answer['info'])['infotexts'][0]
    assert standin.paste(text) == {'Tinted Glass': True, 'Shade': 0.25, 'Word': 'a, "b": c'}
    assert standin.pictures(answer)[0].info['parameters'] == text
    again = standin.img2img(**{name: value for name, value in ask(infotext=text).items() if name not in ('steps', 'seed', 'sampler_name')})
    assert tinted.got == (True, 0.25, 'a, "b": c') and again['images'] == answer['images']
    off, = infotexts()
    assert 'Tint' not in off and standin.paste(off) == {}


class Speaker(standin.Probe):
    """Says something, and lets a run of one step fail."""

    def process(self, p):
        p.comment('first line')
        if p.steps == 1:
            p.init = throw


def test_the_page_shows_comments_and_errors():
    standin.load(extension=None, probes=[Speaker])
    assert standin.press_generate(**ask())[1] == 'first line\n'
    assert standin.press_generate(**ask(steps=1)) == ([], 'ValueError: thrown by a hook')


class Keys(standin.Probe):
    """Writes a key of its own for each picture of a batch."""

    def process(self, p):
        p.extra_generation_params['Each'] = ['x', 'y']


def test_an_infotext_s_value_that_looks_like_a_size_comes_back_in_halves():
    params = infotext_utils.parse_generation_parameters('Steps: 2, Size: 64x48, Word: "4x4", Seed: 1')
    assert params['Size-1'] == '64' and params['Word-2'] == '4' and not {'Size', 'Word'} & set(params)
    assert params['Hires resize-1'] == 0


def test_an_infotext_takes_its_own_item_of_a_list():
    standin.load(extension=None, probes=[Keys])
    assert [text.split('Each: ')[1][0] for text in infotexts(batch_size=2, n_iter=2)] == ['x', 'y', 'x', 'y']


def test_a_selectable_script_runs_instead(tinted):
    chosen = next(script for script in scripts.scripts_img2img.selectable_scripts if script.title() == 'Chosen')
    assert standin.img2img(**ask(script_name='chosen', script_args=[3]))['images'] == standin.img2img(**ask())['images']
    assert chosen.got == 3


def test_an_option_never_set_before_leaks_out_of_a_request():
    standin.load(extension=None)
    paint(override_settings={'eta_ddim': 0.5})
    assert shared.opts.eta_ddim == 0.5
    shared.opts.set('eta_ddim', 0.0)
    paint(override_settings={'eta_ddim': 0.5})
    assert shared.opts.eta_ddim == 0.0


@pytest.mark.parametrize('option, sampler', [('img2img_extra_noise', 'Euler'), ('s_churn', 'Euler'),
                                             ('img2img_fix_steps', 'Euler'), ('eta_ddim', 'DDIM')])
def test_options_that_change_the_run_do(option, sampler):
    standin.load(extension=None)
    before = paint(sampler_name=sampler)[0]
    shared.opts.set(option, 1)
    assert not np.array_equal(paint(sampler_name=sampler)[0], before)


class Refusal(Exception):
    def __init__(self, sentence):
        super().__init__(sentence)
        self.status_code, self.detail = 422, sentence


class Refuser(standin.Probe):
    """Refuses some prompts, and breaks at others."""

    def process(self, p):
        def refuse(*args):
            raise Refusal('no picture') if p.prompt == 'refuse' else KeyError('oops')

        if p.prompt != 'a':
            p.init = refuse


def call(address, path, body=None):
    url = f'{address}/sdapi/v1/{path}'
    answer = requests.get(url, timeout=30) if body is None else requests.post(url, json=body, timeout=30)
    return answer.status_code, answer.json()


def test_the_api_over_http(capsys):
    standin.load(extension=None, probes=[Refuser])
    expected = standin.img2img(**ask())['images']
    with standin.serve() as address:
        status, refused = call(address, 'img2img', ask(prompt='refuse'))
        assert (status, refused['error'], refused['detail']) == (422, 'Refusal', 'no picture')
        assert call(address, 'img2img', ask(prompt='break'))[0] == 500
        status, refused = call(address, 'img2img', ask(alwayson_scripts={'nobody': {}}))
        assert (status, refused['detail']) == (422, "Script 'nobody' not found")
        assert call(address, 'img2img', ask(steps='many'))[0] == 422
        assert call(address, 'img2img', ask(init_images=['?']))[0] == 500
        assert call(address, 'img2img', ask(init_images=[]))[0] == 404
        assert call(address, 'img2img', ask(alwayson_scripts={'refuser': {'args': 5}}))[0] == 500
        status, answer = call(address, 'img2img', ask())
        assert status == 200 and answer['images'] == expected
        assert answer['parameters']['init_images'] is None and answer['parameters']['steps'] == 10
        assert {'name': 'refuser', 'is_alwayson': True, 'is_img2img': True, 'args': []} in call(address, 'script-info')[1]
        assert call(address, 'scripts')[1]['img2img'] == ['refuser']
        assert 'Euler a' in [sampler['name'] for sampler in call(address, 'samplers')[1]]
        assert call(address, 'options', {'eta_ddim': 0.25})[0] == 200
        assert call(address, 'options')[1]['eta_ddim'] == 0.25
    assert 'API error' in capsys.readouterr().err


class Signaller(standin.Probe):
    """Says when the sampling has begun."""

    def __init__(self):
        self.begun = threading.Event()

    def post_sample(self, p, ps):
        self.begun.set()


def test_a_request_can_be_interrupted():
    signaller, = standin.load(extension=None, probes=[Signaller])
    with standin.serve() as address:
        answers = []
        request = ask(steps=150, denoising_strength=1.0, n_iter=100)
        thread = threading.Thread(target=lambda: answers.append(call(address, 'img2img', request)))
        thread.start()
        assert signaller.begun.wait(30)
        call(address, 'interrupt', {})
        thread.join()
    assert answers[0][0] == 200 and len(answers[0][1]['images']) < 100
