"""Smooth release, for few steps: between two steps a cell is released by the earlier one and then moved part of the way back.

N steps make N distinct strengths, so with 4 or 8 a soft map turns into bands. Where the map is uneven a cell's level may
lie between two steps; where a cell and its neighbours are equal it is that of the hard rule, by the same formula.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

EVEN = 1 / 64  # of a step: a slope at which half of the hard rule is left


def eased(strength: np.ndarray, own: np.ndarray, steps: int, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Each cell's t_enc under smooth release, and its share: how much of what it was painted since it keeps one step later.

    strength, own: (B, h, w), the cells' strengths and t_enc by the hard rule. steps: length of the schedule.
    On a slope a cell's level is (steps - 1) * strength: the noise at which a run of very many steps would start it.
    No cell falls below `least` or rises above the strongest; cells that are never released stay so.
    """
    slope = _range(strength) * steps
    level = own + ((steps - 1) * strength - own) * slope / (slope + EVEN)
    level = np.clip(level, least, own.max())
    whole = np.ceil(level).astype(np.int64)
    released = own >= least
    return np.where(released, whole, own), np.where(released & (whole > level), level - whole + 1, 1.0)


def _range(values: np.ndarray) -> np.ndarray:
    # Largest minus smallest of a cell and its eight neighbours; beyond the border there is none.
    height, width = values.shape[-2:]
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(1, 1), (1, 1)], mode='edge')
    near = np.stack([padded[..., y:y + height, x:x + width] for y in range(3) for x in range(3)])
    return near.max(axis=0) - near.min(axis=0)


class Easing:
    """When and how far which cells are moved back."""

    def __init__(self, release: Tensor, share: Tensor):
        """release: steps from the run's start, (1 or B, 1, h, w). share: float, 0..1, of the same shape; 1 is the hard rule."""
        self.release, self.back = release, 1 - share
        soft = release[share < 1]
        self.last = int(soft.max()) + 1 if soft.numel() else 0

    def at(self, step: int) -> Tensor | None:
        """How far each cell is to be moved to the original before this step's first call, 0..1; None where none is."""
        if not 0 < step <= self.last:
            return None
        return torch.where(self.release == step - 1, self.back, 0)
