"""The other methods, each by its published formula, on the same model, seeds and steps. None of this is shipped.

A rule stands round each denoiser call: what the denoiser sees, and what the sampler gets from it.
"""
from typing import NamedTuple

import numpy as np
import standin
import torch
from client import png
from modules import shared
from PIL import Image, ImageFilter
from torch import Tensor


class Sampling(NamedTuple):
    """What a rule may know of a run. cells: the map's value of each cell, 0..1. timestep: from a noise level to the model's time."""

    init: Tensor
    noise: Tensor
    cells: Tensor
    steps: int
    timestep: object


class Rule:
    """Leaves everything as it is."""

    def before(self, run: Sampling, x: Tensor, sigma: Tensor, step: int) -> Tensor:
        return x

    def after(self, run: Sampling, output: Tensor, sigma: Tensor, step: int) -> Tensor:
        return output

    def finish(self, distance, original: Image.Image, picture: Image.Image) -> Image.Image:
        """The finished picture. distance: (h, w), of the final latent from the original's."""
        return picture


class ComfyUI(Rule):
    """Its DifferentialDiffusion node: a threshold in the model's time, at which neither latent nor output is the sampler's own."""

    def changed(self, run, sigma):
        times = [run.timestep(level) for level in (sigma[:1], run.timestep.sigmas[-1:], run.timestep.sigmas[:1])]
        now, first, last = (time.item() for time in times)
        return (run.cells >= (now - last) / (first - last)).to(run.init)

    def before(self, run, x, sigma, step):
        changed = self.changed(run, sigma)
        return x * changed + (run.init + run.noise * sigma[:, None, None, None]) * (1 - changed)

    def after(self, run, output, sigma, step):
        changed = self.changed(run, sigma)
        return output * changed + run.init * (1 - changed)


class Pinned(Rule):
    """The output held at the original until step i of N reaches 1 - v: what the two earlier attempts for the WebUI intended."""

    def after(self, run, output, sigma, step):
        return torch.where(run.cells >= 1 - step / run.steps, output, run.init)


class SoftInpainting(Rule):
    """The host's Soft Inpainting at its defaults: its blend, and its composite without the smoothing of its masks."""

    bias, preservation, contrast = 1.0, 0.5, 4.0
    threshold, sharpness = 0.5, 2.0

    def after(self, run, output, sigma, step):
        new = run.cells ** (sigma[:, None, None, None] ** self.bias * self.preservation)
        mixed = run.init * (1 - new) + output * new
        lengths = [value.double().norm(dim=1, keepdim=True) ** self.contrast for value in (run.init, output)]
        wanted = (lengths[0] * (1 - new) + lengths[1] * new) ** (1 / self.contrast)
        return mixed * (wanted / (mixed.double().norm(dim=1, keepdim=True) + 1e-5)).to(mixed)

    def finish(self, distance, original, picture):
        """Where the latent is near the original's, so are the pixels."""
        near = 1 / (1 + (distance / self.threshold) ** self.sharpness)
        near = near ** 3 * (near * (near * 6 - 15) + 10)
        opacity = Image.fromarray(np.rint(255 * (1 - near)).astype(np.uint8)).resize(picture.size, Image.Resampling.LANCZOS)
        return Image.composite(picture, original, opacity.filter(ImageFilter.GaussianBlur(4)))


class Rules(standin.Probe):
    """Carries the rule of the method under test into the stand-in's runs."""

    rule, change_map, schedule, injection = None, None, None, None

    def process(self, p):
        p.sampler_noise_scheduler_override = self.schedule

    def process_batch(self, p, **kwargs):
        if self.rule is not None:
            p.sampler.model_wrap_cfg.register_forward_pre_hook(self.before)
            p.sampler.model_wrap_cfg.register_forward_hook(self.after)

    def process_before_every_sampling(self, p, x, noise, **kwargs):
        if self.rule is not None:
            cells = torch.from_numpy(self.change_map.reshape(p.height // 8, 8, p.width // 8, 8).mean((1, 3)) / 255).float()
            self.run = Sampling(x.clone(), noise.clone(), cells, p.steps, Timestep(p.sampler.get_sigmas(p, p.steps)))
        if self.injection is not None:
            run = p.differential_diffusion
            tried = self.injection.__new__(self.injection)  # with all that the run's own was made of
            vars(tried).update(vars(run.injection))
            run.injection = tried

    def post_sample(self, p, ps):
        if self.rule is not None:
            self.distances = (ps.samples - self.run.init).norm(dim=1).numpy()

    def postprocess_image_after_composite(self, p, pp):
        if self.rule is not None:
            pp.image = self.rule.finish(self.distances[p.batch_index], p.init_images[p.batch_index], pp.image)

    def before(self, denoiser, args):
        x, sigma, *rest = args
        return self.rule.before(self.run, x, sigma, denoiser.step), sigma, *rest

    def after(self, denoiser, args, output):
        return self.rule.after(self.run, output, args[1], denoiser.step - 1)


class Timestep:
    """From noise levels to the model's time; sigmas: the run's levels from its smallest but 0 to its largest."""

    def __init__(self, sigmas: Tensor):
        self.sigmas = sigmas[:-1].flip(0)
        self.of = shared.sd_model.create_denoiser().sigma_to_t

    def __call__(self, sigma: Tensor) -> Tensor:
        return self.of(sigma)


class Method(NamedTuple):
    """A way to paint by a map: our settings (None: off), a rule, or the host's own inpainting."""

    name: str
    settings: dict | None = None
    rule: Rule | None = None
    inpaint: dict | None = None
    schedule: object = None  # from a map to a function from steps to noise levels
    prepare: object = None  # from a map and steps to the map that is sent
    injection: type | None = None  # in place of ours

    def request(self, change_map) -> dict:
        """The request's part that is the method's."""
        if self.settings is not None:
            return {'alwayson_scripts': {'Differential Diffusion': {'args': [{'change_map': png(change_map), **self.settings}]}}}
        if self.inpaint is not None:
            return {'mask': png(change_map), 'mask_blur': 0, 'inpainting_fill': 1, 'inpaint_full_res': False, **self.inpaint}
        return {}


OURS = Method('ours', {})
UNHINTED = Method('ours, future hinting off', {'future_hinting': False})
MASKS = (Method('inpainting at .5', inpaint={'mask_round': True}), Method('soft mask', inpaint={'mask_round': False}),
         Method('Soft Inpainting\'s formula', rule=SoftInpainting()))
RELEASES = (UNHINTED, Method('ComfyUI\'s rule', rule=ComfyUI()), Method('pinned at i/N', rule=Pinned()))
METHODS = (OURS, *MASKS, *RELEASES)
