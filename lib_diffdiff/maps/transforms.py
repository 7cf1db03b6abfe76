"""The settings that change the map itself, in their order: invert, levels, grow, blur."""
from __future__ import annotations

from bisect import bisect_left

import numpy as np

from ..settings.settings import SHARE, TIMES, Settings
from .exact import WHITE, blur, grow, shares


def transformed(units: np.ndarray, settings: Settings, inverted: bool = False) -> np.ndarray:
    """The map after every transform that comes before Weakest and Strongest: units (height, width), of the init image's size.

    inverted: whether it was inverted before, as a mask is by its own control.
    """
    if settings.invert:
        units = WHITE - units
    return blur(grow(input_levels(units, settings, settings.invert != inverted), settings.grow), settings.blur, settings.blur)


def input_levels(units: np.ndarray, settings: Settings, inverted: bool = False) -> np.ndarray:
    """Units (height, width) after black point, white point and gamma, as in a picture editor: between the points v ** (1 / gamma)."""
    if (settings.black_point, settings.white_point, settings.gamma) == (0.0, 1.0, 1.0):
        return units
    v = (shares(units, inverted) - settings.black_point) / (settings.white_point - settings.black_point)
    return np.rint(np.clip(v, 0, 1) ** (1 / settings.gamma) * WHITE).astype(np.int32)


def output_levels(share: np.ndarray, settings: Settings) -> np.ndarray:
    """The values v (float64, 0..1) of shares of white (any shape, 0..1); affine, so it may follow the averaging over cells."""
    rising = settings.min_strength + share * (settings.max_strength - settings.min_strength)
    return np.where(share >= 1, settings.max_strength, rising)  # white is that very number


def changing(units: np.ndarray, settings: Settings) -> np.ndarray:
    """Where the output levels of units (any shape) are above 0."""
    least = bisect_left(range(WHITE + 1), True, key=lambda unit: output_levels(unit / WHITE, settings) > 0)  # they only rise
    return units >= least


def strengths(v: np.ndarray, denoising: float, settings: Settings, response=None) -> np.ndarray:
    """The strength of each value v (any shape, 0..1), float64: v * denoising, or the lesser of the two where it is "absolute".

    response: the curve by which a value is a share of the change.
    """
    if settings.strength_is == SHARE:
        return response.within(v, denoising)
    return v * denoising if settings.strength_is == TIMES else np.minimum(v, denoising)
