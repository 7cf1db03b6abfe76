"""What maps are made from: a picture's brightness, saturation and edges, its flat colours."""
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lib_diffdiff.maps.exact import GREY, WHITE
from lib_diffdiff.maps.geometry import FILL, Placement
from lib_diffdiff.maps.sources import MOST_ZONES, border, brightness, edges, from_picture, saturation, zones
from lib_diffdiff.maps.strength import target
from lib_diffdiff.settings.refusal import Refusal
from lib_diffdiff.settings.settings import Settings

RED, GREEN, BLUE, WHITE_RGB = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def picture(rows, mode='RGB'):
    return Image.fromarray(np.asarray(rows, dtype=np.uint8), mode)


COLOURED = picture([[(10, 20, 30), (40, 50, 60)]])


def test_brightness_takes_transparency_as_black():
    ink = picture([[(200, 200, 200, 0), (200, 200, 200, 255), (200, 200, 200, 51)]], 'RGBA')
    assert (brightness(ink) == np.array([[0, 200, 40]]) * GREY).all()


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


def test_edges_weaker_than_the_threshold_are_none_and_the_others_start_at_nothing():
    ramps = picture(np.repeat([[0, 0, 20, 20, 20, 20, 120, 120, 120]], 8, axis=0), 'L')
    plain, above = edges(ramps) / WHITE, edges(ramps, 0.2) / WHITE
    assert plain[0, 1] == pytest.approx(0.2, abs=1e-4) and above[0, 1] == 0 and above[0, 5] == 1
    assert np.allclose(edges(ramps, 0.1)[0, 1] / WHITE, 0.1 / 0.9, atol=1e-4)
    assert (from_picture(ramps, 'edges', 0.2) == edges(ramps, 0.2)).all() and (from_picture(ramps, 'brightness', 0.2) == brightness(ramps)).all()


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


def test_the_border_is_white_where_the_picture_grows():
    units = border((40, 20), (80, 20), 10)
    assert units.shape == (20, 40) and (units == units[0]).all()
    assert units[0, 0] == units[0, -1] == WHITE and (units[0, 10:30] == 0).all()
    assert np.abs(units[0, :11] / WHITE - np.linspace(1, 0, 11)).max() < 1e-6
    assert (border((20, 40), (20, 80), 10) == units.T).all()


def test_what_is_filled_changes_wholly_and_the_picture_stays():
    found = target(border((64, 64), (128, 64), 8), None, Settings(), (64, 64), Placement((128, 64), FILL), (8, 16), uncropped=False)
    assert (found.values[:, :4] == 1).all() and (found.values[:, 12:] == 1).all() and (found.values[:, 5:11] == 0).all()


def test_where_nothing_is_filled_there_is_no_border():
    with pytest.raises(Refusal, match='adds nothing'):
        border((64, 32), (128, 64), 8)
