"""What the page says before a run, against what the run then does."""
import numpy as np
import pytest
from PIL import Image

from .conftest import SCRIPT, file_of

ASK = """async () => {
    const {naturalWidth, naturalHeight} = diffdiff.hosts.img2img.picture();
    const situation = diffdiff.hosts.img2img.situation([naturalWidth, naturalHeight]);
    return diffdiff.ask('preview', situation, document.querySelector('.diffdiff-map'));
}"""


def preview(webui):
    """The numbers of a preview, asked as the page asks; again where the page itself asks something newer meanwhile."""
    webui.page.wait_for_timeout(500)
    while (told := webui.page.evaluate(ASK)) is None:
        pass
    assert told['ok'], told
    return told


def released(run):
    """From a run's denoiser calls: {step of the schedule, from 1: share of the cells that were injected there for the last time}."""
    held = [*run['held'], run['kept']]
    first = run['steps'] - len(run['held']) + 1
    return {first + i: held[i] - held[i + 1] for i in range(len(run['held'])) if held[i] > held[i + 1]}


def assert_told(told, run):
    shares = {row['step']: row['share'] for row in told['histogram'] if row['share']}
    assert shares == pytest.approx(released(run), abs=1e-6)
    assert told['unreleased'] == pytest.approx(run['kept'], abs=1e-6)
    assert (told['steps'], told['run_steps'], told['skipped']) == (run['steps'], len(run['held']), run['steps'] - len(run['held']))


def uneven(ramp):
    return np.where((ramp > 30) & (ramp < 99), ramp // 2 + 40, ramp // 2).astype(np.uint8)


@pytest.mark.parametrize('sampler', ['Euler', 'DPM++ 2M'])
@pytest.mark.parametrize('numbers, settings', [
    ({'denoising_strength': 1}, {}),
    ({'steps': 8, 'denoising_strength': 0.6}, {'max_strength': 0.7}),
    ({'steps': 33, 'width': 192, 'height': 64}, {'blur': 6}),
], ids=['ramp', 'few steps', 'another shape'])
def test_the_preview_s_numbers_are_the_run_s(webui, original, ramp, sampler, numbers, settings):
    webui.give('#img2img_image', original)
    webui.choose_sampler(sampler)
    webui.set(**numbers)
    webui.tick()
    webui.choose_map(file_of(uneven(ramp)))
    webui.wait_for_text()
    for name, value in settings.items():
        webui.see(f'{SCRIPT}_{name} input[type=number]').fill(str(value))
        webui.see(f'{SCRIPT}_{name} input[type=number]').press('Tab')
    told = preview(webui)
    webui.generate()
    assert_told(told, webui.last_run())


def test_of_a_painted_map_on_a_cropped_picture(webui, original):
    webui.give('#img2img_image', Image.fromarray(np.asarray(original)[:96]))
    webui.see('#resize_mode label').nth(1).click()
    webui.tick()
    webui.drag('.diffdiff-stage', (0.1, 0.2), (0.9, 0.8))
    webui.wait_for_text()
    webui.page.keyboard.press('4')
    webui.drag('.diffdiff-stage', (0.1, 0.9), (0.9, 0.3))
    told = preview(webui)
    webui.generate()
    run = webui.last_run()
    assert_told(told, run)
    assert len(released(run)) > 3


def test_of_a_share_the_pointer_tells_both_numbers(webui, original):
    """Half grey, by a curve that reaches half of the change at .4."""
    webui.give('#img2img_image', original)
    webui.set(denoising_strength=1)
    webui.tick()
    webui.choose_map(file_of(np.full((128, 128), 128, dtype=np.uint8)))
    webui.wait_for_text()
    for label in webui.see(f'{SCRIPT}_enabled .label-wrap').all()[1:]:
        label.click()
    webui.see(f'{SCRIPT}_strength_is label', has_text='share of the change').click()
    webui.see('.diffdiff-warnings', has_text='There is no response curve for').wait_for()
    webui.see(f'{SCRIPT}_response textarea').fill('0.4:0.5, 1:1')
    webui.see(f'{SCRIPT}_response textarea').press('Tab')
    webui.see('.diffdiff-facts', has_text='0.40').wait_for()
    webui.see('.diffdiff-strengths canvas').hover()
    assert webui.see('.diffdiff-readout').inner_text() == '50 % of the change here, at Denoising 0.40'
