"""Ways to keep a gradient soft in few steps, tried beside the one that the extension has (`lib_diffdiff/algorithm/easing.py`)."""
import numpy as np
import torch
from modules import shared
from modules.kdiffusion import sampling
from rivals import Method

from lib_diffdiff.algorithm.easing import eased
from lib_diffdiff.algorithm.history import overwrite
from lib_diffdiff.algorithm.injection import Injection
from lib_diffdiff.algorithm.release import t_enc

BAYER = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) + 0.5) / 16
FINE = 1000


def dithered(change_map: np.ndarray, steps: int) -> np.ndarray:
    """A map of whole steps: what lies between two is the one or the other, by an ordered pattern over the cells."""
    strength = cells(change_map)
    whole, share = eased(strength, t_enc(strength, steps), steps, 0)
    level = np.floor(whole - 1 + share + np.tile(BAYER, np.array(strength.shape[1:]) // 4)).clip(0)
    grey = np.where(strength > 0, (level + 0.5) / steps, 0)[0]
    return np.kron(np.rint(grey * 65535), np.ones((8, 8))).astype(np.uint16)


def at_quantiles(change_map: np.ndarray):
    """A schedule with one step for each equal share of the picture: from its strongest strength down to 0."""
    strengths = change_map / 255

    def schedule(steps: int) -> torch.Tensor:
        middles = np.quantile(strengths, 1 - (np.arange(1, steps) + 0.5) / steps)
        places = (1 - np.array([strengths.max(), *middles])) * (FINE - 1)
        levels = shared.sd_model.create_denoiser().sigmas
        fine = sampling.get_sigmas_karras(FINE, levels[0].item(), levels[-1].item()).log().numpy()
        return torch.from_numpy(np.append(np.exp(np.interp(places, np.arange(FINE), fine[:-1])), 0)).float()
    return schedule


class CrossFade(Injection):
    """Between two steps the latent itself is mixed with the re-noised original, noise and all."""

    def _ease(self, x, sigma):
        original = self.levels.at(self.init, self.noise, sigma)
        overwrite(x, self.back > 0, torch.lerp(x, original, self.back))


def cells(change_map: np.ndarray) -> np.ndarray:
    """The map's strength in each cell, (1, h, w)."""
    height, width = change_map.shape
    return change_map.reshape(1, height // 8, 8, width // 8, 8).mean((2, 4)) / np.iinfo(change_map.dtype).max


HARD = Method('hard', {'smooth_release': 'off'})
SMOOTH = Method('ours', {'smooth_release': 'on'})
WAYS = (HARD, Method('dithered', {'smooth_release': 'off'}, prepare=dithered), Method('quantiles', {'smooth_release': 'off'}, schedule=at_quantiles),
        Method('cross-fade', {'smooth_release': 'on'}, injection=CrossFade), SMOOTH)
