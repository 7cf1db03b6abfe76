"""A grey that means its share of the change: the response curve and its inverse."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_diffdiff.algorithm.response import fitted, parsed
from lib_diffdiff.settings.refusal import Refusal

CROOKED = '0.2:0.1, 0.4:0.5, 0.7:0.9, 1:1'
values = st.floats(0, 1, allow_nan=False)


def test_by_hand():
    curve = parsed(CROOKED)
    assert np.allclose(curve.share(np.array([0, 0.1, 0.2, 0.3, 0.4, 1])), [0, 0.05, 0.1, 0.3, 0.5, 1])
    assert np.allclose(curve.strength(np.array([0, 0.05, 0.5, 0.7, 1])), [0, 0.1, 0.4, 0.55, 1])


@pytest.mark.parametrize('given', [CROOKED, [[0.2, 0.1], [0.4, 0.5], [0.7, 0.9], [1, 1]], ' 0.4 : 0.5,0.2:0.1, 0.7:0.9,1:1', [(0, 0), (0.2, 0.1), (0.4, 0.5), (0.7, 0.9), (1, 1)]])
def test_a_curve_is_text_or_pairs_in_any_order(given):
    assert parsed(given).text() == parsed(CROOKED).text()


@given(values, values)
def test_the_inverse_is_one(share, d):
    curve = parsed(CROOKED)
    assert abs(curve.share(curve.strength(share)) - share) < 1e-9
    assert abs(curve.strength(curve.share(d)) - d) < 1e-9


@given(values, values, st.floats(0.001, 1))
def test_of_what_denoising_strength_changes_a_value_is_its_share(low, high, d):
    curve, (low, high) = parsed(CROOKED), sorted((low, high))
    weak, strong = curve.within(np.array([low, high]), d)
    assert 0 <= weak <= strong <= d
    assert abs(curve.share(strong) - high * curve.share(d)) < 1e-9


@given(st.floats(0, 1))
def test_white_is_denoising_strength_and_black_is_nothing_to_the_bit(d):
    assert parsed(CROOKED).within(np.array([0.0, 1.0]), d).tolist() == [0.0, d]


@pytest.mark.parametrize('given', [None, '', '  ', []])
def test_none_is_none(given):
    assert parsed(given) is None


@pytest.mark.parametrize('given, words', [
    ('0.2:0.5, 0.4:0.3, 1:1', 'must rise: at strength 0.4 it is 0.3, and at 0.2 it is 0.5'), ('0.2:0.5', 'two points above strength 0'),
    ('0:0, 0.5:0.5', 'two points above strength 0'), ('0:0', 'two points'), ('0.5:0', 'must rise: at strength 0.5 it is 0'), ('0:0.2, 1:1', 'the point 0:0.2; the share'),
    ('0.2', 'pairs of strength and share'), ('a:b', 'pairs'), (17, 'pairs'), ([[0.2]], 'pairs'), ([[0.2, 'x']], 'pairs'),
    ([[0.2, True]], 'pairs'), ('0.2:1.5, 1:1', 'between 0 and 1'), ('nan:0.5, 1:1', 'pairs'), ([[float('nan'), 0.5], [1, 1]], 'between 0 and 1'),
    ([[i / 200, i / 200] for i in range(200)], '200 points'), ('0.5:0.2, 0.5:0.4, 1:1', 'must rise'), ({'0.2': 0.5}, 'pairs'),
])
def test_what_is_no_rising_curve_is_refused_in_a_sentence(given, words):
    with pytest.raises(Refusal, match=words):
        parsed(given)


def test_measured_changes_are_made_monotone_and_scaled():
    curve = fitted([0.1, 0.2, 0.3, 0.4, 1.0], [2.0, 6.0, 4.0, 8.0, 10.0])
    assert curve.strengths.tolist() == [0, 0.1, 0.2, 0.4, 1] and np.allclose(curve.shares, [0, 0.2, 0.5, 0.8, 1])


@given(st.lists(st.floats(0, 100), min_size=2, max_size=10))
def test_whatever_was_measured_makes_a_rising_curve_or_a_sentence(changes):
    strengths = np.linspace(0.1, 1, len(changes)).tolist()
    try:
        curve = fitted(strengths, changes)
    except Refusal:
        return
    assert (np.diff(curve.shares) > 0).all() and (np.diff(curve.strengths) > 0).all()
    assert curve.shares[0] == 0 and curve.shares[-1] == 1 and curve.strengths[-1] == 1
    assert np.allclose(parsed(curve.text()).shares, curve.shares, atol=1e-5)  # what the parameters name is the curve again


def test_a_curve_that_is_full_early_comes_back_from_its_text():
    curve = fitted([0.1, 0.35, 0.6, 1.0], [1.0, 5.0, 5.0, 5.0])
    assert np.allclose(parsed(curve.text()).strength([0.2, 0.9]), curve.strength([0.2, 0.9]), atol=1e-3)


def test_a_curve_may_name_its_checkpoint():
    named = parsed('0.4:0.5, 1:1 of a model, of 2 parts: x')
    assert named.checkpoint == 'a model, of 2 parts: x' and named.text() == '0:0, 0.4:0.5, 1:1 of a model, of 2 parts: x'
    assert parsed(named.text()).checkpoint == named.checkpoint and parsed('0.4:0.5, 1:1').checkpoint == ''
    assert parsed([[0.4, 0.5], [1, 1]]).of('b').text() == '0:0, 0.4:0.5, 1:1 of b'


@given(st.lists(st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)), min_size=2, max_size=9))
def test_a_curve_is_the_very_same_from_its_text(points):
    strengths, shares = (sorted(set(column)) for column in zip(*points))
    pairs = list(zip(strengths, shares))
    try:
        curve = parsed(pairs)
    except Refusal:
        return
    again = parsed(curve.text())
    assert again.strengths.tolist() == curve.strengths.tolist() and again.shares.tolist() == curve.shares.tolist()


@pytest.mark.parametrize('name', ['a' * 301, 'a\ud800', 'a\0b'])
def test_a_checkpoint_that_cannot_be_named_is_refused(name):
    with pytest.raises(Refusal, match='names the checkpoint') as refused:
        parsed(f'0.4:0.5, 1:1 of {name}')
    assert len(str(refused.value)) < 300
