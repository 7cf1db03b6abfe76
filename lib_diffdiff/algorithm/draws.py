"""Noise that a sampler draws in sequence: each cell gets the draws that a run of its own strength would have met."""
from __future__ import annotations

from math import inf

import torch
from torch import Tensor


class ShiftedDraws:
    """Stands in for a run's noise source, once the run's own noise is drawn: it counts a cell's draws from the cell's release on.

    If the run made n draws between its first denoiser call and a cell's release, then at the run's draw k the cell gets the
    source's draw k - n. Everything else is the source's own.
    """

    def __init__(self, source, last: float = inf):
        """source: has next() -> (B, C, h, w). last: the step that releases the last cells, if known.

        A cell still held after that step is never released.
        """
        self.source, self.last = source, last
        self.count = 0  # draws so far
        self.before_start = None  # of them, those before the first denoiser call
        self.passed: Tensor | None = None  # int64 (1 or B, 1, h, w): the draws that each cell did not need
        self.kept: int | None = None  # how many draws are still needed; None for all
        self.draws: list[Tensor] = []

    def __getattr__(self, name):
        if name == 'source':  # a copy that is being made
            raise AttributeError(name)
        return getattr(self.source, name)

    def call(self, held: Tensor | None, due: Tensor | None, step: int = 0) -> None:
        """Comes before each denoiser call of the sampler. held, due, step: as a `Tick` has them."""
        if self.before_start is None:
            self.before_start = self.count
        if due is not None:
            if self.passed is None:
                self.passed = torch.zeros_like(due, dtype=torch.int64)
            self.passed.masked_fill_(due, self.count - self.before_start)
            self.kept = self.count + 1
        if held is not None and step < self.last:
            self.kept = None  # a cell still to be released begins with the first draw

    def next(self) -> Tensor:
        """The next draw, shifted cell by cell."""
        draw = self.source.next()
        self.draws = [draw, *self.draws][:self.kept]  # newest first: draws[n] is the one n draws ago
        self.count += 1
        if self.passed is None:
            return draw
        ago = self.passed.to(draw.device).expand_as(draw)[None]  # 1BChw
        return torch.stack(self.draws).gather(0, ago)[0]
