"""Fast is exact: what is worked out in strips, tiles and narrow numbers equals its definition in every unit and byte."""
import numpy as np
import pytest
import straightforward
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from lib_diffdiff.maps.exact import GREY, WHITE, blur, grow, resample
from lib_diffdiff.maps.geometry import placement
from lib_diffdiff.maps.strength import Mask, target
from lib_diffdiff.result.composite import composited, edge
from lib_diffdiff.settings.settings import Settings

sides = st.tuples(st.integers(1, 30), st.integers(1, 30))
any_unit = st.integers(0, WHITE) | st.sampled_from([0, 1, GREY, WHITE - 1, WHITE])
maps = arrays(np.int64, sides, elements=any_unit)
shapes = arrays(bool, st.tuples(st.integers(1, 50), st.integers(1, 50)))


def equal(found, wanted):
    return found.shape == wanted.shape and (found == wanted).all()


@given(units=maps, size=st.tuples(st.integers(1, 70), st.integers(1, 70)))
def test_resampling(units, size):
    assert equal(resample(units, size), straightforward.resample(units, size))


@given(units=maps, across=st.sampled_from([0, 0.4, 1, 3, 3.9, 4, 7.5, 30]), down=st.sampled_from([-1, 0, 2, 5, 90]))
def test_blurring(units, across, down):
    assert equal(blur(units, across, down), straightforward.blur(units, across, down))


@pytest.mark.parametrize('sigma', [146, 147, 148, 256])
def test_the_widest_blurs_of_white_and_nearly_white(sigma):
    # The sums of the widest running means are more than 32 bits hold.
    units = WHITE - (np.arange(1200).reshape(2, 600) % 7 == 0).astype(np.int64)
    assert equal(blur(units, sigma, 0), straightforward.blur(units, sigma, 0))


@given(units=maps, radius=st.integers(-9, 9))
def test_growing(units, radius):
    assert equal(grow(units, radius), straightforward.grow(units, radius))


@pytest.mark.parametrize('radius', range(1, 9))
def test_growing_reaches_the_whole_octagon_from_every_place_of_a_small_map(radius):
    for place in range(7 * 9):
        point = (np.arange(7 * 9) == place).reshape(7, 9) * WHITE
        assert equal(grow(point, radius), straightforward.grow(point, radius))


@pytest.mark.parametrize('radius', [40, -256])
def test_growing_by_more_than_the_map(radius):
    units = np.random.default_rng(1).integers(0, WHITE + 1, (9, 5))
    assert equal(grow(units, radius), np.full_like(units, units.max() if radius > 0 else units.min()) if abs(radius) > 60
                 else straightforward.grow(units, radius))


@pytest.mark.parametrize('shape', [(700, 900), (1, 1500), (1500, 1), (257, 255)])
def test_large_maps_in_parts_are_as_one(shape):
    units = np.random.default_rng(2).integers(0, WHITE + 1, shape)
    units[:, shape[1] // 2:] = units[:1, :1]
    rows, columns = min(shape[0], 19), min(shape[1], 23)  # of which the definitions are soon worked out
    for down, across in ((0, 6), (6, 0)):
        assert equal(blur(units, across, down)[:rows, :columns], straightforward.blur(units[:rows + 60, :columns + 60], across, down)[:rows, :columns])
    assert equal(grow(units, 7)[:rows, :columns], straightforward.grow(units[:rows + 7, :columns + 7], 7)[:rows, :columns])
    for size in ((shape[0] // 8 or 1, shape[1] // 8 or 1), (shape[0] + 3, max(1, shape[1] - 3))):
        assert equal(resample(units, size), straightforward.resample(units, size))


shares = st.sampled_from([0.0, 0.01, 0.3, 1.0, 1e-12, 5e-324, 1e-318])


@given(units=maps, low=shares, high=shares, invert=st.booleans())
def test_which_pixels_change(units, low, high, invert):
    chosen = Settings(min_strength=min(low, high), max_strength=max(low, high), invert=invert)
    height, width = units.shape
    place, grid = placement((width, height), 0), (-(-height // 8), -(-width // 8))
    found = target(units, None, chosen, (width, height), place, grid, uncropped=False)
    assert equal(found.changed, straightforward.changed(WHITE - units if invert else units, chosen))
    masked = target(units, Mask(units.T.copy()), chosen, (width, height), place, grid, uncropped=False)
    assert equal(masked.changed, found.changed & (straightforward.resample(units.T, units.shape) > 0))


@given(inside=shapes)
def test_the_edge(inside):
    found = edge(inside)
    assert equal(found, straightforward.edge(inside)) and found.dtype == np.float32


@settings(max_examples=30)
@given(inside=shapes, repeat=st.sampled_from([1, 7, 19]), seed=st.integers(0, 99))
def test_the_composite(inside, repeat, seed):
    inside = np.kron(inside, np.ones((repeat, repeat), dtype=bool))
    ours, theirs = np.random.default_rng(seed).integers(0, 256, (2, *inside.shape, 3), dtype=np.uint8)
    found = composited(Image.fromarray(ours), Image.fromarray(theirs), inside)
    assert equal(np.asarray(found), straightforward.composited(ours, theirs, inside))
