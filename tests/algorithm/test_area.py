"""The box of *Work only where something changes*: by hand, and by its properties."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_diffdiff.maps.area import area_of, own_scale_box
from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.settings.refusal import Refusal
from lib_diffdiff.settings.settings import ENLARGED, OWN_SCALE, Settings


def changing(width, height, box):
    changes = np.zeros((height, width), dtype=bool)
    left, top, right, bottom = box
    changes[top:bottom, left:right] = True
    return changes


@pytest.mark.parametrize('size, box, margin, found', [
    ((512, 512), (256, 128, 320, 192), 0, (256, 128, 64, 64)),  # as it is
    ((512, 512), (256, 128, 321, 192), 0, (256, 128, 128, 64)),  # one pixel more takes another 64
    ((512, 512), (250, 130, 260, 140), 0, (248, 128, 64, 64)),  # from a cell's corner
    ((512, 512), (256, 256, 320, 320), 64, (192, 192, 192, 192)),
    ((512, 512), (0, 500, 10, 512), 16, (0, 448, 64, 64)),  # moved inside the picture
    ((512, 512), (0, 0, 512, 512), 64, (0, 0, 512, 512)),
    ((100, 72), (40, 40, 41, 41), 64, (0, 0, 96, 72)),  # as many whole cells as there are
    ((100, 512), (98, 40, 100, 41), 0, (36, 40, 64, 64)),  # the last pixels, which no whole cell covers
    ((8, 8), (3, 3, 4, 4), 512, (0, 0, 8, 8)),
])
def test_by_hand(size, box, margin, found):
    assert own_scale_box(changing(*size, box), margin) == found


@given(st.data(), st.integers(8, 400), st.integers(8, 400), st.integers(0, 512))
def test_all_that_changes_and_as_much_margin_as_there_is_lies_in_the_box(data, width, height, margin):
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    x, y, across, down = own_scale_box(changing(width, height, (left, top, right, bottom)), margin)
    for first, end, start, length, side in ((left, right, x, across, width), (top, bottom, y, down, height)):
        assert start >= 0 and start + length <= side and length % 8 == 0
        assert length % 64 == 0 or length == side // 8 * 8
        if end - first <= length:
            assert start <= first and end <= start + length
        if length < side // 8 * 8:  # else the picture's last pixels may lie in no cell, as in any run
            assert start <= max(first - margin, 0) or start + length >= side // 8 * 8
            assert start % 8 == 0 or start + length == side


def crop_box(mask, padding, size):
    return (int(mask.sum()), padding, *size)


def test_off_is_the_whole_picture_and_enlarged_is_the_host_s_box():
    units = np.zeros((64, 64), dtype=np.int64)
    units[:8, :8] = WHITE
    assert area_of([units], Settings(), (64, 64), (512, 256), crop_box) is None
    assert area_of([units], Settings(work_area=ENLARGED, margin=7), (64, 64), (512, 256), crop_box) == ((64, 7, 512, 256), (512, 256))
    assert area_of([units], Settings(work_area=OWN_SCALE, margin=0), (64, 64), (512, 256), crop_box) == ((0, 0, 64, 64), (64, 64))


def test_the_settings_act_on_what_changes_and_several_maps_share_one_box():
    corner, middle = np.zeros((2, 512, 512), dtype=np.int64)
    corner[:8, :8] = middle[256:264, 256:264] = WHITE
    near = Settings(work_area=OWN_SCALE, margin=0)
    assert area_of([middle], near, (512, 512), (64, 64), crop_box).box == (256, 256, 64, 64)
    assert area_of([middle], Settings(work_area=OWN_SCALE, margin=0, grow=8), (512, 512), (64, 64), crop_box).box == (248, 248, 64, 64)
    assert area_of([middle], Settings(work_area=OWN_SCALE, margin=0, invert=True), (512, 512), (64, 64), crop_box).box == (0, 0, 512, 512)
    assert area_of([middle], Settings(work_area=OWN_SCALE, min_strength=0.1), (512, 512), (64, 64), crop_box).box == (0, 0, 512, 512)
    assert area_of([corner, middle], near, (512, 512), (64, 64), crop_box).box == (0, 0, 320, 320)


def test_where_nothing_changes_the_box_is_as_small_as_can_be():
    black = np.zeros((8, 8), dtype=np.int64)
    assert area_of([black], Settings(work_area=OWN_SCALE, margin=0), (512, 512), (512, 512), crop_box).box == (0, 0, 64, 64)


def test_a_box_that_the_host_cannot_scale_to_whole_pixels_is_refused():
    with pytest.raises(Refusal, match='8x600 pixels, which cannot be painted at 64x64'):
        area_of([np.full((8, 8), WHITE)], Settings(work_area=ENLARGED), (8, 600), (64, 64), lambda *_: (0, 0, 8, 600))


def test_a_picture_smaller_than_a_cell_is_refused():
    with pytest.raises(Refusal, match='7x100 pixels'):
        area_of([np.zeros((8, 8), dtype=np.int64)], Settings(work_area=OWN_SCALE), (7, 100), (64, 64), crop_box)
