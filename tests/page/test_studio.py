"""The whole window: paint, generate, compare, go on from the result, without scrolling; and the field's ways to a first map."""
import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from .conftest import SCRIPT, SIZE, file_of
from .test_painter import Painting

STUDIO = '.diffdiff-map.diffdiff-studio'
STAGE_PIXEL = """([across, down]) => {
    const canvas = document.querySelector('.diffdiff-stage canvas');
    return [...canvas.getContext('2d').getImageData(across * canvas.width, down * canvas.height, 1, 1).data];
}"""


# From where to where the middle column of the stage is not empty, in shares of its height.
OPAQUE_ROWS = """() => {
    const canvas = document.querySelector('.diffdiff-stage canvas'), {height} = canvas;
    const alphas = canvas.getContext('2d').getImageData(canvas.width >> 1, 0, 1, height).data.filter((_, i) => i % 4 === 3);
    return [alphas.findIndex((alpha) => alpha) / height, (alphas.findLastIndex((alpha) => alpha) + 1) / height];
}"""


@pytest.fixture
def painting(webui, original):
    return Painting(webui, original)


def test_ticking_opens_the_accordion_and_says_that_a_map_is_needed(webui, original):
    webui.give('#img2img_image', original)
    webui.see(f'{SCRIPT}_enabled-visible-checkbox').check()
    webui.see('.diffdiff-stage').wait_for()
    webui.see('.diffdiff-warnings', has_text='There is no map yet').wait_for()
    assert webui.see(f'{SCRIPT}_enabled-visible-checkbox').is_checked()


@pytest.mark.parametrize('name, inside, outside', [
    ('Everything', [(64, 64), (2, 2)], []),
    ('Centre', [(64, 64)], [(2, 2), (125, 64)]),
    ('Border', [(1, 1), (126, 126)], [(64, 64)]),
    ('Above the horizon', [(64, 5)], [(64, 120)]),
])
def test_starters_begin_a_map_at_the_strength_that_is_chosen(painting, name, inside, outside):
    painting.set(strength=60)
    painting.click(name)
    found = painting.map() / 65535
    assert all(found[y, x] >= 0.55 for x, y in inside) and all(found[y, x] <= 0.03 for x, y in outside) and found.max() <= 0.6001
    assert not painting.webui.see('.diffdiff-invitation').is_visible()
    painting.press('z')
    painting.webui.see('.diffdiff-invitation').wait_for()


def test_the_whole_window_has_all_that_the_loop_needs(painting):
    painting.click('Everything')
    painting.map()
    painting.click('Whole window')
    studio = painting.webui.see(STUDIO)
    studio.wait_for()
    size = painting.page.viewport_size
    for part in ('.diffdiff-stage', '.diffdiff-main', '.diffdiff-run', '.diffdiff-bar'):
        box = studio.locator(part).bounding_box()
        assert box['x'] >= 0 and box['y'] >= 0 and box['x'] + box['width'] <= size['width'] and box['y'] + box['height'] <= size['height'], part
    assert studio.locator('.diffdiff-stage').bounding_box()['width'] > size['width'] / 2
    painting.press('Escape')
    painting.page.wait_for_function(f"!document.querySelector('{STUDIO}')")
    assert painting.webui.see('.diffdiff-stage').is_visible()


def test_the_loop_paint_generate_compare(painting, original):
    painting.click('Everything')
    painting.map()
    painting.click('Whole window')
    prompt = painting.webui.see('.diffdiff-studio-head textarea')
    assert prompt.input_value() == painting.webui.see('#img2img_prompt textarea').input_value()
    painting.webui.see('.diffdiff-denoising input').fill('0.6')
    painting.webui.see('.diffdiff-facts', has_text='0.60').wait_for()
    assert painting.webui.see('#img2img_denoising_strength input[type=number]').input_value() == '0.6'
    painting.webui.see('.diffdiff-main').click()
    painting.webui.see('.diffdiff-wipe').wait_for()
    address = painting.page.evaluate("document.querySelector('#img2img_gallery img').src")
    result = np.asarray(Image.open(BytesIO(painting.page.request.get(address).body())).convert('RGB'))
    side = painting.webui.see('.diffdiff-stage').bounding_box()
    wipe = painting.webui.see('.diffdiff-wipe')
    for value, expected in ((0, result), (100, np.asarray(original))):
        wipe.evaluate('(wipe, value) => { wipe.value = value; wipe.dispatchEvent(new Event("input")); }', value)
        painting.page.wait_for_timeout(150)
        assert np.abs(np.array(painting.page.evaluate(STAGE_PIXEL, [0.5, 0.5]))[:3] - expected[60:68, 60:68].mean(axis=(0, 1))).max() < 40
    assert side['width'] > 0


def test_a_result_of_another_shape_lies_where_its_cells_were(painting, original):
    """Cropped to twice as wide as high, the result covers the middle half of the picture; above and below the picture stays."""
    painting.webui.see('#resize_mode label', has_text='Crop and resize').click()
    painting.webui.set(width=128, height=64, denoising_strength=1)
    painting.click('Everything')
    painting.map()
    painting.click('Whole window')
    painting.webui.see('.diffdiff-facts', has_text='1.00').wait_for()
    painting.webui.see('.diffdiff-main').click()
    wipe = painting.webui.see('.diffdiff-wipe')
    wipe.wait_for()
    address = painting.page.evaluate("document.querySelector('#img2img_gallery img').src")
    result = np.asarray(Image.open(BytesIO(painting.page.request.get(address).body())).convert('RGB'))
    assert result.shape == (64, 128, 3)
    wipe.evaluate('wipe => { wipe.value = 0; wipe.dispatchEvent(new Event("input")); }')
    painting.page.wait_for_timeout(150)
    top, bottom = painting.page.evaluate(OPAQUE_ROWS)
    middle = {16: np.asarray(original)[16, 64], 48: result[16, 64], 64: result[32, 64], 80: result[48, 64], 112: np.asarray(original)[112, 64]}
    for row, wanted in middle.items():
        seen = painting.page.evaluate(STAGE_PIXEL, [0.5 + 1e-6, top + (row + 0.5) / 128 * (bottom - top)])
        assert np.abs(np.array(seen)[:3] - wanted).max() < 40, row


def test_a_digit_in_the_prompt_of_the_whole_window_is_no_strength(painting):
    painting.click('Whole window')
    prompt = painting.webui.see('.diffdiff-studio-head textarea')
    prompt.fill('')
    prompt.press('5')
    assert prompt.input_value() == '5'
    assert painting.webui.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]').input_value() == '100'
    assert painting.webui.see('#img2img_prompt textarea').input_value() == '5'


# ---- nothing lost -----------------------------------------------------------------------------------------------------

def fake():
    return {'name': 'fake.png', 'mimeType': 'image/png', 'buffer': b'\x89PNG\r\n\x1a\nnothing of a picture'}


def test_an_unreadable_file_takes_the_place_of_nothing(painting):
    painting.stroke((40, 40))
    painting.stroke((80, 80))
    before = painting.map()
    text = painting.webui.text()
    painting.webui.choose_map(fake())
    note = painting.webui.see('.diffdiff-note', has_text='fake.png')
    note.wait_for()
    painting.page.wait_for_timeout(500)
    assert painting.webui.text() == text
    assert 'fake.png' not in painting.webui.see('.diffdiff-name').inner_text()
    assert painting.page.evaluate("[...document.querySelectorAll('.diffdiff-warnings div')].map(one => one.textContent).join()") == ''
    painting.press('z')
    assert (painting.map() != before).any()  # the last stroke, not the file


def test_after_an_unreadable_file_a_reload_offers_what_was_painted(painting, original):
    painting.stroke((40, 40))
    before = painting.map()
    painting.webui.choose_map(fake())
    painting.webui.see('.diffdiff-note', has_text='fake.png').wait_for()
    painting.page.wait_for_timeout(500)
    painting.webui.open()
    again = Painting(painting.webui, original)
    painting.webui.see('.diffdiff-offer button', has_text='Bring back the last map').click()
    assert (again.map() == before).all()


def test_generate_right_after_a_file_was_chosen_takes_the_file(painting, ramp):
    painting.stroke((40, 40))
    painting.map()
    file = file_of(ramp)
    painting.page.evaluate("""() => {
        const field = document.querySelector('.diffdiff-map');
        window.held = diffdiff.ask;
        diffdiff.ask = (kind, request, root) => 'file' in request ? new Promise(() => {}) : window.held(kind, request, root); // a slow server
    }""")
    painting.webui.choose_map(file)
    painting.page.wait_for_timeout(300)
    painting.webui.see('#img2img_generate').click()
    assert base64.b64decode(painting.webui.text().split(',')[1]) == file['buffer']


# ---- zones and edges --------------------------------------------------------------------------------------------------

def flat():
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    picture[:, :64], picture[:64, 64:], picture[64:, 64:] = (200, 40, 40), (40, 200, 40), (40, 40, 200)
    return picture


def test_zones_have_headings_a_number_and_show_where_they_lie(painting):
    painting.webui.see('.diffdiff-sources > summary').click()
    painting.webui.see('.diffdiff-sources input[type=file]').set_input_files(file_of(flat(), 'flat.png'))
    zones = painting.webui.see('.diffdiff-zone:not(.diffdiff-zone-heading)')
    zones.first.wait_for()
    before = painting.webui.wait_for_text()
    assert 'Area' in painting.webui.see('.diffdiff-zone-heading').inner_text() and 'Strength' in painting.webui.see('.diffdiff-zone-heading').inner_text()
    number = zones.first.locator('input[type=number]')
    number.fill('35')
    number.press('Enter')
    painting.webui.wait_for_text(before)
    assert (painting.webui.map()[:, 10] == -(-35 * 65535 // 100)).all()
    lit = """() => {
        const canvas = document.querySelectorAll('.diffdiff-stage canvas')[2], pixels = canvas.getContext('2d');
        return [0.25, 0.75].map(share => pixels.getImageData(share * canvas.width, 0.25 * canvas.height, 1, 1).data[3]);
    }"""
    zones.first.hover()
    painting.page.wait_for_function(f'(({lit})().join() === "180,0")')
    painting.webui.see('.diffdiff-zones-head').hover()
    painting.page.wait_for_function(f'(({lit})().join() === "0,0")')
    assert painting.webui.see('.diffdiff-name').inner_text() == 'Zones of flat.png'


def test_edges_of_grain_stay_below_the_threshold(webui):
    grain = np.random.default_rng(0).normal(120, 6, (SIZE, SIZE))
    grain[:, 64:] += 100
    webui.give('#img2img_image', np.repeat(grain.clip(0, 255)[..., None], 3, 2).astype(np.uint8))
    webui.tick()
    webui.see('.diffdiff-stage').wait_for()
    webui.see('.diffdiff-sources > summary').click()
    webui.see('.diffdiff-sources button', has_text='Edges').click()
    first = webui.wait_for_text()
    assert (webui.map()[:, 8:56] == 0).mean() > 0.9 and webui.map()[:, 63:65].min() > 30000
    threshold = webui.see('.diffdiff-threshold input')
    threshold.fill('0')
    threshold.press('Tab')
    webui.wait_for_text(first)
    assert (webui.map()[:, 8:56] == 0).mean() < 0.2


# ---- for everyone -----------------------------------------------------------------------------------------------------

def test_the_canvas_is_painted_by_keys_alone(painting):
    painting.set(size=20, hardness=100)
    painting.webui.see('.diffdiff-stage').focus()
    painting.page.mouse.move(2, 2)
    painting.page.wait_for_timeout(200)
    painting.press('Enter')
    for _ in range(4):
        painting.press('Shift+ArrowRight')
    painting.press('Enter')
    found = painting.map()
    assert found[64, 64] == 65535 and found[64, 80] == 65535 and found[20, 64] == 0
    painting.press('Enter', 'Shift+ArrowDown', 'Escape')
    painting.page.wait_for_timeout(400)
    assert (painting.webui.map() == found).all()


def test_tab_stops_once_at_the_toolbar_and_arrows_lead_on(painting):
    buttons = painting.webui.see('.diffdiff-bar button')
    assert painting.page.evaluate("[...document.querySelectorAll('.diffdiff-bar button')].filter(one => one.tabIndex === 0).length") == 1
    buttons.first.focus()
    painting.press('ArrowRight', 'ArrowRight')
    assert painting.page.evaluate("document.activeElement.getAttribute('aria-label')") == 'Blur brush'
    painting.press('ArrowLeft')
    assert painting.page.evaluate("document.activeElement.getAttribute('aria-label')") == 'Eraser'


def test_undo_and_strength_are_told_and_focus_stays_after_the_last_undo(painting):
    painting.stroke((64, 64))
    painting.map()
    undo = painting.webui.see('.diffdiff-painter button[aria-label="Undo"]')
    undo.focus()
    painting.press('Enter')
    painting.page.wait_for_function("document.querySelector('.diffdiff-told').textContent === 'Undone'")
    assert painting.page.evaluate("document.querySelector('.diffdiff-painter').contains(document.activeElement)")
    painting.hover()
    painting.press('4')
    painting.page.wait_for_function("document.querySelector('.diffdiff-told').textContent === 'The strength: 40 %'")


def test_sliders_say_their_value_and_keep_their_digits(painting):
    size = painting.webui.see('.diffdiff-painter input[type=range][aria-label=Size]')
    painting.set(size=51)
    assert size.get_attribute('aria-valuetext') == '51 px'
    size.focus()
    painting.page.mouse.move(2, 2)
    painting.press('7', 'Enter')
    assert painting.webui.see('.diffdiff-painter input[type=number][aria-label^="Size ("]').input_value() == '7'
    assert painting.webui.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]').input_value() == '100'


def test_a_digit_while_erasing_takes_the_brush(painting):
    painting.press('e', '3')
    pressed = painting.webui.see('.diffdiff-painter [aria-label=Tools] [aria-pressed=true]')
    assert pressed.get_attribute('aria-label') == 'Brush'


def test_the_right_button_sizes_the_brush(painting):
    painting.set(size=40, hardness=50)
    painting.move((64, 64))
    painting.page.mouse.down(button='right')
    painting.page.mouse.move(*(lambda frame: (round(frame[0] + 64 * frame[2]) + 70, round(frame[1] + 64 * frame[2]) - 40))(painting.frame()), steps=4)
    painting.page.mouse.up(button='right')
    sizes = [int(painting.webui.see(f'.diffdiff-painter input[type=number][aria-label^="{name} ("]').input_value()) for name in ('Size', 'Hardness')]
    assert 75 <= sizes[0] <= 85 and 68 <= sizes[1] <= 72
    assert painting.webui.text() == ''


def test_small_words_have_contrast(painting):
    painting.click('Everything')
    painting.webui.see('.diffdiff-run').wait_for()
    ratios = painting.page.evaluate("""() => {
        const canvas = diffdiff.canvas(1, 1).getContext('2d', {willReadFrequently: true});
        const over = (colours) => {
            canvas.clearRect(0, 0, 1, 1);
            for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
            const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const grounds = (node) => node ? [...grounds(node.parentElement), getComputedStyle(node).backgroundColor] : ['#fff'];
        return Object.fromEntries(['.diffdiff-label', '.diffdiff-unit', '.diffdiff-legend span', '.diffdiff-run', '.diffdiff-facts dt', '.diffdiff-size', '.diffdiff-zoom'].map((selector) => {
            const node = document.querySelector(`.diffdiff-map ${selector}`), ground = grounds(node);
            const [a, b] = [over(ground), over([...ground, getComputedStyle(node).color])].sort((x, y) => y - x);
            return [selector, (a + 0.05) / (b + 0.05)];
        }));
    }""")
    assert min(ratios.values()) >= 4.5, ratios


def test_the_script_is_light(painting):
    total = painting.page.evaluate("""async () => {
        const sources = [...document.scripts].map(({src}) => src).filter((src) => src.includes('diffdiff'));
        const texts = await Promise.all(sources.map(async (src) => (await (await fetch(src)).arrayBuffer()).byteLength));
        return [sources.length, texts.reduce((sum, length) => sum + length, 0)];
    }""")
    assert total[0] >= 30 and total[1] <= 200_000


# ---- a phone ----------------------------------------------------------------------------------------------------------

@pytest.fixture
def phone(browser, address, original):
    from .conftest import opened
    pages = opened(browser, address, viewport={'width': 390, 'height': 844}, has_touch=True, is_mobile=True)
    hand = next(pages)
    yield Painting(hand, original)
    next(pages, None)


def test_a_finger_finds_targets_of_44_pixels_and_nothing_is_cut(phone):
    phone.page.wait_for_function("document.querySelector('.diffdiff-strength .diffdiff-unit').textContent.includes('·')")
    small = phone.page.evaluate("""() => [...document.querySelectorAll('.diffdiff-painter :is(button, select, input[type=number])')]
        .filter((one) => one.offsetParent).map((one) => [one.getAttribute('aria-label') ?? one.className, one.offsetWidth, one.offsetHeight]).filter(([, width, height]) => height < 44 || width < 32)""")
    assert small == []
    cut = phone.page.evaluate("""() => [...document.querySelectorAll('.diffdiff-painter :is(.diffdiff-label, .diffdiff-unit, .diffdiff-legend span)')]
        .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)""")
    assert cut == []
    assert phone.page.evaluate("document.querySelector('.diffdiff-painter').getBoundingClientRect().right <= innerWidth")
    for name in ('Pick a strength from the map', 'Straight lines, as with Shift', 'Cancel the current action'):
        assert phone.webui.see(f'.diffdiff-bar button[aria-label="{name}"]').is_visible(), name


def test_the_whole_window_is_what_a_phone_gets_too(phone):
    phone.click('Whole window')
    phone.webui.see(STUDIO).wait_for()
    stage, main = (phone.webui.see(part).bounding_box() for part in ('.diffdiff-stage', '.diffdiff-main'))
    assert stage['height'] > 200 and main['y'] < 844 and main['x'] + main['width'] <= 390


def test_a_test_strip_shows_ten_strengths_and_a_click_takes_one(painting):
    painting.webui.set(denoising_strength=1)
    painting.stroke((64, 64))
    before = painting.map()
    text = painting.webui.text()
    painting.webui.see('.diffdiff-pair button[aria-label^="Test strip"]').click()
    painting.webui.see('.diffdiff-wipe').wait_for()
    assert painting.webui.text() == text and (painting.webui.map() == before).all()
    run = painting.webui.last_run()
    kept = np.diff([1, *run['held'][1:], run['kept']])
    assert run['kept'] == 0 and (kept < 0).sum() >= 8  # ten strengths start at so many steps
    painting.hover()
    painting.stroke((32, 64))  # the third of ten, 10 % each
    assert painting.webui.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]').input_value() == '30'
    painting.page.wait_for_timeout(300)
    assert painting.webui.text() == text  # the click chose, and painted nothing


def test_a_map_of_another_shape_leaves_the_brush_round(painting):
    painting.webui.choose_map(file_of(np.zeros((SIZE, 300), np.uint8)))
    painting.map()
    painting.set(size=40, hardness=100)
    painting.stroke((64, 64))
    found = painting.map() > 0
    across, down = found.any(axis=0), found.any(axis=1)
    assert found.shape == (SIZE, SIZE) and abs(across.sum() - down.sum()) <= 1 and 38 <= across.sum() <= 42


def test_a_number_that_is_being_typed_is_not_disturbed(painting):
    number = painting.webui.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]')
    number.fill('65')
    painting.webui.see('#img2img_denoising_strength input[type=number]').evaluate(
        'box => { box.value = 0.5; box.dispatchEvent(new Event("input", {bubbles: true})); }')  # an answer comes, and the painter shows what it has
    painting.page.wait_for_function("document.querySelector('.diffdiff-strength .diffdiff-unit').textContent.includes('0.50')")
    number.press('Enter')
    assert number.input_value() == '65'
    number.fill('150')
    number.press('Enter')
    assert number.input_value() == '100'


def test_a_strip_that_never_came_labels_no_later_result(painting):
    painting.stroke((64, 64))
    painting.map()
    painting.page.evaluate("diffdiff.hosts.img2img.generate = () => {}")  # a run that ends without a picture
    painting.webui.see('.diffdiff-pair button[aria-label^="Test strip"]').click()
    painting.page.wait_for_timeout(600)
    assert painting.webui.generate()
    painting.page.wait_for_timeout(600)
    assert not painting.webui.see('.diffdiff-wipe').is_visible()


def test_the_eyedropper_takes_one_strength_and_leaves_the_brush(painting):
    painting.set(strength=40, size=60, hardness=100)
    painting.stroke((40, 40))
    before = painting.map()
    painting.set(strength=90)
    painting.click('Pick a strength from the map')
    painting.hover()
    painting.stroke((40, 40))
    assert painting.webui.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]').input_value() == '40'
    painting.stroke((100, 100))
    assert (painting.map() != before).any()
