"""Noise levels by model family: the original latent, re-noised to the level of a denoiser call.

Latents are (B, C, h, w), levels (B,): sigmas, or timesteps of 0..999.
"""
from __future__ import annotations

import torch
from torch import Tensor


class SigmaLevels:
    """k-diffusion samplers: init + sigma * noise, or whatever `add_noise` of the model makes of it (flow models)."""

    def __init__(self, add_noise=None):
        """add_noise(init, noise, sigma): the model's own rule where it has one."""
        self.add_noise = add_noise or add_sigma

    def at(self, init: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """The original at the call's own level."""
        return self.add_noise(init, noise, spread(sigma, init))

    def clean(self, x: Tensor, sigma: Tensor, output: Tensor) -> Tensor:
        """The picture that the denoiser saw in x."""
        return output

    def known(self, init: Tensor, noise: Tensor) -> Tensor:
        """What a denoiser that knows the original returns for it, at any level."""
        return init

    def starts_otherwise(self, extra: float) -> bool:
        """Whether `at_start` differs from `at`."""
        return bool(extra)

    def at_start(self, init: Tensor, noise: Tensor, sigma: Tensor, extra: float) -> Tensor:
        """The original as plain img2img starts from it at this call; extra: the host's Extra noise."""
        original = self.at(init, noise, sigma)
        return original + noise * extra if extra else original


class TimestepLevels:
    """A1111's DDIM family: sigma is a timestep, the latent is scaled (variance preserving), the output is eps."""

    def __init__(self, alphas_cumprod: Tensor, schedule: Tensor | None = None):
        """schedule: the timesteps of the host's schedule, rising; None where the sampler lays its own.

        Plain img2img noises to the schedule's next timestep above that of its first call
        (modules/sd_samplers_timesteps.py, sample_img2img).
        """
        self.alphas_cumprod = alphas_cumprod
        self.schedule = schedule

    def at(self, init: Tensor, noise: Tensor, timestep: Tensor) -> Tensor:
        """The original at the call's own level; timesteps may be fractional."""
        return _scaled(init, noise, spread(self._alpha(timestep), init))

    def clean(self, x: Tensor, timestep: Tensor, output: Tensor) -> Tensor:
        """The picture that the denoiser, which returns eps, saw in x."""
        alpha = spread(self._alpha(timestep), x)
        return (x - output * torch.sqrt(1 - alpha)) / torch.sqrt(alpha)

    def known(self, init: Tensor, noise: Tensor) -> Tensor:
        """What a denoiser that knows the original returns for it, at any level: the noise it was re-noised with."""
        return noise

    def starts_otherwise(self, extra: float) -> bool:
        """Whether `at_start` differs from `at`."""
        return bool(extra) or self.schedule is not None

    def at_start(self, init: Tensor, noise: Tensor, timestep: Tensor, extra: float) -> Tensor:
        """The original as plain img2img starts from it at this call; extra: the host's Extra noise."""
        alpha = spread(self._alpha(timestep if self.schedule is None else self._above(timestep)), init)
        original = _scaled(init, noise, alpha)
        return original + noise * extra * torch.sqrt(alpha) if extra else original

    def _above(self, timestep: Tensor) -> Tensor:
        place = torch.searchsorted(self.schedule, timestep.to(self.schedule), right=True)
        return self.schedule[place.clamp(max=len(self.schedule) - 1)]

    def _alpha(self, timestep: Tensor) -> Tensor:
        # In log space, as UniPC's own schedule interpolates; a whole timestep gives the table's very value.
        timestep = timestep.float().clamp(0, len(self.alphas_cumprod) - 1)
        below = timestep.long()
        part = timestep - below
        low = self.alphas_cumprod[below]
        high = self.alphas_cumprod[(below + 1).clamp(max=len(self.alphas_cumprod) - 1)]
        between = torch.exp(torch.lerp(low.float().log(), high.float().log(), part))
        return torch.where(part == 0, low, between.to(low))  # the table may be of half precision, and a start takes it as it is


def add_sigma(init: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """The variance-exploding rule of sigma models."""
    return _added(init, noise * sigma)


def spread(per_picture: Tensor, latent: Tensor) -> Tensor:
    """One value per picture, reshaped to multiply a latent."""
    return per_picture.reshape(-1, *[1] * (latent.ndim - 1))  # B -> B111


def _scaled(init: Tensor, noise: Tensor, alpha: Tensor) -> Tensor:
    return _added(init * torch.sqrt(alpha), noise * torch.sqrt(1 - alpha))


def _added(one: Tensor, fresh: Tensor) -> Tensor:
    # In the memory of `fresh`, unless that is of a narrower type than the sum.
    return fresh.add_(one) if fresh.dtype == torch.promote_types(one.dtype, fresh.dtype) else one + fresh
