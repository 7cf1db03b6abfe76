"""Smooth release in real samplers: jumps, grain and flat zones are the hard rule's, slopes end between the steps."""
import io

import numpy as np
import pytest
import standin
import torch
from client import png
from PIL import Image, ImageDraw

from .conftest import CELLS, blocks
from .test_cells import TOLERANCE

STEPS = 8
SIZE = CELLS * 8
SAMPLERS = ['Euler', 'DPM++ 2M', 'DPM++ 3M SDE', 'DPM++ SDE', 'Euler a', 'DDIM']



def zones():
    """Zones of four by four cells, each of one grey."""
    return np.kron(np.random.default_rng(5).permutation(np.linspace(70, 255, 16)).reshape(4, 4), np.ones((4, 4))).astype(np.uint8)


def terrace():
    """A slope between two plateaus, one of them four columns wide."""
    return np.tile(np.concatenate([np.full(4, 70), np.linspace(70, 230, 9)[1:-1], np.full(5, 230)]), (CELLS, 1)).astype(np.uint8)


def gradient(white=255):
    return np.tile(np.linspace(20, white, CELLS), (CELLS, 1)).astype(np.uint8)


def shape(smooth=1):
    """A disc and a triangle of one grey upon another, their edges across the cells; smooth: above 1 they are antialiased."""
    picture = Image.new('L', (SIZE * smooth, SIZE * smooth), 70)
    draw = ImageDraw.Draw(picture)
    draw.ellipse([edge * smooth for edge in (10, 13, 75, 90)], fill=230)
    draw.polygon([edge * smooth for edge in (60, 120, 125, 110, 101, 21)], fill=230)
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX))


def grained(picture):
    return np.clip(picture + np.random.default_rng(2).integers(-2, 3, picture.shape), 0, 255).astype(np.uint8)


def out_of_a_jpeg(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, 'JPEG', quality=80)
    return np.asarray(Image.open(buffer))


FLAT = np.full((SIZE, SIZE), 128, dtype=np.uint8)
WITHOUT_SLOPES = {'two-valued': shape(), 'antialiased': shape(4), 'two-valued, grain': grained(shape()), 'flat, grain': grained(FLAT),
                  'flat, grain of cells': np.kron(grained(FLAT[:CELLS, :CELLS]), np.ones((8, 8), dtype=np.uint8)),
                  'two-valued, JPEG': out_of_a_jpeg(grained(shape(4)))}


@pytest.mark.parametrize('steps', [4, 8])
@pytest.mark.parametrize('sampler', SAMPLERS)
def test_a_map_without_slopes_gives_the_picture_of_the_hard_rule(convolved, sampler, steps):
    request = dict(sampler_name=sampler, steps=steps)
    for name, greys in WITHOUT_SLOPES.items():
        auto, off = (convolved.pictures({'change_map': png(greys), 'smooth_release': smooth}, **request)[0] for smooth in ('auto', 'off'))
        assert (auto == off).all(), name
    auto, off = (convolved.pictures({'change_map': blocks(gradient()), 'smooth_release': smooth}, **request)[0] for smooth in ('auto', 'off'))
    assert (auto != off).any()


@pytest.mark.parametrize('sampler', TOLERANCE)
@pytest.mark.parametrize('steps', [4, 8])
def test_each_map_of_a_list_gives_the_picture_it_gives_alone(pointwise, sampler, steps):
    """Also beside a white one, with which the run starts earlier."""
    maps = [blocks(gradient(180)), blocks(FLAT[:CELLS, :CELLS] * 0 + 255), png(shape()), blocks(gradient(140).T)]
    request = dict(sampler_name=sampler, steps=steps)
    batch, _ = pointwise.run({'change_map': maps}, batch_size=4, **request)
    pictures = standin.pictures(pointwise.answer)[-4:]
    for i, one in enumerate(maps):
        alone, _ = pointwise.run({'change_map': one}, seed=1 + i, **request)
        assert (batch[i] - alone[0]).abs().max() <= TOLERANCE[sampler]
        (picture,) = standin.pictures(pointwise.answer)
        assert np.abs(np.asarray(picture).astype(int) - np.asarray(pictures[i])).max() <= (1 if TOLERANCE[sampler] > 1e-5 else 0)


def test_a_far_cell_made_the_strongest_changes_no_other(pointwise):
    greys = gradient(180)
    raised = greys.copy()
    raised[12, 2] = 255
    far = np.ones((CELLS, CELLS), dtype=bool)
    far[8:, :7] = False
    for steps in (4, 8):
        before, after = (pointwise.run({'change_map': blocks(values)}, steps=steps)[0] for values in (greys, raised))
        hard, _ = pointwise.run({'change_map': blocks(raised), 'smooth_release': 'off'}, steps=steps)
        assert (before - after)[:, :, torch.from_numpy(far)].abs().max() <= TOLERANCE['Euler']
        assert (after - hard)[:, :, torch.from_numpy(far)].abs().max() > 0.01


@pytest.mark.parametrize('sampler', TOLERANCE)
def test_flat_zones_are_plain_img2img_at_their_strength(pointwise, sampler):
    request = dict(sampler_name=sampler, steps=STEPS)
    for greys in (zones(), terrace()):
        ours, _ = pointwise.run({'change_map': blocks(greys), 'smooth_release': 'on', 'skip_unchanged_steps': False}, **request)
        for grey in (np.unique(zones()) if (greys == zones()).all() else (70, 230)):
            plain, _ = pointwise.run(denoising_strength=grey / 255, **request)
            assert (ours - plain)[:, :, torch.from_numpy(greys == grey)].abs().max() <= TOLERANCE[sampler]
    hard, _ = pointwise.run({'change_map': blocks(greys), 'smooth_release': 'off', 'skip_unchanged_steps': False}, **request)
    assert (ours - hard)[:, :, torch.from_numpy((greys > 70) & (greys < 230))].abs().max() > 0.01


def test_auto_is_on_in_up_to_eight_steps(pointwise):
    change_map = blocks(np.tile(np.linspace(20, 255, CELLS), (CELLS, 1)))
    for steps, alike in ((8, 'on'), (9, 'off')):
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
