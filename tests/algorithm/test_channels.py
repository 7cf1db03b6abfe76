"""What of a picture is the map: the chosen channel, or by itself what its colours and its alpha can mean; two meanings are refused."""
import base64
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from lib_diffdiff.maps.channels import COLOURS, channel_of, meanings
from lib_diffdiff.maps.exact import GREY, WHITE
from lib_diffdiff.maps.reading import of_picture, read, read_all
from lib_diffdiff.settings.refusal import Refusal

ALPHAS = np.array([[0, 1, 100, 255], [7, 128, 254, 0]], np.uint8)


def picture(rows, mode='RGB'):
    return Image.fromarray(np.asarray(rows, dtype=np.uint8), mode)


def file(a_picture, format='PNG', **options):
    buffer = io.BytesIO()
    a_picture.save(buffer, format, **options)
    return base64.b64encode(buffer.getvalue()).decode()


def with_alpha(colours, alpha):
    """A picture of a colour or colours (..., 3) and an alpha (height, width)."""
    return picture(np.dstack([np.broadcast_to(colours, (*np.shape(alpha), 3)), alpha]), 'RGBA')


def levels(change_map, channel='auto'):
    return read(change_map, channel) / GREY


COLOURED = picture([[(10, 20, 30), (40, 50, 60)]])
CLEAR = picture([[(10, 20, 30, 0), (40, 50, 60, 200), (70, 80, 90, 100)]], 'RGBA')
GREYS = picture([[(50, 255), (200, 102), (100, 0)]], 'LA')
DEEP = Image.fromarray(np.array([[1, 60000]], np.uint16))


# ---- a chosen channel --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name, expected', [
    ('red', [10, 40, 70]), ('green', [20, 50, 80]), ('blue', [30, 60, 90]), ('alpha', [0, 200, 100]),
])
def test_a_channel_is_read_as_it_is(name, expected):
    for change_map in (CLEAR, np.asarray(CLEAR), file(CLEAR), file(CLEAR, 'TIFF'), file(CLEAR, 'WEBP', lossless=True, exact=True)):
        assert levels(change_map, name).tolist() == [expected]
    assert [(units / GREY).tolist() for units in read_all([CLEAR, file(CLEAR)], name, 2)] == [[expected]] * 2


def test_brightness_is_over_black():
    luma = np.asarray(picture([[(40, 50, 60), (70, 80, 90)]]).convert('L'))[0].astype(int)
    assert levels(CLEAR, 'brightness') == pytest.approx(np.array([[0, luma[0] * 200 / 255, luma[1] * 100 / 255]]), abs=1e-4)
    assert levels(GREYS, 'brightness').tolist() == [[50, 80, 0]]


@pytest.mark.parametrize('a_picture, names, why', [
    (COLOURED, ['alpha'], 'opaque everywhere'),
    (with_alpha((9, 9, 9), np.full((1, 2), 255)), ['alpha'], 'opaque everywhere'),
    (picture([[1]], 'L'), COLOURS, 'grey'), (GREYS, COLOURS, 'grey'), (DEEP, COLOURS, 'grey'), (Image.new('F', (1, 1)), COLOURS, 'grey'),
    (DEEP, ['alpha'], 'opaque everywhere'), (np.zeros((1, 1)), ['alpha', *COLOURS], 'array of greys'),
    (COLOURED, ['sepia', '', None, 7, 'Red'], 'no channel'),
])
def test_a_channel_that_is_not_there_is_refused(a_picture, names, why):
    for name in names:
        with pytest.raises(Refusal, match=why):
            read(a_picture, name)


def test_the_red_of_a_picture_that_happens_to_be_grey_is_that_grey():
    assert levels(picture([[(7, 7, 7), (9, 9, 9)]]), 'red').tolist() == [[7, 9]]


@pytest.mark.parametrize('channel, expected', [('red', [WHITE, 0]), ('blue', [0, WHITE])])
def test_a_channel_of_a_turned_photograph_is_upright(channel, expected):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    turned = file(picture([[(255, 0, 0), (0, 0, 255)]]), exif=exif)
    assert read(turned, channel).ravel().tolist() == expected and read(turned, channel).shape == (2, 1)


@pytest.mark.parametrize('a_picture, found', [
    (picture([[1, 2]], 'L'), ['brightness']),
    (picture([[(7, 7, 7), (9, 9, 9)]]), ['brightness']),
    (COLOURED, ['brightness', 'red', 'green', 'blue']),
    (CLEAR, ['brightness', 'alpha', 'red', 'green', 'blue']),
    (picture([[(7, 255), (9, 254)]], 'LA'), ['brightness', 'alpha']),
    (picture([[(7, 255), (9, 255)]], 'LA'), ['brightness']),
    (DEEP, ['brightness']),
    (COLOURED.quantize(2), ['brightness', 'red', 'green', 'blue']),
    (Image.new('LAB', (1, 1), (128, 90, 40)), ['brightness', 'red', 'green', 'blue']),
])
def test_the_meanings_that_a_picture_could_have(a_picture, found):
    assert meanings(a_picture) == found
    assert of_picture(file(a_picture, 'TIFF'), meanings) == found


@pytest.mark.parametrize('a_picture', [COLOURED, CLEAR, GREYS, DEEP, CLEAR.quantize(3)])
def test_every_meaning_can_be_read(a_picture):
    for name in meanings(a_picture):
        assert channel_of(a_picture, name).shape == (a_picture.height, a_picture.width)


# ---- by itself: the alpha where the colours say nothing ------------------------------------------------------------------

@settings(deadline=None)
@given(arrays(np.uint8, (3, 4)))
def test_black_ink_is_its_alpha(alpha):
    if alpha.min() == 255:  # black paper
        alpha[0, 0] = 0
    assert (levels(with_alpha((0, 0, 0), alpha)) == alpha).all()


@pytest.mark.parametrize('ink', [(0, 0, 0), (255, 255, 255), (255, 0, 0), (30, 90, 200), (128, 128, 128)])
def test_one_colour_of_any_ink_is_its_alpha(ink):
    assert (levels(with_alpha(ink, ALPHAS)) == ALPHAS).all()


def test_what_is_hidden_under_no_alpha_is_no_colour():
    ink = np.where(ALPHAS[..., None] == 0, (255, 40, 90), (0, 0, 0))
    assert (levels(with_alpha(ink, ALPHAS)) == ALPHAS).all()


@pytest.mark.parametrize('mode', ['LA', 'La', 'RGBa', 'RGBA'])
def test_ink_is_its_alpha_in_every_mode(mode):
    ink = with_alpha((0, 0, 0), ALPHAS).convert('LA' if mode[0] == 'L' else 'RGBA')
    assert (levels(ink.convert(mode)) == ALPHAS).all()


@pytest.mark.parametrize('format, options', [
    ('PNG', {}), ('WEBP', {'lossless': True}), ('WEBP', {'quality': 75, 'alpha_quality': 100}), ('TIFF', {}), ('TIFF', {'compression': 'tiff_lzw'}),
])
def test_ink_is_its_alpha_in_every_format(format, options):
    soft = np.add.outer(np.arange(32), 7 * np.arange(32)).astype(np.uint8)
    assert (levels(file(with_alpha((0, 0, 0), soft), format, **options)) == soft).all()


def test_ink_of_a_palette_is_its_alpha():
    ink = Image.fromarray(np.array([[0, 1, 2]], np.uint8), 'P')
    ink.putpalette([0, 0, 0] * 3)
    assert levels(file(ink, transparency=bytes([0, 128, 255]))).tolist() == [[0, 128, 255]]
    assert levels(file(ink, 'GIF', transparency=0, optimize=False)).tolist() == [[0, 255, 255]]


@pytest.mark.parametrize('mode, paper, ink', [('1', 255, 0), ('L', 200, 0), ('RGB', (1, 2, 3), (0, 0, 0))])
def test_ink_beside_one_transparent_colour_is_white(mode, paper, ink):
    drawn = Image.new(mode, (2, 1), paper)
    drawn.putpixel((1, 0), ink)
    transparent = 1 if mode == '1' else paper
    assert levels(file(drawn, transparency=transparent)).tolist() == [[0, 255]]


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3), arrays(np.uint8, (4, 4)))
def test_a_colour_that_a_program_multiplied_with_its_alpha_and_divided_again_is_one_colour(ink, alpha):
    alpha[0, :2] = 0, 255
    multiplied = np.rint(np.multiply.outer(alpha / 255, ink))
    divided = np.rint(multiplied * 255 / np.maximum(alpha, 1)[..., None])
    assert (levels(with_alpha(divided, alpha)) == alpha).all()


# ---- by itself: else the brightness over black ---------------------------------------------------------------------------

@pytest.mark.parametrize('a_picture', [
    COLOURED, CLEAR, GREYS, DEEP, picture([[1, 2]], 'L'),
    picture([[(0, 255), (0, 255)]], 'LA'),
    picture([[(200, 51), (200, 51)]], 'LA'),
    picture([[(90, 0), (90, 0)]], 'LA'),
    with_alpha(np.linspace(0, 255, 8).reshape(2, 4, 1), ALPHAS),
], ids=['colours', 'cut-out', 'greys cut out', '16 bits', 'greys', 'black paper', 'one grey, one alpha', 'nothing visible', 'greys and alphas'])
def test_where_the_colours_say_something_the_map_is_the_brightness(a_picture):
    assert (read(a_picture) == read(a_picture, 'brightness')).all()


def test_the_colours_of_a_palette_that_are_transparent_are_black():
    cut_out = Image.fromarray(np.array([[0, 1, 2]], np.uint8), 'P')
    cut_out.putpalette([255, 255, 255, 100, 100, 100, 200, 200, 200])
    assert levels(file(cut_out, transparency=0)).tolist() == [[0, 100, 200]]


# ---- two meanings --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('colours, alpha, sentence', [
    ([[0, 9, 12]], [[255, 200, 100]], 'nearly black, at most 7 of 255, but its alpha goes up to 255'),
    ([[0, 0, 255]], [[255, 128, 60]], 'nearly black, at most 0 of 255, but its alpha goes up to 255'),  # black ink with a light fringe
    ([[5, 200, 90]], [[0, 0, 0]], 'transparent everywhere, which means black, but there is a picture under its alpha'),
])
def test_two_meanings_are_refused_with_both_and_the_way_out(colours, alpha, sentence):
    two = with_alpha(np.array(colours)[..., None], alpha)
    with pytest.raises(Refusal, match=sentence):
        read(two)
    with pytest.raises(Refusal, match='Choose the channel'):
        read(file(two))
    assert (levels(two, 'alpha') == alpha).all() and (levels(two, 'red') == colours).all()
    assert meanings(two) == ['brightness', 'alpha']
