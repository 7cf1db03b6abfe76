"""What is remembered of one run, from `process` to its last picture, and its hooks on the sampler's denoiser.

A run's life: a stand-in for `p.init` makes it, when the host prepares its own (`preparation.py`). Each batch forgets
the one before (`forget_batch`): a denoiser call would be refused. When the host hands its sampler the latents (`Sampling`),
the batch is planned, and `open` makes it `ready`; the first denoiser call spends that: it is `running`, and has `reached`
the sampler. What has to follow the sampling is `pending` until it is `done`. `process` of the next run on the same `p`
clears it (`restore`).
"""
from __future__ import annotations

from contextlib import nullcontext
from inspect import signature

import numpy as np
from PIL import Image

from ..algorithm.injection import Injection
from ..algorithm.release import Plan
from ..algorithm.response import Response
from ..maps.area import Area
from ..maps.reading import short_hash
from ..maps.strength import Mask, Target, painted
from ..page.infotext import ADHERENCE, SUMMARY
from ..result.adherence import in_words
from ..settings.settings import Settings
from .area import give_back_size, lent_area
from .conditioning import Conditioning
from .mask import lent_mask, picture_of_mask
from .older import OfPicture
from .picture import Img2Img
from .refused import UNPLANNED, DifferentialDiffusion
from .sampling import unreleased_cells
from .words import WordMaps

TASKS = ('latents', 'overlay', 'pixels')  # what follows the sampling of a picture
STATE = 'differential_diffusion'
CHANGED = ('Another extension set Denoising strength {} and {} steps after the map was planned: switch it off, or untick '
           'Differential Diffusion.')
OTHER_BATCH = ('The sampler "{}" calls the model with a batch of {} instead of {}, which the map cannot follow: choose another sampler, '
               'or untick Differential Diffusion.')
UNFINISHED = 'the original pixels could not be put back; see the console for the reason.'


class Run:
    """All that is remembered of one run. It lives on the run's `p`, and its hooks die with the run's own sampler."""

    def __init__(self, p, settings: Settings, part: Img2Img, maps: list[np.ndarray], mask: Mask | None = None,
                 response: Response | None = None, words: WordMaps | None = None, area: Area | None = None):
        """part: what of the run the map rules. maps: the change map, or one per picture; empty where the mask or the words are the map.

        response: where a grey is its share of the change. words: where the map is made from words. area: what the run is to work
        on; None for the whole picture.
        """
        self.response, self.words, self.area = response, words, area
        self.p, self.settings, self.maps, self.mask, self.part = p, settings, maps, mask, part
        self.names = [short_hash(units, settings.channel) for units in maps]
        self.conditioning: Conditioning | None = None
        self.mask_round = getattr(p, 'mask_round', None)
        self.users_size = p.width, p.height
        self.users_denoising = None  # while the host has another
        self.targets: list[Target] = []
        self.strength: np.ndarray | None = None
        self.used: list[np.ndarray] = []  # the strengths of the batches so far, each once
        self.changes: list[Image.Image] = []
        self.said: list[str] = []
        self.hooks: list = []
        self.begun = False
        self.pending = set()  # what is still to be done after sampling
        self.forget_batch()

    def forget_batch(self) -> None:
        """Until the coming batch's plan and noise are in, no denoiser call passes."""
        self.part.forget_batch()
        self.plan: Plan | None = None
        self.injection: Injection | None = None
        self.planned_for: tuple[float, int] | None = None
        self.ready = self.running = self.reached = False
        self.adherence: dict[int, float] = {}  # of the batch's finished pictures, by their number in it

    def guard(self, host_sampler) -> None:
        """Puts the hooks on a sampler's denoiser: the first before a call, and the last after it, of all that are there by now.

        What comes between may copy the latent or the output, and ours are of what the sampler itself holds.
        """
        for hook in self.hooks:
            hook.remove()
        denoiser = host_sampler.model_wrap_cfg
        self.hooks = [denoiser.register_forward_pre_hook(self.before, with_kwargs=True, prepend=True),
                      denoiser.register_forward_hook(self.after, with_kwargs=True)]

    def before(self, denoiser, args, named) -> tuple[tuple, dict] | None:
        """The denoiser callback: comes before each of the sampler's calls, with the very latent that it holds. Gives what to call with."""
        found = self._asked()
        self.restore_denoising(self.p)
        x, sigma = _latent_and_level(denoiser, args, named)
        if denoiser.step == 0:
            self.running = False
        if not self.running:
            if not self.ready:
                raise DifferentialDiffusion(UNPLANNED)
            if found != self.planned_for:
                raise DifferentialDiffusion(CHANGED.format(*found))
            self.ready, self.running = False, True  # spent: a batch that was never planned must not run with this one's plan
        if not self.injection.is_for(x):
            self._check_batch(x)
            return None
        self.reached = True
        self.injection.before(x, sigma)
        return args, self._told(named)

    def _check_batch(self, x) -> None:
        if x.shape[1:] == self.injection.init.shape[1:]:
            raise DifferentialDiffusion(OTHER_BATCH.format(self.part.sampler_name, len(x), len(self.injection.init)))

    def _asked(self) -> tuple[float, int]:
        # What the host chooses the noise levels by.
        return self.p.denoising_strength, self.p.steps

    def _told(self, named: dict) -> dict:
        # What the sampler passes to the denoiser by name; of it what inpainting checkpoints are told follows the release.
        if self.conditioning is None or 'image_cond' not in named:
            return named
        return {**named, 'image_cond': self.conditioning.at(self.injection.free(), named['image_cond'])}

    def after(self, denoiser, args, named, output) -> None:
        """Comes after each of the sampler's calls, with the very tensor that it gets."""
        x, sigma = _latent_and_level(denoiser, args, named)
        if self.injection.is_for(x):
            self.injection.after(x, sigma, output)

    def open(self, injection: Injection, pictures: int) -> None:
        """Lets this batch's denoiser calls pass. Until all that follows them is done, a line under the picture says so."""
        self.pending = {(before, *rest) for before, *rest in self.pending if before is not self.injection}  # of this batch, begun anew
        self.injection, self.planned_for = injection, self._asked()
        self.pending |= {(injection, task, i) for task in TASKS for i in range(pictures)}
        self.p.comment(_named(UNFINISHED))
        self.ready = True

    def was_sampled(self) -> bool:
        """Whether the batch was planned, and its map has reached the sampler or releases nothing."""
        return self.reached or (self.plan is not None and not self.plan.releases)

    def note_strength(self) -> None:
        """Takes this batch's strengths among those used: of every batch where its map is made from words, else where they differ."""
        if self.words is not None or not self.used or not np.array_equal(self.used[-1], self.strength):
            self.used.append(self.strength)

    def tell(self, p) -> None:
        """Puts what is known of the pictures by now into their parameters."""
        index = getattr(p, 'batch_index', 0)
        p.extra_generation_params[SUMMARY] = OfPicture(self.summary, index)
        if self.settings.report:
            p.extra_generation_params[ADHERENCE] = OfPicture(self.adherence_of, index)

    def restored(self, samples):
        """The finished latents (B, C, h, w), with the original in every cell that is never released, or the decoder would smear it."""
        if self.plan.holds_some_to_the_end:
            samples = self.injection.restore(samples, unreleased_cells(self.plan, samples))
        self.done('latents', range(len(samples)))
        return samples

    def done(self, task: str, pictures) -> None:
        """Takes one of TASKS off what is still to be done for these pictures of the batch."""
        self.pending -= {(self.injection, task, i) for i in pictures}
        if not self.pending:
            self.p.comments.pop(_named(UNFINISHED), None)

    def say_of_batch(self, sentences: list[str]) -> None:
        """What is to be said of a batch, if it is not what was said of the one before."""
        if self.said[:len(sentences)] != sentences:
            self.said = []
            for sentence in sentences:
                self.say(sentence)

    def say(self, sentence: str) -> None:
        """A sentence for under the picture, and for the picture's parameters."""
        self.said.append(sentence)
        self.p.comment(_named(sentence))

    def summary(self, picture: int) -> str:
        """All that was said of the run, and of a picture of the batch what is still to be done."""
        unfinished = any((self.injection, task, picture) in self.pending for task in TASKS)
        return ' '.join([*self.said, UNFINISHED] if unfinished else self.said)

    def adherence_of(self, picture: int) -> str | None:
        """How well a finished picture of the batch follows its map; None where that was not measured."""
        return in_words(self.adherence[picture]) if picture in self.adherence else None

    def painted(self) -> np.ndarray | None:
        """The mask that the host is to crop and to fill by; None where nothing is painted."""
        if self.mask is None:
            return None
        return painted(self.mask, self.settings, self.p.init_images[0].size, is_map=not self.maps and self.words is None)

    @property
    def has_mask(self) -> bool:
        """Whether the host finds a mask, painted or ours, while it prepares the run."""
        return self.area is not None or picture_of_mask(self.p) is not None

    def lent(self):
        """What the host is to find on the run while it prepares it."""
        if self.area is not None:
            return lent_area(self.p, self.area)
        return lent_mask(self.p, self.painted()) if self.has_mask else nullcontext()

    def lend_denoising(self, denoising: float) -> None:
        """Hands the host another Denoising strength until its first denoiser call."""
        self.users_denoising, self.p.denoising_strength = self.p.denoising_strength, denoising

    def restore_denoising(self, p) -> None:
        """Gives the user's Denoising strength back."""
        if self.users_denoising is not None:
            p.denoising_strength, self.users_denoising = self.users_denoising, None

    def restore_size(self, p) -> None:
        """Gives the user's Width and Height back."""
        if self.area is not None:
            give_back_size(p, self.area, self.users_size)

    def restore(self, p) -> None:
        """Gives everything back that is the user's; p may be a copy of the run's own, while that is still under way."""
        self.restore_denoising(p)
        self.restore_size(p)
        if self.mask_round is not None:
            p.mask_round = self.mask_round
        if p is self.p:
            for comment in [comment for comment in p.comments if comment.startswith(_named(''))]:
                del p.comments[comment]


class Sampling:
    """Stands in for a sampler's `sample_img2img`: there the host hands over what a run starts from, whoever changed it last."""

    def __init__(self, begin, own, runs):
        """begin(p, init, noise): plans the batch, and gives the run. own, runs: as `stand_ins.put_on` gives them."""
        self.begin, self.own, self.runs = begin, own, runs

    def __call__(self, p, x, noise, *rest, **named):
        run = self.begin(p, x, noise)
        return run.restored(self.runs(p, x, noise, *rest, **named))


def _latent_and_level(denoiser, args, named):
    # The first two parameters of the host's denoiser, however the sampler passes them.
    if len(args) >= 2:
        return args[:2]
    if 'sigma' in named:  # another extension's wrapper may not say what its arguments are called
        return args[0] if args else named['x'], named['sigma']
    x, sigma, *_ = signature(denoiser.forward).bind_partial(*args, **named).arguments.values()
    return x, sigma


def _named(sentence: str) -> str:
    return f'Differential Diffusion: {sentence}'
