"""Release steps are the host's own numbers."""
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_diffdiff.algorithm.release import UNRELEASED, plan, plan_exact_steps, t_enc
from lib_diffdiff.maps.exact import shares
from lib_diffdiff.maps.geometry import Placement
from lib_diffdiff.maps.strength import target
from lib_diffdiff.maps.transforms import strengths
from lib_diffdiff.settings.settings import ABSOLUTE, TIMES, Settings

strength = st.floats(0, 1, allow_nan=False)
steps = st.integers(1, 150)


def host_t_enc(denoising, n):
    return int(min(denoising, 0.999) * n)


@given(s=strength, n=steps)
def test_a_cell_starts_where_the_host_would_start_a_run_of_its_strength(s, n):
    assert t_enc(np.array([s]), n)[0] == (host_t_enc(s, n) if s > 0 else UNRELEASED)


@pytest.mark.parametrize('invert', [False, True])
def test_a_painted_percent_starts_where_the_denoising_slider_starts_it(invert):
    """Every whole percent, rounded up to 16 bits, at Denoising 1, in every number of steps that the host has."""
    percents = np.arange(1, 101)
    painted = 256 * -(-(100 - percents if invert else percents) * 65535 // 100)
    for times in (TIMES, ABSOLUTE):
        settings = Settings(invert=invert, strength_is=times)
        found = target(np.tile(np.repeat(painted, 8), (8, 1)), None, settings, (800, 8), Placement((800, 8)), (1, 100), uncropped=False)
        found = strengths(found.values, 1.0, settings)
        assert found.tolist() == [[percent / 100 for percent in range(1, 101)]]
        for n in range(1, 151):
            assert t_enc(found, n).tolist() == [[host_t_enc(percent / 100, n) for percent in range(1, 101)]]


@given(percent=st.integers(1, 100), d=st.integers(1, 100), n=steps)
def test_a_painted_percent_of_a_denoising_strength_is_their_product(percent, d, n):
    value = shares(np.array([256 * -(-percent * 65535 // 100)]))
    assert t_enc(strengths(value, d / 100, Settings()), n)[0] == host_t_enc(percent / 100 * (d / 100), n)


def test_by_hand():
    found = plan(np.array([0, 0.05, 0.5, 1.0]), 20, 1.0, skip=False, least_t_enc=0, timesteps=False)
    assert found.cells.tolist() == [UNRELEASED, 1, 10, 19]
    assert found.release.tolist() == [20, 18, 9, 0]
    assert (found.t_enc, found.skipped, found.denoising) == (19, 0, None)


@given(cells=st.lists(strength, min_size=1, max_size=9), n=steps, least=st.integers(0, 3), timesteps=st.booleans(), skip=st.booleans(), d=st.floats(0, 1))
def test_the_host_starts_where_the_plan_says(cells, n, least, timesteps, skip, d):
    v = np.array(cells) * d
    found = plan(v, n, d, skip=skip, least_t_enc=least, timesteps=timesteps)
    assert host_t_enc(d if found.denoising is None else found.denoising, n) == found.t_enc
    assert found.t_enc >= min(least, int(0.999 * n))
    assert (found.cells <= found.t_enc).all()
    assert ((found.release > found.t_enc) == (found.cells == UNRELEASED)).all()
    assert 0 <= found.skipped < n


@given(cells=st.lists(strength, min_size=2, max_size=9), n=steps, d=st.floats(0.01, 1))
def test_skipping_starts_with_the_strongest_cell(cells, n, d):
    v = np.array(cells) * d
    found = plan(v, n, d, skip=True, least_t_enc=0, timesteps=False)
    assert found.t_enc == host_t_enc(v.max(), n)
    assert not v.any() or found.release.min() == 0


@given(n=steps, d=st.floats(0.001, 1))
def test_a_white_map_leaves_the_host_alone(n, d):
    found = plan(np.array([d]), n, d, skip=True, least_t_enc=0, timesteps=False)
    assert found.denoising is None and found.release.tolist() == [0]


@given(low=strength, high=strength, n=steps)
def test_stronger_is_never_released_later(low, high, n):
    low, high = sorted((low, high))
    found = plan(np.array([low, high]), n, 1.0, skip=True, least_t_enc=0, timesteps=False)
    assert found.release[1] <= found.release[0]


@pytest.mark.parametrize('own, kept', [(0.0, True), (0.04, True), (0.09, True), (0.11, False)])
def test_timestep_samplers_never_release_what_makes_no_call(own, kept):
    found = plan(np.array([own, 1.0]), 20, 1.0, skip=True, least_t_enc=2, timesteps=True)
    assert (found.cells[0] == UNRELEASED) == kept


@given(s=st.floats(0.01, 1), n=st.integers(2, 60))
def test_exact_steps_match_the_host_s_longer_schedule(s, n):
    found = plan_exact_steps(np.array([0.0, s]), n, timesteps=False)
    assert found.denoising == s
    assert found.steps == int(n / min(s, 0.999))
    assert (found.t_enc, found.release[1]) == (n - 1, 0)


@given(cells=st.lists(strength, min_size=1, max_size=9), n=st.integers(2, 60))
def test_exact_steps_release_no_cell_before_the_start(cells, n):
    found = plan_exact_steps(np.array(cells), n, timesteps=False)
    released = found.cells != UNRELEASED
    assert (found.release[released] >= 0).all() and (found.release[released] < n).all()
    assert found.denoising == (max([*cells, 1e-4]) if any(cells) else 1.0)
    assert found.steps <= n * 10_000


def test_exact_steps_of_timestep_samplers_stay_within_the_model_s_thousand():
    found = plan_exact_steps(np.array([0.001]), 20, timesteps=True)
    assert found.steps <= 1000 and math.isclose(found.denoising, 0.02)
