"""The map follows the picture: the same crop and resize, to within a resampling's blur."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_diffdiff.maps.exact import GREY, WHITE
from lib_diffdiff.maps.geometry import CROP, FILL, LATENT, STRETCH, Placement, cells, inner_size, placed, placement

sizes = st.tuples(st.integers(8, 200), st.integers(8, 200))


def ramp(width, height):
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return np.rint((x + y) / 2 * WHITE).astype(np.int64)


@pytest.mark.parametrize('mode', [STRETCH, CROP, FILL, 4, -1])
@pytest.mark.parametrize('source, size', [((256, 192), (128, 128)), ((96, 200), (128, 64)), ((100, 100), (64, 192)), ((64, 64), (160, 160))])
def test_as_the_host_resizes_the_picture(mode, source, size):
    from modules.images import resize_image
    from PIL import Image
    units = ramp(*source)
    host = np.asarray(resize_image(mode, Image.fromarray((units // GREY).astype(np.uint8)).convert('RGB'), *size).convert('L')).astype(int)
    ours = placed(units, placement(size, mode)) // GREY
    assert np.abs(ours - host)[2:-2, 2:-2].max() <= 4


@given(source=sizes, size=sizes, mode=st.sampled_from([STRETCH, CROP, FILL, LATENT]))
def test_the_placed_map_has_the_painted_size_and_stays_flat(source, size, mode):
    flat = np.full((source[1], source[0]), 77 * GREY, dtype=np.int64)
    result = placed(flat, Placement(size, mode))
    assert result.shape == (size[1], size[0])
    assert (result == 77 * GREY).all()


@given(source=sizes, size=sizes)
def test_cropping_covers_and_filling_fits(source, size):
    crop, fill = inner_size(source, size, CROP), inner_size(source, size, FILL)
    assert crop[0] >= size[0] - 1 and crop[1] >= size[1] - 1
    assert fill[0] <= size[0] and fill[1] <= size[1]


def test_only_masked_takes_the_crop_out_of_the_whole_picture_s_map():
    units = ramp(200, 100)
    assert (placed(units, Placement((64, 64), STRETCH, (20, 30, 64, 64))) == units[30:94, 20:84]).all()


def test_a_cell_is_the_mean_of_its_pixels():
    units = np.arange(64 * 16, dtype=np.int64).reshape(16, 64) * GREY // 8
    expected = units.reshape(2, 8, 8, 8).mean(axis=(1, 3))
    assert np.abs(cells(units, (2, 8)) - expected).max() <= 2
