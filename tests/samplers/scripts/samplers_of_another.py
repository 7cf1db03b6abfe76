"""An extension that brings samplers of its own, which no table knows. Any WebUI loads it, the stand-in too."""
from itertools import pairwise

import k_diffusion.sampling
import torch
from modules import sd_samplers, sd_samplers_common
from modules.sd_samplers_common import SamplerData
from modules.sd_samplers_kdiffusion import KDiffusionSampler

sampling = getattr(sd_samplers_common, 'sampling', k_diffusion.sampling)  # reForge has a copy of its own, and draws there


@torch.no_grad()
def walk(model, x, sigmas, step, extra_args=None, callback=None, disable=None, **_):
    """Walks down the levels; step(denoise, x, here, there, draw, memory) -> the next x."""
    def denoise(x, sigma):
        return model(x, sigma * x.new_ones([len(x)]), **(extra_args or {}))

    noise, memory = sampling.default_noise_sampler(x), []
    for i, (here, there) in enumerate(pairwise(sigmas)):
        x = step(denoise, x, here, there, lambda here=here, there=there: noise(here, there), memory)
        if callback is not None:
            callback({'x': x, 'i': i, 'sigma': here, 'sigma_hat': here, 'denoised': x})
    return x


def towards(x, denoised, here, there):
    """Euler's step."""
    return denoised + (x - denoised) * (there / here)


def split(here, there):
    """Where an ancestral step goes, and the noise that brings it back up."""
    up = torch.minimum(there, (there ** 2 * (here ** 2 - there ** 2) / here ** 2) ** 0.5)
    return (there ** 2 - up ** 2) ** 0.5, up


def ancestral(denoise, x, here, there, draw, memory):
    down, up = split(here, there)
    x = towards(x, denoise(x, here), here, down)
    return x + draw() * up if there > 0 else x


def ancestral_of_two_calls(denoise, x, here, there, draw, memory):
    """Takes Heun's mean over an ancestral step, and draws twice."""
    down, up = split(here, there)
    if down == 0:
        return denoise(x, here)
    guess = denoise(x, here)
    again = denoise(towards(x, guess, here, down), down)
    x = towards(x, (guess + again) / 2, here, down)
    return x + (draw() + draw()) / 2 ** 0.5 * up


def of_several_sizes(denoise, x, here, there, draw, memory):
    """After each step it looks once more at a quarter of the latent and once at an enlarged one."""
    x = towards(x, denoise(x, here), here, there)
    if there == 0:
        return x
    quarter, large = x[..., ::2, ::2], torch.nn.functional.interpolate(x, scale_factor=2.0, mode='nearest')
    seen = denoise(quarter.clone(), there).repeat_interleave(2, -1).repeat_interleave(2, -2) + denoise(large, there)[..., ::2, ::2]
    return x + (seen / 2 - x) * 0.05


def with_memory(denoise, x, here, there, draw, memory):
    """Extrapolates from the prediction before, as a sampler of second order does."""
    denoised = denoise(x, here)
    leaning = denoised if not memory or there == 0 else denoised + (denoised - memory.pop()) * 0.3
    memory[:] = [denoised]
    return towards(x, leaning, here, there)


def corrected(denoise, x, here, there, draw, memory):
    """Calls twice at each level: a second look, at what the first makes of it."""
    guess = denoise(x, here)
    return towards(x, denoise(x + (guess - x) * 0.1, here), here, there)


def by_name(model, x, sigmas, **named):
    """Euler, with a model that is called by the names of its parameters."""
    return walk(lambda x, sigma, **extra: model(**extra, x=x, sigma=sigma), x, sigmas,
                lambda denoise, x, here, there, *_: towards(x, denoise(x, here), here, there), **named)


def add(name, function):
    """Puts a sampler into the host's list, as samplers of other extensions do."""
    data = SamplerData(name, lambda model: KDiffusionSampler(function, model), [name.lower()], {})
    if name not in sd_samplers.all_samplers_map:
        sd_samplers.all_samplers.append(data)
        sd_samplers.all_samplers_map[name] = data


for name, step in {'Test ancestral': ancestral, 'Test ancestral of two calls': ancestral_of_two_calls, 'Test of several sizes': of_several_sizes,
                   'Test with memory': with_memory, 'Test corrected': corrected}.items():
    def function(model, x, sigmas, extra_args=None, callback=None, disable=None, *, step=step):
        return walk(model, x, sigmas, step, extra_args, callback, disable)
    add(name, function)
add('Test by name', by_name)
