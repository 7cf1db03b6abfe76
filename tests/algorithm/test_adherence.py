"""The measures, by hand and by their own formulae."""
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_diffdiff.result import adherence
from lib_diffdiff.result.adherence import cam, dam, effect, pearson, reliability, rgb_distance, trend


def grey(values):
    return np.repeat(np.asarray(values, dtype=np.uint8)[:, :, None], 3, axis=2)


def test_distance_and_trend_by_hand():
    original, result = grey([[0, 0], [0, 0]]), grey([[0, 3], [0, 4]])
    assert rgb_distance(original, result).tolist() == [[0, 3 * 3 ** 0.5], [0, 4 * 3 ** 0.5]]
    assert trend(original, result) == pytest.approx([0, 5 * 3 ** 0.5])


def test_pearson_by_hand():
    assert pearson(np.array([1.0, 2, 3]), np.array([2.0, 4, 6])) == pytest.approx(1)
    assert pearson(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)


@pytest.mark.parametrize('constant', [np.zeros(5), np.full(5, 3.0)])
def test_a_constant_map_correlates_with_nothing(constant):
    with pytest.warns(UserWarning, match='constant'):
        assert math.isnan(pearson(constant, np.arange(5.0)))


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r'\(2,\) and \(3,\)'):
        pearson(np.zeros(2), np.zeros(3))


def test_reliability_of_a_change_that_follows_the_columns():
    original, everything = grey(np.zeros((4, 9))), grey(np.full((4, 9), 80))
    result = grey(np.tile(np.arange(9) * 10, (4, 1)))
    strength = np.tile(np.linspace(0, 1, 9), (4, 1))
    assert reliability(original, result, everything, strength) == pytest.approx(1)


def test_reliability_needs_columns():
    strength = np.linspace(0, 1, 36).reshape(4, 9)
    with pytest.warns(UserWarning, match='constant in each column'):
        assert math.isnan(reliability(grey(np.zeros((4, 9))), grey(np.ones((4, 9))), grey(np.ones((4, 9))), strength))


@given(seed=st.integers(0, 99))
def test_dam_is_the_residual_of_the_best_line(seed):
    rng = np.random.default_rng(seed)
    strength, em = rng.random((256, 256)), rng.random((256, 256))
    em += strength
    a, b = np.polyfit(em.ravel(), strength.ravel(), 1)
    assert dam(strength, em) == pytest.approx(np.linalg.norm(strength - a * em - b), rel=1e-6)


@pytest.mark.parametrize('cam_of, dam_of', [(.97, 19.41), (.92, 29.05), (.93, 28.69)])
def test_the_paper_s_own_gradient_figures_obey_the_formula(cam_of, dam_of):
    """Table 1: the implied 256 sd(M) is that of a ramp, within the rounding of two decimals."""
    low, high = (dam_of / math.sqrt(1 - (cam_of + step) ** 2) for step in (-.005, .005))
    assert low < 256 / math.sqrt(12) * 1.15 and high > 256 / math.sqrt(12) * .9


def test_effect_averages_over_pictures_and_takes_the_all_change_off():
    original, half, full = grey([[0, 0]]), grey([[0, 10]]), grey([[10, 10]])
    assert effect([original] * 2, [half, full], [full, full]) == pytest.approx(np.array([[-5, 0]]) * 3 ** 0.5)
    assert cam(np.array([[0.0, 1.0]]), effect([original], [half], [full])) == pytest.approx(1)


def test_the_command_line(tmp_path, capsys):
    strength = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (8, 1))
    for name, picture in (('original', grey(np.zeros((8, 16)))), ('result', grey(strength // 2)), ('full', grey(np.full((8, 16), 127)))):
        Image.fromarray(picture).save(tmp_path / f'{name}.png')
    Image.fromarray(strength).save(tmp_path / 'map.png')
    files = [str(tmp_path / f'{name}.png') for name in ('original', 'map', 'result')]
    adherence.main(files)
    assert 'CAM' not in capsys.readouterr().out
    adherence.main([*files, '--all-change', str(tmp_path / 'full.png')])
    out = capsys.readouterr().out
    assert 'CAM: 1.000 (n = 1)' in out and 'reliability score: mean 1.000' in out and 'change where the map is 0: mean 0.000' in out
