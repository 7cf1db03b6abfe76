"""Which step is it? Three clocks that say, at each denoiser call, which cells are still held and which are due."""
from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

NEVER_HELD = -1
TOLERANCE = 1e-4  # relative; neighbouring noise levels of any schedule in use lie ten times further apart


class Tick(NamedTuple):
    """One denoiser call: its step from the run's start, whether it is the step's first, and two masks of cells.

    held: cells not released before this call. kept: cells not released by it either; the same tensor where none is due.
    Both are bool (1 or B, 1, h, w). None: certainly no such cell.
    """

    step: int
    first: bool
    held: Tensor | None
    kept: Tensor | None

    @property
    def due(self) -> Tensor | None:
        """The cells that this call releases, bool (1 or B, 1, h, w). None: certainly no such cell."""
        return None if self.kept is self.held else self.held & ~self.kept


class StepClock:
    """Counts calls: for samplers with a fixed number of calls per step."""

    def __init__(self, release: Tensor, *, calls: int = 1, first_step_calls: int | None = None):
        """release: int (1 or B, 1, h, w), the step from the run's start that frees each cell. 0, the start itself, is never held."""
        release = torch.where(release > 0, release, NEVER_HELD)
        self.last = int(release.max())
        self._after = lru_cache(maxsize=2)(lambda step: release > step)  # what a step still keeps, the next one holds
        self.calls = calls
        self.extra = (first_step_calls or calls) - calls

    def tick(self, call: int, sigma: Tensor) -> Tick:
        """The state at the run's `call`-th denoiser call (from 0), whatever its noise level."""
        step, rest = divmod(max(call - self.extra, 0), self.calls)
        first = rest == 0 and not 0 < call <= self.extra
        if step > self.last or (step == self.last and not first):
            return Tick(step, first, None, None)
        held = self._after(step - 1 if first and step else step)
        return Tick(step, first, held, self._after(step))


class LevelClock:
    """Compares noise levels: for samplers that lay their own grid or climb back up.

    A cell is released by the call at which the level first falls to the cell's own, and stays so.
    """

    def __init__(self, level: Tensor, *, calls: int = 1):
        """level: float (1 or B, 1, h, w), each cell's own noise level; infinite where it starts with the run, negative where it is
        never released.
        """
        self.level = level
        self.calls = calls
        self.released = torch.isinf(level)
        self.lowest = None
        self.none_held = bool(self.released.all())

    def tick(self, call: int, sigma: Tensor) -> Tick:
        """The state at the run's `call`-th denoiser call, made at noise level `sigma`: (B,), one per picture."""
        step, rest = divmod(call, self.calls)
        if self.none_held:
            return Tick(step, rest == 0, None, None)
        now = sigma.max()
        if rest:
            held = ~self.released & (self.level < self.lowest * (1 - TOLERANCE))
            return Tick(step, False, held, held)
        if self.lowest is not None:
            fallen = now < self.lowest * (1 - TOLERANCE)
            self.released = self.released | (fallen & _reached(self.level, self.lowest))
            now = torch.minimum(now, self.lowest)
        self.lowest = now
        held = ~self.released
        return Tick(step, True, held, held & ~_reached(self.level, now))


class WatchingClock:
    """Compares noise levels, and sees in the first step how a step is made: for samplers that no table knows.

    A step's first call is made at the step's own level, but that may be the level of an earlier step's last call as well
    (Heun), and an earlier step may look below it and come back (ancestral ones). So a cell is due at every call at its
    level or below, and released when the level falls further. Where the first step makes several calls at its own level,
    only the first one of a later step counts. A sampler that begins above its level (churn) stays as far above it.
    """

    def __init__(self, level: Tensor, start: float):
        """level: as `LevelClock` takes it. start: the noise level of the run's first step."""
        self.level, self.start = level, start
        self.above: Tensor | None = None  # how far the calls are made above the levels of their steps
        self.released = torch.isinf(level)
        self.none_held = bool(self.released.all())
        self.last = None
        self.repeats = False  # whether a step makes several calls at its own level
        self.has_fallen = False  # whether the first step has left its level

    def tick(self, call: int, sigma: Tensor) -> Tick:
        """The state at the run's `call`-th denoiser call, made at noise level `sigma`: (B,), one per picture."""
        if self.none_held:
            return Tick(call, True, None, None)
        level = sigma.max()
        if self.last is None:
            self.above = (level / self.start).clamp(min=1)
        is_start = (level - self.start).abs() <= TOLERANCE * self.start
        self.above = torch.where(is_start, 1.0, self.above)  # a call above it that came before was no step
        now = level / self.above
        if self.last is not None:
            falls, rises = now < self.last * (1 - TOLERANCE), now > self.last * (1 + TOLERANCE)
            self.has_fallen = self.has_fallen | falls
            self.repeats = self.repeats | ~(self.has_fallen | rises)
            self.released = self.released | ((falls | self.repeats) & _reached(self.level, self.last))
        self.last = now
        held = ~self.released
        return Tick(call, True, held, held & ~_reached(self.level, now))


def _reached(level: Tensor, now: Tensor) -> Tensor:
    return level >= now * (1 - TOLERANCE)
