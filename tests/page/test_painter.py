"""The painter: what mouse and keys do in it, and the very greys that come of it."""
import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import SIZE, file_of, greys, percent

CENTRES = np.arange(SIZE) + 0.5
X, Y = np.meshgrid(CENTRES, CENTRES)
STAGE = '.diffdiff-stage'


class Painting:
    """A hand in the painter; points are pixels of the map, and come back as the pointer really met them: whole pixels of the page."""

    def __init__(self, webui, picture):
        self.webui, self.page = webui, webui.page
        webui.give('#img2img_image', picture)
        webui.tick()
        webui.see(STAGE).wait_for()
        self.page.wait_for_function("document.querySelector('.diffdiff-zoom').textContent !== ''")
        self.zoom = 1
        self.seen = ''
        self.hover()

    def hover(self):
        self.page.wait_for_function("!document.querySelector('.diffdiff-painter-place').inert")  # while a file is being read
        self.webui.see(STAGE).scroll_into_view_if_needed()
        self.move((SIZE / 2, SIZE / 2))

    def frame(self):
        """Where the picture lies in the page: left, top and the pixels of the page that one of the map takes."""
        box = self.page.evaluate(f"(({{left, top}}, {{clientWidth, clientHeight}}) => [left, top, clientWidth, clientHeight])(document.querySelector('{STAGE} canvas').getBoundingClientRect(), document.querySelector('{STAGE}'))")
        left, top, width, height = box
        scale = min(width, height) / SIZE * self.zoom
        return left + (width - SIZE * scale) / 2, top + (height - SIZE * scale) / 2, scale

    def move(self, point):
        left, top, scale = self.frame()
        x, y = round(left + point[0] * scale), round(top + point[1] * scale)
        self.page.mouse.move(x, y)
        return (x - left) / scale, (y - top) / scale

    def stroke(self, *points):
        met = [self.move(points[0])]
        self.page.mouse.down()
        met += [self.move(point) for point in points[1:]]
        self.page.mouse.up()
        return met

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def set(self, **numbers):
        for name, number in numbers.items():
            box = self.webui.see(f'.diffdiff-painter input[type=number][aria-label^="{name.capitalize()} ("]')
            box.fill(str(number))
            box.press('Enter')

    def click(self, name):
        self.webui.see(f'.diffdiff-painter button[aria-label="{name}"]').click()

    def map(self):
        """The map, once it is another than when it was asked for last."""
        self.seen = self.webui.wait_for_text(self.seen)
        return self.webui.map()


@pytest.fixture
def painting(webui, original):
    return Painting(webui, original)


def black():
    return np.zeros((SIZE, SIZE), int)


def away(points):
    """How far each pixel's centre is from a line through the points."""
    pairs = zip(points, points[1:] or points)
    return np.min([away_from_piece(*pair) for pair in pairs], axis=0)


def away_from_piece(a, b):
    along = np.subtract(b, a)
    share = np.clip(((X - a[0]) * along[0] + (Y - a[1]) * along[1]) / (along @ along or 1), 0, 1)
    return np.hypot(X - a[0] - share * along[0], Y - a[1] - share * along[1])


def covered(points, size, hardness):
    """Full up to hardness * radius, then an even, smooth fall to the radius; never less than one pixel of it. Nearly full is full."""
    inner = min(hardness * size / 2, size / 2 - 0.5)
    share = np.clip((max(size / 2, inner + 1) - away(points)) / (max(size / 2, inner + 1) - inner), 0, 1)
    smooth = share * share * (3 - 2 * share)
    return np.where(smooth < 1 - 1 / 512, smooth, 1)


def mixed(before, strength, share):
    """strength: in percent."""
    return np.floor(before + (percent(strength) - before) * share + 0.5)


def assert_equal(found, expected, levels=1):
    assert np.abs(found - expected).max() <= levels


@pytest.mark.parametrize('strength, size, hardness', [(100, 40, 0), (37, 60, 50), (50, 24, 100), (80, 3, 100)])
def test_a_stroke_has_strength_size_and_hardness(painting, strength, size, hardness):
    painting.set(strength=strength, size=size, hardness=hardness)
    points = painting.stroke((30, 40), (90, 40), (60, 100))
    found = painting.map()
    assert_equal(found, mixed(black(), strength, covered(points, size, hardness / 100)))
    assert found.max() == percent(strength)


def test_overlapping_itself_changes_nothing_and_nothing_passes_the_strength(painting):
    painting.set(strength=60, size=30, hardness=20)
    there_and_back = [(30, 64), (100, 64)] * 4
    first = painting.stroke(*there_and_back)
    once = painting.map()
    assert_equal(once, mixed(black(), 60, covered(first, 30, 0.2)))
    painting.set(strength=20)
    second = painting.stroke((64, 20), (64, 110))
    found = painting.map()
    assert_equal(found, mixed(once, 20, covered(second, 30, 0.2)))
    assert found[64, 64] == percent(20)  # weaker than what was there: the brush brings its strength, up or down
    assert (found >= np.minimum(once, percent(20))).all() and (found <= np.maximum(once, percent(20))).all()


def test_low_flow_builds_up_to_the_strength(painting):
    painting.set(strength=50, size=20, hardness=100, flow=30)
    painting.stroke((20, 64), (108, 64))
    once = painting.map()
    assert abs(once[64, 64] / percent(50) - 0.3) <= 0.02
    painting.stroke(*[(20, 64), (108, 64)] * 12)
    found = painting.map()
    assert found[64, 64] == found.max() == percent(50)


def test_a_straight_line_with_shift(painting):
    painting.set(strength=100, size=10, hardness=100)
    start, = painting.stroke((20, 20))
    painting.map()
    painting.page.keyboard.down('Shift')
    end, = painting.stroke((100, 90))
    painting.page.keyboard.up('Shift')
    tap = mixed(black(), 100, covered([start], 10, 1))
    assert_equal(painting.map(), mixed(tap, 100, covered([start, end], 10, 1)))


def test_undo_and_redo_by_keys_and_buttons(painting):
    painting.set(size=20)
    maps = [black()]
    for y in (20, 60, 100):
        painting.stroke((20, y), (100, y))
        maps.append(painting.map())
    for key, expected in zip(['z', 'Control+z', 'z', 'y', 'Control+y', 'Shift+Z'], [2, 1, 0, 1, 2, 3]):
        painting.press(key)
        assert_equal(painting.map(), maps[expected], 0)
    painting.click('Undo')
    assert_equal(painting.map(), maps[2], 0)
    painting.stroke((20, 64))
    painting.map()
    assert painting.webui.see('.diffdiff-painter button[aria-label="Redo"]').is_disabled()


def test_fifty_steps_come_back(painting):
    painting.set(size=6)
    for i in range(55):
        painting.stroke((4 + 2 * i, 64))
    painting.press(*['z'] * 55)
    painting.page.wait_for_function("document.querySelector('.diffdiff-painter button[aria-label=Undo]').disabled")
    painting.page.wait_for_timeout(500)
    assert painting.webui.map().max() == 0


def test_gradients_run_from_the_first_strength_to_the_second(painting):
    painting.set(strength=90)
    painting.press('g')
    a, b = painting.stroke((20, 30), (100, 90))
    across = np.subtract(b, a)
    share = np.clip(((X - a[0]) * across[0] + (Y - a[1]) * across[1]) / (across @ across), 0, 1)
    assert_equal(painting.map(), np.ceil(65535 * 0.9 * (1 - share)))
    painting.press('r', 'x')
    a, b = painting.stroke((64, 64), (64, 104))
    assert_equal(painting.map(), np.ceil(65535 * 0.9 * np.clip(np.hypot(X - a[0], Y - a[1]) / np.hypot(*np.subtract(b, a)), 0, 1)))


def test_rectangle_ellipse_polygon(painting):
    painting.set(strength=40)
    painting.press('m')
    painting.stroke((10, 20), (50, 60))
    expected = black()
    expected[20:60, 10:50] = percent(40)
    assert_equal(painting.map(), expected, 0)
    painting.press('o', '8')
    a, b = painting.stroke((60, 10), (120, 40))
    inside = ((X - (a[0] + b[0]) / 2) / ((b[0] - a[0]) / 2)) ** 2 + ((Y - (a[1] + b[1]) / 2) / ((b[1] - a[1]) / 2)) ** 2 <= 1
    expected[inside] = percent(80)
    assert_equal(painting.map(), expected, 0)
    painting.press('p', '0')
    corners = [painting.stroke(corner)[0] for corner in ((20, 70), (110, 70), (20, 120))]
    painting.press('Enter')
    (x0, y0), (x1, _), (_, y2) = corners
    below = (X - x0) / (x1 - x0) + (Y - y0) / (y2 - y0)
    found = painting.map()
    well_inside = (np.minimum(X - x0, Y - y0) > 1) & (below < 0.97)
    assert (found[well_inside] == 65535).all()
    outside = (np.minimum(X - x0, Y - y0) < -1) | (below > 1.03)
    assert_equal(found[outside], expected[outside], 0)


def test_fill_takes_what_is_like_the_picture_there_and_connected(webui):
    picture = np.full((SIZE, SIZE, 3), (40, 90, 200), np.uint8)
    picture[30:90, 30:90] = (230, 120, 20)
    picture[40:50, 40:50] = (226, 116, 24)  # within the tolerance
    picture[100:110, 100:110] = (230, 120, 20)  # alike, elsewhere
    painting = Painting(webui, picture)
    painting.press('f')
    painting.set(grow=0)
    painting.press('3')
    painting.stroke((60, 60))
    expected = black()
    expected[30:90, 30:90] = percent(30)
    for beside in (np.s_[29, 30:90], np.s_[90, 30:90], np.s_[30:90, 29], np.s_[30:90, 90]):
        expected[beside] = percent(30) * 2 / 5 + 0.5  # the rim of a pixel
    assert_equal(painting.map(), expected, 0)
    painting.press('Enter')  # else the slider would change this fill
    painting.set(tolerance=2)
    painting.press('0')
    painting.stroke((60, 60))
    found = painting.map()
    assert (found[41:49, 41:49] == percent(30)).all()
    assert (found[30:40, 30:90] == 65535).all() and (found[51:90, 30:90] == 65535).all()


def test_the_blur_brush_softens_an_edge_and_keeps_what_is_flat(painting):
    painting.press('m', '0')
    painting.stroke((0, 0), (64, 128))
    before = painting.map()
    painting.press('u')
    painting.set(size=32, hardness=100)
    points = painting.stroke((64, 40), (64, 90))
    box = np.ones(9) / 9  # an eighth of the size to either side, twice
    row = np.convolve(np.convolve(np.pad(before[64].astype(float), 8, 'edge'), box, 'valid'), box, 'valid')
    found = painting.map()
    full, none = covered(points, 32, 1) == 1, covered(points, 32, 1) == 0
    assert_equal(found[full], np.broadcast_to(row, before.shape)[full])
    assert_equal(found[none], before[none], 0)


def test_eraser_clear_and_download(painting):
    painting.click('Everything')
    assert (painting.map() == 65535).all()
    painting.press('e')
    painting.set(size=40, hardness=100)
    points = painting.stroke((64, 64))
    found = painting.map()
    assert_equal(found, mixed(black() + 65535, 0, covered(points, 40, 1)))
    with painting.page.expect_download() as waiting:
        painting.click('Download the map as PNG')
    file = Image.open(BytesIO(Path(waiting.value.path()).read_bytes()))
    assert file.mode.startswith('I') and np.array_equal(np.asarray(file), found)
    painting.click('Clear the map')
    assert painting.map().max() == 0


# ---- a percentage is exact --------------------------------------------------------------------------------------------

def test_every_percent_is_rounded_up_to_16_bits_and_inverted_into_the_rest(painting):
    """By 100 strips of the rectangle tool's own call, which a hand would take minutes for."""
    found = painting.page.evaluate("""() => {
        const map = new diffdiff.GreyMap(101, 1);
        for (let percent = 0; percent <= 100; percent++) map.rectangle({x: percent, y: 0}, {x: percent + 1, y: 1}, percent / 100);
        const greys = [...map.greys];
        map.invert();
        return [greys, [...map.greys]];
    }""")
    every = [percent(whole) for whole in range(101)]
    assert found == [every, every[::-1]]


def test_inverted_twice_every_grey_is_itself(painting):
    found = painting.page.evaluate("""() => {
        const map = new diffdiff.GreyMap(256, 256, Uint16Array.from({length: 65536}, (_, grey) => grey));
        map.invert();
        const once = [...map.greys];
        map.invert();
        return [once, [...map.greys]];
    }""")
    once, twice = np.array(found)
    assert (twice == np.arange(65536)).all() and (np.sort(once) == np.arange(65536)).all()
    assert np.abs(once - np.arange(65536)[::-1]).max() == 1


def paint_all(painting, tool):
    """Paints with a tool over all of the map, and a little beyond."""
    if tool in 'rg':
        painting.press('x')
        painting.set(strength=75)
    painting.press(tool)
    if tool == 'p':
        for corner in ((1, 1), (127, 1), (127, 127), (1, 127)):
            painting.stroke(corner)
        painting.press('Enter')
    elif tool == 'f':
        painting.stroke((64, 64))
    else:
        painting.stroke((1, 1), (64, 64), (127, 127))


@pytest.mark.parametrize('tool', [*'bgrmopf'])
def test_what_a_tool_paints_at_75_percent_is_75_percent(webui, tool):
    painting = Painting(webui, Image.new('RGB', (SIZE, SIZE)))
    painting.set(strength=75, size=90)
    paint_all(painting, tool)
    found = painting.map()
    file = file_bytes(painting.webui.text())
    assert file[:8] == b'\x89PNG\r\n\x1a\n' and (file[24], file[25]) == (16, 0)  # bits a sample, grey
    assert found[64, 64] == found.max() == percent(75) == 49152
    if tool != 'b':
        assert set(np.unique(found)) <= {0, 49152}
    painting.move((64, 64))
    painting.page.wait_for_function("document.querySelector('.diffdiff-tag').textContent.startsWith('75 %')")
    painting.webui.set(denoising_strength=1)
    painting.move((64, 64))
    painting.page.wait_for_function("document.querySelector('.diffdiff-tag').textContent.endsWith('Denoising 0.75')")


def file_bytes(text):
    return base64.b64decode(text.split(',')[-1])


def test_the_eraser_and_the_blur_brush_leave_a_flat_percentage_as_it_is(painting):
    painting.press('m')
    painting.set(strength=35)
    painting.stroke((0, 0), (128, 128))
    painting.map()
    painting.press('e')
    painting.set(size=30, hardness=100)
    points = painting.stroke((20, 20))
    erased = painting.map()
    assert_equal(erased, mixed(black() + percent(35), 0, covered(points, 30, 1)))
    painting.press('u')
    painting.set(size=40)
    painting.stroke((20, 20), (100, 100))
    found = painting.map()
    assert not np.array_equal(found, erased)
    assert (found[60:, 60:] == percent(35)).all()


def test_undo_redo_and_a_stretch_and_back_keep_all_16_bits(painting):
    painting.set(strength=75, size=50)
    painting.stroke((30, 30), (90, 100))
    painting.set(strength=33)
    first = painting.map()
    painting.stroke((90, 30), (30, 100))
    second = painting.map()
    painting.press('z')
    assert_equal(painting.map(), first, 0)
    painting.press('y')
    assert_equal(painting.map(), second, 0)
    painting.webui.give('#img2img_image', Image.new('RGB', (2 * SIZE, SIZE)))
    assert painting.map().max() == percent(75)
    painting.press('z')
    assert_equal(painting.map(), second, 0)


def test_painting_on_16_bits_leaves_the_rest_of_them_alone(painting):
    fine = np.random.default_rng(1).integers(0, 65536, (SIZE, SIZE)).astype(np.uint16)
    painting.webui.choose_map(file_of(fine))
    painting.map()
    painting.webui.see('.diffdiff-painter button[aria-label="Undo"]:not([disabled])').wait_for()
    painting.hover()
    painting.set(strength=75, size=40, hardness=50)
    points = painting.stroke((40, 40), (80, 60))
    found, share = painting.map(), covered(points, 40, 0.5)
    assert np.array_equal(found[share == 0], fine[share == 0])
    assert (found[share == 1] == percent(75)).all()
    painting.press('z')
    assert_equal(painting.map(), fine, 0)


def test_at_once_after_a_stroke_the_map_has_the_same_16_bits(painting):
    """Generate takes what is there before the PNG is compressed."""
    painting.set(strength=75, size=50, hardness=30)
    painting.stroke((30, 30), (90, 100))
    compressed = painting.map()
    at_once = painting.page.evaluate('diffdiff.pngNow({width: 128, height: 128, greys: Uint16Array.from({length: 16384}, (_, at) => 4 * at + 3)})')
    assert_equal(greys(at_once), (4 * np.arange(SIZE * SIZE) + 3).reshape(SIZE, SIZE), 0)
    painting.press('z')
    painting.map()
    painting.press('y')
    text = painting.page.evaluate("""() => {
        document.querySelector('#img2img_generate').dispatchEvent(new MouseEvent('click'));
        return document.querySelector('#script_differential_diffusion_change_map textarea').value;
    }""")
    assert_equal(greys(text), compressed, 0)


@pytest.mark.parametrize('grey, words', [
    (191 * 257, '74.9 %'), (49152, '75 %'), (49151, '75.0 %'), (32767, '50.0 %'), (32768, '50 %'), (1, '0.1 %'), (65534, '99.9 %'), (65535, '100 %'), (0, '0 %'),
])
def test_the_pointer_claims_a_whole_percent_only_where_it_is(painting, grey, words):
    painting.webui.choose_map(file_of(np.full((SIZE, SIZE), grey, np.uint16)))
    painting.map()
    painting.hover()
    painting.page.wait_for_function("words => document.querySelector('.diffdiff-tag').textContent.split('  ·')[0] === words", arg=words)


def test_keys_belong_to_who_types(painting):
    prompt = painting.webui.see('#img2img_prompt textarea')
    prompt.fill('')
    painting.hover()
    painting.press('x')
    painting.hover()
    painting.press('e', 'z', '5')
    assert prompt.input_value() == 'xez5'
    pressed = painting.webui.see('.diffdiff-painter [aria-label=Tools] [aria-pressed=true]')
    assert pressed.get_attribute('aria-label') == 'Brush'
    prompt.evaluate('prompt => prompt.blur()')
    painting.hover()
    painting.press('e')
    assert pressed.get_attribute('aria-label') == 'Eraser'


def test_ctrl_enter_stays_the_hosts(painting):
    painting.stroke((64, 64))
    painting.map()
    painting.page.evaluate("document.addEventListener('keydown', event => { window.kept = event.defaultPrevented; })")
    painting.press('Control+Enter')
    assert painting.page.evaluate('window.kept') is False


def test_number_keys_brackets_and_swap(painting):
    box = {name: painting.webui.see(f'.diffdiff-painter input[type=number][aria-label^="{name} ("]') for name in ('Strength', 'Size')}
    for key, strength in {'1': '10', '9': '90', '0': '100', '`': '0', '7': '70'}.items():
        painting.press(key)
        assert box['Strength'].input_value() == strength
    painting.press('x', '2', 'x')
    assert box['Strength'].input_value() == '70'
    sizes = [int(box['Size'].input_value())]
    for key in (']', '['):
        painting.press(key)
        sizes.append(int(box['Size'].input_value()))
    assert sizes[1] > sizes[0] and sizes[2] < sizes[1]


def test_zoomed_in_a_stroke_falls_where_the_pointer_is(painting):
    painting.set(size=10, hardness=100)
    painting.press('+', '+', '+')
    painting.zoom = 1.25 ** 3
    points = painting.stroke((50, 60), (70, 60))
    assert_equal(painting.map(), mixed(black(), 100, covered(points, 10, 1)))
    painting.press('h')
    painting.zoom = 1
    before = painting.webui.map().astype(int)
    points = painting.stroke((20, 20))
    assert_equal(painting.map(), mixed(before, 100, covered(points, 10, 1)))


def test_the_plain_wheel_scrolls_the_page_and_zooms_where_there_is_none(painting):
    zoom = painting.webui.see('.diffdiff-zoom')
    painting.stroke((64, 64))
    before = zoom.inner_text()
    top = painting.page.evaluate('scrollY')
    painting.page.mouse.wheel(0, -40)
    painting.page.wait_for_function('top => scrollY < top', arg=top)
    assert zoom.inner_text() == before
    painting.press('w')
    painting.page.wait_for_function("before => document.querySelector('.diffdiff-zoom').textContent !== before", arg=before)
    before = zoom.inner_text()
    painting.page.mouse.move(300, 400)
    painting.page.mouse.wheel(0, -40)
    painting.page.wait_for_function("before => document.querySelector('.diffdiff-zoom').textContent !== before", arg=before)


def test_another_picture_stretches_the_map_and_undo_brings_it_back(painting):
    painting.set(size=40)
    painting.stroke((64, 64))
    before = painting.map()
    painting.webui.give('#img2img_image', Image.new('RGB', (2 * SIZE, SIZE)))
    wide = painting.map()
    assert wide.shape == (SIZE, 2 * SIZE)
    assert_equal(wide[:, ::2], before, 16 * 257)
    painting.press('z')
    assert_equal(painting.map(), before, 0)


def test_the_pointer_reads_the_map(painting):
    painting.set(strength=37, size=60, hardness=100)
    painting.stroke((64, 64))
    painting.map()
    painting.move((60, 60))
    assert painting.webui.see('.diffdiff-tag').inner_text().startswith('37 %')
    painting.move((4, 4))
    assert painting.webui.see('.diffdiff-tag').inner_text().startswith('0 %')


def test_the_pointer_reads_the_number_that_denoising_would_have(painting):
    painting.webui.set(denoising_strength=0.6)
    painting.click('Everything')
    painting.map()
    painting.hover()
    painting.page.wait_for_function("document.querySelector('.diffdiff-tag').textContent.endsWith('Denoising 0.60')")


def test_escape_gives_up_a_polygon_and_no_run(painting):
    painting.page.evaluate("document.addEventListener('keydown', event => { window.heard = event.key; })")
    painting.press('p')
    painting.stroke((20, 20))
    painting.press('Escape')
    assert painting.page.evaluate('window.heard') is None
    painting.press('Escape')
    assert painting.page.evaluate('window.heard') == 'Escape'
    for corner in ((60, 60), (100, 60), (60, 100)):
        painting.stroke(corner)
    painting.press('Enter')
    assert painting.map()[20:50, 20:50].max() == 0


def test_a_finger_paints_and_two_zoom(painting):
    touch = painting.page.context.new_cdp_session(painting.page)
    left, top, scale = painting.frame()

    def send(kind, *points):
        touch.send('Input.dispatchTouchEvent', {'type': kind, 'touchPoints': [{'x': left + x * scale, 'y': top + y * scale, 'id': i} for i, (x, y) in enumerate(points)]})

    painting.set(size=20, hardness=100)
    send('touchStart', (30, 40))
    send('touchMove', (60, 40))
    send('touchEnd')
    found = painting.map()
    assert found[40, 45] == 65535 and found[60, 45] == 0
    before = painting.webui.see('.diffdiff-zoom').inner_text()
    send('touchStart', (40, 60))
    send('touchStart', (40, 60), (80, 60))
    send('touchMove', (20, 60), (100, 60))
    send('touchEnd')
    painting.page.wait_for_function("before => document.querySelector('.diffdiff-zoom').textContent !== before", arg=before)
    painting.page.wait_for_timeout(300)
    assert_equal(painting.webui.map(), found, 0)


def test_hovering_and_painting_add_nothing_to_the_page(painting):
    """The host runs every extension's update callbacks whenever something is added."""
    painting.stroke((20, 20))
    painting.map()
    painting.page.wait_for_timeout(1500)
    painting.page.evaluate("""() => {
        window.added = 0;
        new MutationObserver((all) => { window.added += all.length; }).observe(document.querySelector('.diffdiff-painter'), {childList: true, subtree: true});
    }""")
    for x in range(20, 100, 8):
        painting.move((x, 20))
    painting.stroke((20, 60), (60, 60), (60, 90))
    painting.map()
    assert painting.page.evaluate('window.added') == 0
