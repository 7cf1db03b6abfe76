"""Smooth release, for few steps: between two steps a cell is released by the earlier one and then moved part of the way back.

N steps make N distinct strengths, so with 4 or 8 a soft map turns into bands. On a slope of the map a cell's level may
lie between two steps; in flat areas, at jumps and in grain it is that of the hard rule, to the bit.
"""
from __future__ import annotations

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor

SIDE = 5  # cells; fewer cannot tell a slope from a hard edge that runs through a cell, nor from grain
UNEVEN = 1 / 8  # a slope's smallest step over its largest is above this; JPEG ringing at a hard edge stays below it
GRAIN = 3 / 255  # rise over a square; what rises less is flat
EVEN = 1 / 64  # a slope, in steps, at which half of the hard rule is left


def eased(strength: np.ndarray, own: np.ndarray, steps: int, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Each cell's t_enc under smooth release, and its share: how much of what its first step paints it keeps.

    The rest goes back to the original one step later.
    strength, own: (B, h, w), the cells' strengths and t_enc by the hard rule. steps: length of the schedule.
    On a slope a cell's level is (steps - 1) * strength: the noise at which a run of very many steps would start it.
    No cell falls below `least`, and none rises above its own t_enc to one that its map does not reach (`_reached`);
    cells that are never released stay so. Each map of the batch is eased as if it were alone.
    """
    slope = slopes(strength) * steps
    level = own + ((steps - 1) * strength - own) * slope / (slope + EVEN)
    level = np.clip(level, least, np.maximum(own, _reached(own)))
    whole = np.ceil(level).astype(np.int64)
    released = own >= least
    return np.where(released, whole, own), np.where(released & (whole > level), level - whole + 1, 1.0)


def slopes(strength: np.ndarray) -> np.ndarray:
    """How far the slope that each cell lies on rises over SIDE cells, less for an uneven one; strength: (B, h, w).

    Exactly 0 in flat areas, at jumps and in grain. A slope is a square of SIDE x SIDE cells that goes one way, up or
    down, from column to column or from row to row, by steps of about one size. Its inner cells lie on it, and so do
    those of its rim that are the picture's border. A hard edge, through whatever part of a cell it runs, has a plateau
    on one side of that cell or another; and by chance grain runs one way in fewer than one square in a thousand million.
    """
    height, width = strength.shape[1:]
    strength = np.pad(strength, [(0, 0), (0, max(0, SIDE - height)), (0, max(0, SIDE - width))], mode='edge')
    squares = np.maximum(_rises(strength), _rises(strength.swapaxes(1, 2)).swapaxes(1, 2))
    inner = _over(np.maximum, np.pad(squares, [(0, 0), (2, 2), (2, 2)]), 3, 3)
    return np.pad(inner, [(0, 0), (1, 1), (1, 1)], mode='edge')[:, :height, :width]


def _rises(strength: np.ndarray) -> np.ndarray:
    # Of each square, how far it goes one way from column to column: (B, h - SIDE + 1, w - SIDE + 1).
    steps = np.diff(strength)
    low, high, rise = (_over(combine, steps, SIDE, SIDE - 1) for combine in (np.minimum, np.maximum, np.add))
    least, greatest = np.maximum(low, -high), np.maximum(high, -low)
    evenness = least / np.where(greatest > 0, greatest, 1)
    return np.maximum(evenness - UNEVEN, 0) * np.maximum(np.abs(rise) / SIDE - GRAIN, 0)


def _reached(own: np.ndarray) -> np.ndarray:
    # The greatest t_enc of each map that a cell has together with all its neighbours, (B, 1, 1): a lone cell opens no step.
    height, width = own.shape[1:]
    return _over(np.minimum, own, min(3, height), min(3, width)).max(axis=(1, 2), keepdims=True)


def _over(combine: np.ufunc, values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    # `combine` over each block of this many rows and columns: (B, h - rows + 1, w - columns + 1).
    for axis, length in ((1, rows), (2, columns)):
        values = combine.reduce(np.moveaxis(sliding_window_view(values, length, axis=axis), -1, 0), axis=0)
    return values


class Easing:
    """When and how far which cells are moved back."""

    def __init__(self, release: Tensor, share: Tensor):
        """release: steps from the run's start, (1 or B, 1, h, w). share: float, 0..1, of the same shape; 1 is the hard rule."""
        self.release, self.back = release, 1 - share
        soft = release[share < 1]
        self.last = int(soft.max()) + 1 if soft.numel() else 0

    def at(self, step: int) -> Tensor | None:
        """How far each cell is to be moved to the original before this step's first call: float (1 or B, 1, h, w), 0..1.

        None where no cell is moved.
        """
        if not 0 < step <= self.last:
            return None
        return torch.where(self.release == step - 1, self.back, 0)
