"""Smooth release: where the map is even it is the hard rule, on a slope a cell lies between two steps."""
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lib_diffdiff.clock import StepClock
from lib_diffdiff.easing import EVEN, Easing, eased
from lib_diffdiff.history import History
from lib_diffdiff.injection import Injection
from lib_diffdiff.levels import SigmaLevels, TimestepLevels
from lib_diffdiff.release import KEPT, plan, plan_exact_steps
from lib_diffdiff.samplers import Sampler

maps = arrays(np.float64, (1, 5, 6), elements=st.integers(0, 6).map(lambda k: k / 6))
steps = st.integers(1, 30)


def planned(strength, n, **options):
    return plan(strength, n, 1.0, **{'skip': True, 'least_t_enc': 0, 'timesteps': False, 'smooth': True, **options})


def test_a_slope_by_hand():
    strength = np.linspace(0, 1, 9)[None, None]
    cells, share = eased(strength, np.floor(np.minimum(strength, 0.999) * 4).astype(int), 4, 0)
    # On this slope (1/4 of the range from neighbour to neighbour but at its ends) nearly all of it counts.
    for i in range(1, 8):
        part = 1 / (1 + EVEN)
        level = np.floor(i / 2) * (1 - part) + 3 * i / 8 * part
        assert cells[0, 0, i] == np.ceil(level)
        assert share[0, 0, i] == pytest.approx(level - np.ceil(level) + 1)


@given(strength=maps, n=steps)
def test_among_equal_neighbours_the_hard_rule_holds(strength, n):
    hard, soft = planned(strength, n, smooth=False), planned(strength, n)
    padded = np.pad(strength[0], 1, mode='edge')
    for y, x in np.ndindex(5, 6):
        if np.ptp(padded[y:y + 3, x:x + 3]) == 0:
            assert soft.cells[0, y, x] == hard.cells[0, y, x]
            assert soft.share is None or soft.share[0, y, x] == 1


@given(strength=maps, n=steps, timesteps=st.booleans(), skip=st.booleans())
def test_start_and_kept_cells_are_those_of_the_hard_rule(strength, n, timesteps, skip):
    hard, soft = (planned(strength, n, timesteps=timesteps, skip=skip, smooth=smooth) for smooth in (False, True))
    assert (soft.t_enc, soft.denoising) == (hard.t_enc, hard.denoising)
    assert ((soft.cells == KEPT) == (hard.cells == KEPT)).all()
    assert soft.cells.max() == hard.cells.max() or not (soft.cells > hard.cells.max()).any()
    if soft.share is not None:
        assert ((soft.share > 0) & (soft.share <= 1)).all() and (soft.share[soft.cells == KEPT] == 1).all()


@given(strength=maps, n=st.integers(2, 30))
def test_exact_steps_are_smoothed_alike(strength, n):
    hard, soft = (plan_exact_steps(strength, n, timesteps=False, smooth=smooth) for smooth in (False, True))
    assert ((soft.cells == KEPT) == (hard.cells == KEPT)).all()
    assert (soft.cells <= hard.t_enc).all()


@given(strength=maps, n=steps, raised=st.integers(1, 6))
def test_a_raised_cell_moves_none_but_its_neighbours(strength, n, raised):
    strength[0, 0, 0] = 1.0  # so that it does not become the strongest
    changed = strength.copy()
    changed[0, 3, 3] = raised / 6
    before, after = planned(strength, n), planned(changed, n)
    same = np.ones((1, 5, 6), dtype=bool)
    same[0, 2:5, 2:5] = False
    shares = [np.ones_like(strength) if found.share is None else found.share for found in (before, after)]
    assert (before.cells == after.cells)[same].all() and (shares[0] == shares[1])[same].all()


def test_a_uniform_map_has_nothing_to_smooth():
    assert planned(np.full((1, 4, 4), 0.55), 4).share is None


def injection(levels, easing, **options):
    init, noise = torch.full((1, 4, 1, 2), 3.0), torch.ones(1, 4, 1, 2)
    return Injection(init, noise, StepClock(torch.zeros(1, 1, 1, 2, dtype=torch.int)), levels, Sampler(**options), easing=easing)


def half_back(step=1):
    return Easing(torch.full((1, 1, 1, 2), step - 1), torch.tensor([[[[0.25, 1.0]]]]))


def test_the_picture_moves_to_the_original_and_the_noise_stays():
    own = injection(SigmaLevels(), half_back())
    x, sigma = torch.full((1, 4, 1, 2), 10.0), torch.tensor([2.0])
    own.before(0, x, sigma)
    own.after(x, sigma, torch.full_like(x, 7.0))
    own.before(1, x, sigma / 2)
    assert (x[..., 0] == 10 + 0.75 * (3 - 7)).all() and (x[..., 1] == 10).all()
    own.after(x, sigma / 2, torch.full_like(x, 5.0))
    own.before(2, x, sigma / 4)
    assert (x[..., 0] == 7).all()  # once


def test_of_timestep_samplers_the_picture_is_read_off_eps():
    alphas = torch.linspace(0.99, 0.01, 1000)
    own = injection(TimestepLevels(alphas), half_back())
    picture, eps = 7.0, 0.5
    x = torch.full((1, 4, 1, 2), picture) * alphas[500].sqrt() + eps * (1 - alphas[500]).sqrt()
    own.before(0, x, torch.tensor([500.0]))
    own.after(x, torch.tensor([500.0]), torch.full_like(x, eps))
    x = torch.full((1, 4, 1, 2), picture) * alphas[250].sqrt() + eps * (1 - alphas[250]).sqrt()
    own.before(1, x, torch.tensor([250.0]))
    expected = (picture + 0.75 * (3 - picture)) * alphas[250].sqrt() + eps * (1 - alphas[250]).sqrt()
    assert x[..., 0].numpy() == pytest.approx(expected.item(), abs=1e-5)


def test_the_history_goes_as_far_back():
    history = History(1)
    old, new, x = (torch.full((1, 4, 1, 2), value) for value in (8.0, 4.0, 0.0))
    history.add(old, torch.tensor([2.0]), None, x)
    history.add(new, torch.tensor([1.0]), None, x, torch.tensor([[[[0.75, 0.0]]]]))
    assert (old[..., 0] == 5).all() and (old[..., 1] == 8).all()
