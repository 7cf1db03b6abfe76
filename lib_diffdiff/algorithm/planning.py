"""A run's plan from its settings and the host's rules: one function for the run and for the preview of it."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..settings.settings import Settings
from .release import Plan, plan, plan_exact_steps
from .samplers import Sampler


class Rules(NamedTuple):
    """The host's rules for where an img2img run starts.

    sampler: the table's entry. timesteps: the sampler counts timesteps instead of noise levels. least_t_enc: the
    shortest start that it can make. exact_steps: the host makes exactly the steps asked for, of a longer schedule.
    """

    sampler: Sampler
    timesteps: bool = False
    least_t_enc: int = 0
    exact_steps: bool = False


def planned(strength: np.ndarray, steps: int, denoising: float, settings: Settings, rules: Rules) -> Plan:
    """The plan of a run; strength: float64 cells (B, h, w), 0..1. denoising: the user's Denoising strength.

    steps: of the host's schedule. With exact steps they are the steps that are run, and `denoising` is ignored.
    """
    smooth = settings.is_smooth(steps) and rules.sampler.counts_steps
    if rules.exact_steps:
        return plan_exact_steps(strength, steps, timesteps=rules.timesteps, smooth=smooth)
    return plan(strength, steps, denoising, skip=settings.skip_unchanged_steps, least_t_enc=rules.least_t_enc, timesteps=rules.timesteps,
                smooth=smooth)
