"""What inpainting checkpoints are told: the part that is painted by now, and the picture with that part grey."""
from itertools import pairwise

import numpy as np
import pytest
import standin
import torch
from client import difference, grey, png

from .conftest import CELLS, Standin, blocks

RAMP = np.tile(np.linspace(40, 255, CELLS), (CELLS, 1)).astype(np.uint8)
SAMPLERS = ['Euler', 'Heun', 'Euler a', 'DPM++ 2M', 'LMS', 'DDIM']


class Told(standin.Probe):
    """Keeps what the checkpoint is told at each call, and what the latent is at it."""

    def process_before_every_sampling(self, p, x, **kwargs):
        self.told, self.init, self.p = [], x.clone(), p
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look, with_kwargs=True)

    def look(self, denoiser, args, named):
        self.told.append(named['image_cond'].clone())


@pytest.fixture
def inpainting():
    return Standin('convolved_inpainting', probes=[Told])


@pytest.mark.parametrize('sampler', SAMPLERS)
def test_at_every_call_it_is_the_part_that_is_free(inpainting, sampler):
    """The mask grows with the release, and beside it the picture is the original."""
    inpainting.run({'change_map': blocks(RAMP), 'tell_inpainting': True}, sampler_name=sampler)
    told = inpainting.others[0].told
    free = [(call[:, :1] > 0.5) for call in told]
    assert not free[0].all() and free[-1].all()
    for before, now in pairwise(free):
        assert (now | ~before).all()
    init, grey_cell = inpainting.others[0].init, standin.shared.sd_model.encode(torch.zeros(1, 3, 8, 8))[0]
    for call, mask in zip(told, free):
        expected = torch.where(mask, grey_cell, init)
        assert (call[:, 1:] - expected).abs().max() < 1e-5


def test_each_picture_of_a_batch_is_told_its_own(inpainting):
    half = png(np.full((4, 4), 128, dtype=np.uint8))
    inpainting.run({'change_map': [blocks(RAMP), half], 'tell_inpainting': True, 'skip_unchanged_steps': False}, batch_size=2)
    first = inpainting.others[0].told[0][:, 0]
    assert first[0].any() and not first[1].any()


@pytest.mark.parametrize('sampler', ['Euler', 'DPM++ 2M SDE', 'Euler a', 'DDIM'])
def test_strength_law(inpainting, sampler):
    for g in (60, 128, 200):
        plain = inpainting.pictures(sampler_name=sampler, denoising_strength=g / 255)[0]
        for skip in (True, False):
            assert difference(plain, inpainting.pictures({'change_map': grey(g), 'tell_inpainting': True, 'skip_unchanged_steps': skip}, sampler_name=sampler)[0]) == 0
    white = inpainting.pictures({'change_map': grey(255), 'tell_inpainting': True}, sampler_name=sampler)[0]
    assert difference(inpainting.pictures(sampler_name=sampler)[0], white) == 0


def test_otherwise_it_is_told_the_whole_picture_all_the_time(inpainting):
    inpainting.run({'change_map': blocks(RAMP)})
    assert all((call == inpainting.others[0].told[0]).all() and (call[:, 0] == 1).all() for call in inpainting.others[0].told)


def test_a_painted_mask_is_followed_too(inpainting):
    mask = np.zeros((CELLS * 8, CELLS * 8), dtype=np.uint8)
    mask[:, 64:] = np.linspace(1, 255, 64)
    inpainting.run({'tell_inpainting': True}, mask=png(mask), mask_blur=0, inpainting_fill=1, inpaint_full_res=False)
    told = inpainting.others[0].told
    assert not told[0][:, 0, :, :12].any() and told[0][:, 0, :, -1].all()
    assert told[-1][:, 0, :, 9:].all() and not told[-1][:, 0, :, :8].any()


def test_nothing_of_it_is_left_on_the_run(inpainting):
    inpainting.run({'change_map': blocks(RAMP), 'tell_inpainting': True})
    run = inpainting.others[0].p
    from lib_diffdiff.host import events
    events.clear(run)
    assert 'inpainting_image_conditioning' not in vars(run)


def test_the_autoencoder_s_draws_move_no_other(inpainting, monkeypatch):
    """A real autoencoder draws: the same run with it and without has the same random numbers."""
    torch.manual_seed(3)
    inpainting.run({'change_map': blocks(RAMP), 'tell_inpainting': True})
    after = torch.rand(1)
    encode = standin.shared.sd_model.encode
    monkeypatch.setattr(standin.shared.sd_model, 'encode', lambda image: encode(image) + 0 * torch.randn(1))
    torch.manual_seed(3)
    inpainting.run({'change_map': blocks(RAMP), 'tell_inpainting': False})
    plain = torch.rand(1)
    torch.manual_seed(3)
    inpainting.run({'change_map': blocks(RAMP), 'tell_inpainting': True})
    assert torch.rand(1) == plain != after
