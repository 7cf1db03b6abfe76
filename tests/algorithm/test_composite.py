"""Law 3 in pixels, and the soft edge inside the changed area."""
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from lib_diffdiff.result.composite import EDGE, composited, edge

masks = arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40)))


def test_by_hand():
    row = np.zeros((1, 40), dtype=bool)
    row[:, 10:] = True
    opacity = edge(row)[0]
    assert (opacity[:10] == 0).all()
    assert np.allclose(opacity[10:18], np.arange(1, 9) / EDGE)
    assert (opacity[18:] == 1).all()


def test_a_thin_line_does_not_vanish():
    for width in (1, 2, 3, 5):
        line = np.zeros((40, 40), dtype=bool)
        line[:, 20:20 + width] = True
        assert edge(line).max() == 1


@given(changed=masks)
def test_the_original_where_nothing_changes_and_only_there(changed):
    opacity = edge(changed)
    assert (opacity[~changed] == 0).all() and (opacity[changed] > 0).all() and opacity.max(initial=0) <= 1


@given(changed=masks, seed=st.integers(0, 9))
def test_pixels_are_the_original_s_byte_for_byte(changed, seed):
    rng = np.random.default_rng(seed)
    original, result = (rng.integers(0, 256, (*changed.shape, 3), dtype=np.uint8) for _ in range(2))
    blended = np.asarray(composited(Image.fromarray(result), Image.fromarray(original), changed))
    assert (blended[~changed] == original[~changed]).all()
    far_inside = edge(changed) == 1
    assert (blended[far_inside] == result[far_inside]).all()


def test_where_everything_changes_it_is_the_very_picture():
    result = Image.new('RGB', (8, 8))
    assert composited(result, Image.new('RGB', (8, 8), 'white'), np.ones((8, 8), dtype=bool)) is result
