"""A grey that means its share of the change: the strengths that come out obey the laws, and without a curve nothing is painted."""
import numpy as np
import pytest
from client import Refused, difference, grey, png

from lib_diffdiff.algorithm.response import parsed

CROOKED = '0.2:0.1, 0.4:0.5, 0.7:0.9, 1:1'
SHARE = {'strength_is': 'share of the change'}


def strength_of(g, denoising=1.0):
    return float(parsed(CROOKED).within(np.array(g / 255), denoising))


@pytest.mark.parametrize('sampler', ['Euler', 'Euler a', 'DPM++ 2M SDE', 'DDIM'])
def test_the_laws_hold_for_the_strengths_that_come_out(paint, holds, sampler):
    """A uniform map of share v is plain img2img at the strength that makes v of the change."""
    for g, d in ((60, 1.0), (128, 1.0), (200, 0.6)):
        plain = paint(sampler_name=sampler, denoising_strength=strength_of(g, d))[0]
        for skip in (True, False):
            settings = {**SHARE, 'response': CROOKED, 'change_map': grey(g), 'skip_unchanged_steps': skip}
            holds(difference(plain, paint(settings, sampler_name=sampler, denoising_strength=d)[0]))


def test_white_and_black(paint, picture, holds):
    settings = {**SHARE, 'response': [[0.3, 0.8], [1, 1]]}
    holds(difference(paint(denoising_strength=0.6)[0], paint({**settings, 'change_map': grey(255)}, denoising_strength=0.6)[0]))
    assert (paint({**settings, 'change_map': grey(0)}, denoising_strength=0.6)[0] == picture).all()


def test_without_a_curve_it_is_refused_with_the_way_to_one(paint):
    with pytest.raises(Refused, match=r'no response curve for .*Euler.*, 7 steps: run the script Strength fan with "Measure the response"') as refused:
        paint({**SHARE, 'change_map': grey(9)}, steps=7)
    assert refused.value.status == 422


@pytest.mark.parametrize('given, words', [('0.2:0.5, 0.4:0.3, 1:1', 'must rise'), ('0.5:0.5', 'two points above strength 0'), ('nonsense', 'pairs'), (17, 'pairs')])
def test_a_curve_that_is_none_is_refused(paint, given, words):
    with pytest.raises(Refused, match=words):
        paint({**SHARE, 'change_map': grey(9), 'response': given}, steps=4)


def test_measured_kept_used_and_named(webui, picture, holds):
    """The fan measures; a later run of the same kind finds the curve, and its parameters name it."""
    request = dict(prompt='a cat', width=128, height=128, steps=10, cfg_scale=7, seed=1, sampler_name='Heun')
    measured = webui.img2img([picture], script_name='Strength fan', script_args=[{'measure': True}], **request)
    told = measured.infotexts[0].split('DiffDiff response: "')[1].split('"')[0]
    curve = parsed(told)
    assert ' of ' in told and len(measured.pictures) == 10 and (np.diff(curve.shares) > 0).all()
    share = {**SHARE, 'change_map': grey(128)}
    found = webui.img2img([picture], share, denoising_strength=1.0, **request)
    assert f'DiffDiff response: "{told}"' in found.infotexts[0]
    given = webui.img2img([picture], {**share, 'response': told}, denoising_strength=1.0, **request)
    assert difference(found.pictures[0], given.pictures[0]) == 0
    strength = float(curve.within(np.array(128 / 255), 1.0))
    holds(difference(found.pictures[0], webui.img2img([picture], denoising_strength=strength, **request).pictures[0]))


def test_a_curve_of_another_checkpoint_is_refused_by_name(paint, holds):
    settings = {**SHARE, 'change_map': grey(128)}
    with pytest.raises(Refused, match=r'is of the checkpoint another one, 7, but .* is loaded') as refused:
        paint({**settings, 'response': f'{CROOKED} of another one, 7'}, steps=4)
    assert refused.value.status == 422
    holds(difference(paint({**settings, 'response': CROOKED}, steps=4)[0], paint(denoising_strength=strength_of(128), steps=4)[0]))


def test_a_map_of_shares(paint):
    ramp = np.tile(np.linspace(0, 255, 128), (128, 1)).astype(np.uint8)
    with_map = paint({**SHARE, 'response': CROOKED, 'change_map': png(ramp), 'return_map': True}, steps=8)
    strengths = with_map[-1][0, 4::8, 0] / 255  # a column of cells each
    wanted = parsed(CROOKED).within(ramp[0].reshape(16, 8).mean(axis=1) / 255, 1.0)
    assert np.abs(strengths - wanted).max() < 1 / 255
