"""Other extensions in the same run, which act after this one: what they change is followed, and what they run is left alone."""
import copy
import json
from itertools import pairwise

import numpy as np
import pytest
import standin
import torch
from client import grey, png
from modules import processing, sd_samplers_kdiffusion
from PIL import Image

from .conftest import CELLS, Standin, blocks
from .test_bypass import brought

HALF = np.full((CELLS, CELLS), 255)
HALF[:, :8] = 0
SQUARE = np.zeros((CELLS * 8, CELLS * 8), dtype=np.uint8)
SQUARE[80:112, 80:112] = 255
painted = []
LARGER = np.random.default_rng(5).integers(0, 256, (256, 256, 3), dtype=np.uint8)


def lines(stand_in):
    return json.loads(stand_in.answer['info'])['infotexts']


class SetsMask(standin.Probe):
    """As an extension that finds the mask by itself."""

    def process(self, p):
        p.image_mask = Image.fromarray(255 * (np.arange(128) >= 64).astype(np.uint8)[None].repeat(128, 0))
        p.mask_blur_x = p.mask_blur_y = 0
        p.inpaint_full_res, p.inpainting_fill = False, 1


def test_a_mask_that_another_extension_makes_multiplies_the_map():
    stand_in = Standin('pointwise', probes=[SetsMask])
    picture = stand_in.pictures({'change_map': grey(255)})[0]
    assert (picture[:, :64] == stand_in.picture[:, :64]).all() and (picture[:, 72:] != stand_in.picture[:, 72:]).any()


class SetsPicture(standin.Probe):
    def process(self, p):
        p.init_images = [Image.fromarray(LARGER)]


class SetsSize(standin.Probe):
    def process(self, p):
        p.width = p.height = 192


@pytest.mark.parametrize('work_area', ['off', 'own scale', 'enlarged'])
@pytest.mark.parametrize('probe, asked_for', [(SetsPicture, {'init_images': [png(LARGER)]}), (SetsSize, {'width': 192, 'height': 192})])
def test_a_picture_and_a_size_of_another_extension_are_as_the_user_s(probe, asked_for, work_area):
    args = {'change_map': png(SQUARE), 'work_area': work_area, 'margin': 0}
    right = Standin('pointwise').pictures(args, **asked_for)[0]
    assert (Standin('pointwise', probes=[probe]).pictures(args)[0] == right).all()


class PaintsAgain(standin.Probe):
    """As a detailer that works on a copy of the run."""

    def postprocess_image(self, p, pp):
        if p.scripts is not None:
            again = copy.copy(p)
            again.scripts, again.n_iter, again.batch_size, again.seed, again.prompt = None, 1, 1, 5, 'a dog'
            again.extra_generation_params, again.comments = {}, {}
            if hasattr(p, 'init_images'):
                again.init_images, again.denoising_strength = [Image.fromarray(LARGER[:128, :128])], 0.4
            painted.append(np.asarray(processing.process_images(again).images[0]))


@pytest.mark.parametrize('batch', [{}, {'batch_size': 2}, {'n_iter': 2}])
def test_a_copy_of_a_run_with_a_second_pass_runs_by_itself(batch):
    request = dict(prompt='a cat', width=64, height=64, steps=8, enable_hr=True, hr_scale=2, hr_upscaler='Lanczos', denoising_strength=1.0,
                   seed=1, sampler_name='Euler', **batch)
    args = {'alwayson_scripts': {'Differential Diffusion': {'args': [{'change_map': blocks(HALF)}]}}}
    standin.load('convolved')
    right = standin.pictures(standin.txt2img(**request, **args))
    standin.load('convolved', probes=[PaintsAgain])
    painted.clear()
    answer = standin.txt2img(**request, **args)
    assert all((np.asarray(one) == np.asarray(other)).all() for one, other in zip(standin.pictures(answer), right, strict=True))
    assert 'could not be put back' not in answer['info']
    standin.txt2img(**request)
    half = len(painted) // 2
    assert all((with_us == without_us).all() for with_us, without_us in zip(painted[:half], painted[half:], strict=True))


def test_a_copy_of_a_run_tells_an_inpainting_checkpoint_of_its_own_picture():
    args = {'change_map': blocks(HALF), 'tell_inpainting': True}
    right = Standin('convolved_inpainting').pictures(args, n_iter=2)
    ours = Standin('convolved_inpainting', probes=[PaintsAgain]).pictures(args, n_iter=2)
    assert all((one == other).all() for one, other in zip(ours, right, strict=True))


class OtherStrengthPerBatch(standin.Probe):
    def process_batch(self, p, batch_number, **kwargs):
        p.denoising_strength = [0.4, 1.0][batch_number]


def test_a_strength_that_changes_from_batch_to_batch_is_told_of_each():
    stand_in = Standin('pointwise', probes=[OtherStrengthPerBatch])
    stand_in.run({'change_map': grey(128), 'return_map': True}, n_iter=2)
    assert 'strength of 0.20' in lines(stand_in)[0] and 'strength of 0.50' in lines(stand_in)[1]
    maps = [np.asarray(picture.convert('L')) for picture in standin.pictures(stand_in.answer)[2:]]
    assert [int(one[0, 0]) for one in maps] == [51, 128]


class OtherOriginalInBatch(standin.Probe):
    batches = (1,)

    def process_batch(self, p, batch_number, **kwargs):
        if batch_number in self.batches:
            p.init_latent = torch.full_like(p.init_latent, 0.7)


class OtherOriginal(OtherOriginalInBatch):
    batches = (0,)


def test_an_original_of_a_later_batch_is_its_own():
    args = {'change_map': grey(60), 'fill': 'latent noise'}
    right = Standin('pointwise', probes=[OtherOriginal]).pictures(args, seed=2)[0]
    assert (Standin('pointwise', probes=[OtherOriginalInBatch]).pictures(args, n_iter=2)[1] == right).all()


def euler_with_gradients(model, x, sigmas, extra_args=None, callback=None, disable=None):
    for level, following in pairwise(sigmas):
        with torch.enable_grad():
            asked = x.detach().requires_grad_()
            denoised = model(asked, level * x.new_ones([len(x)]), **extra_args)
            gradient, = torch.autograd.grad(denoised.square().mean(), asked)
        denoised = denoised.detach() - gradient
        x = denoised + (x - denoised) * (following / level)
    return x


def test_a_sampler_that_takes_gradients_is_followed():
    stand_in = Standin('pointwise')
    with brought('guided', euler_with_gradients):
        ours = stand_in.pictures({'change_map': grey(128), 'skip_unchanged_steps': False}, sampler_name='guided')[0]
        plain = stand_in.pictures(sampler_name='guided', denoising_strength=128 / 255)[0]
    assert np.abs(ours.astype(int) - plain).max() <= 1


@pytest.mark.parametrize('name, runs', [('Euler', 'Heun'), ('Heun', 'Euler'), ('Euler a', 'DPM++ SDE')])
def test_a_known_name_that_runs_something_else_is_not_believed(name, runs):
    _, function, _, options = next(entry for entry in sd_samplers_kdiffusion.samplers_k_diffusion if entry[0] == runs)
    stand_in = Standin('pointwise')
    with brought(name, function, options):
        ours = stand_in.pictures({'change_map': grey(128), 'skip_unchanged_steps': False}, sampler_name=name)[0]
        plain = stand_in.pictures(sampler_name=name, denoising_strength=128 / 255)[0]
    assert np.abs(ours.astype(int) - plain).max() <= 1


class Copies(standin.Probe):
    def postprocess_image(self, p, pp):
        self.parameters, self.source = copy.deepcopy(p.extra_generation_params), copy.copy(p.rng)


def test_what_is_put_on_a_run_can_be_copied():
    stand_in = Standin('pointwise', probes=[Copies])
    stand_in.run({'change_map': blocks(HALF), 'skip_unchanged_steps': False}, sampler_name='Euler a')
    assert '50 % of the picture kept' in stand_in.others[0].parameters['DiffDiff summary']
    assert stand_in.others[0].source.next().shape == (1, 4, CELLS, CELLS)
