"""The accordion in txt2img, where the map is for Hires. fix."""
import numpy as np
import pytest
from client import WebUI

from .conftest import file_of

ID = '#script_txt2img_differential_diffusion'
LOG = "document.querySelector('#html_log_txt2img .performance')?.textContent ?? ''"
STAGE = '.diffdiff-stage'
HIRES = {'width': 64, 'height': 64, 'steps': 20, 'cfg_scale': 3, 'sampler_name': 'DPM++ 2M', 'seed': 1, 'denoising_strength': 0.7,
         'enable_hr': True, 'hr_scale': 2, 'hr_upscaler': 'Lanczos'}


@pytest.fixture
def txt2img(webui):
    """The page with the txt2img tab open and the extension ticked there."""
    webui.page.locator('#tabs button', has_text='txt2img').first.click()
    webui.tab = '#tab_txt2img'
    webui.see(f'{ID}_enabled > .label-wrap').click()
    webui.page.wait_for_function(f"document.querySelector('{ID}_enabled-checkbox input').checked")
    return webui


def text(txt2img):
    return txt2img.see(f'{ID}_change_map textarea').input_value()


def generate(txt2img):
    before = txt2img.page.evaluate(LOG)
    txt2img.see('#txt2img_generate').click()
    txt2img.page.wait_for_function(f'before => ({LOG}) !== before', arg=before, timeout=180_000)
    return txt2img.see('#html_log_txt2img').first.inner_text()


def shown(txt2img):
    image = txt2img.see('#txt2img_gallery img').first
    image.wait_for()
    return image.evaluate('image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])')


def test_a_map_can_be_painted_before_there_is_a_picture(txt2img):
    txt2img.see(STAGE).wait_for()
    txt2img.drag(STAGE, (0.3, 0.3), (0.7, 0.5))
    txt2img.page.wait_for_function(f"document.querySelector('{ID}_change_map textarea').value")
    assert text(txt2img).startswith('data:image/png')
    assert txt2img.page.evaluate("document.querySelector('#script_differential_diffusion_change_map textarea').value") == ''


def test_without_hires_fix_the_page_says_so_before_the_run_does(txt2img, ramp):
    txt2img.choose_map(file_of(ramp))
    note = txt2img.see('.diffdiff-preview')
    note.get_by_text('Hires. fix').first.wait_for()
    assert 'switch "Hires. fix" on' in note.inner_text()
    assert 'switch "Hires. fix" on' in generate(txt2img)


def test_the_map_rules_the_second_pass(txt2img, ramp):
    prompt = txt2img.see('#txt2img_prompt textarea').input_value()
    txt2img.see('#txt2img_hr > .label-wrap').click()
    txt2img.page.wait_for_function("document.querySelector('#txt2img_hr-checkbox input').checked")
    half = np.where(np.arange(128) < 64, 0, np.full((128, 128), 255)).astype(np.uint8)
    txt2img.choose_map(file_of(half))
    txt2img.see('.diffdiff-preview', has_text='of 20').wait_for()
    assert 'error' not in generate(txt2img)
    assert shown(txt2img) == [128, 128]
    api = WebUI(txt2img.address)
    ours = api.txt2img([True, text(txt2img)], prompt=prompt, **HIRES)
    plain = api.txt2img(prompt=prompt, **HIRES).pictures[0]
    assert (ours.pictures[0] != plain)[:, :56].any()
    assert ours_of(txt2img.see('#html_info_txt2img').first.inner_text()) == ours_of(ours.infotexts[0])


def ours_of(parameters):
    return parameters[parameters.index('DiffDiff map'):parameters.index(', Denoising')]
