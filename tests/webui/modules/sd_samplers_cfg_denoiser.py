"""The denoiser that samplers call: the model on all parts of all prompts at once, weighed by the CFG scale."""
import re
from types import SimpleNamespace

import torch

from modules import script_callbacks, shared

PART = re.compile(r'(.*?)(?:\s*:\s*([+-]?(?:\d*\.\d+|\d+\.?)))?\s*', re.DOTALL)


class InterruptedException(BaseException):
    """Leaves the sampler when the user stops the run."""


def conditions(prompts):
    """For each prompt its parts between AND: [(condition, weight)]."""
    embed = shared.sd_model.embed
    matches = [[PART.fullmatch(part).groups() for part in re.split(r'\bAND\b', prompt)] for prompt in prompts]
    return [[(embed(text)[0], float(weight or 1)) for text, weight in parts] for parts in matches]


class CFGDenoiser(torch.nn.Module):
    """Called with the very latent that the sampler keeps and its noise level; the model sees a longer copy of it."""

    mask_first = False

    def __init__(self, sampler, predict):
        super().__init__()
        self.sampler, self.predict = sampler, predict
        self.mask = self.nmask = self.init_latent = None
        self.step = 0

    def forward(self, x, sigma, cond, uncond, cond_scale, image_cond):
        if shared.state.interrupted:
            raise InterruptedException
        if self.mask_first:
            x = self.blended(x)
        denoised = self.guided(x, sigma, cond, uncond, cond_scale, image_cond)
        if not self.mask_first:
            denoised = self.blended(denoised)
        self.sampler.last_latent = self.clean(x, denoised, sigma)
        self.step += 1
        return denoised

    def guided(self, x, sigma, cond, uncond, cond_scale, image_cond):
        """Adds to each image's negative prediction what each part of its prompt changes."""
        parts = [(image, condition, weight) for image, own in enumerate(cond) for condition, weight in own]
        rows = [image for image, _, _ in parts] + list(range(len(x)))  # all parts of image 0, of image 1 ..., then all negatives
        text_cond = torch.stack([condition for _, condition, _ in parts])
        params = SimpleNamespace(x=x[rows], image_cond=image_cond[rows], sigma=sigma[rows], text_cond=text_cond, text_uncond=uncond, denoiser=self)
        script_callbacks.cfg_denoiser_callback(params)
        predicted = self.predict(params.x, params.sigma, torch.cat([params.text_cond, params.text_uncond]), params.image_cond)
        negative = predicted[len(parts):]
        result = negative.clone()
        for (image, _, weight), row in zip(parts, predicted):
            result[image] += (row - negative[image]) * (weight * cond_scale)
        return result

    def blended(self, latent):
        """Puts the init latent back outside the inpaint mask."""
        return latent if self.mask is None else latent * self.nmask + self.init_latent * self.mask

    def clean(self, x, denoised, sigma):
        return denoised


class TimestepCFGDenoiser(CFGDenoiser):
    """Called with timesteps for the noise; blends the inpaint mask into what the model gets, not into what it gives."""

    mask_first = True

    def clean(self, x, denoised, sigma):
        alpha = shared.sd_model.alphas_cumprod[sigma.long()][:, None, None, None]
        return (x - (1 - alpha).sqrt() * denoised) / alpha.sqrt()
