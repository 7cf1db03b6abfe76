"""k_diffusion.sampling alone, without the package's own imports, and drawing from the run's own random numbers."""
import importlib.util
import sys
import warnings
from types import ModuleType

import torch
from torchsde._brownian import brownian_interval

from modules.rng import generator


def import_sampling():
    """An empty package stands in for k_diffusion's own, and two lines for its utils."""
    package, utils = ModuleType('k_diffusion'), ModuleType('k_diffusion.utils')
    package.__spec__ = importlib.util.find_spec('k_diffusion')
    package.__path__ = package.__spec__.submodule_search_locations
    package.utils, utils.append_dims = utils, lambda x, dims: x.reshape(*x.shape, *(1,) * (dims - x.ndim))
    sys.modules.update({'k_diffusion': package, 'k_diffusion.utils': utils})
    return importlib.import_module('k_diffusion.sampling')


warnings.filterwarnings('ignore', message='To copy construct|Should have t[ab]')
sampling = import_sampling()


class TorchOfARun:
    """Is torch to a sampler, but takes each draw from the run's noise source."""

    def __init__(self, source):
        self.source = source

    def __getattr__(self, name):
        return getattr(torch, name)

    def randn_like(self, x):
        return self.source.next()


def draw_from(source):
    """Whatever samplers draw in sequence comes from this source from now on."""
    sampling.torch = TorchOfARun(source)


def brownian_noise(x, sigmas, seeds):
    """One Brownian tree an image, each from the image's own seed."""
    return sampling.BrownianTreeNoiseSampler(x, sigmas[sigmas > 0].min(), sigmas.max(), seed=seeds)


def _of_seed(size, dtype, device, seed):
    return torch.randn(size, generator=generator(seed)).to(device, dtype)


brownian_interval._randn = _of_seed
