"""The painter's modes, handles, wand and edges, on arrays computed by hand and by a hand in the page."""
import numpy as np
import pytest
from PIL import Image

from .conftest import SIZE, Hand, greys, percent
from .test_painter import Painting, X, Y, assert_equal, black, covered, mixed

BEFORE = [0, 3277, 13107, 32768, 58982, 65535]  # 0, 5, 20, 50, 90, 100 %
WITH_HALF = {
    'replace': [32768] * 6,
    'add': [32768, 36045, 45875, 65535, 65535, 65535],  # 50, 55, 70 %
    'subtract': [0, 0, 0, 0, 26214, 32768],  # 40, 50 %
    'lighter': [32768, 32768, 32768, 32768, 58982, 65535],
    'darker': [0, 3277, 13107, 32768, 32768, 32768],
    'inside': [0, 18024, 32768, 32768, 32768, 32768],  # half of the way from 5 to 50 %
}
TOOLS = {
    'rectangle': 'map.rectangle({x: 0, y: 0}, {x: 6, y: 1}, 0.5, {mode})',
    'ellipse': 'map.ellipse({x: -50, y: -50}, {x: 56, y: 51}, 0.5, {mode})',
    'polygon': 'map.polygon([{x: -1, y: -1}, {x: 7, y: -1}, {x: 7, y: 2}, {x: -1, y: 2}], 0.5, {mode})',
    'gradient': 'map.gradient({x: 0, y: 0}, {x: 6, y: 0}, 0.5, 0.5, {mode})',
    'radial': 'map.gradient({x: 0, y: 0}, {x: 6, y: 0}, 0.5, 0.5, {mode, radial: true})',
    'wand': 'map.flood(0, 0, 0.5, {mode, tolerance: 255, pixels: null})',
    'brush': 'map.stroke({strength: 0.5, size: 60, hardness: 1, flow: 1, mode}).to(3, 0).end()',
}
EDGE = """([side, x, size, edges]) => {
    const pixels = new Uint8ClampedArray(4 * 40 * 20).fill(255);
    for (let at = 0; at < 800; at++) if (at % 40 >= side) pixels.fill(30, 4 * at, 4 * at + 3);
    const map = new diffdiff.GreyMap(40, 20);
    map.stroke({strength: 1, size, hardness: 1, flow: 1, edges: edges ? {pixels, tolerance: 20} : null}).to(x, 10).end();
    return [...map.greys];
}"""
WAND = """([width, rows, x, y, options]) => {
    const colours = rows.join('').split('').map((letter) => ({'.': 0, '#': 200, '+': 190})[letter]);
    const pixels = Uint8ClampedArray.from(colours.flatMap((grey) => [grey, grey, grey, 255]));
    const map = new diffdiff.GreyMap(width, rows.length);
    map.flood(x, y, 1, {pixels, ...options});
    return [...map.greys];
}"""


@pytest.fixture(scope='module')
def arrays(browser, address):
    """evaluate, in a page that is opened once."""
    context = browser.new_context()
    hand = Hand(context.new_page(), address)
    hand.open()
    yield hand.page.evaluate
    context.close()


@pytest.fixture
def painting(webui, original):
    return Painting(webui, original)


# ---- modes ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('tool', TOOLS)
@pytest.mark.parametrize('mode', WITH_HALF)
def test_a_mode_combines_what_is_there_with_the_tool(arrays, tool, mode):
    found = arrays(f"""([before, mode]) => {{
        const map = new diffdiff.GreyMap(6, 1, Uint16Array.from(before));
        {TOOLS[tool]};
        const painted = [...map.greys];
        map.history.undo();
        return [painted, [...map.greys]];
    }}""", [BEFORE, mode])
    assert found == [WITH_HALF[mode] if mode != 'replace' else [32768] * 6, BEFORE]


@pytest.mark.parametrize('tool', TOOLS)
@pytest.mark.parametrize('mode', WITH_HALF)
def test_under_invert_a_mode_means_what_comes_out(arrays, tool, mode):
    found = arrays(f"""([before, mode]) => {{
        const map = new diffdiff.GreyMap(6, 1, Uint16Array.from(before));
        map.invert();
        map.inverted = true;
        {TOOLS[tool]};
        map.invert();
        return [...map.greys];
    }}""", [BEFORE, mode])
    assert found == WITH_HALF[mode]


def test_a_stroke_covers_on_its_way_to_the_mode_and_never_twice(arrays):
    """Half of the flow: half of the way; a second time over it in one stroke comes nearer, and no further than the mode's own."""
    found = arrays("""() => [1, 400].map((times) => {
        const map = new diffdiff.GreyMap(6, 1, new Uint16Array(6).fill(13107));
        const stroke = map.stroke({strength: 0.5, size: 60, hardness: 1, flow: 0.5, mode: 'add'});
        for (let i = 0; i < times; i++) stroke.to(3 + 40 * (i % 2), 0);
        stroke.end();
        return [...map.greys];
    })""")
    assert found == [[29491] * 6, [45875] * 6]


def test_whole_percents_stay_whole(arrays):
    """Each is rounded up: their sum would be one too many."""
    found = arrays("""() => {
        const wrong = [];
        for (let a = 1; a < 100; a++) {
            for (let b = 1; a + b <= 100; b++) {
                const map = new diffdiff.GreyMap(1, 1);
                for (const [mode, percent] of [['add', a], ['add', b], ['subtract', b]]) {
                    map.rectangle({x: 0, y: 0}, {x: 1, y: 1}, percent / 100, {mode});
                    if (map.greys[0] !== diffdiff.greyOf(Math.round(100 * map.greys[0] / diffdiff.WHITE) / 100)) wrong.push([a, b, mode]);
                }
                if (map.greys[0] !== diffdiff.greyOf(a / 100)) wrong.push([a, b]);
            }
        }
        return wrong;
    }""")
    assert found == []


def test_the_mode_is_chosen_beside_the_strength(painting):
    select = painting.webui.see('.diffdiff-options select').first
    painting.press('m', '5')
    painting.stroke((20, 20), (80, 80))
    select.select_option('add')  # the rectangle stands: 50 % on nothing
    painting.page.keyboard.press('Tab')
    painting.hover()
    painting.press('Enter', '3')
    painting.stroke((50, 50), (100, 100))
    expected = black()
    expected[20:80, 20:80] = percent(50)
    expected[50:100, 50:100] = percent(30)
    expected[50:80, 50:80] = percent(80)
    painting.page.wait_for_timeout(500)
    assert_equal(painting.webui.map(), expected, 0)
    painting.press('e')
    assert not select.is_visible()


# ---- undo -------------------------------------------------------------------------------------------------------------

def test_packed_steps_come_back_exactly(arrays):
    found = arrays("""() => {
        const map = new diffdiff.GreyMap(300, 200), seen = [map.greys.slice()], all = {timeRemaining: () => 50};
        let seed = 7;
        const random = (most) => (seed = seed * 16807 % 2147483647) % most;
        map.replace({width: 300, height: 200, greys: Uint16Array.from({length: 60000}, () => random(65536))});
        seen.push(map.greys.slice());
        map.gradient({x: 10, y: 20}, {x: 250, y: 170}, 1, 0);
        seen.push(map.greys.slice());
        for (let i = 0; i < 20; i++) {
            const stroke = map.stroke({strength: random(101) / 100, size: 20 + random(100), hardness: random(11) / 10, flow: 1});
            for (let k = 0; k < 3; k++) stroke.to(random(300), random(200));
            if (stroke.end()) seen.push(map.greys.slice());
        }
        const raw = map.history.done.reduce((sum, step) => sum + step.size, 0);
        map.history.done.every((step) => step.pack(all));
        const packed = map.history.done.reduce((sum, step) => sum + step.size, 0);
        const isSeen = (at) => map.greys.every((grey, i) => grey === seen[at][i]);
        const wrong = [];
        for (let at = seen.length - 2; at >= 0; at--) if (!map.history.undo() || !isSeen(at)) wrong.push(at);
        map.history.undone.every((step) => step.pack(all));
        for (let at = 1; at < seen.length; at++) if (!map.history.redo() || !isSeen(at)) wrong.push(at);
        return {wrong, share: packed / raw, steps: seen.length};
    }""")
    assert found['wrong'] == [] and found['steps'] > 15 and found['share'] < 0.8


# ---- the wand ---------------------------------------------------------------------------------------------------------

def wand(arrays, rows, x, y, **options):
    found = arrays(WAND, [len(rows[0]), rows, x, y, {'tolerance': 20, **options}])
    return np.reshape(found, (len(rows), len(rows[0])))


def framed(size, around=4):
    """A square of # in dots."""
    edge = ['.' * (size + 2 * around)] * around
    return edge + ['.' * around + '#' * size + '.' * around] * size + edge


RIM = 26214  # two fifths


@pytest.mark.parametrize('grow, row', [
    (0, [0, 0, 0, RIM, 65535, 65535, 65535, 65535, 65535, 65535, RIM, 0, 0, 0]),
    (1, [0, 0, RIM, 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535, RIM, 0, 0]),
    (2, [0, RIM, 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535, RIM, 0]),
    (-1, [0, 0, 0, 0, 0, 65535 - RIM, 65535, 65535, 65535 - RIM, 0, 0, 0, 0, 0][:14]),
])
def test_the_wand_grows_and_has_a_rim_of_a_pixel(arrays, grow, row):
    found = wand(arrays, framed(6), 6, 6, grow=grow)
    assert found[6].tolist() == found[:, 7].tolist() == row
    assert found[3, 3] == {0: 0, 1: 65535, 2: 65535, -1: 0}[grow]  # 7 fifths from the corner: within the reach of 12, not of 7


def test_the_wand_closes_specks_and_keeps_holes(arrays):
    rows = framed(40, 2)
    rows[10] = rows[10][:10] + '..' + rows[10][12:]
    rows[11] = rows[11][:10] + '..' + rows[11][12:]
    for y in range(22, 32):
        rows[y] = rows[y][:20] + '.' * 10 + rows[y][30:]
    found = wand(arrays, rows, 5, 5, grow=0)
    assert (found[8:14, 8:14] == 65535).all()
    assert (found[24:30, 22:28] == 0).all() and found[22, 19] == 65535 and found[23, 20] == RIM


def test_the_wand_takes_all_that_is_alike_where_it_need_not_be_connected(arrays):
    rows = ['##.....+#', '##.....##', '##.....##', '##.....##']
    assert wand(arrays, rows, 0, 0, grow=0)[:, 3:].max() == 0
    everywhere = wand(arrays, rows, 0, 0, grow=0, contiguous=False)
    assert everywhere.tolist() == [[65535, 65535, RIM, 0, 0, 0, RIM, 65535, 65535]] * 4


def test_the_wand_is_connected_within_its_tolerance(arrays):
    rows = ['####++++', '####++++', '####++++', '####++++']
    assert wand(arrays, rows, 0, 0, grow=0, tolerance=9)[:, 5:].max() == 0
    assert wand(arrays, rows, 0, 0, grow=0, tolerance=10).min() == 65535


def test_the_wands_feather_falls_evenly_and_half_is_at_the_edge(arrays):
    row = wand(arrays, framed(40, 30), 50, 50, grow=0, feather=20)[50].astype(int)
    rise = row[:50]
    assert (np.diff(rise) >= 0).all() and np.diff(rise).max() < 65535 / 8
    assert abs((rise[29] + rise[30]) / 2 - 65535 / 2) < 65535 / 8 and rise[18] == 0 and rise[45] == 65535


def test_a_click_in_a_noisy_sky_leaves_no_specks_and_no_halo(webui):
    noise = np.random.default_rng(3).normal(0, 7, (SIZE, SIZE, 1))
    picture = np.full((SIZE, SIZE, 3), (120, 160, 220)) + noise
    inside = np.hypot(X - 64, Y - 100) < 40
    picture[inside] = (70, 60, 50) + noise[inside]
    painting = Painting(webui, Image.fromarray(picture.clip(0, 255).astype(np.uint8)))
    painting.press('f', '0')
    painting.stroke((20, 20))
    found = painting.map()
    assert (found[~inside] == 65535).all()
    assert found[np.hypot(X - 64, Y - 100) < 36].max() == 0


def test_the_wand_follows_its_sliders_in_one_step(webui):
    picture = np.full((SIZE, SIZE, 3), 200, np.uint8)
    picture[30:90, 30:90] = 100
    picture[50:70, 50:70] = 110
    painting = Painting(webui, picture)
    painting.press('f', '4')
    painting.set(tolerance=5, grow=0)
    painting.stroke((40, 40))
    expected = black()
    expected[30:90, 30:90] = percent(40)
    sides = np.zeros((SIZE, SIZE), bool)
    sides[29:91, 29:91] = True
    sides[30:90, 30:90] = False
    expected[50:70, 50:70] = 0
    found = painting.map()
    assert_equal(found[~sides][(X[~sides] < 50) | (X[~sides] > 70)], expected[~sides][(X[~sides] < 50) | (X[~sides] > 70)], 0)
    assert found[60, 60] == 0
    painting.set(tolerance=15)
    assert painting.map()[60, 60] == percent(40)
    painting.set(grow=10)
    found = painting.map()
    assert found[60, 21] == percent(40) and found[60, 17] == 0
    painting.press('z')
    painting.page.wait_for_function("document.querySelector('.diffdiff-painter button[aria-label=Undo]').disabled")
    assert painting.map().max() == 0


# ---- the brush that follows edges -------------------------------------------------------------------------------------

def test_a_brush_that_follows_edges_stays_on_its_side(arrays):
    free, kept = (np.reshape(arrays(EDGE, [20, 15, 16, edges]), (20, 40)) for edges in (False, True))
    assert free[10, 21] == 65535  # it reaches over
    assert kept[:, 21:].max() == 0 and 0 < kept[10, 20] < 65535  # a soft rim of a pixel
    assert np.array_equal(kept[:, :20], free[:, :20])


def test_it_follows_the_colour_under_its_centre_from_side_to_side(arrays):
    kept = np.reshape(arrays(EDGE, [20, 25, 16, True]), (20, 40))
    assert kept[:, :19].max() == 0 and kept[10, 21] == 65535


def test_following_edges_is_a_tick_of_brush_and_eraser(webui):
    picture = np.full((SIZE, SIZE, 3), 220, np.uint8)
    picture[:, 64:] = 40
    painting = Painting(webui, picture)
    painting.set(size=40, hardness=100)
    tick = painting.webui.see('.diffdiff-options label', has_text='Follow edges')
    assert not painting.webui.see('.diffdiff-options .diffdiff-slide', has_text='Tolerance').is_visible()
    tick.locator('input').check()
    assert painting.webui.see('.diffdiff-options .diffdiff-slide', has_text='Tolerance').is_visible()
    painting.hover()
    points = painting.stroke((55, 30), (55, 90))
    found, without = painting.map(), mixed(black(), 100, covered(points, 40, 1))
    assert without[60, 70] == 65535 and found[:, 66:].max() == 0
    assert_equal(found[:, :63], without[:, :63])
    for tool, is_there in {'e': True, 'u': False, 'g': False, 'f': False}.items():
        painting.press(tool)
        assert tick.is_visible() == is_there


# ---- handles ----------------------------------------------------------------------------------------------------------

def linear(a, b, first, second):
    across = np.subtract(b, a)
    share = np.clip(((X - a[0]) * across[0] + (Y - a[1]) * across[1]) / (across @ across), 0, 1)
    return np.ceil(655.35 * (first + (second - first) * share) - 1e-6)


def test_a_gradients_ends_can_be_dragged_and_all_is_one_step(painting):
    painting.press('g', '8')
    a, b = painting.stroke((20, 30), (100, 90))
    assert_equal(painting.map(), linear(a, b, 80, 0))
    _, moved = painting.stroke(b, (60, 110))
    assert_equal(painting.map(), linear(a, moved, 80, 0))
    painting.press('5')  # for the next one
    _, again = painting.stroke(moved, (90, 110))
    assert_equal(painting.map(), linear(a, again, 80, 0))
    painting.press('z')
    assert painting.map().max() == 0
    assert painting.webui.see('.diffdiff-painter button[aria-label="Undo"]').is_disabled()
    painting.press('y')
    assert_equal(painting.map(), linear(a, again, 80, 0))


def test_a_press_away_from_the_handles_is_a_new_shape(painting):
    painting.press('m', '6')
    painting.stroke((20, 20), (60, 60))
    painting.map()
    painting.stroke((80, 80), (100, 110))
    expected = black()
    expected[20:60, 20:60] = expected[80:110, 80:100] = percent(60)
    assert_equal(painting.map(), expected, 0)
    painting.press('z')
    expected[80:110, 80:100] = 0
    assert_equal(painting.map(), expected, 0)


@pytest.mark.parametrize('end', ['Enter', 'Escape', 'b'])
def test_handles_stand_until_the_next_tool_enter_or_escape(painting, end):
    painting.page.evaluate("document.addEventListener('keydown', event => { window.heard = event.key; })")
    painting.press('o', '6')
    painting.stroke((20, 20), (90, 70))
    found = painting.map()
    painting.press(end)
    assert painting.page.evaluate('window.heard') is None  # the host's Escape would interrupt a run
    painting.press('3')
    painting.page.wait_for_timeout(500)
    assert_equal(painting.webui.map(), found, 0)


def test_a_corner_and_the_middle_of_a_rectangle_can_be_dragged(painting):
    painting.press('m', '0')
    painting.stroke((20, 20), (60, 60))
    painting.map()
    painting.stroke((60, 20), (90, 10))
    expected = black()
    expected[10:60, 20:90] = 65535
    assert_equal(painting.map(), expected, 0)
    painting.stroke((55, 35), (65, 65))
    expected = black()
    expected[40:90, 30:100] = 65535
    assert_equal(painting.map(), expected, 0)


def test_shift_keeps_a_dragged_corner_square(painting):
    painting.press('m', '0')
    painting.stroke((20, 20), (60, 60))
    painting.map()
    painting.page.keyboard.down('Shift')
    painting.stroke((60, 60), (100, 70))
    painting.page.keyboard.up('Shift')
    expected = black()
    expected[20:100, 20:100] = 65535
    assert_equal(painting.map(), expected, 0)


def test_a_handle_let_go_by_a_second_finger_is_where_it_was(painting):
    touch = painting.page.context.new_cdp_session(painting.page)

    def send(kind, *points):
        left, top, scale = painting.frame()
        touch.send('Input.dispatchTouchEvent', {'type': kind, 'touchPoints': [{'x': left + x * scale, 'y': top + y * scale, 'id': i} for i, (x, y) in enumerate(points)]})

    painting.press('m', '0')
    painting.stroke((20, 20), (60, 60))
    found = painting.map()
    off = 18 / painting.frame()[2]  # within a finger's reach
    send('touchStart', (60 + off, 60))
    send('touchMove', (100, 100))
    send('touchStart', (100, 100), (20, 100))
    send('touchEnd')
    painting.page.wait_for_timeout(500)
    assert_equal(painting.webui.map(), found, 0)
    send('touchStart', (60 + off, 60))
    send('touchMove', (100, 100))
    send('touchEnd')
    expected = black()
    expected[20:100, 20:100] = 65535
    assert_equal(painting.map(), expected, 0)


def test_a_mouse_must_come_nearer_than_a_finger(painting):
    painting.press('m', '0')
    painting.stroke((20, 20), (60, 60))
    painting.map()
    scale = painting.frame()[2]
    a, _ = painting.stroke((60 + 18 / scale, 60), (100, 100))
    expected = black()
    expected[20:60, 20:60] = 65535
    x, y = np.floor(np.add(a, 0.5)).astype(int)
    expected[y:100, x:100] = 65535
    assert_equal(painting.map(), expected, 0)


# ---- polygon ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('back', ['z', 'Control+z', 'Backspace'])
def test_a_corner_of_a_polygon_is_taken_back(painting, back):
    painting.press('p')
    for corner in ((20, 20), (100, 20), (100, 100), (60, 120)):
        painting.stroke(corner)
    painting.press(back, 'Enter')
    found = painting.map()
    assert found[40, 90] == 65535 and found[110, 65] == 0 and found[90, 40] == 0
    painting.press('z')
    assert painting.map().max() == 0


# ---- the file ---------------------------------------------------------------------------------------------------------

def test_a_map_is_encoded_in_a_worker_and_not_again_if_it_did_not_change(webui):
    found = webui.page.evaluate("""async () => {
        const map = new diffdiff.GreyMap(4, 3, Uint16Array.from({length: 12}, (_, at) => 5000 * at));
        const first = diffdiff.greyPNG(map), again = diffdiff.greyPNG(map);
        const text = await diffdiff.dataUrlOf(await first);
        map.fill(1);
        const other = await diffdiff.dataUrlOf(await diffdiff.greyPNG(map));
        return [first === again, text, other];
    }""")
    assert found[0] and len(webui.page.workers) == 1
    assert_equal(greys(found[1]), np.reshape(5000 * np.arange(12), (3, 4)), 0)
    assert greys(found[2]).min() == 65535


def test_of_maps_that_wait_the_newest_is_made(webui):
    found = webui.page.evaluate("""async () => {
        const map = new diffdiff.GreyMap(500, 500), files = [];
        for (const strength of [0.1, 0.2, 0.3, 0.4]) {
            map.fill(strength);
            files.push(diffdiff.greyPNG(map));
            await null;
        }
        map.fill(1); // After the question: not in the answer.
        return Promise.all(files.map(async (file) => diffdiff.dataUrlOf(await file)));
    }""")
    levels = [np.unique(greys(text)).tolist() for text in found]
    assert levels[1:] == [[percent(40)]] * 3 and levels[0] in ([percent(10)], [percent(40)])


@pytest.mark.parametrize('broken', ["window.Worker = class { constructor() { throw new Error('forbidden'); } }",
                                    'window.Worker = class { postMessage() { this.onerror(new Event("error")); } }'])
def test_a_page_without_workers_makes_the_file_itself(webui, broken):
    webui.page.evaluate(f'() => {{ {broken}; }}')
    text = webui.page.evaluate('async () => diffdiff.dataUrlOf(await diffdiff.greyPNG(new diffdiff.GreyMap(2, 2, Uint16Array.from([1, 300, 65535, 7]))))')
    assert greys(text).tolist() == [[1, 300], [65535, 7]]


# ---- what a large map is shown by -------------------------------------------------------------------------------------

def test_a_large_map_is_shown_in_full_after_some_frames(arrays):
    found = arrays("""async () => {
        const stage = diffdiff.element('div', 'diffdiff-stage', {style: 'width: 64px; height: 64px'});
        document.body.append(stage);
        const view = new diffdiff.PaintView(stage), map = new diffdiff.GreyMap(3000, 3000);
        view.setPicture(null, 3000, 3000);
        map.fill(1);
        let frames = 0;
        do view.draw(map, () => {}); while (++frames < 50 && view.rest);
        map.rectangle({x: 0, y: 0}, {x: 3000, y: 2900}, 0);
        view.draw(map, () => {});
        map.rectangle({x: 10, y: 10}, {x: 20, y: 20}, 1);
        do view.draw(map, () => {}); while (++frames < 50 && view.rest);
        const alpha = (x, y) => view.sheet.getContext('2d').getImageData(x, y, 1, 1).data[3];
        stage.remove();
        return {frames, seen: [[15, 15], [5, 5], [2000, 2800], [2000, 2950]].map(([x, y]) => alpha(x, y) > 0)};
    }""")
    assert 4 < found['frames'] < 50 and found['seen'] == [True, False, False, True]
