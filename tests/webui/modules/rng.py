"""The run's own random numbers: one generator an image, so that a batch equals its images made alone."""

import torch

from modules import devices, shared


def randn(seed, shape, generator=None):
    """Draws from the generator, or from the global one, which is seeded in either case."""
    torch.manual_seed(int(seed))
    return torch.randn(shape, generator=generator, device=devices.cpu).to(devices.device)


def randn_local(seed, shape):
    """Draws the first tensor of a seed and leaves the global generator alone."""
    return torch.randn(shape, generator=create_generator(seed), device=devices.cpu).to(devices.device)


def randn_without_seed(shape, generator=None):
    return torch.randn(shape, generator=generator, device=devices.cpu).to(devices.device)


def create_generator(seed):
    return torch.Generator(devices.cpu).manual_seed(int(seed))


def slerp(share, low, high):
    """Walks from low to high along the sphere, each column of noise by itself."""
    cosine = (low / low.norm(dim=1, keepdim=True) * (high / high.norm(dim=1, keepdim=True))).sum(1)
    if cosine.mean() > 0.9995:
        return low * share + high * (1 - share)
    angle = torch.acos(cosine)
    weights = torch.stack([torch.sin((1 - share) * angle), torch.sin(share * angle)]) / torch.sin(angle)
    return weights[0].unsqueeze(1) * low + weights[1].unsqueeze(1) * high


class ImageRNG:
    """The noise of one batch: next() gives the start's noise first, then one tensor a call."""

    def __init__(self, shape, seeds, subseeds=None, subseed_strength=0.0, seed_resize_from_h=0, seed_resize_from_w=0):
        self.shape = tuple(int(n) for n in shape)
        self.seeds, self.subseeds, self.subseed_strength = seeds, subseeds, subseed_strength
        self.generators = [create_generator(seed) for seed in seeds]
        self.is_first = True

    def first(self):
        noises = [randn(seed, self.shape, generator) for seed, generator in zip(self.seeds, self.generators)]
        if self.subseeds is not None and self.subseed_strength != 0:
            others = [randn(subseed, self.shape) for subseed in self.subseeds]
            noises = [slerp(self.subseed_strength, noise, other) for noise, other in zip(noises, others)]
        if shared.opts.eta_noise_seed_delta:
            self.generators = [create_generator(seed + shared.opts.eta_noise_seed_delta) for seed in self.seeds]
        return torch.stack(noises)

    def next(self):
        if self.is_first:
            self.is_first = False
            return self.first()
        return torch.stack([randn_without_seed(self.shape, generator) for generator in self.generators])
