"""From strengths to release steps: which step of a run frees which cell, and where the run starts (laws 1 and 5)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .easing import eased
from .samplers import least_start

UNRELEASED = -1  # t_enc of a cell that is never released
WEAKEST = 1e-4  # below it the host's longer schedule would take more memory than the picture
CAP = 0.999  # the host's own ceiling on Denoising strength (modules/sd_samplers_common.py, setup_img2img_steps)


class Plan(NamedTuple):
    """A run's start and each cell's release.

    steps: length of the schedule that the host lays. t_enc: the run's own; the run has t_enc + 1 steps.
    cells: int64 array, each cell's own t_enc, UNRELEASED where it is never released.
    denoising: what to hand the host as Denoising strength so that it starts there; None where its own will do.
    share: of each cell, for smooth release (`easing`); None where no cell is between two steps.
    """

    steps: int
    t_enc: int
    cells: np.ndarray
    denoising: float | None
    share: np.ndarray | None = None

    @property
    def release(self) -> np.ndarray:
        """Each cell's release, in steps from the run's start; t_enc + 1 (beyond the last step) for a cell that has none."""
        return self.t_enc - self.cells

    @property
    def released(self) -> np.ndarray:
        """Bool: the cells that are released at all."""
        return self.cells != UNRELEASED

    @property
    def holds_some_to_the_end(self) -> bool:
        """Whether some cell is never released."""
        return not self.released.all()

    @property
    def releases(self) -> bool:
        """Whether some cell is released at all."""
        return bool(self.released.any())

    @property
    def releases_late(self) -> bool:
        """Whether some cell is released after the run's start."""
        return bool((self.released & (self.release > 0)).any())

    @property
    def skipped(self) -> int:
        """How many of the host's steps are not run."""
        return self.steps - self.t_enc - 1


def t_enc(strength: np.ndarray, steps: int) -> np.ndarray:
    """The host's t_enc = int(min(strength, .999) * steps) in float64, elementwise; UNRELEASED where strength is 0."""
    return np.where(strength > 0, np.floor(np.minimum(strength, CAP) * steps).astype(np.int64), UNRELEASED)


def plan(strength: np.ndarray, steps: int, denoising: float, *, skip: bool, least_t_enc: int, timesteps: bool,
         smooth: bool = False) -> Plan:
    """The plan of a run where the host makes int(min(denoising, .999) * steps) + 1 of `steps` steps.

    strength: float64 array of cells, 0..1; (B, h, w) for smooth. steps: of the host's schedule, at least 1. denoising: the
    user's, 0..1. skip: start where the strongest cell starts. timesteps: the sampler counts timesteps instead of noise
    levels; then a cell whose t_enc is 0 or 1 is never released. smooth: cells on a slope may lie between two steps.
    The run never starts later than the shortest start the sampler can make, `least_t_enc`, and never before the first step.
    """
    own = _reachable(t_enc(strength, steps), timesteps)
    most = int(CAP * steps)
    host = int(min(denoising, CAP) * steps)
    start = min(max(own.max() if skip else host, least_t_enc, 0), most)
    a_plan = Plan(steps, int(start), np.minimum(own, start), None if start == host else (start + 0.5) / steps)
    return _smoothed(a_plan, strength, timesteps) if smooth else a_plan


def plan_exact_steps(strength: np.ndarray, steps: int, *, timesteps: bool, smooth: bool = False) -> Plan:
    """The plan where the host makes exactly `steps` steps of a longer schedule (its option img2img_fix_steps).

    The longer schedule is that of the strongest cell; where all are 0, that of a strength of 1. steps: at least 1.
    strength, timesteps, smooth: as in `plan`.
    """
    strongest = max(strength.max() or 1.0, steps / 1000 if timesteps else WEAKEST)
    total = int(steps / min(strongest, CAP))
    own = np.where(strength > 0, np.ceil(np.minimum(strength, CAP) * total).astype(np.int64) - 1, UNRELEASED)
    a_plan = Plan(total, steps - 1, _reachable(np.minimum(own, steps - 1), timesteps), float(strongest))
    return _smoothed(a_plan, strength, timesteps) if smooth else a_plan


def _smoothed(a_plan: Plan, strength: np.ndarray, timesteps: bool) -> Plan:
    cells, share = eased(strength, a_plan.cells, a_plan.steps, least_start(timesteps))
    return a_plan._replace(cells=cells, share=share if (share < 1).any() else None)


def _reachable(own: np.ndarray, timesteps: bool) -> np.ndarray:
    return np.where(own < least_start(timesteps), UNRELEASED, own)
