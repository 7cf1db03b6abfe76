"""Generate: the page makes, bit for bit, what the API makes of the same map."""
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from client import png
from PIL import Image

from .conftest import SIZE, file_of, percent

STAGE = '.diffdiff-stage'
MASK = ':is(canvas[key=mask], canvas.forge-drawing-canvas)'
SKETCH, INPAINT, INPAINT_SKETCH, INPAINT_UPLOAD = 1, 2, 3, 4


@pytest.fixture
def ready(webui, original):
    """The page with a picture and a seed."""
    webui.give('#img2img_image', original)
    webui.set(seed=1)
    return webui


def test_of_a_painted_map(ready, original):
    ready.tick()
    ready.drag(STAGE, (0.3, 0.3), (0.7, 0.5))
    text = ready.wait_for_text()
    picture, = ready.generate()
    assert ready.map().max() > 0
    assert np.array_equal(picture, ready.api(original, [True, text])[0])


@pytest.mark.parametrize('whole, steps', [(75, 20), (15, 20), (95, 40), (58, 50)])
def test_of_a_painted_percentage_it_is_plain_img2img_at_that_strength(ready, original, whole, steps):
    ready.set(denoising_strength=1, steps=steps)
    ready.tick()
    paint_all(ready, whole)
    assert set(np.unique(ready.map())) == {percent(whole)}
    plain = ready.api(original, denoising_strength=whole / 100, steps=steps)[0]
    assert np.array_equal(ready.generate()[0], plain)


@pytest.mark.parametrize('way', ['in the painter', 'by the setting'])
def test_of_an_inverted_percentage_too(ready, original, way):
    ready.set(denoising_strength=1)
    ready.tick()
    paint_all(ready, 65)
    if way == 'in the painter':
        ready.see('.diffdiff-painter button[aria-label="Invert: black areas change"]').click()
    else:
        for label in ready.see('#script_differential_diffusion_enabled .label-wrap').all()[1:]:
            label.click()
        ready.see('#script_differential_diffusion_invert input').check()
    assert np.array_equal(ready.generate()[0], ready.api(original, denoising_strength=0.35)[0])


def paint_all(webui, whole):
    """A rectangle of so many percent over the whole picture."""
    webui.see(STAGE).wait_for()
    webui.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]').fill(str(whole))
    webui.page.keyboard.press('Enter')
    webui.page.keyboard.press('m')
    webui.drag(STAGE, (0.001, 0.001), (0.999, 0.999))
    webui.wait_for_text()


def test_at_once_after_a_stroke(ready, original):
    """The map is the stroke's, however soon the button follows."""
    ready.tick()
    ready.drag(STAGE, (0.2, 0.2), (0.4, 0.2))
    first = ready.wait_for_text()
    ready.drag(STAGE, (0.3, 0.7), (0.8, 0.8))
    picture, = ready.generate()
    assert ready.text() != first
    assert np.array_equal(picture, ready.api(original, [True, ready.text()])[0])


def test_of_settings_and_a_batch(ready, original, ramp):
    ready.tick()
    ready.choose_map(file_of(ramp))
    ready.wait_for_text()
    ready.see('#script_differential_diffusion_max_strength input[type=number]').fill('0.6')
    ready.see('#script_differential_diffusion_blur input[type=number]').fill('8')
    ready.set(steps=12, batch_size=2, denoising_strength=0.9)
    ready.choose_sampler('Euler a')
    pictures = ready.generate()
    settings = {'change_map': ready.text(), 'max_strength': 0.6, 'blur': 8}
    expected = ready.api(original, settings, steps=12, batch_size=2, denoising_strength=0.9, sampler_name='Euler a')
    assert np.array_equal(pictures, expected)


def test_unticked_the_map_is_without_effect(ready, original, ramp):
    ready.tick()
    ready.choose_map(file_of(ramp))
    ready.wait_for_text()
    ready.see('#script_differential_diffusion_enabled-visible-checkbox').uncheck()
    ready.page.wait_for_function("!document.querySelector('#script_differential_diffusion_enabled-checkbox input').checked")
    picture, = ready.generate()
    assert np.array_equal(picture, ready.api(original)[0])


def test_in_the_inpaint_tab_the_mask_multiplies(webui, original, ramp):
    webui.set(seed=1)
    webui.open_tab(INPAINT)
    webui.give('#img2maskimg', original)
    webui.see(f'#img2maskimg {MASK}').first.wait_for()
    webui.drag(f'#img2maskimg {MASK}', (0.2, 0.5), (0.5, 0.6), (0.8, 0.5), first=True)
    webui.page.wait_for_timeout(500)
    webui.tick()
    webui.choose_map(file_of(ramp))
    webui.wait_for_text()
    picture, = webui.generate()
    mask = painted_mask(webui)
    assert 0 < np.asarray(mask).mean() < 128
    assert np.array_equal(picture, webui.api(original, [True, webui.text()], mask=png(mask))[0])


def painted_mask(webui):
    """What the host makes of the strokes: on gradio 3 their opacity, on gradio 4 white where it is more than half."""
    strokes = webui.see(f'#img2maskimg {MASK}').first
    alpha = Image.open(BytesIO(b64decode(strokes.evaluate('canvas => canvas.toDataURL()').split(',')[1]))).getchannel('A')
    return alpha if strokes.get_attribute('key') else alpha.point(lambda value: 255 * (value > 128))


def test_of_an_uploaded_mask_alone(webui, original, ramp):
    webui.set(seed=1)
    webui.open_tab(INPAINT_UPLOAD)
    webui.give('#img_inpaint_base', original)
    webui.give('#img_inpaint_mask', ramp)
    webui.tick()
    picture, = webui.generate()
    assert np.array_equal(picture, webui.api(original, [True], mask=png(ramp))[0])


def test_of_an_uploaded_mask_in_its_own_depth(webui, original):
    """gradio makes 8 bits of it, and white of every grey above 255."""
    deep = Image.fromarray(np.tile(np.linspace(0, 65535, SIZE).astype(np.uint16), (SIZE, 1)))
    webui.set(seed=1)
    webui.open_tab(INPAINT_UPLOAD)
    webui.give('#img_inpaint_base', original)
    webui.give('#img_inpaint_mask', deep)
    webui.tick()
    webui.see('.diffdiff-preview', has_text='The mask of the Inpaint tab is the change map.').wait_for()
    assert '0.03 – 0.72' in webui.see('.diffdiff-preview').inner_text()
    ours = webui.generate()[0]
    assert np.array_equal(ours, webui.api(original, [True], mask=png(deep))[0])
    webui.give('#img_inpaint_mask', original)
    webui.page.wait_for_function("!document.querySelector('#script_differential_diffusion_mask_file textarea').value")
    assert not np.array_equal(webui.generate()[0], ours)


def test_of_a_picture_scaled_by_a_factor(ready, original, ramp):
    """Resize by: the painted map follows, and what is black keeps its pixels, though no side is a multiple of 8."""
    ready.see('#img2img_tabs_resize button', has_text='Resize by').click()
    ready.page.wait_for_function("document.querySelector('#standin_resize_tab input').value === '1'")
    ready.set(scale=0.9)
    half = np.where(np.arange(SIZE) < SIZE // 2, 0, ramp).astype(np.uint8)
    ready.tick()
    ready.choose_map(file_of(half))
    ready.wait_for_text()
    ready.see('.diffdiff-preview', has_text='Different strengths').wait_for()
    picture, = ready.generate()
    side = int(SIZE * 0.9)
    assert picture.shape == (side // 8 * 8, side // 8 * 8, 3)
    assert np.array_equal(picture, ready.api(original, [True, ready.text()], width=side, height=side)[0])
    scaled = np.asarray(original.resize((side, side), Image.Resampling.LANCZOS))
    assert np.array_equal(picture[:, :side // 2 - 8], scaled[:picture.shape[0], :side // 2 - 8])


def test_of_a_sketch(webui, original):
    webui.set(seed=1)
    webui.open_tab(SKETCH)
    webui.give('#img2img_sketch', original)
    webui.tick()
    webui.drag(STAGE, (0.3, 0.3), (0.7, 0.5))
    text = webui.wait_for_text()
    assert np.array_equal(webui.generate()[0], webui.api(original, [True, text])[0])


def test_in_the_inpaint_sketch_tab_what_is_drawn_multiplies(webui, original, ramp):
    webui.open_tab(INPAINT_SKETCH)
    webui.set(seed=1, mask_blur=0)
    webui.give('#inpaint_sketch', original)
    webui.page.wait_for_timeout(500)
    webui.tick()
    webui.choose_map(file_of(ramp))
    webui.wait_for_text()
    webui.see('.diffdiff-warnings', has_text='This preview does not include the drawing in the Inpaint sketch tab').wait_for()
    canvas = ':is(canvas[key=drawing], canvas.forge-drawing-canvas)'
    webui.drag(f'#inpaint_sketch {canvas}', (0.2, 0.5), (0.5, 0.6), (0.8, 0.5), first=True)
    webui.page.wait_for_timeout(1000)
    picture, = webui.generate()
    kept = (picture == np.asarray(original)).all(-1)
    assert kept[:32].all() and kept[-16:].all() and 0.02 < 1 - kept.mean() < 0.6


def test_the_last_run_tells_what_was_held(ready, ramp):
    ready.set(denoising_strength=1)
    ready.tick()
    ready.choose_map(file_of(ramp))
    ready.wait_for_text()
    ready.generate()
    run = ready.last_run()
    assert run['steps'] == 20 and run['held'][0] == 1 and run['held'] == sorted(run['held'], reverse=True)
    assert len(set(run['held'])) > 10


def test_without_a_map_the_page_says_so(ready):
    ready.tick()
    assert ready.generate() == []
    assert ready.see('#html_log_img2img .error').is_visible()
