"""Cell by cell: with a denoiser that sees no neighbours, each cell of an uneven map ends as plain img2img at its own strength."""
from functools import wraps

import numpy as np
import pytest
import standin
import torch

from .conftest import CELLS, Standin, blocks

TOLERANCE = {'Euler': 1e-5, 'Heun': 1e-5, 'DPM2': 1e-5, 'DPM++ SDE': 1e-5, 'DPM++ 2M SDE': 1e-5, 'DPM++ 2M SDE Heun': 1e-5, 'DDIM': 1e-5,
             'Euler a': 1e-5, 'DPM2 a': 1e-5, 'DPM++ 2S a': 1e-5, 'DPM++ 2M': 1e-4, 'DPM++ 3M SDE': 1e-4, 'LMS': 1e-4}
UNKNOWN = {'Test ancestral': 1e-5, 'Test ancestral of two calls': 1e-5, 'Test with memory': 1e-4, 'Test corrected': 1e-5, 'Test by name': 1e-5}
STEPS = 20


@pytest.fixture(params=[*TOLERANCE, *UNKNOWN])
def sampler(request):
    return request.param


@pytest.fixture
def tolerance(sampler):
    return {**TOLERANCE, **UNKNOWN}[sampler]


def uneven():
    return np.random.default_rng(7).permutation(256).reshape(CELLS, CELLS).astype(np.uint8)


def t_enc(greys, denoising=1.0):
    return (np.minimum(greys / 255 * denoising, 0.999) * STEPS).astype(int)


def plain_by_start(standin, greys, denoising=1.0, **request):
    """t_enc -> latents of plain img2img at the strength of some cell that has it."""
    starts = t_enc(greys, denoising)
    return {start: standin.run(denoising_strength=float(greys[starts == start].min() / 255 * denoising), **request)[0]
            for start in np.unique(starts)}


def test_every_cell_is_plain_img2img_at_its_own_strength(pointwise, sampler, tolerance):
    greys = np.maximum(uneven(), 26 if sampler == 'DDIM' else 13)  # DDIM makes no call below t_enc 2
    plain = plain_by_start(pointwise, greys, sampler_name=sampler, n_iter=2)
    for skip in (False, True):
        ours, _ = pointwise.run({'change_map': blocks(greys), 'skip_unchanged_steps': skip}, sampler_name=sampler, n_iter=2)
        assert len(ours) == 2
        worst = {start: (ours - plain[start])[:, :, torch.from_numpy(t_enc(greys) == start)].abs().max().item() for start in plain}
        assert max(worst.values()) <= tolerance, worst
    apart = (plain[t_enc(greys).min()] - plain[t_enc(greys).max()]).abs().mean()
    assert apart > 0.1, 'the test would not notice cells of another strength'


@pytest.mark.parametrize('sampler', ['Euler', 'DPM++ 2M', 'DDIM', 'DPM++ SDE'])
def test_below_full_denoising_strengths_are_multiplied(pointwise, sampler):
    greys = np.maximum(uneven(), 60)
    plain = plain_by_start(pointwise, greys, 0.6, sampler_name=sampler)
    ours, _ = pointwise.run({'change_map': blocks(greys)}, sampler_name=sampler, denoising_strength=0.6)
    for start, latent in plain.items():
        cells = torch.from_numpy(t_enc(greys, 0.6) == start)
        assert (ours - latent)[:, :, cells].abs().max() <= TOLERANCE[sampler]


def test_release_steps_are_reckoned_in_float64(pointwise):
    """Grey 85 at Denoising .6 and 20 steps gives t_enc 3 in the host, and 4 in float32."""
    greys = np.full((CELLS, CELLS), 85)
    greys[0] = 255
    ours, _ = pointwise.run({'change_map': blocks(greys)}, denoising_strength=0.6)
    plain, _ = pointwise.run(denoising_strength=85 / 255 * 0.6)
    assert (ours - plain)[:, :, 1:].abs().max() <= 1e-5
    assert int(85 / 255 * 0.6 * STEPS) == 3 != int(np.float32(85 / 255) * np.float32(0.6) * np.float32(STEPS))


def test_suffix_law_raising_one_cell_changes_no_other(pointwise, sampler):
    greys = np.maximum(uneven(), 13)
    greys[0, 0] = 255  # so that the start stays where it is
    raised = greys.copy()
    raised[5, 9] = 255 if greys[5, 9] < 200 else 60
    before, _ = pointwise.run({'change_map': blocks(greys)}, sampler_name=sampler)
    after, _ = pointwise.run({'change_map': blocks(raised)}, sampler_name=sampler)
    changed = (before != after).any(dim=1)[0]
    assert changed[5, 9]
    changed[5, 9] = False
    assert not changed.any()


@pytest.mark.parametrize('sampler', [*TOLERANCE, *UNKNOWN, 'DPM fast'])
def test_start_law_costs_what_plain_img2img_at_the_strongest_strength_costs(pointwise, sampler):
    greys = np.minimum(uneven(), 140)
    _, plain = pointwise.run(sampler_name=sampler, denoising_strength=140 / 255 * 0.8)
    _, skipping = pointwise.run({'change_map': blocks(greys)}, sampler_name=sampler, denoising_strength=0.8)
    _, full = pointwise.run({'change_map': blocks(greys), 'skip_unchanged_steps': False}, sampler_name=sampler, denoising_strength=0.8)
    _, whole = pointwise.run(sampler_name=sampler, denoising_strength=0.8)
    assert skipping == plain
    assert full == whole
    assert skipping[0] < full[0]


def test_the_user_s_denoising_strength_is_back_at_the_first_call_and_in_the_infotext(pointwise):
    pointwise.run({'change_map': blocks(np.full((CELLS, CELLS), 90))}, denoising_strength=0.7)
    assert pointwise.probe.runs[0].denoising_strength == 0.7
    assert 'Denoising strength: 0.7,' in pointwise.answer['info']


@pytest.mark.parametrize('sampler', [*TOLERANCE, *UNKNOWN, 'Test of several sizes', 'DPM fast', 'DPM adaptive'])
def test_black_law_in_latent_space(pointwise, sampler):
    greys = uneven()
    greys[4:9, 3:12] = 0
    latents, _ = pointwise.run({'change_map': blocks(greys)}, sampler_name=sampler, batch_size=2)
    init = pointwise.probe.runs[0].init_latent
    assert (latents == init)[:, :, 4:9, 3:12].all()
    assert (latents != init)[:, :, 10:].any()


def test_a_cell_with_one_changing_pixel_is_not_kept(pointwise):
    greys = np.zeros((CELLS * 8, CELLS * 8), dtype=np.uint16)
    greys[80, 80] = 1
    latents, _ = pointwise.run({'change_map': greys_png(greys)})
    changed = (latents != pointwise.probe.runs[0].init_latent).any(dim=1)[0]
    assert changed[10, 10] and changed.sum() == 1


def greys_png(greys):
    from client import png
    from PIL import Image
    return png(Image.fromarray(greys))


def test_future_hinting_shows_the_rest_of_the_picture_at_every_call(pointwise):
    """What is still held is at every call the original at that call's own noise level."""
    greys = np.full((CELLS, CELLS), 255)
    greys[:, 8:] = 128
    release = STEPS - int(128 / 255 * STEPS) - 1
    pointwise.run({'change_map': blocks(greys)})
    run = pointwise.probe.runs[0]
    noise = pointwise.probe.calls[0][0] - run.init_latent  # the start is init + sigma * noise
    for call in pointwise.probe.calls[0][:release + 1]:
        added = (call - run.init_latent)[..., 8:]
        ratio = added / noise[..., 8:]
        assert ratio.std() / ratio.mean() < 1e-3


def test_without_hinting_a_cell_is_overwritten_by_its_own_release_alone(pointwise):
    """Until then it is what it would be without a map, and from then on what it is with hinting."""
    greys = np.full((CELLS, CELLS), 255)
    greys[:, 8:] = 128
    release = STEPS - int(128 / 255 * STEPS) - 1
    pointwise.run()
    plain = pointwise.probe.calls[0]
    hinted, _ = pointwise.run({'change_map': blocks(greys)})
    latents, _ = pointwise.run({'change_map': blocks(greys), 'future_hinting': False})
    drifting = pointwise.probe.calls[0]
    assert all((drifting[i] == plain[i]).all() for i in range(release))
    assert (drifting[release][..., 8:] != plain[release][..., 8:]).any()
    assert (latents - hinted).abs().max() <= 1e-5


def test_batch_law_is_exact_without_neighbours(pointwise, sampler):
    settings = {'change_map': blocks(uneven())}
    batch, _ = pointwise.run(settings, sampler_name=sampler, batch_size=4)
    for i in range(4):
        single, _ = pointwise.run(settings, sampler_name=sampler, seed=1 + i)
        assert (batch[i] == single[0]).all()


class OtherLayout(standin.Probe):
    """A sampler whose latents lie in memory in another order than usual, as some models' do; sees what comes out of us."""

    def process_batch(self, p, **kwargs):
        func = p.sampler.func

        @wraps(func)  # the host reads the names of its arguments
        def laid_out(*args, **named):
            self.given = func(*args, **named).to(memory_format=torch.channels_last)
            return self.given
        p.sampler.func = laid_out

    def post_sample(self, p, ps):
        self.got = ps.samples


@pytest.mark.parametrize('grey', [255, 128, 0])
def test_the_latents_memory_layout_is_left_alone(grey):
    """The decoder rounds by it, and a picture would be off by one."""
    stand_in = Standin('convolved', probes=[OtherLayout])
    probe, = stand_in.others
    stand_in.run({'change_map': blocks(np.full((CELLS, CELLS), grey))})
    assert probe.got.stride() == probe.given.stride()
    assert (probe.got is probe.given) == (grey > 0)
