"""DDIM, as a sampler that counts in timesteps: sigma is a timestep, and the denoiser predicts the noise."""
import torch

from modules import shared
from modules.kdiffusion import sampling
from modules.sd_samplers_cfg_denoiser import TimestepCFGDenoiser
from modules.sd_samplers_common import Sampler, SamplerData, img2img_steps


@torch.no_grad()
def ddim(model, x, timesteps, extra_args, disable, eta=0.0):
    """Walks down the timesteps to the lowest; draws noise at every step, even where eta lets none in."""
    alphas = shared.sd_model.alphas_cumprod.double()
    for i in range(len(timesteps) - 1):
        here, there = timesteps[-1 - i], timesteps[-2 - i]
        a, b = alphas[here].item(), alphas[there].item()
        sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)) ** 0.5
        eps = model(x, here * x.new_ones([len(x)]), **extra_args)
        denoised = (x - (1 - a) ** 0.5 * eps) / a ** 0.5
        x = b ** 0.5 * denoised + (1 - b - sigma ** 2) ** 0.5 * eps + sigma * sampling.torch.randn_like(x)
    return x


class CompVisSampler(Sampler):
    """Runs a function that counts in timesteps."""

    def __init__(self, funcname, model):
        self.funcname = funcname
        super().__init__(funcname, TimestepCFGDenoiser, model.predict)

    def get_timesteps(self, p, steps):
        """Every so-manieth of the thousand, from low to high."""
        return torch.clip(torch.arange(0, 1000, 1000 // steps) + 1, 0, 999)

    def sample(self, p, x, conditioning, unconditional_conditioning, image_conditioning=None):
        """Walks down all timesteps from noise."""
        return self.run(p, x, torch.zeros_like(x), (conditioning, unconditional_conditioning), image_conditioning,
                        timesteps=self.get_timesteps(p, p.steps), eta=shared.opts.eta_ddim)

    def sample_img2img(self, p, x, noise, conditioning, unconditional_conditioning, steps=None, image_conditioning=None):
        """Noises to timestep number t_enc of the schedule, but hands the sampler only those below it."""
        steps, t_enc = img2img_steps(p, steps)
        timesteps = self.get_timesteps(p, steps)
        alpha = shared.sd_model.alphas_cumprod[timesteps[t_enc]]
        start = x * alpha.sqrt() + noise * (1 - alpha).sqrt() + self.extra_noise(p, noise, alpha.sqrt())
        return self.run(p, start, x, (conditioning, unconditional_conditioning), image_conditioning, timesteps=timesteps[:t_enc],
                        eta=shared.opts.eta_ddim)


samplers_timesteps = [('DDIM', ddim, [], {})]
samplers_data_timesteps = [SamplerData(name, lambda model, function=function: CompVisSampler(function, model), aliases, options)
                           for name, function, aliases, options in samplers_timesteps]
