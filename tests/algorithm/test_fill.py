"""What strong cells start from: the original is forgotten in proportion to the strength."""
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib_diffdiff.algorithm.fill import filled, surroundings
from lib_diffdiff.settings.settings import FILLS, NOISE, NOTHING, ORIGINAL, SURROUNDINGS

INIT = torch.arange(2 * 4 * 6 * 8, dtype=torch.float32).reshape(2, 4, 6, 8) / 100
NOISE_DRAWN = torch.full_like(INIT, 7.0)


def uniform(s):
    return torch.full((1, 1, 6, 8), s)


@pytest.mark.parametrize('fill', FILLS)
def test_at_strength_0_the_original_is_kept_to_the_bit(fill):
    assert (filled(INIT, NOISE_DRAWN, uniform(0.0), fill) == INIT).all()


@given(st.floats(0, 1, width=32))
def test_in_between_it_is_their_mean(s):
    assert np.allclose(filled(INIT, NOISE_DRAWN, uniform(s), NOTHING), INIT * (1 - s), atol=1e-6)
    assert np.allclose(filled(INIT, NOISE_DRAWN, uniform(s), NOISE), INIT * (1 - s) + 7 * s, atol=1e-5)


def test_at_strength_1_the_original_is_forgotten():
    other = INIT + torch.where(torch.arange(8) < 4, 100.0, 0.0)
    strength = torch.where(torch.arange(8) < 4, 1.0, 0.0).expand(1, 1, 6, 8)
    for fill in (NOISE, NOTHING, SURROUNDINGS):
        assert torch.equal(filled(INIT, NOISE_DRAWN, strength, fill), filled(other, NOISE_DRAWN, strength, fill))


def test_the_original_is_the_very_tensor():
    assert filled(INIT, NOISE_DRAWN, uniform(0.5), ORIGINAL) is INIT


def test_surroundings_of_a_flat_picture_are_flat():
    flat = torch.full((1, 4, 6, 8), 3.0)
    weight = (torch.arange(48).reshape(1, 1, 6, 8) % 5 == 0).float()
    assert np.allclose(surroundings(flat, weight), 3.0, atol=1e-5)


def test_surroundings_are_near_ones_where_there_are_any():
    latent = torch.zeros(1, 1, 1, 40)
    latent[..., 20:] = 1.0
    weight = torch.ones(1, 1, 1, 40)
    weight[..., 3:17] = 0.0
    found = surroundings(latent, weight)
    assert found[..., 4].item() < 0.2 and found.min() >= 0 and found.max() <= 1 + 1e-6


def test_surroundings_without_any_are_the_whole_s_mean():
    assert np.allclose(surroundings(INIT, torch.zeros(1, 1, 6, 8)), INIT.mean(dim=(2, 3), keepdim=True))
