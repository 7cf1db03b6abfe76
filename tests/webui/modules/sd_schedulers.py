"""Noise schedules: n levels from high to low, then zero."""

from dataclasses import dataclass

import torch

from modules.kdiffusion import sampling


@dataclass
class Scheduler:
    name: str
    label: str
    function: object
    default_rho: float = -1
    need_inner_model: bool = False
    aliases: list = None


def uniform(n, sigma_min, sigma_max, inner_model, device):
    return inner_model.get_sigmas(n).to(device)


def sgm_uniform(n, sigma_min, sigma_max, inner_model, device):
    """Even timesteps that stop one short of the lowest."""
    first, last = (inner_model.sigma_to_t(torch.tensor(sigma)) for sigma in (sigma_max, sigma_min))
    return sampling.append_zero(inner_model.t_to_sigma(torch.linspace(first, last, n + 1)[:-1])).to(device)


def normal(n, sigma_min, sigma_max, inner_model, device):
    first, last = (inner_model.sigma_to_t(torch.tensor(sigma)) for sigma in (sigma_max, sigma_min))
    return sampling.append_zero(inner_model.t_to_sigma(torch.linspace(first, last, n))).to(device)


def simple(n, sigma_min, sigma_max, inner_model, device):
    """Every so-manieth of the model's own levels."""
    every = len(inner_model.sigmas) / n
    levels = torch.stack([inner_model.sigmas[-1 - int(i * every)] for i in range(n)])
    return sampling.append_zero(levels).to(device)


schedulers = [
    Scheduler("automatic", "Automatic", None),
    Scheduler("uniform", "Uniform", uniform, need_inner_model=True),
    Scheduler("karras", "Karras", sampling.get_sigmas_karras, default_rho=7.0),
    Scheduler("exponential", "Exponential", sampling.get_sigmas_exponential),
    Scheduler("polyexponential", "Polyexponential", sampling.get_sigmas_polyexponential, default_rho=1.0),
    Scheduler("sgm_uniform", "SGM Uniform", sgm_uniform, need_inner_model=True, aliases=["SGMUniform"]),
    Scheduler("simple", "Simple", simple, need_inner_model=True),
    Scheduler("normal", "Normal", normal, need_inner_model=True),
]
schedulers_map = {key: scheduler for scheduler in schedulers for key in (scheduler.name, scheduler.label)}
