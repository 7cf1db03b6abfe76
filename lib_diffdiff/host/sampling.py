"""The noise side of a run: its plan, and the injection that carries it out."""
from __future__ import annotations

from math import inf

import numpy as np
import torch
from modules import sd_samplers_kdiffusion, sd_samplers_timesteps, shared
from torch import Tensor

from ..algorithm.clock import LevelClock, StepClock, WatchingClock
from ..algorithm.derivatives import Derivatives
from ..algorithm.draws import ShiftedDraws
from ..algorithm.easing import Easing
from ..algorithm.injection import Injection
from ..algorithm.noise_levels import SigmaLevels, TimestepLevels
from ..algorithm.planning import Rules, planned
from ..algorithm.release import Plan
from ..algorithm.samplers import SAMPLERS, Sampler, sampler
from ..settings.refusal import Refusal
from ..settings.settings import Settings
from .picture import Img2Img

LEAST_BY_OPTION = {'UniPC': 'uni_pc_order'}  # samplers whose shortest start is an option of the host


def uses_timesteps(p) -> bool:
    """Whether the sampler is of A1111's DDIM family, which counts timesteps instead of noise levels."""
    return hasattr(p.sampler, 'get_timesteps')


def sampler_of(p) -> Sampler:
    """The table's entry for this run's sampler."""
    return rules_of(name_of(p.sampler), uses_timesteps(p)).sampler


def name_of(host_sampler) -> str:
    """The table's name for a sampler."""
    return known_as(host_sampler.config.name, getattr(host_sampler, 'funcname', None))


def known_as(name: str, function=None) -> str:
    """The table's name for what a sampler runs: hosts and other extensions bring the same under other names.

    function: what it runs; where it is not given, what the host runs under this name.
    """
    listed = (*sd_samplers_kdiffusion.samplers_k_diffusion, *sd_samplers_timesteps.samplers_timesteps)
    own = next((runs for label, runs, *_ in listed if label == name), None)
    function = own if function is None else function
    same = [label for label, runs, *_ in listed if runs == function and label in SAMPLERS]
    if name in SAMPLERS and own in (None, function):
        return name
    if same:
        return same[0]
    return f'{name} of another extension' if name in SAMPLERS else name


def rules_of(name: str, timesteps: bool) -> Rules:
    """The host's own rules for where an img2img run of this sampler starts."""
    entry = sampler(name, timesteps=timesteps)
    least = getattr(shared.opts, LEAST_BY_OPTION[name]) if name in LEAST_BY_OPTION else entry.least_t_enc
    return Rules(entry, timesteps, least, shared.opts.img2img_fix_steps)


def denoising_of(p) -> float:
    """The user's Denoising strength, 0..1, as the host takes it: more than 1 counts as 1. Raises Refusal for what is no strength."""
    if not p.denoising_strength >= 0:  # not a number, too
        raise Refusal(f'Denoising strength is {p.denoising_strength}: it must be between 0 and 1.')
    return min(float(p.denoising_strength), 1.0)


def plan_of(p, part: Img2Img, strength: np.ndarray, denoising: float, settings: Settings) -> Plan:
    """The plan of a run's part, by the host's rules."""
    rules = rules_of(name_of(p.sampler), uses_timesteps(p))._replace(exact_steps=part.exact_steps)
    return planned(strength, part.steps, denoising, settings, rules)


def injection_of(p, a_plan: Plan, settings: Settings, init: Tensor, noise: Tensor) -> Injection:
    """The injection of one batch. init, noise: the original latents and the batch's noise, as the host starts from them."""
    entry = sampler_of(p)
    clock, levels = _clock(p, a_plan, entry, init.device), _levels(p, a_plan, entry)
    return Injection(init, noise, clock, levels, entry, hinting=settings.future_hinting, extra=shared.opts.img2img_extra_noise,
                     easing=_easing(a_plan, init), draws=_draws(p, a_plan, entry), derivatives=_derivatives(p, a_plan, entry, init.device))


def unreleased_cells(a_plan: Plan, latent: Tensor) -> Tensor:
    """Bool (1 or B, 1, h, w) on the latent's device: cells that are never released."""
    return per_cell(~a_plan.released).to(latent.device)


def per_cell(values: np.ndarray) -> Tensor:
    """Values of cells (B, h, w) as latents are laid out: (B, 1, h, w)."""
    return torch.from_numpy(values)[:, None]


def _easing(a_plan: Plan, init: Tensor) -> Easing | None:
    if a_plan.share is None:
        return None
    return Easing(per_cell(a_plan.release).to(init.device), per_cell(a_plan.share).to(init))


def _draws(p, a_plan: Plan, entry: Sampler) -> ShiftedDraws | None:
    # Stands in for the run's noise source, if this sampler draws in sequence and some cell is released after the start.
    if isinstance(p.rng, ShiftedDraws):
        p.rng = p.rng.source  # the host told of this sampling before
    if not entry.draws or not a_plan.releases_late:
        return None
    p.rng = ShiftedDraws(p.rng, int(a_plan.release[a_plan.released].max()) if entry.counts_steps else inf)
    return p.rng


def _derivatives(p, a_plan: Plan, entry: Sampler, device) -> Derivatives | None:
    if not entry.integrates or not a_plan.releases_late:
        return None
    sigmas = p.sampler.get_sigmas(p, a_plan.steps)[a_plan.skipped:].tolist()
    return Derivatives(entry.integrates, sigmas, per_cell(a_plan.release).int().to(device))


def _clock(p, a_plan: Plan, entry: Sampler, device) -> StepClock | LevelClock | WatchingClock:
    if entry.is_watched:
        return WatchingClock(_release_levels(p, a_plan).to(device), _level_of(p, a_plan, torch.tensor(a_plan.t_enc)).item())
    if entry.own_grid:
        return LevelClock(_release_levels(p, a_plan).to(device), calls=entry.calls)
    return StepClock(per_cell(a_plan.release).int().to(device), calls=entry.calls, first_step_calls=entry.first_step_calls)


def _release_levels(p, a_plan: Plan) -> Tensor:
    own = per_cell(a_plan.cells)
    level = _level_of(p, a_plan, own)
    level[per_cell(~a_plan.released)] = -1
    level[own == a_plan.t_enc] = torch.inf
    return level


def _level_of(p, a_plan: Plan, t_enc: Tensor) -> Tensor:
    # The level of the first call of a run of this t_enc.
    if uses_timesteps(p):
        schedule, first = p.sampler.get_timesteps(p, a_plan.steps), t_enc - 1
    else:
        schedule, first = p.sampler.get_sigmas(p, a_plan.steps), a_plan.steps - 1 - t_enc
    return schedule.cpu().float()[first.clamp(0, len(schedule) - 1)]


def _levels(p, a_plan: Plan, entry: Sampler) -> SigmaLevels | TimestepLevels:
    if not uses_timesteps(p):
        return SigmaLevels(add_noise_of(p.sampler))
    alphas = shared.sd_model.alphas_cumprod
    return TimestepLevels(alphas, None if entry.own_grid else p.sampler.get_timesteps(p, a_plan.steps).to(alphas.device))


def add_noise_of(host_sampler):
    """The host's own rule for a run's start, which differs for flow models: from original, noise and level. None where it has no rule."""
    predictor = getattr(getattr(host_sampler, 'model_wrap', None), 'predictor', None)  # Forge
    if predictor is None:
        return getattr(shared.sd_model, 'add_noise_to_latent', None)  # A1111's SD3
    return lambda init, noise, sigma: predictor.noise_scaling(sigma, noise, init, max_denoise=False)
