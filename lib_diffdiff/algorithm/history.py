"""What multistep samplers remember: at its release a cell gets the history that a fresh run would have.

The samplers keep the very tensors that their denoiser returned, so these are rewritten in place.
"""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Output(NamedTuple):
    """One returned tensor, the noise level it was made at, and the cells released by that call.

    value: (B, C, h, w). sigma: (B,). due: bool (1 or B, 1, h, w); None where the call released no cell.
    """

    value: Tensor
    sigma: Tensor
    due: Tensor | None


class History:
    """The last outputs of a run, newest first, as the sampler holds them."""

    def __init__(self, length: int, continuation: str = ''):
        """length: how many old outputs the sampler reads. continuation: a key of CONTINUATIONS, or none."""
        self.length = length
        self.continue_ = CONTINUATIONS.get(continuation)
        self.outputs: list[Output] = []

    def add(self, value: Tensor, sigma: Tensor, due: Tensor | None, x: Tensor, back: Tensor | None = None) -> None:
        """Adds a step's first output: written over the older ones at the cells due, then put first.

        back: how far the cells were moved back to the original (`easing`); their old outputs go as far to the new one.

        A sampler may go on in a tensor that it was given (x shares its storage): such a tensor is not memory, and is left alone.
        """
        self.outputs = [old for old in self.outputs if not _share_storage(old.value, x)]
        if self.continue_ is not None and len(self.outputs) > 1 and self.outputs[0].due is not None:
            self.continue_(Output(value, sigma, due), self.outputs)
        if due is not None:
            for old in self.outputs:
                overwrite(old.value, due, value)
        if back is not None:
            for old in self.outputs:
                overwrite(old.value, back > 0, torch.lerp(old.value, value, back.to(value)))
        self.outputs = [Output(value, sigma, due), *self.outputs][:self.length]


def continue_in_log_sigma(new: Output, old: list[Output]) -> None:
    """One step after a release, puts the older output on the line through the newer two, in log sigma.

    DPM++ 3M SDE's third-order term then vanishes there, as in a fresh run's second step. old: at least two, newest first,
    the newest with cells `due`; the second is rewritten in place.
    """
    last, before = old[:2]
    h_1 = (last.sigma / new.sigma).log()
    h_2 = (before.sigma / last.sigma).log()
    ratio = (h_2 / h_1).reshape(-1, *[1] * (new.value.ndim - 1))  # B -> B111
    overwrite(before.value, last.due, last.value - ratio * (new.value - last.value))


def continue_adams(new: Output, old: list[Output]) -> None:
    """One step after a release, makes PLMS's three- and four-step rules equal the two-step rule of a fresh run.

    old: at least two, newest first, the newest with cells `due`; all after it are rewritten in place.
    """
    last, before, *oldest = old
    overwrite(before.value, last.due, 2 * last.value - new.value)
    for output in oldest:
        overwrite(output.value, last.due, 3 * last.value - 2 * new.value)


CONTINUATIONS = {'log_sigma': continue_in_log_sigma, 'adams': continue_adams}


@torch.no_grad()
def overwrite(target: Tensor, where: Tensor, value: Tensor) -> None:
    """Writes into a tensor that the sampler holds, at the cells of a mask; in place, also where a gradient is taken of it.

    target: (B, C, h, w). where: bool (1 or B, 1, h, w). value: of a shape that broadcasts to the target's.
    """
    torch.where(where, value.to(target), target, out=target)


def _share_storage(a: Tensor, b: Tensor) -> bool:
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
