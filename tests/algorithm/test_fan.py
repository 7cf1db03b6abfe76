"""The fan's strips, by hand."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from lib_diffdiff.maps.exact import WHITE, shares
from lib_diffdiff.maps.fan import ACROSS, DOWN, OWN, ZOOMS, Fan
from lib_diffdiff.maps.reading import read
from lib_diffdiff.result.scale import with_scale
from lib_diffdiff.settings.refusal import Refusal


def test_strengths_rise_evenly_between_the_ends():
    assert Fan(5).strengths() == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=2e-5)
    assert (Fan(5).strengths()[0], Fan(5).strengths()[-1]) == (0, 1)
    assert Fan(3, zoom='middle, 0.2 to 0.6').strengths() == pytest.approx([0.2, 0.4, 0.6], abs=2e-5)
    assert Fan(2, zoom=OWN, low=0.1, high=0.3).strengths() == pytest.approx([0.1, 0.3], abs=2e-5)


def test_every_zoom_says_its_ends():
    for words, (low, high) in ZOOMS.items():
        assert words.endswith(f'{low:g} to {high:g}')


@given(strips=st.integers(2, 64), cells=st.integers(64, 200))
def test_strips_share_the_cells_as_evenly_as_can_be(strips, cells):
    widths = np.diff(Fan(strips).edges(cells))
    assert widths.sum() == cells and widths.max() - widths.min() <= 1 and widths.min() >= 1


def test_the_map_is_flat_on_every_strip():
    units = read(Fan(4).change_map((8, 2)))
    assert units.shape == (16, 64)
    assert units[0, ::16].tolist() == [0, 21845 * 256, 43690 * 256, WHITE]
    assert (read(Fan(4, DOWN).change_map((2, 8))) == units.T).all()


@given(strips=st.integers(2, 40), zoom=st.sampled_from([*ZOOMS]))
def test_the_map_says_the_very_strengths(strips, zoom):
    fan = Fan(strips, zoom=zoom)
    units = read(fan.change_map((strips, 1)))[0, ::8]
    assert [min(share, fan.ends[1]) for share in shares(units)] == fan.strengths()


def test_no_strip_loses_a_step_to_rounding():
    assert [int(min(strength, .999) * 20) for strength in Fan(21).strengths()] == [*range(20), 19]


@pytest.mark.parametrize('named, sentence', [({'strips': 1}, 'Strips is 1'), ({'strips': 0}, 'Strips is 0'), ({'strips': 65}, '65'),
                                             ({'zoom': OWN, 'low': 0.7, 'high': 0.2}, '0.7 must be below'), ({'low': -0.1}, '-0.1'),
                                             ({'zoom': 'far'}, 'far'), ({'zoom': OWN, 'low': 0.5, 'high': 0.5}, '0.5')])
def test_a_fan_that_cannot_be_is_refused(named, sentence):
    with pytest.raises(Refusal, match=sentence):
        Fan.from_names(named)


def test_more_strips_than_latent_columns_are_refused():
    with pytest.raises(Refusal, match=r'9 strips are more than the picture.s 8 latent columns'):
        Fan(9).change_map((8, 20))


@pytest.mark.parametrize('direction', [ACROSS, DOWN])
def test_the_scale_lies_outside_the_picture(direction):
    picture = Image.new('RGB', (128, 64), 'red')
    whole = with_scale(picture, Fan(4, direction), [0, 5, 10, 20], ImageFont.load_default())
    left, top = whole.width - 128, whole.height - 64
    assert (left > 0) == (direction == DOWN) and (top > 0) == (direction == ACROSS)
    assert (np.asarray(whole)[top:, left:] == np.asarray(picture)).all()
