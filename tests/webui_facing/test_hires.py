"""Hires. fix: the second pass of txt2img under a map obeys the laws of img2img."""
import re

import numpy as np
import pytest
from client import Refused, difference, grey, png

GREYS = (60, 128, 200)
RAMP = np.tile(np.linspace(1, 255, 64).astype(np.uint8), (64, 1))
HALF = np.concatenate([np.zeros((64, 32), dtype=np.uint8), RAMP[:, 32:]], axis=1)


@pytest.fixture(scope='session')
def hires(webui):
    """hires(args, **request) -> the answer to one request with Hires. fix, 64x64 to 128x128."""
    def hires(args=None, **request):
        defaults = dict(prompt='a cat', negative_prompt='a dog', width=64, height=64, steps=8, denoising_strength=1.0, cfg_scale=7, seed=1,
                        sampler_name='Euler', enable_hr=True, hr_scale=2.0, hr_upscaler='Lanczos')
        return webui.txt2img(args, **{**defaults, **request})
    return hires


@pytest.mark.parametrize('sampler', ['Euler', 'Euler a', 'Heun', 'LMS', 'DPM++ 2M SDE', 'DDIM'])
def test_strength_law(hires, holds, sampler):
    """A uniform map of strength s is Hires. fix at Denoising strength s."""
    for g in GREYS:
        plain = hires(sampler_name=sampler, denoising_strength=g / 255).pictures[0]
        for skip in (True, False):
            holds(difference(plain, hires({'change_map': grey(g), 'skip_unchanged_steps': skip}, sampler_name=sampler).pictures[0]))


@pytest.mark.parametrize('upscaler', ['Lanczos', 'Latent'])
@pytest.mark.parametrize('request_', [{}, {'hr_resize_x': 144, 'hr_resize_y': 96}, {'hr_resize_x': 96, 'hr_resize_y': 144}, {'hr_second_pass_steps': 5},
                                      {'hr_sampler_name': 'Heun'}, {'hr_scale': 1.7}])
def test_white_law_and_strength_law_of_every_kind_of_second_pass(hires, holds, upscaler, request_):
    request_ = {'hr_upscaler': upscaler, 'denoising_strength': 0.6, **request_}
    plain = hires(**request_).pictures[0]
    holds(difference(plain, hires({'change_map': grey(255)}, **request_).pictures[0]))
    half = hires(**{**request_, 'denoising_strength': 0.6 * 128 / 255}).pictures[0]
    holds(difference(half, hires({'change_map': grey(128)}, **request_).pictures[0]))
    assert difference(plain, half) > 10


@pytest.mark.parametrize('sampler', ['Euler', 'DPM++ 2M', 'DPM fast', 'DDIM'])
@pytest.mark.parametrize('resized', [{}, {'hr_resize_x': 144, 'hr_resize_y': 96}])
def test_black_law_the_upscaled_first_picture_stays(hires, sampler, resized):
    """To the byte: it is the same whatever is painted beside it, and whatever the Denoising strength."""
    kept = hires({'change_map': grey(0)}, sampler_name=sampler, **resized).pictures[0]
    part = hires({'change_map': png(HALF)}, sampler_name=sampler, **resized).pictures[0]
    left = part.shape[1] // 2 - 8 if not resized else part.shape[1] // 2 - 16
    assert (part[:, :left] == kept[:, :left]).all()
    assert difference(part, kept) > 20
    assert (hires({'change_map': grey(255)}, sampler_name=sampler, denoising_strength=0, **resized).pictures[0] == kept).all()


def test_the_kept_picture_is_the_first_pass_upscaled(webui, hires, tiny):
    """At a scale of 1 it is the first pass's own picture."""
    plain = webui.txt2img(prompt='a cat', negative_prompt='a dog', width=64, height=64, steps=8, cfg_scale=7, seed=1, sampler_name='Euler').pictures[0]
    kept = hires({'change_map': grey(0)}, hr_scale=1.0).pictures[0]
    assert not tiny or difference(plain, kept) <= 1


def test_a_batch_is_its_pictures(hires, holds):
    settings = {'change_map': png(HALF)}
    both = hires(settings, batch_size=2, n_iter=2).pictures[-4:]
    for i, picture in enumerate(both):
        holds(difference(picture, hires(settings, seed=1 + i).pictures[0]), 1)


def test_a_list_of_maps_is_one_a_picture(hires, holds):
    """The strongest gives the schedule, of which it runs every step; weaker ones begin later in it."""
    weak, strong = hires({'change_map': [grey(60), grey(200)]}, batch_size=2).pictures[-2:]
    holds(difference(strong, hires(batch_size=2, denoising_strength=200 / 255).pictures[-1]), 1)
    first = hires({'change_map': grey(0)}, batch_size=2).pictures[-2]
    assert difference(weak, first) > 0
    with pytest.raises(Refused, match='3 change maps for a batch of 2'):
        hires({'change_map': [grey(60)] * 3}, batch_size=2)


def test_switched_off_nothing_is_different(hires, holds):
    plain = hires()
    off = hires([False, grey(9)])
    holds(difference(plain.pictures[0], off.pictures[0]))
    assert 'DiffDiff' not in off.infotexts[0]


def test_the_parameters_tell_of_it(hires):
    answer = hires({'change_map': png(HALF), 'return_map': True, 'report': True}, denoising_strength=0.7)
    assert 'DiffDiff map' in answer.infotexts[0] and 'DiffDiff summary' in answer.infotexts[0] and 'DiffDiff adherence' in answer.infotexts[0]
    assert 'Denoising strength: 0.7,' in answer.infotexts[0]
    assert len(answer.pictures) == 2 and answer.infotexts[-1].startswith('Differential Diffusion: the strengths')


@pytest.mark.parametrize('size', [{}, {'hr_resize_x': 144, 'hr_resize_y': 96}, {'hr_resize_x': 96}])
def test_its_parameters_bring_settings_and_map_back_however_its_size_was_chosen(hires, saving, holds, size):
    # A1111's API takes the parameters' own "Use same sampler" for a sampler's name, and Forge's fails at its list of modules.
    request = {'save_images': True, 'hr_sampler_name': 'Euler', 'hr_scheduler': 'Automatic', **size}
    plain = hires(**request)
    try:
        pasted = hires(infotext=plain.infotexts[0], **request)
    except Refused as error:
        pytest.skip(f'this WebUI cannot read the parameters of a second pass: {error}')
    first = hires({'change_map': png(HALF), 'blur': 3}, **request)
    again = hires(infotext=first.infotexts[0], **request)
    assert named(first) == named(again) and 'DiffDiff blur: 3' in named(again)
    if not difference(plain.pictures[0], pasted.pictures[0]):  # reForge's parameters bring another decoder
        holds(difference(first.pictures[0], again.pictures[0]))


def named(answer):
    return re.findall('DiffDiff (?!summary)[^,]*', answer.infotexts[0])


def test_without_a_second_pass_it_is_refused(webui, hires):
    with pytest.raises(Refused, match=r'switch "Hires\. fix" on') as refused:
        hires({'change_map': grey(9)}, enable_hr=False)
    assert refused.value.status == 422
    with pytest.raises(Refused, match='There is no change map'):
        hires([True])
    assert len(hires(enable_hr=False).pictures) == 1
