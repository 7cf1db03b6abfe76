"""Exact arithmetic: flat stays flat, 0 stays 0, white stays white; small arrays by hand."""
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lib_diffdiff.maps.exact import GREY, WHITE, blur, box_widths, gaussian_weights, grow, resample, shares

units = arrays(np.int64, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, WHITE))
greys = st.integers(0, 255)


@given(grey=greys, size=st.tuples(st.integers(1, 90), st.integers(1, 90)), sigma=st.sampled_from([0, 1, 3, 4, 9, 40, 256]), radius=st.integers(-30, 30))
def test_a_flat_map_stays_exactly_flat(grey, size, sigma, radius):
    flat = np.full((13, 7), grey * GREY, dtype=np.int64)
    result = blur(grow(resample(flat, size), radius), sigma, sigma)
    assert result.shape == size
    assert (result == grey * GREY).all()
    assert (result / WHITE == grey / 255).all()


def test_a_whole_percent_in_16_bits_is_that_very_percent():
    up, down = ([round_(percent * 65535 / 100) * 256 for percent in range(101)] for round_ in (math.ceil, math.floor))
    assert shares(np.array(up)).tolist() == shares(np.array(down), inverted=True).tolist() == [percent / 100 for percent in range(101)]
    assert (shares(WHITE - np.array(up), inverted=True) == shares(np.array(up))[::-1]).all()


def test_every_other_grey_is_the_share_of_white_that_it_is():
    every = np.arange(65536)
    is_percent = np.isin(every, [math.ceil(percent * 65535 / 100) for percent in range(101)])
    assert (shares(256 * every)[~is_percent] == every[~is_percent] / 65535).all()
    assert (shares(GREY * np.arange(256)) == np.arange(256) / 255).all()


@given(picture=units)
def test_a_share_is_off_by_less_than_a_65535th(picture):
    for inverted in (False, True):
        assert np.abs(shares(picture, inverted) - picture / WHITE).max() < 1 / 65535


@given(picture=units, size=st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_resampling_never_rings(picture, size):
    result = resample(picture, size)
    assert picture.min() <= result.min() and result.max() <= picture.max()


@pytest.mark.parametrize('shape, size', [((1, 400_000), (512, 512)), ((400_000, 1), (512, 512)), ((1, 400_000), (512, 1)), ((512, 512), (1, 400_000))])
def test_resampling_costs_what_its_ends_cost_however_wide_they_are(shape, size):
    flat = np.full(shape, GREY, dtype=np.int32)
    tracemalloc.start()
    try:
        result = resample(flat, size)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (result == GREY).all()
    assert most < 2 ** 24 + 16 * max(flat.size, result.size)


@given(picture=units, rows=st.integers(1, 24), columns=st.integers(1, 24))
def test_a_shrunk_value_is_0_only_where_all_it_covers_is_0(picture, rows, columns):
    picture = np.where(picture % 3 == 0, picture, 0)
    rows, columns = min(rows, picture.shape[0]), min(columns, picture.shape[1])
    result = resample(picture, (rows, columns))
    height, width = picture.shape
    for j in range(rows):
        for i in range(columns):
            covered = picture[j * height // rows:-(-(j + 1) * height // rows), i * width // columns:-(-(i + 1) * width // columns)]
            assert (result[j, i] == 0) == (not covered.any())


def test_shrinking_averages_areas_and_keeps_a_thin_lines_share():
    line = np.zeros((8, 16), dtype=np.int64)
    line[:, 3] = WHITE
    assert resample(line, (1, 2)).tolist() == [[WHITE // 8, 0]]
    assert resample(np.array([[0, 300, 600]]), (1, 2)).tolist() == [[100, 500]]


def test_stretching_interpolates_between_centres_and_replicates_the_border():
    assert resample(np.array([[0, 400]]), (1, 4)).tolist() == [[0, 100, 300, 400]]


@given(sigma=st.integers(4, 256))
def test_running_means_have_the_gaussians_spread(sigma):
    variance = sum((width ** 2 - 1) / 12 for width in box_widths(sigma))
    assert all(width % 2 == 1 for width in box_widths(sigma))
    assert variance ** 0.5 == pytest.approx(sigma, rel=0.05)


@pytest.mark.parametrize('sigma', [1, 2, 3])
def test_small_gaussians_are_gaussians(sigma):
    weights = gaussian_weights(sigma) / 2 ** 24
    x = np.arange(len(weights)) - len(weights) // 2
    assert weights.sum() == 1
    assert (weights * x ** 2).sum() ** 0.5 == pytest.approx(sigma, rel=0.01)


@pytest.mark.parametrize('sigma', [1, 3, 4, 12])
def test_blur_of_an_edge_is_the_normal_distribution(sigma):
    edge = np.zeros((1, 200), dtype=np.int64)
    edge[:, 100:] = WHITE
    result = blur(edge, sigma, sigma)[0] / WHITE
    x = (np.arange(200) - 99.5) / sigma
    normal = np.array([0.5 * (1 + np.tanh(0.7978845608 * (v + 0.044715 * v ** 3))) for v in x])
    assert np.abs(result - normal).max() < 0.015


def test_growing_is_an_octagon_of_that_radius():
    point = np.zeros((41, 41), dtype=np.int64)
    point[20, 20] = WHITE
    grown = grow(point, 10) > 0
    assert grown[20, 10] and not grown[20, 9] and grown[10, 20] and not grown[9, 20]
    assert grown[20 - 7, 20 - 7] and not grown[20 - 8, 20 - 8]
    assert (grown == grown.T).all() and (grown == grown[::-1]).all() and (grown == grown[:, ::-1]).all()
    assert grown.sum() == pytest.approx(np.pi * 10.5 ** 2, rel=0.05)


@given(picture=units, radius=st.integers(0, 12))
def test_shrinking_is_growing_the_dark(picture, radius):
    assert (grow(picture, -radius) == WHITE - grow(WHITE - picture, radius)).all()
    assert (grow(picture, radius) >= picture).all()


@given(picture=units, radius=st.integers(1, 30))
def test_growing_never_reaches_round_the_border(picture, radius):
    wide = np.pad(picture, ((0, 0), (0, 80)), mode='constant')
    assert not grow(wide, radius)[:, picture.shape[1] + radius:].any()
