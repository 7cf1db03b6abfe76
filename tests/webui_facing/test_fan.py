"""The strength fan through the API: one run, each strip with its own strength, and its twins on request."""
import numpy as np
import pytest
from client import Refused, difference, grey


@pytest.fixture
def fan(webui, picture):
    def fan(*args, **request):
        defaults = dict(prompt='a cat', width=128, height=128, steps=20, seed=1, sampler_name='Euler', scheduler='Automatic')
        return webui.img2img([picture], script_name='Strength fan', script_args=list(args), **{**defaults, **request})
    return fan


def test_strips_of_rising_strength_below_a_scale(fan, picture):
    answer = fan({'strips': 4})
    result, = answer.pictures
    assert result.shape == (148, 128, 3)
    change = np.abs(result[20:].astype(int) - picture).mean(axis=(0, 2))
    assert (result[20:, :32] == picture[:, :32]).all() and change[40:56].mean() > 1
    assert 'Script: Strength fan' in answer.infotexts[0] and 'Fan strips: 4' in answer.infotexts[0]


def test_twins_are_what_each_strength_alone_would_make(fan, paint, holds):
    answer = fan(4, 'side by side', 'middle, 0.2 to 0.6', None, None, True)
    assert len(answer.pictures) == 2
    for i, strength in enumerate(np.linspace(0.2, 0.6, 4)):
        plain = paint(denoising_strength=float(strength), negative_prompt='')[0]
        holds(difference(answer.pictures[1][20:, 32 * i:32 * i + 32], plain[:, 32 * i:32 * i + 32]))


@pytest.mark.parametrize('sampler', ['DDIM', 'DPM fast'])
def test_twins_weaker_than_the_sampler_s_shortest_run_are_what_a_map_would_make(fan, paint, holds, sampler):
    """Plain img2img is no run there: noise comes out, or an error."""
    request = {'steps': 8, 'sampler_name': sampler}
    _, twins = (made[20:] for made in fan({'strips': 4, 'zoom': 'own ends', 'high': 0.3, 'twins': True}, **request).pictures)
    for i, strength in enumerate(np.linspace(0, 0.3, 4)):
        alone = paint({'change_map': grey(255)}, denoising_strength=float(strength), negative_prompt='', **request)[0]
        holds(difference(twins[:, 32 * i:32 * i + 32], alone[:, 32 * i:32 * i + 32]))


def test_one_below_the_other(fan, picture):
    result = fan({'strips': 2, 'direction': 'one below the other'}).pictures[0]
    assert result.shape[0] == 128 and result.shape[1] > 128
    assert (result[:64, -128:] == picture[:64]).all()


def test_the_accordion_s_own_map_and_levels_are_left_aside(webui, fan, picture, holds):
    plain = fan({'strips': 4}).pictures[0]
    args = {'Differential Diffusion': {'args': [{'change_map': grey(40), 'blur': 20, 'invert': True, 'channel': 'red', 'words': 'house',
                                               'work_area': 'own scale', 'margin': 0}]}}
    holds(difference(plain, fan({'strips': 4}, alwayson_scripts=args).pictures[0]))


def test_strips_keep_their_edges_in_few_steps(fan, holds):
    args = {'Differential Diffusion': {'args': [{'smooth_release': 'on'}]}}
    holds(difference(fan({'strips': 4}, steps=6).pictures[0], fan({'strips': 4}, steps=6, alwayson_scripts=args).pictures[0]))
    assert 'DiffDiff smooth release: off' in fan({'strips': 4}, steps=6).infotexts[0]


@pytest.mark.parametrize('args, sentence', [({'strips': 1}, 'Strips is 1'), ({'strips': 17}, '17 strips are more than'), ({'beads': 3}, 'beads'),
                                            ({'zoom': 'own ends', 'low': 0.8, 'high': 0.1}, '0.8 must be below')])
def test_a_fan_that_cannot_be_is_refused(fan, args, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        fan(args)
    assert refused.value.status == 422
