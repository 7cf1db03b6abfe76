"""Noise that a sampler draws in sequence: each cell gets the draws that a run of its own strength would have met."""
from __future__ import annotations

import torch
from torch import Tensor


class ShiftedDraws:
    """Stands in for a run's noise source, once the run's own noise is drawn: draw k of a cell is draw k - r of the source.

    r is the cell's release. Everything else of the source is its own.
    """

    def __init__(self, source, release: Tensor):
        """source: has next() -> (B, C, h, w). release: int64 tensor (1 or B, 1, h, w), in steps from the run's start, at least 0."""
        self.source = source
        self.release = release
        self.latest = int(release.max())
        self.count = 0
        self.draws: list[Tensor] = []

    def __getattr__(self, name):
        return getattr(self.source, name)

    def next(self) -> Tensor:
        """The next draw, shifted cell by cell."""
        draw = self.source.next()
        self.release = self.release.to(draw.device)
        self.draws = [draw, *self.draws][:self.latest + 1]  # newest first: draws[r] is the one r steps ago
        shifted = self._shift(draw) if len(self.draws) > 1 else draw
        self.count += 1
        return shifted

    def _shift(self, draw: Tensor) -> Tensor:
        # A cell that is not yet released gets the newest, which is as fresh as any.
        ago = torch.where(self.release > self.count, 0, self.release).expand_as(draw)[None]  # 1BChw
        return torch.stack(self.draws).gather(0, ago)[0]
