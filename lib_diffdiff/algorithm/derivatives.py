"""What LMS remembers: derivatives that it makes of the denoiser's outputs, out of reach.

Its next step is a weighted sum of its last few derivatives. So a released cell is returned the output whose derivative
makes that sum what it would be in a run that began with the cell.
"""
from __future__ import annotations

import numpy as np
import torch
from numpy.polynomial import Polynomial
from torch import Tensor

from .history import overwrite
from .noise_levels import spread


class Derivatives:
    """The last derivatives of a run: those that the sampler keeps, and those that the cells really had."""

    def __init__(self, order: int, sigmas: list[float], release: Tensor):
        """order: how many the sampler integrates. sigmas: the run's noise levels, with the last 0.

        release: int (1 or B, 1, h, w), in steps from the run's start.
        """
        self.order, self.sigmas, self.release = order, sigmas, release
        self.kept: list[Tensor] = []  # newest first
        self.true: list[Tensor] = []

    def correct(self, step: int, x: Tensor, sigma: Tensor, output: Tensor) -> None:
        """Rewrites a step's output (B, C, h, w) in place, where a cell was released after the run's start.

        sigma: (B,), the call's noise level, above 0.
        """
        level = spread(sigma, x)
        derivative = (x - output) / level
        self.true = [derivative, *self.true][:self.order]
        mine = self._weights(step, min(step + 1, self.order))
        rest = sum((weight * old for weight, old in zip(mine[1:], self.kept)), torch.zeros_like(x))
        corrected = derivative
        for length in range(1, min(step, self.order) + 1):
            sampled = sum(weight * one for weight, one in zip(self._weights(step, length), self.true))
            corrected = torch.where(self._has(length, step), (sampled - rest) / mine[0], corrected)
        changed = (self.release > 0) & (self.release <= step)
        overwrite(output, changed, x - level * corrected)
        self.kept = [torch.where(changed, corrected, derivative), *self.kept][:self.order - 1]

    def _has(self, length: int, step: int) -> Tensor:
        # Cells that have this many derivatives of their own.
        own = step + 1 - self.release
        return (own >= length if length == self.order else own == length) & (self.release > 0)

    def _weights(self, step: int, length: int) -> list[float]:
        return weights(self.sigmas, step, length)


def weights(sigmas: list[float], step: int, length: int) -> list[float]:
    """The Adams-Bashforth weights of the last `length` derivatives, newest first, from sigmas[step] to sigmas[step + 1].

    Each is the integral of the polynomial that is 1 at its own level and 0 at the others' (k_diffusion.sampling, linear_multistep_coeff).
    """
    levels = [sigmas[step - i] for i in range(length)]
    return [_integral(levels[i], levels[:i] + levels[i + 1:], sigmas[step], sigmas[step + 1]) for i in range(length)]


def _integral(own: float, others: list[float], start: float, end: float) -> float:
    # Levels are counted from the start: close ones would lose digits otherwise.
    whole = Polynomial.fromroots([other - start for other in others]) if others else Polynomial([1.0])
    return float(whole.integ()(end - start) / np.prod([own - other for other in others]))
