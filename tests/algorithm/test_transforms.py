"""The settings that change the map: where they say a number, that very number comes out."""
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.maps.geometry import Placement
from lib_diffdiff.maps.strength import Mask, target
from lib_diffdiff.maps.transforms import input_levels, output_levels, transformed
from lib_diffdiff.settings.settings import Settings

percents = st.integers(0, 100)


def painted(percent):
    """Units of a percent as the painter and most programs write it: 16 bits, rounded up."""
    return np.full((8, 8), math.ceil(percent * 65535 / 100) * 256, np.int32)


@given(percents, percents)
def test_white_is_strongest_and_black_is_weakest_to_the_bit(low, high):
    low, high = sorted((low, high))
    settings = Settings(min_strength=low / 100, max_strength=high / 100)
    assert output_levels(np.array([0.0, 1.0]), settings).tolist() == [low / 100, high / 100]


@given(st.integers(1, 99))
def test_a_painted_percent_at_the_black_point_is_black_and_at_the_white_point_white(percent):
    assert (input_levels(painted(percent), Settings(black_point=percent / 100)) == 0).all()
    assert (input_levels(painted(percent), Settings(white_point=percent / 100)) == WHITE).all()


@given(st.integers(1, 99))
def test_so_it_is_in_an_inverted_map(percent):
    opposite = Settings(invert=True, black_point=1 - percent / 100, white_point=1)
    assert (transformed(painted(percent), opposite) == 0).all()
    assert (transformed(painted(percent), Settings(invert=True, white_point=round(1 - percent / 100, 2))) == WHITE).all()


@pytest.mark.parametrize('change_map', [None, np.full((8, 8), WHITE, np.int32)])
@given(percents)
def test_an_inverted_mask_of_a_percent_is_the_rest_of_it_to_the_bit(change_map, percent):
    mask = Mask(painted(percent), invert=True)
    found = target(change_map, mask, Settings(), (8, 8), Placement((8, 8)), (1, 1), uncropped=False)
    assert found.values.tolist() == [[(100 - percent) / 100]]
