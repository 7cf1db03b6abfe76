"""The map's field: a file chosen, dropped or pasted, and Generate with it."""
import base64
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from .conftest import SCRIPT, Hand, file_of, greys, percent

TRANSFER = '''({base64, type, where}) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], 'dropped.png', {type: 'image/png'}));
    const target = document.querySelector(where);
    const event = type === 'paste' ? new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true})
        : new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true});
    target.dispatchEvent(event);
}'''


def test_the_page_opens(webui):
    assert webui.see('.diffdiff-map').count() == 1
    webui.tick()
    assert webui.see('.diffdiff-map').is_visible()
    webui.page.wait_for_timeout(500)


def transfer(webui, type, file):
    where = '.diffdiff-map'
    webui.see(where).hover()
    webui.page.evaluate(TRANSFER, {'base64': base64.b64encode(file['buffer']).decode(), 'type': type, 'where': where})


@pytest.mark.parametrize('way', ['choose', 'drop', 'paste'])
def test_a_file_is_the_map_byte_for_byte(webui, ramp, way):
    webui.tick()
    file = file_of(ramp)
    webui.choose_map(file) if way == 'choose' else transfer(webui, way, file)
    text = webui.wait_for_text()
    assert base64.b64decode(text.split(',')[-1]) == file['buffer']


# ---- the painter's place, and whose the text is -----------------------------------------------------------------------

STAGE = '.diffdiff-stage'
ROW = '.diffdiff-map .diffdiff-name'
NOTE = '.diffdiff-map .diffdiff-note'
RUN = '.diffdiff-map .diffdiff-run'
WARNINGS = '.diffdiff-map .diffdiff-warnings'
SHOWS = 'word => document.querySelector(".diffdiff-map").innerText.includes(word)'


def stroke(webui, height=0.5):
    """Paints a line across the picture."""
    webui.drag(STAGE, (0.2, height), (0.7, height))


def wide(levels):
    return np.asarray(levels).astype(int)


def shows(webui, word):
    webui.page.wait_for_function(SHOWS, arg=word)


def open_sources(webui):
    webui.see('.diffdiff-sources > summary').click()


def source(webui, name):
    webui.see(f'.diffdiff-sources button:text-is("{name}")').click()


def fill_from_python(webui, text):
    """Fills the change map's text past the field, as pasted parameters do; the host then tells that the page has changed."""
    webui.page.evaluate("""([box, text]) => {
        const area = document.querySelector(`${box} textarea`);
        area.value = text;
        area.dispatchEvent(new Event('input'));
        gradioApp().append(document.createElement('i'));
    }""", [f'{SCRIPT}_change_map', text])


@pytest.fixture
def ready(webui, original):
    """The page with a picture, and the accordion open."""
    webui.give('#img2img_image', original)
    webui.tick()
    webui.see(STAGE).wait_for()
    return webui


@pytest.fixture
def with_map(ready, ramp):
    """The same with a map chosen, once the painter and the preview show it."""
    ready.choose_map(file_of(ramp, 'ramp.png'))
    ready.wait_for_text()
    ready.see(RUN).wait_for()
    ready.see('.diffdiff-painter button[aria-label="Undo"]:not([disabled])').wait_for()
    return ready


def test_nothing_to_paint_on_without_a_picture(webui):
    webui.tick()
    assert webui.see('.diffdiff-map .diffdiff-area').is_visible()
    assert not webui.see('.diffdiff-paint').is_visible()
    webui.see('.diffdiff-preview', has_text='There is no map yet').wait_for()
    assert not webui.see('.diffdiff-happens').is_visible()


def test_the_text_stays_the_file_until_something_is_painted(with_map, ramp):
    file = with_map.text()
    assert base64.b64decode(file.split(',')[-1]) == file_of(ramp)['buffer']
    stroke(with_map)
    with_map.wait_for_text(file)
    painted = with_map.map()
    assert np.array_equal(painted[:20], 257 * wide(ramp[:20]))
    assert painted[64, 40] == 65535 and ramp[64, 40] != 255
    assert with_map.see(ROW).inner_text() == 'Painted map'


def test_undo_brings_the_file_back_under_the_stroke(with_map, ramp):
    file = with_map.text()
    stroke(with_map)
    painted = with_map.wait_for_text(file)
    with_map.see('.diffdiff-painter button[aria-label="Undo"]').click()
    with_map.wait_for_text(painted)
    assert np.array_equal(with_map.map(), 257 * wide(ramp))


def test_sixteen_bits_stay_as_long_as_nothing_is_painted(ready):
    fine = np.tile(np.linspace(0, 65535, 128).round().astype(np.uint16), (128, 1))
    file = file_of(fine)
    ready.choose_map(file)
    assert base64.b64decode(ready.wait_for_text().split(',')[-1]) == file['buffer']


def test_generate_takes_a_stroke_that_ended_just_now(ready, original):
    ready.set(seed=1)
    stroke(ready)
    with_stroke = ready.page.evaluate(f"""() => {{
        document.querySelector('#img2img_generate').dispatchEvent(new MouseEvent('click'));
        return document.querySelector('{SCRIPT}_change_map textarea').value;
    }}""")
    assert greys(with_stroke).max() == 65535


def test_clear_is_undone_too(with_map, ramp):
    with_map.see('.diffdiff-map .diffdiff-file .diffdiff-clear').click()
    assert with_map.text() == ''
    with_map.see('.diffdiff-painter button[aria-label="Undo"]').click()
    with_map.wait_for_text('')
    assert np.array_equal(with_map.map(), 257 * wide(ramp))


def test_another_picture_under_a_half_painted_map(ready, original):
    stroke(ready)
    before = ready.wait_for_text()
    ready.give('#img2img_image', original.resize((192, 64)))
    ready.wait_for_text(before)
    assert ready.map().shape == (64, 192)
    shows(ready, 'the map was stretched to it')
    ready.see('.diffdiff-painter button[aria-label="Undo"]').click()
    ready.page.wait_for_timeout(500)
    assert ready.map().max() == 65535


# ---- what will happen -------------------------------------------------------------------------------------------------

def test_the_preview_follows_strokes_and_settings(ready):
    stroke(ready)
    ready.see(RUN).wait_for()
    shows(ready, 'Step 20')
    ready.set(steps=8)
    shows(ready, 'Step 8')
    ready.set(denoising_strength=0)
    shows(ready, 'Denoising strength is 0: nothing will change.')


def test_a_black_map_says_that_nothing_changes(ready):
    ready.choose_map(file_of(np.zeros((128, 128), np.uint8)))
    shows(ready, 'The map is black: nothing will change.')


def test_an_almost_white_map_says_what_is_held(ready):
    ready.choose_map(file_of(np.full((128, 128), 252, np.uint8)))
    ready.set(denoising_strength=1, steps=150)
    shows(ready, 'White in this map is 252, not 255')


def test_another_shape_is_said(ready):
    ready.choose_map(file_of(np.full((128, 300), 255, np.uint8)))
    shows(ready, 'The map is 300 × 128, the picture is 128 × 128: the map will be stretched.')


def test_nothing_is_asked_during_a_drag(ready):
    stroke(ready)
    ready.see(RUN).wait_for()
    ready.page.wait_for_timeout(300)
    ready.page.evaluate(f"""() => {{
        window.clicks = 0;
        document.querySelector('{SCRIPT}_ask_button').addEventListener('click', () => window.clicks++);
    }}""")
    box = ready.see('#img2img_denoising_strength input[type=range]').bounding_box()
    ready.see('#img2img_denoising_strength input[type=range]').scroll_into_view_if_needed()
    box = ready.see('#img2img_denoising_strength input[type=range]').bounding_box()
    ready.page.mouse.move(box['x'] + 0.5 * box['width'], box['y'] + box['height'] / 2)
    ready.page.mouse.down()
    ready.page.mouse.move(box['x'] + 0.2 * box['width'], box['y'] + box['height'] / 2, steps=8)
    during = ready.page.evaluate('window.clicks')
    ready.page.mouse.up()
    ready.page.wait_for_function('window.clicks === 1')
    assert during == 0


# ---- sources ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', ['Brightness', 'Saturation', 'Edges'])
def test_a_map_from_the_picture(ready, name):
    open_sources(ready)
    source(ready, name)
    ready.wait_for_text()
    assert ready.see(ROW).inner_text() == name
    assert len(np.unique(ready.map())) > 2


def test_brightness_is_the_luma_that_a_file_has(ready, original):
    open_sources(ready)
    source(ready, 'Brightness')
    ready.wait_for_text()
    assert np.abs(ready.map() - 257 * wide(original.convert('L'))).max() <= 257


def test_the_border_that_resize_and_fill_adds(ready):
    open_sources(ready)
    source(ready, 'Filled border')
    ready.see('.diffdiff-note', has_text='choose it').wait_for()
    ready.see('#resize_mode label').nth(2).click()
    source(ready, 'Filled border')
    ready.see('.diffdiff-note', has_text='adds nothing').wait_for()
    ready.set(width=192)
    source(ready, 'Filled border')
    ready.wait_for_text()
    greys = ready.map()
    assert (greys[:, 0] == 65535).all() and (greys[:, -1] == 65535).all() and (greys[:, 20:-20] == 0).all()


def test_a_map_from_words_is_one_to_paint_on(ready):
    open_sources(ready)
    words = ready.see('.diffdiff-words-source input[type=text]').first
    words.fill('(house)')
    words.press('Enter')
    ready.see('.diffdiff-note', has_text="Words has '('").wait_for()
    words.fill('house')
    source(ready, 'Find')
    found = ready.wait_for_text()
    greys = ready.map()
    assert greys.max() == 65535 and greys.min() == 0 and ready.see(ROW).inner_text() == 'house'
    assert not ready.see('.diffdiff-words-source button', has_text='Stop').is_visible()
    words.fill('xyzzy')
    source(ready, 'Find')
    ready.see('.diffdiff-note', has_text="does not react to 'xyzzy'").wait_for()
    assert ready.text() == found  # what was there stays


def test_a_channel_of_a_file_with_more_than_one_meaning(ready):
    colours = np.zeros((128, 128, 3), np.uint8)
    colours[:, :64, 0], colours[:, 64:, 1] = 255, 255
    ready.choose_map(file_of(colours, 'colours.png'))
    file = ready.wait_for_text()
    open_sources(ready)
    source(ready, 'Red')
    ready.wait_for_text(file)
    assert np.array_equal(ready.map(), 257 * wide(colours[..., 0]))
    assert ready.see(ROW).inner_text() == 'colours.png · Red'


def flat():
    picture = np.zeros((128, 128, 3), np.uint8)
    picture[:, :64], picture[:64, 64:], picture[64:, 64:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return picture


def test_zones_have_a_strength_each_and_a_drag_is_one_step_of_undo(ready):
    open_sources(ready)
    ready.see('.diffdiff-sources input[type=file]').set_input_files(file_of(flat(), 'flat.png'))
    ready.see('.diffdiff-zone input').nth(5).wait_for()
    assert ready.see('.diffdiff-zone:not(.diffdiff-zone-heading)').count() == 3
    before = ready.wait_for_text()
    lumas = ready.map()
    assert [len(np.unique(part)) for part in (lumas[:, :64], lumas[:64, 64:], lumas[64:, 64:])] == [1, 1, 1]
    slider = ready.see('.diffdiff-zone input').first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    ready.page.mouse.move(box['x'] + 0.5 * box['width'], box['y'] + box['height'] / 2)
    ready.page.mouse.down()
    ready.page.mouse.move(box['x'] + box['width'] - 1, box['y'] + box['height'] / 2, steps=6)
    ready.page.mouse.up()
    dragged = ready.wait_for_text(before)
    changed = ready.map() != lumas
    assert changed.sum() in (128 * 64, 64 * 64)
    assert set(np.unique(ready.map()[changed])) == {65535}
    ready.see('.diffdiff-painter button[aria-label="Undo"]').click()
    ready.wait_for_text(dragged)
    assert np.array_equal(ready.map(), lumas)


@pytest.mark.parametrize('whole', [15, 58, 95])
def test_a_zone_s_strength_is_exact(ready, whole):
    open_sources(ready)
    ready.see('.diffdiff-sources input[type=file]').set_input_files(file_of(flat(), 'flat.png'))
    slider = ready.see('.diffdiff-zone input').first
    slider.wait_for()
    before = ready.wait_for_text()
    slider.focus()
    ready.page.keyboard.press('Home')
    for _ in range(whole):
        ready.page.keyboard.press('ArrowRight')
    ready.page.wait_for_function("whole => document.querySelector('.diffdiff-zone input[type=number]').value === whole", arg=str(whole))
    ready.wait_for_text(before)
    ready.page.wait_for_timeout(500)
    assert (ready.map()[:, :64] == percent(whole)).all()


def test_a_photograph_has_no_zones(ready):
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(np.uint8)
    open_sources(ready)
    ready.see('.diffdiff-sources input[type=file]').set_input_files(file_of(noise, 'noise.png'))
    ready.page.wait_for_function(f"document.querySelector('{NOTE}').textContent !== ''")
    assert ready.text() == ''


def test_a_used_map_is_among_the_recent_ones_and_the_results(with_map, original):
    file = with_map.text()
    with_map.api(original, [True, file], save_images=True)  # only a run that saves its pictures keeps its map
    with_map.generate()
    with_map.see('.diffdiff-map .diffdiff-file .diffdiff-clear').click()
    open_sources(with_map)
    source(with_map, 'Map of this result')
    assert with_map.wait_for_text('').split(',')[-1] == file.split(',')[-1]
    with_map.see('.diffdiff-map .diffdiff-file .diffdiff-clear').click()
    with_map.see('.diffdiff-recent .diffdiff-thumb').first.click()
    assert with_map.wait_for_text('').split(',')[-1] == file.split(',')[-1]


def test_a_result_without_a_map_is_said(ready):
    open_sources(ready)
    source(ready, 'Map of this result')
    shows(ready, 'do not name a change map')


# ---- nothing is lost, nothing throws ----------------------------------------------------------------------------------

def test_the_last_map_is_offered_after_a_reload(ready):
    stroke(ready)
    text = ready.wait_for_text()
    ready.open()
    ready.tick()
    ready.see('.diffdiff-offer .diffdiff-button').click()
    assert ready.wait_for_text('') == text
    assert not ready.see('.diffdiff-offer').is_visible()


def test_the_last_stroke_is_offered_though_the_page_is_left_at_once(ready):
    stroke(ready)
    first = ready.wait_for_text()
    stroke(ready, 0.8)
    ready.open()
    ready.tick()
    ready.see('.diffdiff-offer .diffdiff-button').click()
    assert ready.wait_for_text('') != first
    drawn = ready.map()
    assert drawn[int(0.5 * len(drawn))].max() and drawn[int(0.8 * len(drawn))].max()
    assert ready.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('diffdiff'))") == []


def test_a_painted_percentage_comes_back_after_a_reload_and_is_painted_on(ready):
    ready.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]').fill('75')
    ready.page.keyboard.press('Enter')
    stroke(ready)
    ready.wait_for_text()
    before = ready.map()
    assert before.max() == percent(75)
    ready.open()
    ready.tick()
    ready.see('.diffdiff-offer .diffdiff-button').click()
    back = ready.wait_for_text('')
    assert np.array_equal(ready.map(), before)
    ready.give('#img2img_image', Image.new('RGB', (128, 128)))
    ready.see(RUN).wait_for()
    ready.see('.diffdiff-painter button[aria-label="Undo"]:not([disabled])').wait_for()
    stroke(ready, 0.9)
    ready.wait_for_text(back)
    assert np.array_equal(ready.map()[:90], before[:90]) and before[:90].max() == percent(75)


def test_two_tabs_keep_their_own_maps(ready, browser, ramp, original):
    stroke(ready)
    first = ready.wait_for_text()
    other = type(ready)(ready.page.context.new_page(), ready.address)
    other.open()
    other.give('#img2img_image', original)
    other.tick()
    other.choose_map(file_of(ramp))
    other.wait_for_text()
    assert ready.text() == first
    other.open()
    other.tick()
    open_sources(other)
    other.see('.diffdiff-recent .diffdiff-thumb').nth(1).wait_for()
    assert other.wrong == []


def test_without_storage_nothing_is_different(browser, address, original):
    context = browser.new_context(viewport={'width': 1400, 'height': 1200})
    context.add_init_script("Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('no storage', 'SecurityError'); }})")
    hand = Hand(context.new_page(), address)
    hand.open()
    hand.give('#img2img_image', original)
    hand.tick()
    hand.see(STAGE).wait_for()
    stroke(hand)
    assert hand.wait_for_text().startswith('data:image/png')
    context.close()
    assert hand.wrong == []


@pytest.mark.parametrize(('text', 'says'), [
    ('nonsense!', 'The change map is not a picture'),
    ('aGVsbG8=', 'The change map cannot be read'),
    ('missing:0123456789', 'The map 0123456789 named in these parameters was not found'),
    ('http://127.0.0.1/x.png', 'The change map is not a picture'),
])
def test_a_foreign_value_is_said(ready, text, says):
    fill_from_python(ready, text)
    shows(ready, says)


def test_python_fills_the_field_and_the_painter_follows(ready, ramp):
    text = base64.b64encode(file_of(ramp)['buffer']).decode()
    fill_from_python(ready, text)
    ready.see(RUN).wait_for()
    stroke(ready)
    ready.wait_for_text(text)
    assert np.array_equal(ready.map()[:20], 257 * wide(ramp[:20]))


def test_a_map_that_comes_while_the_accordion_is_closed_is_there_when_it_opens(webui, original, ramp):
    fill_from_python(webui, base64.b64encode(file_of(ramp)['buffer']).decode())
    webui.give('#img2img_image', original)
    webui.tick()
    webui.see(RUN).wait_for()
    before = webui.text()
    stroke(webui)
    webui.wait_for_text(before)
    assert np.array_equal(webui.map()[:20], 257 * wide(ramp[:20]))


@pytest.mark.parametrize('size', [(1, 1), (1, 300)])
def test_tiny_maps(ready, size):
    ready.choose_map(file_of(np.full(size, 255, np.uint8)))
    ready.wait_for_text()
    ready.see(RUN).wait_for()


def test_a_picture_of_one_pixel(webui):
    webui.give('#img2img_image', np.zeros((1, 1, 3), np.uint8))
    webui.tick()
    webui.choose_map(file_of(np.full((8, 8), 255, np.uint8)))
    webui.wait_for_text()
    webui.page.wait_for_timeout(500)


def test_a_hundred_megapixels_are_refused_before_they_are_decoded(ready):
    huge = BytesIO()
    Image.new('1', (10000, 10000)).save(huge, 'PNG')
    ready.choose_map(file_of(huge.getvalue(), 'huge.png'))
    shows(ready, 'huge.png has 10000 × 10000 pixels; the limit for a change map is 89 million.')
    assert ready.text() == ''


@pytest.mark.parametrize(('file', 'says'), [
    ({'name': 'notes.txt', 'mimeType': 'text/plain', 'buffer': b'hello'}, 'notes.txt is not a PNG'),
    ({'name': 'empty.png', 'mimeType': 'image/png', 'buffer': b''}, 'empty.png is an empty file.'),
])
def test_what_is_no_map_is_refused_and_the_map_stays(with_map, file, says):
    before = with_map.text()
    with_map.choose_map(file)
    shows(with_map, says)
    assert with_map.text() == before


# ---- the Inpaint tabs -------------------------------------------------------------------------------------------------

MASK = ':is(canvas[key=mask], canvas.forge-drawing-canvas)'
INPAINT, INPAINT_UPLOAD = 2, 4


def test_the_painted_mask_comes_in_as_soft_as_it_is(webui, original):
    webui.open_tab(INPAINT)
    webui.give('#img2maskimg', original)
    canvas = webui.see(f'#img2maskimg {MASK}').first
    canvas.wait_for()
    webui.tick()
    open_sources(webui)
    source(webui, 'Painted mask')
    shows(webui, 'No mask is painted in the current Inpaint tab yet.')
    webui.drag(f'#img2maskimg {MASK}', (0.2, 0.5), (0.5, 0.6), (0.8, 0.5), first=True)
    webui.page.wait_for_timeout(500)
    source(webui, 'Painted mask')
    webui.wait_for_text()
    strokes = base64.b64decode(canvas.evaluate('canvas => canvas.toDataURL()').split(',')[1])
    assert np.array_equal(webui.map(), 257 * wide(Image.open(BytesIO(strokes)).getchannel('A')))
    shows(webui, 'The mask of the Inpaint tab multiplies the map')


def test_the_uploaded_mask_comes_in_too(webui, original, ramp):
    webui.open_tab(INPAINT_UPLOAD)
    webui.give('#img_inpaint_base', original)
    webui.give('#img_inpaint_mask', ramp)
    webui.tick()
    open_sources(webui)
    source(webui, 'Painted mask')
    webui.wait_for_text()
    assert np.array_equal(webui.map(), 257 * wide(ramp))


def test_a_painted_mask_alone_has_its_preview(webui, original):
    webui.open_tab(INPAINT)
    webui.give('#img2maskimg', original)
    webui.see(f'#img2maskimg {MASK}').first.wait_for()
    webui.tick()
    webui.page.wait_for_timeout(500)
    assert not webui.see('.diffdiff-warnings', has_text='is the change map').count()
    webui.drag(f'#img2maskimg {MASK}', (0.2, 0.5), (0.5, 0.6), (0.8, 0.5), first=True)
    shows(webui, 'The mask of the Inpaint tab is the change map.')


def test_the_painter_shows_the_chosen_channel_and_what_is_painted_on_it_is_grey(ready, original):
    """So the setting goes back to auto, or the run would be refused."""
    ready.see('#script_differential_diffusion_enabled .label-wrap').last.click()
    ready.choose_map(file_of(original))
    ready.wait_for_text()
    channel = ready.see('#script_differential_diffusion_channel')
    channel.locator('input[value=red]').check()
    ready.page.wait_for_timeout(1000)
    red = np.asarray(original)[:, :, 0]
    text = ready.text()
    ready.drag('.diffdiff-stage', (0.3, 0.3), (0.7, 0.5))
    ready.wait_for_text(text)
    assert channel.locator('input[value=auto]').is_checked()
    assert np.array_equal(ready.map()[:8], 257 * wide(red)[:8])


def test_the_mask_is_offered_where_there_can_be_one(ready):
    open_sources(ready)
    assert not ready.see('.diffdiff-sources button:text-is("Painted mask")').is_visible()
    ready.open_tab(INPAINT_UPLOAD)
    ready.see('.diffdiff-sources button:text-is("Painted mask")').wait_for()


# ---- the files of the page --------------------------------------------------------------------------------------------

def test_the_scripts_may_load_in_any_order(webui, original):
    def backwards(route):
        page = route.fetch()
        text = page.text()
        scripts = re.findall(r'<script src="[^"]*/javascript/[^"]*"></script>', text)
        assert len(scripts) > 20
        route.fulfill(response=page, body=text.replace(''.join(scripts), ''.join(reversed(scripts))))
    webui.page.route(f'{webui.address}/', backwards)
    webui.open()
    webui.give('#img2img_image', original)
    webui.tick()
    webui.drag(STAGE, (0.3, 0.3), (0.7, 0.5))
    webui.wait_for_text()
