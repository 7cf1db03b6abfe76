"""What a sampler that no table knows does is seen in its calls: when a cell is released, and which draws are its own."""
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lib_diffdiff.algorithm.clock import WatchingClock
from lib_diffdiff.algorithm.derivatives import Derivatives, weights
from lib_diffdiff.algorithm.draws import ShiftedDraws
from lib_diffdiff.algorithm.noise_levels import TimestepLevels

LEVELS = [8.0, 4.0, 2.0, 1.0]  # a schedule of four steps
OWN = torch.tensor([torch.inf, 4.0, 2.0, 1.0, -1.0])  # cells that begin with step 0, 1, 2, 3, and never


def seen(calls: list[float]) -> tuple[list[list[bool]], list[list[bool]]]:
    """held and due of each cell at each call."""
    clock = WatchingClock(OWN, LEVELS[0])
    ticks = [clock.tick(i, torch.tensor([level])) for i, level in enumerate(calls)]
    held = [tick.held.tolist() for tick in ticks]
    return held, [[False] * 5 if tick.due is None else tick.due.tolist() for tick in ticks]


def last_held(calls: list[float]) -> list[int]:
    """For each cell its last call that overwrites it; -1 where none does."""
    held, _ = seen(calls)
    return [max((i for i, cells in enumerate(held) if cells[cell]), default=-1) for cell in range(5)]


@pytest.mark.parametrize('name, calls, first', [
    ('one call a step', [8, 4, 2, 1], [0, 1, 2, 3]),
    ('a midpoint', [8, 6, 4, 3, 2, 1.5, 1], [0, 2, 4, 6]),
    ('the next level, as Heun', [8, 4, 4, 2, 2, 1, 1], [0, 2, 4, 6]),
    ('twice its own level', [8, 8, 4, 4, 2, 2, 1, 1], [0, 2, 4, 6]),
    ('its own level, then the next', [8, 8, 4, 4, 4, 2, 2, 2, 1, 1, 1], [0, 3, 6, 9]),
    ('below the next, as ancestral ones', [8, 2, 4, 1, 2, 0.5, 1], [0, 2, 4, 6]),
    ('below the one after that', [8, 0.8, 4, 0.9, 2, 0.5, 1, 0.1], [0, 2, 4, 6]),
])
def test_a_cell_is_overwritten_until_the_first_call_of_its_step(name, calls, first):
    if name == 'its own level, then the next':
        first = [0, 2, 5, 8]  # the last call of a step is made at the level of the next, and cannot be told from its first
    assert last_held(calls)[1:4] == first[1:]
    assert last_held(calls)[0] == -1
    assert last_held(calls)[4] == len(calls) - 1


def test_rounding_is_no_other_level():
    assert last_held([8, 4 * (1 + 1e-6), 2 * (1 - 1e-6), 1]) == [-1, 1, 2, 3, 3]


def test_churn_lifts_every_call():
    assert last_held([8 * 1.4, 4 * 1.4, 2 * 1.4, 1.4])[1:4] == [1, 2, 3]


@pytest.mark.parametrize('first', [16, 8 * 1.4, 1, 0.1])
def test_a_call_at_another_level_before_the_first_step_releases_nothing(first):
    assert last_held([first, 8, 4, 2, 1])[1:4] == [2, 3, 4]


def test_a_climb_takes_no_release_back():
    assert last_held([8, 4, 2, 1, 4, 2, 1])[1:4] == [1, 2, 6]


class Source:
    """Draws 0, 1, 2 ..."""

    def __init__(self):
        self.drawn = -1

    def next(self) -> Tensor:
        self.drawn += 1
        return torch.full((1, 1, 1, 3), float(self.drawn))


@given(st.lists(st.sampled_from(['draw', 'release 0', 'release 1', 'release 2', 'call']), max_size=30), st.integers(0, 2))
def test_a_cell_s_draws_are_counted_from_its_release_on(events, before):
    """Against the same told in plain words; draws before the run's first call belong to the step of that call."""
    draws, released, made, held = ShiftedDraws(Source()), {}, 0, torch.ones(1, 1, 1, 3, dtype=torch.bool)
    for _ in range(before):
        draws.next()
        made += 1
    draws.call(held, None)
    for event in events:
        if event == 'draw':
            found = draws.next()
            assert found.flatten().tolist() == [made - released.get(cell, 0) for cell in range(3)]
            made += 1
        elif event == 'call' or not held[..., int(event[-1])].any():
            draws.call(held if held.any() else None, None)
        else:
            cell = int(event[-1])
            due = torch.zeros_like(held)
            due[..., cell] = True
            held = held & ~due
            released[cell] = made - before
            draws.call(held if held.any() else None, due)


def test_no_draw_is_kept_that_no_cell_needs():
    draws = ShiftedDraws(Source())
    due = torch.tensor([[[[True, False, False]]]])
    draws.call(due, None)
    for step in range(10):
        draws.call(None, due if step == 3 else None)
        draws.next()
    assert len(draws.draws) == 4  # the newest, and those of three steps ago


def adams_bashforth_by_hand(older: float, newer: float, here: float, there: float) -> list[float]:
    # The straight line through two derivatives, integrated.
    slope = ((there - here) ** 2 / 2) / (here - older)
    return [there - here + slope, -slope]


def test_the_weights_of_one_and_two_derivatives_by_hand():
    assert weights([5.0, 3.0, 2.0], 1, 1) == [-1.0]
    assert np.allclose(weights([5.0, 3.0, 2.0], 1, 2), adams_bashforth_by_hand(5.0, 3.0, 3.0, 2.0))


@given(st.integers(1, 4), st.integers(0, 3))
def test_the_weights_integrate_polynomials_exactly(length, degree):
    sigmas = [14.6, 9.0, 5.5, 3.0, 1.2, 0.4]
    found = weights(sigmas, 4, length)
    if degree < length:
        exact = (sigmas[5] ** (degree + 1) - sigmas[4] ** (degree + 1)) / (degree + 1)
        assert np.isclose(sum(weight * sigmas[4 - i] ** degree for i, weight in enumerate(found)), exact)


def lms(denoise, x, sigmas, order=4):
    """LMS in float64, with derivatives of its own."""
    kept = []
    for i in range(len(sigmas) - 1):
        kept = [(x - denoise(i, x)) / sigmas[i], *kept][:order]
        x = x + sum(weight * one for weight, one in zip(weights(sigmas, i, min(i + 1, order)), kept))
    return x


@pytest.mark.parametrize('release', [1, 2, 5, 9])
def test_a_released_cell_goes_on_as_a_run_that_began_with_it(release):
    sigmas = [*np.geomspace(14.6, 0.03, 12), 0.0]
    noise, init = torch.tensor([[[[0.7]]]], dtype=torch.float64), torch.tensor([[[[0.3]]]], dtype=torch.float64)

    def model(x, sigma):
        return torch.tanh(x / (1 + sigma)) * (1 + 0.1 * sigma)

    derivatives = Derivatives(4, sigmas, torch.tensor([[[[release]]]]))

    def held_then_free(i, x):
        if i <= release:
            x.copy_(init + noise * sigmas[i])
        output = model(x, sigmas[i]) if i >= release else init.clone()
        derivatives.correct(i, x, torch.tensor([sigmas[i]], dtype=torch.float64), output)
        return output

    own = lms(lambda i, x: model(x, sigmas[release + i]), init + noise * sigmas[release], sigmas[release:])
    found = lms(held_then_free, init + noise * sigmas[0], sigmas)
    assert (found - own).abs().item() < 1e-13


def test_a_timestep_run_starts_one_above_its_first_call():
    schedule = torch.arange(1, 1000, 50)
    alphas = torch.linspace(0.99, 0.01, 1000)
    levels = TimestepLevels(alphas, schedule)
    init, noise = torch.ones(1, 1, 1, 1), torch.full((1, 1, 1, 1), 2.0)
    at = levels.at_start(init, noise, torch.tensor([101.0]), 0)
    assert at == alphas[151].sqrt() + 2 * (1 - alphas[151]).sqrt()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
def test_a_table_of_half_precision_is_taken_as_it_is(dtype):
    """The host's option "Downcast model alphas_cumprod to fp16 before sampling"."""
    alphas = torch.linspace(0.99, 0.01, 1000).to(dtype)
    levels = TimestepLevels(alphas, torch.arange(1, 1000, 50))
    init, noise = torch.ones(1, 1, 1, 1), torch.full((1, 1, 1, 1), 2.0)
    whole = levels.at(init, noise, torch.tensor([101.0]))
    assert whole == init * alphas[101].sqrt() + noise * (1 - alphas[101]).sqrt()
    assert levels.at(init, noise, torch.tensor([101.5])).isfinite().all()


def test_after_the_last_release_the_draws_of_what_is_held_to_the_end_go():
    draws, due = ShiftedDraws(Source(), last=3), torch.tensor([[[[True, False, False]]]])
    for step in range(10):
        held = due if step <= 3 else torch.tensor([[[[False, True, False]]]])
        draws.call(held, due if step == 3 else None, step)
        assert draws.next()[..., 0] == (step - 3 if step >= 3 else step)
    assert len(draws.draws) == 4
