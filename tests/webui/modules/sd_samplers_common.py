"""What all samplers share: how many steps img2img makes, and how a run starts and ends."""
import inspect
from collections import namedtuple

from modules import kdiffusion
from modules.sd_samplers_cfg_denoiser import InterruptedException
from modules.shared import opts

SamplerData = namedtuple('SamplerData', 'name constructor aliases options')


def img2img_steps(p, asked=None):
    """The length of the whole schedule, and how many of its last steps, less one, are run; asked: exactly so many."""
    strength = min(p.denoising_strength, 0.999)
    if not opts.img2img_fix_steps and asked is None:
        return p.steps, int(strength * p.steps)
    asked = p.steps if asked is None else asked
    return int(asked / strength) if strength > 0 else 0, asked - 1


class Sampler:
    """One sampler object of a run, with its denoiser."""

    config = last_latent = None

    def __init__(self, func, denoiser, predict):
        self.func, self.model_wrap_cfg = func, denoiser(self, predict)

    def run(self, p, start, init, conditions, image_conditioning, **offered):
        """Calls the sampling function with what it knows of the offered; a stopped run gives the last prediction.

        conditions: of the prompts and of the negative prompts.
        """
        denoiser = self.model_wrap_cfg
        denoiser.mask, denoiser.nmask, denoiser.init_latent, denoiser.step = p.mask, p.nmask, init, 0
        kdiffusion.draw_from(p.rng)
        self.last_latent = init
        known = inspect.signature(self.func).parameters
        arguments = {name: value for name, value in offered.items() if name in known}
        cond, uncond = conditions
        guidance = {'cond': cond, 'uncond': uncond, 'cond_scale': p.cfg_scale, 'image_cond': image_conditioning}
        try:
            return self.func(denoiser, start, extra_args=guidance, disable=True, **arguments)
        except InterruptedException:
            return self.last_latent

    def extra_noise(self, p, noise, scale=1.0):
        """The host's extra noise, on top of a run's start."""
        if opts.img2img_extra_noise > 0:
            p.extra_generation_params['Extra noise'] = opts.img2img_extra_noise
        return noise * opts.img2img_extra_noise * scale
