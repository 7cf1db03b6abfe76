"""What all samplers share: how many steps img2img makes, where random numbers come from, how a run starts and ends."""

import inspect
from collections import namedtuple

import torch
import torchsde._brownian.brownian_interval as brownian_interval

from modules import devices, rng, shared
from modules.kdiffusion import sampling


class SamplerData(namedtuple("SamplerData", "name constructor aliases options")):
    """One entry of the list of samplers."""

    def total_steps(self, steps):
        """The number of denoiser calls that progress is counted by."""
        return steps * 2 if self.options.get("second_order", False) else steps


class InterruptedException(BaseException):
    """Leaves the sampler when the user stops the run."""


def setup_img2img_steps(p, steps=None):
    """Returns the length of the whole schedule and how many of its last steps, less one, are run."""
    if steps is None and not shared.opts.img2img_fix_steps:
        return p.steps, int(min(p.denoising_strength, 0.999) * p.steps)
    wanted = steps or p.steps
    whole = int(wanted / min(p.denoising_strength, 0.999)) if p.denoising_strength > 0 else 0
    return whole, wanted - 1


def images_tensor_to_samples(image, approximation=None, model=None):
    """Encodes pictures of 0..1, one at a time."""
    model = model or shared.sd_model
    encoded = [model.get_first_stage_encoding(model.encode_first_stage(one[None] * 2 - 1)) for one in image]
    return torch.cat(encoded)


def decode_first_stage(model, x):
    return model.decode_first_stage(x.to(devices.dtype_vae))


def store_latent(decoded):
    shared.state.current_latent = decoded


def is_sampler_using_eta_noise_seed_delta(p):
    from modules import sd_samplers

    config = sd_samplers.find_sampler_config(p.sampler_name)
    eta = p.eta if p.eta is not None else p.sampler.eta if p.sampler else 1.0
    return eta != 0 and config.options.get("uses_ensd", False)


def _brownian_randn(size, dtype, device, seed):
    return rng.randn_local(seed, size).to(device=device, dtype=dtype)


brownian_interval._randn = _brownian_randn


class TorchHijack:
    """Is torch to k-diffusion, but draws from the run's own generators."""

    def __init__(self, p):
        self.rng = p.rng

    def __getattr__(self, name):
        return getattr(torch, name)

    def randn_like(self, x):
        return self.rng.next()


class Sampler:
    """One sampler object of a run: its denoiser, its parameters and what it leaves when stopped."""

    eta_option_field, eta_infotext_field, eta_default = "eta_ancestral", "Eta", 1.0
    s_churn, s_tmin, s_tmax, s_noise = 0.0, 0.0, float("inf"), 1.0

    def __init__(self, funcname):
        self.funcname = self.func = funcname
        self.extra_params = []
        self.config = self.p = self.model_wrap = self.model_wrap_cfg = None
        self.eta = self.last_latent = self.stop_at = self.s_min_uncond = self.sampler_extra_args = None
        self.conditioning_key = shared.sd_model.model.conditioning_key
        self.options = {}

    def callback_state(self, info):
        if self.stop_at is not None and info["i"] > self.stop_at:
            raise InterruptedException
        shared.state.sampling_step = info["i"]
        shared.total_tqdm.update()

    def launch_sampling(self, steps, func):
        """Runs the sampler; a stopped run gives the last prediction."""
        self.model_wrap_cfg.steps = steps
        self.model_wrap_cfg.total_steps = self.config.total_steps(steps)
        shared.state.sampling_steps, shared.state.sampling_step = steps, 0
        try:
            return func()
        except InterruptedException:
            return self.last_latent

    def sample_func(self, p, xi, x, conditioning, unconditional_conditioning, image_conditioning, steps, kwargs):
        """Calls the sampling function on the noised latent xi of the init latent x."""
        self.model_wrap_cfg.init_latent = self.last_latent = x
        self.sampler_extra_args = {
            "cond": conditioning,
            "image_cond": image_conditioning,
            "uncond": unconditional_conditioning,
            "cond_scale": p.cfg_scale,
            "s_min_uncond": self.s_min_uncond,
        }
        kwargs = {"extra_args": self.sampler_extra_args, "disable": True, "callback": self.callback_state, **kwargs}
        return self.launch_sampling(steps, lambda: self.func(self.model_wrap_cfg, xi, **kwargs))

    def parameters(self):
        return inspect.signature(self.func).parameters

    def initialize(self, p):
        """Binds the run to the denoiser and to its random numbers; returns the sampling function's own parameters."""
        denoiser = self.model_wrap_cfg
        self.p = denoiser.p = p
        denoiser.mask, denoiser.nmask, denoiser.step = p.mask, p.nmask, 0
        denoiser.image_cfg_scale = p.image_cfg_scale
        self.eta = p.eta if p.eta is not None else getattr(shared.opts, self.eta_option_field)
        self.s_min_uncond = p.s_min_uncond
        sampling.torch = TorchHijack(p)
        kwargs = {name: self._sigma_parameter(p, name) for name in self.extra_params if name in self.parameters()}
        if "eta" in self.parameters():
            kwargs["eta"] = self.eta
            if self.eta != self.eta_default:
                p.extra_generation_params[self.eta_infotext_field] = self.eta
        return kwargs

    def _sigma_parameter(self, p, name):
        """Takes s_churn and its like from the settings where they were changed there, else from the request."""
        value = getattr(shared.opts, name) or getattr(self, name)
        if value == getattr(self, name):
            return getattr(p, name)
        p.extra_generation_params["Sigma " + name[2:]] = value
        setattr(p, name, value)
        return value

    def create_noise_sampler(self, x, sigmas, p):
        """Makes the Brownian noise, one tree an image, each from the image's own seed."""
        if shared.opts.no_dpmpp_sde_batch_determinism:
            return None
        seeds = p.all_seeds[p.iteration * p.batch_size : (p.iteration + 1) * p.batch_size]
        return sampling.BrownianTreeNoiseSampler(x, sigmas[sigmas > 0].min(), sigmas.max(), seed=seeds)

    def add_extra_noise(self, p, x, noise, xi, scale=1.0):
        """Adds the host's extra noise, in place, after asking the callbacks for another."""
        from modules import script_callbacks

        if shared.opts.img2img_extra_noise > 0:
            p.extra_generation_params["Extra noise"] = shared.opts.img2img_extra_noise
            params = script_callbacks.ExtraNoiseParams(noise, x, xi)
            script_callbacks.extra_noise_callback(params)
            xi += params.noise * shared.opts.img2img_extra_noise * scale
