"""Smooth release in real samplers: flat zones keep the law of strength, slopes end between the steps."""
import numpy as np
import pytest
import torch

from .conftest import CELLS, blocks
from .test_cells import TOLERANCE

STEPS = 8

pytestmark = pytest.mark.inside


def zones():
    """Zones of four by four cells, each of one grey."""
    return np.kron(np.random.default_rng(5).permutation(np.linspace(70, 255, 16)).reshape(4, 4), np.ones((4, 4))).astype(np.uint8)


def inside_zones():
    inner = np.zeros((4, 4), dtype=bool)
    inner[1:3, 1:3] = True
    return np.tile(inner, (4, 4))


@pytest.mark.parametrize('sampler', TOLERANCE)
def test_flat_zones_are_plain_img2img_at_their_strength(pointwise, sampler):
    greys = zones()
    request = dict(sampler_name=sampler, steps=STEPS)
    ours, _ = pointwise.run({'change_map': blocks(greys), 'smooth_release': 'on', 'skip_unchanged_steps': False}, **request)
    hard, _ = pointwise.run({'change_map': blocks(greys), 'smooth_release': 'off', 'skip_unchanged_steps': False}, **request)
    for grey in np.unique(greys):
        plain, _ = pointwise.run(denoising_strength=grey / 255, **request)
        flat = torch.from_numpy((greys == grey) & inside_zones())
        assert (ours - plain)[:, :, flat].abs().max() <= TOLERANCE[sampler]
    assert (ours - hard)[:, :, torch.from_numpy(~inside_zones())].abs().max() > 0.01


def test_auto_is_on_below_twelve_steps(pointwise):
    change_map = blocks(np.tile(np.linspace(20, 255, CELLS), (CELLS, 1)))
    for steps, alike in ((11, 'on'), (12, 'off')):
        auto, on, off = (pointwise.run({'change_map': change_map, 'smooth_release': value}, steps=steps)[0] for value in ('auto', 'on', 'off'))
        assert (auto == (on if alike == 'on' else off)).all() and (on != off).any()


@pytest.mark.parametrize('sampler', ['Euler', 'DDIM', 'DPM++ 2M', 'DPM++ 3M SDE', 'DPM++ SDE', 'Euler a'])
def test_on_a_slope_the_change_follows_the_strength_more_evenly(pointwise, sampler):
    greys = np.tile(np.linspace(64, 255, CELLS).astype(np.uint8), (CELLS, 1))
    init = pointwise.run({'change_map': blocks(greys * 0)})[0]

    def change(smooth):
        latents, _ = pointwise.run({'change_map': blocks(greys), 'smooth_release': smooth}, sampler_name=sampler, steps=6)
        return (latents - init).square().mean(dim=(0, 1, 2)).sqrt()

    def roughness(trend):
        line = np.polyval(np.polyfit(np.arange(CELLS), trend.numpy(), 1), np.arange(CELLS))
        return np.std(trend.numpy() - line) / np.std(line)

    assert roughness(change('on')) < roughness(change('off'))


@pytest.mark.parametrize('sampler', ['DPM fast', 'DPM adaptive'])
def test_samplers_with_a_grid_of_their_own_keep_the_hard_rule(pointwise, sampler):
    change_map = blocks(np.tile(np.linspace(20, 255, CELLS), (CELLS, 1)))
    on, off = (pointwise.run({'change_map': change_map, 'smooth_release': value}, sampler_name=sampler, steps=8)[0] for value in ('on', 'off'))
    assert (on == off).all()
