"""The laws, by name, on whatever WebUI answers."""
import numpy as np
import pytest
from client import Refused, difference, grey, png

EXACT = ['Euler', 'Heun', 'DPM2', 'DPM++ SDE', 'DPM++ 2M SDE', 'DPM++ 2M SDE Heun', 'DDIM', 'DDIM CFG++', 'Euler a', 'DPM2 a', 'DPM++ 2S a', 'LCM']
ROUNDING = ['DPM++ 2M', 'DPM++ 3M SDE', 'LMS']
APPROXIMATE = ['PLMS', 'UniPC', 'DPM fast', 'DPM adaptive', 'Restart']
# Of tests/samplers, an extension that brings samplers which no table knows.
UNKNOWN = ['Test ancestral', 'Test ancestral of two calls', 'Test of several sizes', 'Test with memory', 'Test corrected', 'Test by name']
SAMPLERS = EXACT + UNKNOWN + ROUNDING + APPROXIMATE
LEAST_T_ENC = {'DPM++ 2M SDE': 1, 'DPM++ 2M SDE Heun': 1, 'DPM++ 3M SDE': 1, 'DPM fast': 1, 'DPM adaptive': 1, 'DDIM': 2, 'DDIM CFG++': 2,
               'PLMS': 2, 'UniPC': 3}
GREYS = [30, 60, 128, 160, 200, 250]


@pytest.fixture(params=SAMPLERS)
def sampler(request, webui):
    if request.param not in webui.samplers():
        pytest.skip('this WebUI has no such sampler')
    return request.param


def possible(greys, sampler):
    """The greys at whose strength plain img2img itself makes a picture in 20 steps."""
    return [g for g in greys if int(g / 255 * 20) >= LEAST_T_ENC.get(sampler, 0)]


def test_strength_law_without_skipping(paint, holds, table, sampler):
    """A uniform map is plain img2img at its strength, also when every step before its release is run."""
    pairs = [(paint(sampler_name=sampler, denoising_strength=g / 255)[0],
              paint({'change_map': grey(g), 'skip_unchanged_steps': False}, sampler_name=sampler)[0]) for g in possible(GREYS, sampler)]
    worst = max(difference(a, b) for a, b in pairs)
    share = max((a != b).mean() for a, b in pairs)
    table.setdefault(sampler, {})['law 1, skipping off'] = worst
    if sampler in EXACT + UNKNOWN:
        holds(worst)
    if sampler in ROUNDING:
        holds(worst, 1)
        holds(share, 1 / 1000)


def test_strength_law_with_skipping(paint, holds, table, sampler):
    """With skipping on it is exact with every sampler, at every strength that the sampler can start at."""
    worst = max(difference(paint(sampler_name=sampler, denoising_strength=g / 255)[0], paint({'change_map': grey(g)}, sampler_name=sampler)[0])
                for g in possible([5, 14, 20, *GREYS], sampler))
    table.setdefault(sampler, {})['laws 1 and 5, skipping on'] = worst
    holds(worst)


def test_strength_law_of_restart_before_it_restarts(webui, paint, holds):
    if 'Restart' not in webui.samplers():
        pytest.skip('this WebUI has no such sampler')
    for g in GREYS:
        few = dict(sampler_name='Restart', steps=15)
        holds(difference(paint(denoising_strength=g / 255, **few)[0], paint({'change_map': grey(g), 'skip_unchanged_steps': False}, **few)[0]))


@pytest.mark.parametrize('denoising', [0.3, 0.75])
def test_strength_law_below_full_denoising(paint, holds, denoising):
    for g in GREYS:
        holds(difference(paint(denoising_strength=g / 255 * denoising)[0], paint({'change_map': grey(g)}, denoising_strength=denoising)[0]))


def test_absolute_strength_is_the_maps_own_capped_by_the_slider(paint, holds):
    absolute = {'change_map': grey(102), 'strength_is': 'absolute'}
    holds(difference(paint(denoising_strength=0.4)[0], paint(absolute, denoising_strength=0.75)[0]))
    holds(difference(paint(denoising_strength=0.3)[0], paint(absolute, denoising_strength=0.3)[0]))


def test_white_law(paint, holds, sampler):
    for skip in (True, False):
        white = paint({'change_map': grey(255), 'skip_unchanged_steps': skip}, sampler_name=sampler, denoising_strength=0.6)[0]
        holds(difference(paint(sampler_name=sampler, denoising_strength=0.6)[0], white))


@pytest.mark.parametrize('settings', [{}, {'skip_unchanged_steps': False}, {'blur': 40}, {'grow': -5}, {'min_strength': 0.0, 'max_strength': 0.0}])
def test_black_law(paint, picture, sampler, settings):
    """Where nothing changes the finished picture's pixels are the original's, on any WebUI."""
    assert (paint({'change_map': grey(0), **settings}, sampler_name=sampler, denoising_strength=0.6)[0] == picture).all()


def test_black_law_at_denoising_0(paint, picture):
    for sampler in ('Euler', 'DPM++ 2M SDE', 'DDIM'):
        assert (paint({'change_map': grey(255)}, sampler_name=sampler, denoising_strength=0)[0] == picture).all()


def half_black():
    ramp = np.zeros((128, 128), dtype=np.uint8)
    ramp[:, 64:] = np.linspace(1, 255, 64).astype(np.uint8)
    return ramp


@pytest.mark.parametrize('sampler_name', ['Euler', 'DPM++ 2M', 'DDIM'])
def test_black_law_beside_a_changing_area(paint, picture, sampler_name):
    result = paint({'change_map': png(half_black())}, sampler_name=sampler_name)[0]
    assert (result[:, :64] == picture[:, :64]).all()
    assert difference(result[:, 100:], picture[:, 100:]) > 20


def test_weak_maps_make_a_picture_with_every_sampler(paint, sampler):
    for strength in (0.02, 0.1):
        for skip in (True, False):
            settings = {'change_map': grey(round(strength * 255)), 'skip_unchanged_steps': skip}
            assert paint(settings, sampler_name=sampler)[0].shape == (128, 128, 3)
            assert paint(settings, sampler_name=sampler, denoising_strength=0.5)[0].shape == (128, 128, 3)


def test_batch_law(paint, holds, sampler):
    """Image i of a batch is the image made alone with its seed, no further off than plain img2img's own batch."""
    if sampler == 'DPM adaptive':
        pytest.skip('its error norm spans the batch')
    settings = {'change_map': png(half_black())}
    batch = paint(settings, sampler_name=sampler, batch_size=4)[-4:]
    singles = [paint(settings, sampler_name=sampler, seed=1 + i)[0] for i in range(4)]
    plain = paint(sampler_name=sampler, batch_size=4)[-4:]
    own = max(difference(a, paint(sampler_name=sampler, seed=1 + i)[0]) for i, a in enumerate(plain))
    holds(max(difference(a, b) for a, b in zip(batch, singles)), max(1, own))


def test_second_batch_of_a_run_is_its_own(paint, holds):
    settings = {'change_map': png(half_black())}
    for sampler in ('Euler a', 'DPM++ 2M SDE', 'DDIM'):
        both = paint(settings, sampler_name=sampler, n_iter=2)[-2:]
        for i, picture in enumerate(both):
            holds(difference(picture, paint(settings, sampler_name=sampler, seed=1 + i)[0]))


def test_off_law(webui, paint, picture, holds):
    """Switched off it changes nothing and leaves no key, whatever else its arguments are."""
    plain = paint(denoising_strength=0.6)[0]
    for args in ([False], [False, grey(9)], [None], [], [{'enabled': False, 'change_map': 17}], [False, 'no picture', 'x', 'y']):
        holds(difference(plain, paint(args, denoising_strength=0.6)[0]))
        answer = webui.img2img([picture], args, steps=2, width=64, height=64)
        assert 'DiffDiff' not in answer.infotexts[0]


def test_strength_law_where_the_host_runs_exactly_the_slider_s_steps(webui, paint, holds, sampler):
    webui.post('options', img2img_fix_steps=True)
    try:
        for g in (60, 128, 200, 255):
            plain = paint(sampler_name=sampler, denoising_strength=g / 255)[0]
            for skip in (True, False):
                holds(difference(plain, paint({'change_map': grey(g), 'skip_unchanged_steps': skip}, sampler_name=sampler)[0]))
    finally:
        webui.post('options', img2img_fix_steps=False)


@pytest.mark.parametrize('sampler_name', ['Euler', 'Heun', 'DPM2'])
def test_white_law_under_churn(webui, paint, holds, sampler_name):
    webui.post('options', s_churn=20.0)
    try:
        plain = paint(sampler_name=sampler_name, denoising_strength=0.6)[0]
        holds(difference(plain, paint({'change_map': grey(255), 'skip_unchanged_steps': False}, sampler_name=sampler_name, denoising_strength=0.6)[0]))
    finally:
        webui.post('options', s_churn=0.0)


@pytest.mark.parametrize('sampler_name', ['Euler', 'DPM++ 2M SDE', 'DDIM', 'Euler a'])
def test_strength_law_with_extra_noise_and_noise_multiplier(webui, paint, holds, sampler_name):
    webui.post('options', img2img_extra_noise=0.1)
    try:
        for skip in (True, False):
            plain = paint(sampler_name=sampler_name, denoising_strength=128 / 255, initial_noise_multiplier=1.1)[0]
            settings = {'change_map': grey(128), 'skip_unchanged_steps': skip}
            holds(difference(plain, paint(settings, sampler_name=sampler_name, initial_noise_multiplier=1.1)[0]))
    finally:
        webui.post('options', img2img_extra_noise=0.0)


def test_parts_of_a_prompt_joined_by_AND(paint, holds):
    prompt = 'a cat AND a house :0.7'
    for sampler in ('Euler', 'DPM++ 2M SDE', 'DDIM'):
        plain = paint(prompt=prompt, sampler_name=sampler, denoising_strength=128 / 255)[0]
        holds(difference(plain, paint({'change_map': grey(128), 'skip_unchanged_steps': False}, prompt=prompt, sampler_name=sampler)[0]))


def test_an_error_is_the_request_s_own(paint, holds):
    plain = paint()[0]
    with pytest.raises(Refused):
        paint({'change_map': 'no picture'})
    holds(difference(plain, paint()[0]))
