"""Imports k_diffusion.sampling alone: an empty package stands in for k_diffusion's own imports."""

import importlib
import importlib.util
import sys
import warnings
from types import ModuleType


def append_dims(x, target_dims):
    """Gives a tensor trailing axes of length 1."""
    return x.reshape(*x.shape, *(1,) * (target_dims - x.ndim))


def import_sampling():
    if "k_diffusion" not in sys.modules:
        package, utils = ModuleType("k_diffusion"), ModuleType("k_diffusion.utils")
        package.__path__ = importlib.util.find_spec("k_diffusion").submodule_search_locations
        package.utils, utils.append_dims = utils, append_dims
        sys.modules.update({"k_diffusion": package, "k_diffusion.utils": utils})
    return importlib.import_module("k_diffusion.sampling")


warnings.filterwarnings("ignore", message="To copy construct|Should have t[ab]")
sampling = import_sampling()
