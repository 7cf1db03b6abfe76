"""Heat maps in one scale, the painter's."""
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib_diffdiff.result.heat import STOPS, change_picture, coloured, heat_map

COLOURS = Path(__file__).resolve().parents[2] / 'javascript/diffdiff_paint_colours.js'


def test_the_colours_are_the_painter_s():
    stops = re.search(r'STOPS = \[(.*)\];', COLOURS.read_text()).group(1)
    assert [tuple(map(int, stop.split(','))) for stop in re.findall(r'\[([\d, ]+)\]', stops)] == list(STOPS)


@pytest.mark.parametrize('value, colour', [(0, (0, 0, 0)), (1e-9, STOPS[0]), (0.125, STOPS[1]), (0.1875, (127, 37, 190)), (1, STOPS[-1]), (7, STOPS[-1])])
def test_colours_by_hand(value, colour):
    assert coloured(np.array([[value]])).getpixel((0, 0)) == colour


def test_a_cell_is_eight_pixels():
    picture = np.asarray(heat_map(np.array([[0, 0.5], [1, 0]])))
    assert picture.shape == (16, 16, 3)
    assert (picture[:8, 8:] == STOPS[4]).all() and (picture[8:, :8] == STOPS[8]).all() and (picture[8:, 8:] == 0).all()


def test_a_change_by_hand():
    original = Image.fromarray(np.array([[[0, 0, 0], [10, 20, 30], [0, 0, 0], [0, 0, 0]]], dtype=np.uint8))
    result = Image.fromarray(np.array([[[0, 0, 0], [74, 84, 94], [128, 128, 128], [255, 255, 255]]], dtype=np.uint8))
    assert np.asarray(change_picture(original, result)).tolist() == [[[0, 0, 0], list(STOPS[4]), list(STOPS[8]), list(STOPS[8])]]


def test_the_scale_is_the_same_for_every_picture():
    original = Image.new('RGB', (8, 8))
    weak = change_picture(original, Image.new('RGB', (8, 8), (16, 16, 16)))
    strong = Image.new('RGB', (8, 8), (16, 16, 16))
    strong.putpixel((0, 0), (255, 255, 255))
    assert change_picture(original, strong).getpixel((4, 4)) == weak.getpixel((4, 4)) == STOPS[1]


def test_pictures_of_any_mode():
    assert change_picture(Image.new('L', (8, 8), 9), Image.new('RGBA', (8, 8), (9, 9, 9, 0))).getextrema() == ((0, 0),) * 3
