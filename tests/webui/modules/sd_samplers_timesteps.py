"""DDIM, as a sampler that counts in timesteps: sigma is a timestep, and the denoiser predicts the noise."""

import torch

from modules import devices, sd_samplers_common, shared
from modules.kdiffusion import sampling
from modules.sd_samplers_cfg_denoiser import CFGDenoiser


@torch.no_grad()
def ddim(model, x, timesteps, extra_args=None, callback=None, disable=None, eta=0.0):
    """Walks down the timesteps to the lowest; draws noise at every step, even where eta lets none in."""
    alphas = model.inner_model.inner_model.alphas_cumprod.double()
    ones = x.new_ones([len(x)])
    for i in range(len(timesteps) - 1):
        here, there = timesteps[-1 - i].item(), timesteps[-2 - i].item()
        a, b = alphas[here].item(), alphas[there].item()
        sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)) ** 0.5
        eps = model(x, here * ones, **(extra_args or {}))
        denoised = (x - (1 - a) ** 0.5 * eps) / a**0.5
        x = b**0.5 * denoised + (1 - b - sigma**2) ** 0.5 * eps + sigma * sampling.torch.randn_like(x)
        if callback is not None:
            callback({"x": x, "i": i, "sigma": 0, "sigma_hat": 0, "denoised": denoised})
    return x


samplers_timesteps = [("DDIM", ddim, ["ddim"], {})]


class CompVisTimestepsDenoiser(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.inner_model = model

    def forward(self, x, timesteps, **kwargs):
        return self.inner_model.apply_model(x, timesteps, **kwargs)


class CFGDenoiserTimesteps(CFGDenoiser):
    """Blends the inpaint mask into what the model gets, not into what it gives."""

    mask_before_denoising = True

    def __init__(self, sampler):
        super().__init__(sampler)
        self.alphas = shared.sd_model.alphas_cumprod

    @property
    def inner_model(self):
        if self.model_wrap is None:
            self.model_wrap = CompVisTimestepsDenoiser(shared.sd_model)
        return self.model_wrap

    def get_pred_x0(self, x_in, x_out, sigma):
        alpha = self.alphas[sigma.to(torch.int64)][:, None, None, None]
        return (x_in - (1 - alpha).sqrt() * x_out) / alpha.sqrt()


class CompVisSampler(sd_samplers_common.Sampler):
    eta_option_field, eta_infotext_field, eta_default = "eta_ddim", "Eta DDIM", 0.0

    def __init__(self, funcname, sd_model):
        super().__init__(funcname)
        self.model_wrap_cfg = CFGDenoiserTimesteps(self)
        self.model_wrap = self.model_wrap_cfg.inner_model

    def get_timesteps(self, p, steps):
        """Every so-manieth of the thousand, from low to high."""
        discard = self.config.options.get("discard_next_to_last_sigma", False)
        if shared.opts.always_discard_next_to_last_sigma and not discard:
            discard = True
            p.extra_generation_params["Discard penultimate sigma"] = True
        steps += 1 if discard else 0
        return torch.clip(torch.arange(0, 1000, 1000 // steps, device=devices.device) + 1, 0, 999)

    def sample_img2img(
        self, p, x, noise, conditioning, unconditional_conditioning, steps=None, image_conditioning=None
    ):
        """Noises to timestep number t_enc of the schedule, but hands the sampler only those below it."""
        steps, t_enc = sd_samplers_common.setup_img2img_steps(p, steps)
        timesteps = self.get_timesteps(p, steps)
        alpha = shared.sd_model.alphas_cumprod[timesteps[t_enc]]
        xi = x * alpha.sqrt() + noise * (1 - alpha).sqrt()
        self.add_extra_noise(p, x, noise, xi, scale=alpha.sqrt())
        kwargs = self.initialize(p)
        on_offer = {"timesteps": timesteps[:t_enc], "is_img2img": True}
        kwargs.update({name: value for name, value in on_offer.items() if name in self.parameters()})
        conds = conditioning, unconditional_conditioning, image_conditioning
        return self.sample_func(p, xi, x, *conds, t_enc + 1, kwargs)


def _data(label, function, aliases, options):
    return sd_samplers_common.SamplerData(label, lambda model: CompVisSampler(function, model), aliases, options)


samplers_data_timesteps = [_data(*entry) for entry in samplers_timesteps]
