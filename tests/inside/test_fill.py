"""Fill: a cell of a uniform map is plain img2img that starts from the original, forgotten in proportion to its strength."""
import numpy as np
import pytest
import standin
import torch
from client import difference, grey

from lib_diffdiff.algorithm.fill import filled
from lib_diffdiff.settings.settings import NOISE, NOTHING, SURROUNDINGS

from .conftest import CELLS, Standin, blocks


class Forgotten(standin.Probe):
    """Plain img2img from another latent: what the fill makes of a uniform map."""

    strength, fill = 0.0, NOTHING

    def process_before_every_sampling(self, p, x, noise, **kwargs):
        if self.strength:
            x.copy_(filled(x, noise, torch.full((1, 1, *x.shape[-2:]), self.strength), self.fill))


@pytest.mark.parametrize('fill', [NOTHING, NOISE, SURROUNDINGS])
@pytest.mark.parametrize('sampler', ['Euler', 'Euler a', 'DPM++ 2M SDE', 'DDIM'])
def test_strength_law(fill, sampler):
    """The plain run with that fill, and ours, skipping on and off, from the second batch on too."""
    plain, ours = Standin('convolved', probes=[Forgotten]), None
    for g in (60, 128, 200):
        probe = plain.others[0]
        probe.strength, probe.fill = g / 255, fill
        wanted = plain.pictures(sampler_name=sampler, denoising_strength=g / 255, seed=2)[0]
        probe.strength = 0.0
        ours = plain
        for skip in (True, False):
            settings = {'change_map': grey(g), 'fill': fill, 'skip_unchanged_steps': skip}
            assert difference(wanted, ours.pictures(settings, sampler_name=sampler, seed=2)[0]) == 0
            assert difference(wanted, ours.pictures(settings, sampler_name=sampler, seed=1, n_iter=2)[1]) == 0


def test_black_keeps_its_pixels_and_white_is_new(convolved):
    half = np.full((CELLS, CELLS), 255)
    half[:, :8] = 0
    picture = convolved.pictures({'change_map': blocks(half), 'fill': NOISE})[0]
    assert (picture[:, :64] == convolved.picture[:, :64]).all()
    other = convolved.picture.copy()
    convolved.picture = np.concatenate([other[:, :64], 255 - other[:, 64:]], axis=1)
    again = convolved.pictures({'change_map': blocks(half), 'fill': NOISE})[0]
    assert (again[:, 72:] == picture[:, 72:]).all()  # of the original nothing is left where the map is white


def test_by_default_nothing_is_filled(convolved):
    settings = {'change_map': blocks(np.full((CELLS, CELLS), 128))}
    assert difference(convolved.pictures(settings)[0], convolved.pictures({**settings, 'fill': 'original'})[0]) == 0
