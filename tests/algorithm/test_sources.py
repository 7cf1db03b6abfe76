"""Where maps come from: a picture's channels, its brightness, saturation and edges, its flat colours."""
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lib_diffdiff.exact import GREY, WHITE
from lib_diffdiff.refusal import Refusal
from lib_diffdiff.sources import MOST_ZONES, brightness, channel, edges, from_picture, meanings, saturation, zones

RED, GREEN, BLUE, WHITE_RGB = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def picture(rows, mode='RGB'):
    return Image.fromarray(np.asarray(rows, dtype=np.uint8), mode)


COLOURED = picture([[(10, 20, 30), (40, 50, 60)]])
CLEAR = picture([[(10, 20, 30, 0), (40, 50, 60, 200)]], 'RGBA')


@pytest.mark.parametrize('a_picture, found', [
    (picture([[1, 2]], 'L'), ['brightness']),
    (picture([[(7, 7, 7), (9, 9, 9)]]), ['brightness']),
    (COLOURED, ['brightness', 'red', 'green', 'blue']),
    (CLEAR, ['brightness', 'alpha', 'red', 'green', 'blue']),
    (picture([[(7, 255), (9, 254)]], 'LA'), ['brightness', 'alpha']),
    (picture([[(7, 255), (9, 255)]], 'LA'), ['brightness']),
    (Image.fromarray(np.array([[1, 60000]], dtype=np.uint16)), ['brightness']),
    (COLOURED.quantize(2), ['brightness', 'red', 'green', 'blue']),
])
def test_the_meanings_that_a_picture_could_have(a_picture, found):
    assert meanings(a_picture) == found


@pytest.mark.parametrize('name, greys', [('red', [10, 40]), ('green', [20, 50]), ('blue', [30, 60]), ('alpha', [0, 200])])
def test_a_channel_is_read_as_it_is(name, greys):
    assert (channel(CLEAR, name) == np.array([greys]) * GREY).all()


def test_what_is_not_chosen_is_read_as_the_map_itself():
    for name in ('auto', 'brightness'):
        assert (channel(CLEAR, name) == brightness(CLEAR)).all()
    assert brightness(CLEAR)[0, 0] == 0


@pytest.mark.parametrize('a_picture, name, why', [
    (COLOURED, 'alpha', 'opaque'), (picture([[1]], 'L'), 'red', 'grey'), (COLOURED, 'sepia', 'sepia'), (COLOURED, '', 'no channel'),
])
def test_a_channel_that_is_not_there_is_refused(a_picture, name, why):
    with pytest.raises(Refusal, match=why):
        channel(a_picture, name)


def test_a_turned_photograph_is_read_upright():
    turned = Image.new('RGB', (2, 1), RED)
    turned.putpixel((1, 0), BLUE)
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    turned.save(buffer, 'PNG', exif=exif)
    upright = Image.open(buffer)
    assert (channel(upright, 'red') == [[WHITE], [0]]).all()
    assert saturation(upright).shape == edges(upright).shape == (2, 1)


def test_saturation_is_the_spread_of_a_colour():
    units = saturation(picture([[(0, 0, 0), (80, 80, 80), (200, 100, 150), (0, 0, 9)]]))
    assert (units == [[0, 0, WHITE // 2 + WHITE % 2, WHITE]]).all() or np.abs(units - [[0, 0, WHITE / 2, WHITE]]).max() <= 1


def test_edges_are_white_where_the_luma_jumps_and_black_where_it_is_flat():
    step = picture(np.repeat([[0] * 4 + [200] * 4], 8, axis=0), 'L')
    assert (edges(step) == np.repeat([[0, 0, 0, WHITE, WHITE, 0, 0, 0]], 8, axis=0)).all()
    assert (edges(Image.new('L', (8, 8), 77)) == 0).all() and (edges(Image.new('L', (1, 1), 77)) == 0).all()


def test_a_ramp_is_one_edge_everywhere_inside():
    ramp = picture(np.repeat([np.arange(0, 80, 10)], 8, axis=0), 'L')
    assert (edges(ramp)[:, 1:-1] == WHITE).all() and (edges(ramp).T[0] == WHITE // 2 + WHITE % 2).all()


def test_anything_else_of_a_picture_is_refused():
    with pytest.raises(Refusal, match='depth'):
        from_picture(COLOURED, 'depth')


def flat(side=128, shapes=((RED, (10, 10, 60, 90)), (GREEN, (70, 20, 100, 50))), smooth=1):
    drawn = Image.new('RGB', (side * smooth, side * smooth), BLUE)
    for colour, box in shapes:
        ImageDraw.Draw(drawn).ellipse([side_ * smooth for side_ in box], fill=colour)
    return drawn.resize((side, side), Image.Resampling.BOX)


def test_flat_colours_are_found_the_most_frequent_first():
    colours, labels = zones(flat())
    assert colours == [BLUE, RED, GREEN] and labels.shape == (128, 128) and labels.dtype == np.uint8
    for number, colour in enumerate(colours):
        assert ((np.asarray(flat()) == colour).all(axis=2) == (labels == number)).all()


def test_smoothed_edges_belong_to_the_nearest_colour():
    colours, labels = zones(flat(smooth=8))
    assert colours == [BLUE, RED, GREEN]
    pixels = np.asarray(flat(smooth=8)).astype(int)
    distances = np.stack([((pixels - colour) ** 2).sum(axis=2) for colour in colours])
    assert (np.take_along_axis(distances, labels[None].astype(int), axis=0)[0] == distances.min(axis=0)).all()


def test_a_jpeg_of_flat_colours_has_its_colours_and_no_more():
    buffer = io.BytesIO()
    flat(256, smooth=4).save(buffer, 'JPEG', quality=85)
    colours, _ = zones(Image.open(buffer))
    assert len(colours) == 3 and np.abs(np.subtract(colours, [BLUE, RED, GREEN])).max() <= 4


def test_one_colour_is_one_zone():
    colours, labels = zones(Image.new('RGB', (9, 9), RED))
    assert colours == [RED] and (labels == 0).all()


def test_the_most_zones():
    squares = np.zeros((6, 6, 3), dtype=np.uint8)
    squares.reshape(36, 3)[:MOST_ZONES] = [(x * 36, y * 36, 255) for x in range(6) for y in range(6)][:MOST_ZONES]
    squares.reshape(36, 3)[MOST_ZONES:] = squares[0, 0]
    colours, labels = zones(picture(np.kron(squares, np.ones((8, 8, 1)))))
    assert len(set(colours)) == MOST_ZONES and labels.max() == MOST_ZONES - 1


@pytest.mark.parametrize('photograph', [
    np.random.default_rng(0).integers(0, 256, (64, 64, 3)),
    np.repeat(np.tile(np.arange(256), (256, 1))[:, :, None], 3, axis=2),
    np.kron(np.arange(256).reshape(16, 16), np.ones((8, 8)))[:, :, None].repeat(3, axis=2),
])
def test_what_is_not_flat_is_refused(photograph):
    with pytest.raises(Refusal, match='flat colours'):
        zones(picture(photograph))


def test_a_large_picture_is_thinned():
    _, labels = zones(Image.new('RGB', (5000, 1000), RED))
    assert labels.shape == (500, 2500)
