"""The map from words: the host runs a sampler of ours, which only asks the model about the original, with a word and without it."""
from __future__ import annotations

from copy import copy

import numpy as np
from modules import sd_samplers_common, sd_samplers_kdiffusion, shared
from torch import Tensor

from ..algorithm.noise_levels import SigmaLevels
from ..algorithm.words import DRAWS, NOISINESS, Contrast, contrasts_of, described, map_of, reaction, words_in
from ..maps.exact import WHITE, divide_up, of_greys, resample
from ..settings.refusal import Refusal
from ..settings.settings import Settings
from .picture import Img2Img
from .sampling import add_noise_of

NAME = 'Differential Diffusion: map from words'
FINE = 20  # steps of the schedule that the levels are taken from: NOISINESS are whole steps of it
STOPPED = 'The map from words was stopped before it was there: without it there is no map.'


class WordMaps:
    """The maps from words of a run: one for each original and prompt."""

    def __init__(self, settings: Settings):
        """Raises Refusal as `words_in` and `described` do."""
        self.words, self.description = words_in(settings.words), described(settings)
        self._last: list[tuple[Tensor, str, np.ndarray]] = []  # what was looked at in the batch before: mostly the same original

    def of_batch(self, p, part: Img2Img, latent: Tensor) -> list[np.ndarray]:
        """A map for each picture of a batch: units (height, width) at the init image's size. Raises Refusal where none is found.

        latent: the originals (B, C, h, w).
        """
        found = []
        for index in range(len(latent)):
            own, prompt = latent[index:index + 1], part.prompts[index]
            cells = next((cells for known, of_prompt, cells in (*found, *self._last) if of_prompt == prompt and known.equal(own)), None)
            found.append((own.clone(), prompt, self._cells(p, own, prompt, part.conditioning(own, index)) if cells is None else cells))
        self._last = found
        return [part.as_map(cells, index) for index, (_, _, cells) in enumerate(found)]

    def _cells(self, p, latent: Tensor, prompt: str, conditioning: Tensor) -> np.ndarray:
        values = map_of(contrasts_of(self.words, self.description, prompt), lambda one: reactions(p, latent, conditioning, one))
        return of_greys(np.rint(values * 255).astype(np.uint8))  # as any grey picture


def times(given: np.ndarray | None, words: np.ndarray) -> np.ndarray:
    """A given map of any size, times the one from words; white is 1."""
    if given is None:
        return words
    return divide_up(resample(given, words.shape) * words.astype(np.int64), WHITE).astype(np.int32)


def reactions(p, latent: Tensor, conditioning: Tensor, contrast: Contrast) -> np.ndarray:
    """How the model of a run reacts to a contrast: (levels * draws, h, w), as `reaction` gives it. Raises Refusal where it was stopped.

    latent: one original (1, C, h, w). conditioning: what an inpainting checkpoint is told of it.
    """
    run = _quiet_copy(p)
    conds = [_conds(run, prompt) for prompt in (contrast.named, contrast.plain)]
    asking = Asking(run, latent, [cond for cond, _ in conds])
    asking.sampler.sample_img2img(run, latent, latent * 0, *conds[0], steps=run.steps, image_conditioning=conditioning)
    if asking.found is None:
        raise Refusal(STOPPED)
    return asking.found


class Asking:
    """A sampling function, as k-diffusion has them, that changes no latent; and the host's sampler that runs it."""

    def __init__(self, run, init: Tensor, conds: list):
        """init: the original (1, C, h, w). conds: of the prompts to ask about."""
        self.init, self.conds = init, conds
        self.sampler = sd_samplers_kdiffusion.KDiffusionSampler(self, shared.sd_model)
        self.sampler.config = sd_samplers_common.SamplerData(NAME, None, [], {})
        schedule = self.sampler.get_sigmas(run, FINE + 1)
        self.levels = [float(schedule[round(FINE * (1 - share))]) for share in NOISINESS]
        self.noised = SigmaLevels(add_noise_of(self.sampler))
        self.found: np.ndarray | None = None

    def __call__(self, model, x, extra_args=None, callback=None, disable=None):
        asked = 0

        def ask(latent, sigma):
            nonlocal asked
            told = [model(latent, sigma, **{**extra_args, 'cond': cond, 'cond_scale': 1.0}) for cond in self.conds]
            if callback is not None:
                callback({'x': latent, 'i': asked, 'sigma': sigma, 'sigma_hat': sigma, 'denoised': told[0]})
            asked += 1
            return told

        self.found = reaction(ask, lambda noise, sigma: self.noised.at(self.init, noise, sigma), self.init, self.levels)
        return x


def _quiet_copy(p):
    # What only tells of the run's own sampling is left out, and nothing that is written on the copy reaches the run.
    run = copy(p)
    run.steps = len(NOISINESS) * DRAWS  # for the progress bar
    run.denoising_strength, run.cfg_scale, run.batch_size, run.scheduler = 1.0, 1.0, 1, 'Automatic'
    run.mask = run.nmask = run.sampler_noise_scheduler_override = None
    run.enable_hr = run.is_hr_pass = False
    run.refiner_checkpoint_info = None  # the refiner would switch in at these levels, and stay loaded
    run.extra_generation_params = {}
    run.cached_c, run.cached_uc = [None, None], [None, None]  # the host's own are of its class
    return run


def _conds(run, prompt: str) -> tuple:
    run.prompts, run.negative_prompts = [prompt], ['']
    run.setup_conds()
    return run.c, run.uc
