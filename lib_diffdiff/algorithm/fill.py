"""What strong cells start from in place of the original, for content that has nothing to grow from there.

The original is forgotten in proportion to the strength: at 0 a cell keeps it wholly, at 1 it starts from the fill alone.
"""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from ..settings.settings import NOISE, ORIGINAL, SURROUNDINGS

WIDTHS = (64, 32, 16, 8, 4, 2, 1)  # cells; the wide ones reach where the narrow ones find nothing


def filled(init: Tensor, noise: Tensor, strength: Tensor, fill: str) -> Tensor:
    """The latents (B, C, h, w) to start from. strength: (1 or B, 1, h, w), 0..1. fill: one of FILLS.

    For ORIGINAL it is `init` itself, not a copy.
    """
    if fill == ORIGINAL:
        return init
    strength = strength.to(init)
    return torch.where(strength > 0, torch.lerp(init, _instead(init, noise, strength, fill), strength), init)


def _instead(init: Tensor, noise: Tensor, strength: Tensor, fill: str) -> Tensor:
    if fill == SURROUNDINGS:
        return surroundings(init, 1 - strength)
    return noise.to(init) if fill == NOISE else torch.zeros_like(init)


def surroundings(latent: Tensor, weight: Tensor) -> Tensor:
    """What lies around, blurred: each cell the mean of its neighbours by their weight, near ones where there are any.

    latent: (B, C, h, w). weight: (1 or B, 1, h, w), 0..1. Where nothing has any weight it is the mean of the whole.
    """
    weight = weight.expand(len(latent), -1, -1, -1)
    whole = dict(dim=(2, 3), keepdim=True)
    everywhere = (latent * weight).sum(**whole) / weight.sum(**whole).clamp(min=1e-6)
    found = torch.where(weight.sum(**whole) > 0, everywhere, latent.mean(**whole)).expand_as(latent)
    for width in WIDTHS:
        near = _blurred(weight, width)
        mean = _blurred(latent * weight, width) / near.clamp(min=1e-9)
        share = near / _blurred(torch.ones_like(weight), width)  # of the neighbours that lie in the picture
        found = torch.lerp(found, mean, (share * width).clamp(0, 1))
    return found


def _blurred(values: Tensor, width: int) -> Tensor:
    # A triangle of that half width along each axis, within the picture: what lies outside has no weight.
    taps = 1 - torch.arange(-width, width + 1, dtype=values.dtype, device=values.device).abs() / (width + 1)
    taps = taps / taps.sum()
    channels = values.shape[1]
    for shape, edges in (((1, 1, 1, -1), (width, width, 0, 0)), ((1, 1, -1, 1), (0, 0, width, width))):
        kernel = taps.reshape(shape).expand(channels, *[-1] * 3)
        values = conv2d(pad(values, edges), kernel, groups=channels)
    return values
