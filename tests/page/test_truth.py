"""What stands on the canvas is what a run does: under every setting, in one scale, with the way to turn each setting off."""
import numpy as np
import pytest

from .conftest import SCRIPT, SIZE, file_of, percent
from .test_painter import Painting

LEGEND = '.diffdiff-legend'
TAG = '.diffdiff-tag'
LAYER = """share => {
    const canvas = document.querySelectorAll('.diffdiff-stage canvas')[1];
    return [...canvas.getContext('2d').getImageData(share * canvas.width, share * canvas.height, 1, 1).data];
}"""


@pytest.fixture
def painting(webui, original):
    painting = Painting(webui, original)
    webui.page.wait_for_function("document.querySelector('.diffdiff-strength .diffdiff-unit').textContent.includes('·')")  # the scale is there
    return painting


def put(painting, **settings):
    for name, value in settings.items():
        box = painting.webui.see(f'{SCRIPT}_{name} input[type=number]')
        box.evaluate('(box, value) => { box.value = value; box.dispatchEvent(new Event("input", {bubbles: true})); }', str(value))


def turn(painting):
    painting.click('Invert: black areas change')
    painting.page.wait_for_function("document.querySelector('.diffdiff-bar [aria-label^=Invert]').getAttribute('aria-pressed') === 'true'")


def tag(painting, point, words):
    painting.hover()
    painting.move(point)
    painting.page.wait_for_function("words => document.querySelector('.diffdiff-tag').textContent === words", arg=words)


def colour(painting, strength):
    return painting.page.evaluate('strength => diffdiff.colours.heat(strength)', strength)


def layer(painting, share):
    painting.page.wait_for_timeout(100)
    return painting.page.evaluate(LAYER, share)


def test_a_painted_strength_comes_out_under_weakest_strongest_and_invert(painting):
    painting.click('Everything')
    painting.map()
    put(painting, min_strength=0.2, max_strength=0.6)
    tag(painting, (64, 64), '100 %  ·  Denoising 0.45')
    turn(painting)
    tag(painting, (64, 64), '0 %  ·  Denoising 0.15')
    assert layer(painting, 0.5) == pytest.approx(colour(painting, 0.15), abs=4)


def test_under_invert_a_brush_paints_what_it_says_and_the_eraser_keeps(painting):
    painting.webui.set(denoising_strength=1)
    turn(painting)
    painting.set(strength=80, size=40, hardness=100)
    painting.stroke((30, 64))
    found = painting.map()
    assert found[64, 30] == 65535 - percent(80) or found[64, 30] == percent(20)
    assert found[64, 100] == 0  # black: all of it changes
    painting.press('e')
    painting.stroke((100, 64))
    assert painting.map()[64, 100] == 65535
    tag(painting, (30, 64), '80 %  ·  Denoising 0.80')
    tag(painting, (100, 64), '0 %  ·  Denoising 0.00')
    tag(painting, (64, 8), '100 %  ·  Denoising 1.00')


def test_invert_is_one_setting_and_leaves_a_16_bit_file_as_it_is(painting):
    fine = np.arange(SIZE * SIZE, dtype=np.uint16).reshape(SIZE, SIZE) * 3
    painting.webui.choose_map(file_of(fine))
    before = painting.webui.wait_for_text()
    turn(painting)
    assert painting.webui.see(f'{SCRIPT}_invert input').is_checked()
    painting.page.wait_for_timeout(300)
    assert painting.webui.text() == before


def test_an_empty_map_that_is_inverted_is_one_that_changes_everything(painting):
    turn(painting)
    assert painting.map().max() == 0
    painting.webui.see('.diffdiff-facts', has_text='100 %').wait_for()


def test_every_setting_that_changes_the_map_has_a_chip_that_turns_it_off(painting):
    chips = painting.webui.see('.diffdiff-off')
    painting.click('Centre')
    painting.map()
    assert chips.count() == 0
    put(painting, min_strength=0.2, blur=12)
    turn(painting)
    painting.page.wait_for_function("document.querySelectorAll('.diffdiff-off').length === 3")
    assert [chip.inner_text().strip() for chip in chips.all()] == ['Invert', 'Blur (px) 12', 'Weakest 0.2']
    for _ in range(3):
        chips.first.click()
    painting.page.wait_for_function("document.querySelectorAll('.diffdiff-off').length === 0")
    assert painting.webui.see(f'{SCRIPT}_blur input[type=number]').input_value() == '0'
    painting.page.wait_for_function("document.querySelector('.diffdiff-bar [aria-label^=Invert]').getAttribute('aria-pressed') === 'false'")


def test_the_view_of_what_comes_out_shows_the_cells_of_the_run_blur_included(painting):
    painting.set(size=40, hardness=100)
    painting.stroke((64, 64))
    painting.map()
    sharp = layer(painting, 0.30)
    assert sharp[3] == 0
    put(painting, blur=16)
    painting.click('What comes out: all settings, cell by cell')
    painting.webui.see('.diffdiff-active', has_text='Blur').wait_for()
    painting.page.wait_for_function(f"({LAYER})(0.30)[3] > 20")
    painting.hover()
    painting.move((38, 38))
    painting.page.wait_for_function("document.querySelector('.diffdiff-tag').textContent.includes('its cell')")


def test_opacity_follows_strength_from_nothing(painting):
    alphas = [colour(painting, strength)[3] for strength in (0, 0.01, 0.1, 0.5, 1)]
    assert alphas[0] == 0 and 0 < alphas[1] < 20 and alphas == sorted(alphas) and alphas[4] > 200


def test_other_colours_lie_over_what_changes_or_over_what_stays(painting):
    painting.webui.set(denoising_strength=1)
    painting.set(size=40, hardness=100)
    painting.stroke((64, 64))
    select = painting.webui.see('.diffdiff-foot select')
    for value, inside, outside in (('changes', True, False), ('stays', False, True)):
        select.select_option(value)
        assert [layer(painting, share)[3] > 40 for share in (0.5, 0.1)] == [inside, outside], value


def test_painter_and_plan_have_one_scale(painting):
    assert painting.webui.see(LEGEND).inner_text().replace('\n', ' ').strip() == 'Denoising 0 1'
    painting.webui.set(denoising_strength=0.5)
    painting.click('Everything')
    painting.map()
    painting.webui.see('.diffdiff-facts', has_text='0.50 – 0.50').wait_for()
    painting.hover()
    assert layer(painting, 0.25) == pytest.approx(colour(painting, 0.5), abs=4)
    boxes = [painting.webui.see(f'.diffdiff-strengths {part}').bounding_box() for part in ('canvas', '.diffdiff-scale')]
    assert boxes[0]['width'] == pytest.approx(boxes[1]['width'], abs=1) and boxes[0]['x'] == pytest.approx(boxes[1]['x'], abs=1)


def test_the_numbers_agree(painting):
    painting.press('m')
    painting.stroke((0.5, 0.5), (64, SIZE - 0.5))
    painting.map()
    painting.webui.see('.diffdiff-facts', has_text='50 %').wait_for()
    words = painting.webui.see('.diffdiff-run').inner_text()
    assert '16 of 20 steps are run, as many as without a map' in words and '50 % of the picture is kept' in words
    assert '0 %' in painting.webui.see('.diffdiff-facts div', has_text='Time saved').inner_text()
    assert painting.webui.generate()
    assert '50 % of the picture kept' in painting.page.content()
