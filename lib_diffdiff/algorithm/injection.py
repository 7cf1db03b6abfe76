"""Differential Diffusion itself: before each denoiser call, every cell whose time has not come is overwritten with the
original latent, re-noised to that call (Levin & Fried, Algorithm 1, gradual injection with future hinting)."""
from __future__ import annotations

from torch import Tensor

from .derivatives import Derivatives
from .draws import ShiftedDraws
from .easing import Easing
from .history import History, overwrite
from .samplers import Sampler


class Injection:
    """One batch's injection: `before` and `after` are called round every denoiser call of the sampler.

    Both write in place: the latent and the outputs are the sampler's own tensors, and a copy would never reach it.
    """

    def __init__(self, init: Tensor, noise: Tensor, clock, levels, sampler: Sampler, *, hinting: bool = True, extra: float = 0.0,
                 easing: Easing | None = None, draws: ShiftedDraws | None = None, derivatives: Derivatives | None = None):
        """init, noise: (B, C, h, w), the original latent and the run's one noise. clock: one of `clock`.

        levels: SigmaLevels or TimestepLevels. hinting: off, a cell is overwritten only by its own release.
        extra: the host's Extra noise, given to each cell at its release. easing: for cells between two steps.
        draws: the noise source, for a sampler that draws noise. derivatives: for one that keeps derivatives.
        """
        self.init, self.noise = init, noise
        self.clock, self.levels = clock, levels
        self.hinting, self.extra = hinting, extra
        self.starts_otherwise = not hinting or levels.starts_otherwise(extra)  # else a held cell is due as it is
        self.pins_output = hinting and not sampler.derives
        self.history = History(sampler.remembers, sampler.continuation) if sampler.remembers else None
        self.draws, self.derivatives = draws, derivatives
        self.easing, self.back = easing, None  # how far this call's cells are moved back to the original
        self.clean = None  # what the denoiser made of the latent at the step before
        self.tick = None
        self.calls = 0

    def is_for(self, x: Tensor) -> bool:
        """Whether a denoiser call is of the picture itself; some samplers call on a part of it or an enlarged one inside a step."""
        return x.shape == self.init.shape

    def before(self, x: Tensor, sigma: Tensor) -> None:
        """Overwrites the held cells of the sampler's latent x (B, C, h, w), in place; sigma: (B,), the call's noise level."""
        self.tick = tick = self.clock.tick(self.calls, sigma)
        self.calls += 1
        if self.draws is not None:
            self.draws.call(tick.held, tick.due, tick.step)
        if tick.held is not None and self.hinting:
            overwrite(x, tick.held, self.levels.at(self.init, self.noise, sigma))
        if self.starts_otherwise and tick.due is not None:
            overwrite(x, tick.due, self.levels.at_start(self.init, self.noise, sigma, self.extra))
        self.back = self.easing.at(tick.step) if self.easing is not None and tick.first else None
        if self.back is not None:
            self._ease(x, sigma)

    def free(self) -> Tensor | None:
        """Bool (1 or B, 1, h, w): the cells that run free from this call on; None for all."""
        return None if self.tick.kept is None else ~self.tick.kept

    def after(self, x: Tensor, sigma: Tensor, output: Tensor) -> None:
        """Gives released cells the history of a fresh run, once the denoiser has returned `output` for x, both (B, C, h, w); in place."""
        tick = self.tick
        if self.history is not None and tick.first:
            self.history.add(output, sigma, tick.due, x, self.back)
        if self.easing is not None and tick.first:
            self.clean = self.levels.clean(x, sigma, output).clone()  # some samplers go on in their output
        # A sampler that passed a copy of its latent, or goes on from one of its own, keeps to the original by this alone.
        if self.pins_output and tick.kept is not None:
            overwrite(output, tick.kept, self.levels.known(self.init, self.noise))
        if self.derivatives is not None:
            self.derivatives.correct(tick.step, x, sigma, output)

    def _ease(self, x: Tensor, sigma: Tensor) -> None:
        # Only the picture moves to the original: the noise in x stays as it is, and with it its variance.
        way = self.levels.at(self.init, self.noise, sigma) - self.levels.at(self.clean, self.noise, sigma)
        overwrite(x, self.back > 0, x + self.back * way)

    def restore(self, samples: Tensor, unreleased: Tensor) -> Tensor:
        """The finished latents (B, C, h, w) with the original in every cell that is never released; laid out in memory as they were.

        Another layout would change the decoder's rounding.
        """
        samples = samples.clone()
        overwrite(samples, unreleased, self.init)
        return samples
