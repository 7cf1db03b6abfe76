"""What happens round a run: reuse of p, nested runs, interrupts, infotexts, samplers nobody told us of."""
import json

import numpy as np
import pytest
import standin
import torch
from client import grey, png
from modules import processing, sd_samplers, sd_samplers_kdiffusion, shared
from modules.infotext_utils import parse_generation_parameters, quote
from modules.sd_samplers_common import SamplerData

from lib_diffdiff.page import infotext as ours
from lib_diffdiff.settings.settings import Settings

from .conftest import CELLS, Standin, blocks

HALF = np.full((CELLS, CELLS), 255)
HALF[:, :8] = 0


def infotext(answer):
    return json.loads(answer['info'])['infotexts'][0]


class KeepP(standin.Probe):
    """Runs the same p a second time with us switched off, as the host's Batch tab does."""

    again = None

    def postprocess(self, p, processed):
        if self.again is not None:
            change, self.again = self.again, None
            change(p)
            self.second = processing.process_images(p)


def switch_off(p):
    args = list(p.script_args)
    ours = next(s for s in p.scripts.alwayson_scripts if s.title() == 'Differential Diffusion')
    args[ours.args_from] = False
    p.script_args = tuple(args)


@pytest.mark.parametrize('masked', [False, True])
def test_off_law_in_a_run_that_shares_its_p_with_one_that_had_it_on(masked):
    stand_in = Standin('convolved', probes=[KeepP])
    keep, = stand_in.others
    soft = np.tile(np.linspace(0, 255, CELLS * 8).astype(np.uint8), (CELLS * 8, 1))
    request = {'mask': png(soft), 'inpaint_full_res': True} if masked else {}
    plain = stand_in.pictures(denoising_strength=0.6, **request)[0]
    keep.again = switch_off
    stand_in.run({'change_map': blocks(HALF), 'blur': 3}, denoising_strength=0.6, **request)
    assert (np.asarray(keep.second.images[0].convert('RGB')) == plain).all()
    assert 'DiffDiff' not in keep.second.infotexts[0]
    assert not keep.second.comments


def test_a_refused_run_leaves_nothing_on_p():
    stand_in = Standin('convolved', probes=[KeepP])
    keep, = stand_in.others
    plain = stand_in.pictures()[0]
    keep.again = lambda p: None
    assert (stand_in.pictures([False])[0] == plain).all()
    assert not {'init', 'differential_diffusion'} & set(vars(stand_in.probe.runs[0]))


def test_the_same_p_runs_twice_alike():
    stand_in = Standin('convolved', probes=[KeepP])
    keep, = stand_in.others
    keep.again = lambda p: None
    first = None
    settings = {'change_map': blocks(HALF // 2)}
    stand_in.probe.__init__()
    first = stand_in.pictures(settings, sampler_name='Euler a')[0]
    assert (np.asarray(keep.second.images[0].convert('RGB')) == first).all()


class Nested(standin.Probe):
    """Paints a second picture in the middle of a run, as ADetailer does."""

    def postprocess_image(self, p, pp):
        inner = processing.StableDiffusionProcessingImg2Img(sd_model=shared.sd_model, prompt='b', steps=8, seed=3, width=64, height=64,
                                                            denoising_strength=0.5, sampler_name='Euler', scheduler='Automatic',
                                                            init_images=[pp.image.resize((64, 64))])
        inner.scripts, inner.script_args = None, ()
        self.inner = processing.process_images(inner).images[0]
        pp.image = pp.image.copy()
        pp.image.paste(self.inner, (0, 0))


def test_a_nested_run_does_not_see_us_and_cannot_touch_what_is_kept():
    stand_in = Standin('convolved', probes=[Nested])
    nested, = stand_in.others
    picture = stand_in.pictures({'change_map': blocks(HALF)})[0]
    assert (picture[:, :64] == stand_in.picture[:, :64]).all()
    with_us = np.asarray(nested.inner)
    white = stand_in.pictures({'change_map': grey(255)})[0]
    inner_white = np.asarray(nested.inner)
    plain = stand_in.pictures()[0]
    assert (white == plain).all() and (inner_white == np.asarray(nested.inner)).all()
    assert with_us.shape == (64, 64, 3)


class Stop(standin.Probe):
    """Presses Interrupt before the third call."""

    def process_batch(self, p, **kwargs):
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look)

    def look(self, denoiser, args):
        if denoiser.step == 3:
            shared.state.interrupted = True


def test_an_interrupted_run_keeps_the_original_where_nothing_changes():
    stand_in = Standin('convolved', probes=[Stop])
    latents, _ = stand_in.run({'change_map': blocks(HALF)}, denoising_strength=0.7)
    picture = np.asarray(standin.pictures(stand_in.answer)[0].convert('RGB'))
    run = stand_in.probe.runs[0]
    assert (latents == run.init_latent)[..., :8].all()
    assert (picture[:, :64] == stand_in.picture[:, :64]).all()
    assert run.denoising_strength == 0.7


def test_infotext_names_the_settings_and_pastes_back(pointwise):
    pointwise.run({'change_map': blocks(HALF), 'blur': 5, 'gamma': 2.0, 'invert': True, 'strength_is': 'absolute', 'skip_unchanged_steps': False})
    pasted = standin.paste(infotext(pointwise.answer))
    assert pasted['Differential Diffusion'] is True
    assert pasted['Change map'].startswith('missing:') and len(pasted['Change map']) == 18
    assert (pasted['Blur (px)'], pasted['Gamma'], pasted['Invert'], pasted['Strength is']) == (5, 2.0, True, 'absolute')
    assert pasted['Skip steps that change nothing'] is False
    pointwise.run()
    assert standin.paste(infotext(pointwise.answer))['Differential Diffusion'] is False


@pytest.mark.parametrize('text', ['"winter night"', '"', '""', ' "a" ', 'a "b" c', '"a", "b"', '"a:b"', 'house', '4x4', '"64x48"', '04x4x4', '"sky: 0.7"', r'"a\\"', '"ä"'])
def test_a_text_comes_back_from_the_host_s_own_parameters(text):
    params = ours.infotext(Settings(description=text), 'mask')
    line = f'Steps: 20, {", ".join(f"{key}: {quote(value)}" for key, value in params.items())}, Version: 1'
    pasted = parse_generation_parameters(f'a cat\n{line}')
    assert ours.scalar_from('description', pasted).strip() == text.strip() and not ours.unknown_keys(pasted)


def test_a_pasted_map_is_asked_for_by_its_hash_in_the_api(pointwise):
    pointwise.run({'change_map': blocks(HALF)})
    text = infotext(pointwise.answer)
    name = text.split('DiffDiff map: ')[1].split(',')[0]
    with pytest.raises(Exception, match=name) as error:
        standin.img2img(**pointwise.request(), infotext=text)
    assert vars(error.value)['status_code'] == 422


def test_the_line_under_the_picture(pointwise):
    greys = np.zeros((CELLS, CELLS), dtype=int)
    greys[:, 8:] = np.linspace(26, 135, 8).astype(int)
    _, under = standin.press_generate(**pointwise.request({'change_map': blocks(greys)}))
    assert under.strip() == 'Differential Diffusion: 9 of 20 steps skipped, 8 distinct strengths from 0.10 to 0.53; 50 % of the picture kept.'


@pytest.mark.parametrize('args, sentence', [({}, 'no change map'), ({'change_map': 'https://x/y.png'}, 'never opened')])
def test_the_page_shows_a_refusal_with_our_name(pointwise, args, sentence):
    pictures, under = standin.press_generate(**pointwise.request(args))
    assert not pictures and under.startswith('DifferentialDiffusion: ') and sentence in under


def euler_of_another_name(model, x, sigmas, extra_args=None, callback=None, disable=None):
    s_in = x.new_ones([x.shape[0]])
    for i in range(len(sigmas) - 1):
        denoised = model(x, sigmas[i] * s_in, **extra_args)
        x = x + (x - denoised) / sigmas[i] * (sigmas[i + 1] - sigmas[i])
    return x


def three_calls_a_step(model, x, sigmas, extra_args=None, callback=None, disable=None):
    """Averages three predictions at levels between two steps, the third in the very tensor that the second returned."""
    s_in = x.new_ones([x.shape[0]])
    for i in range(len(sigmas) - 1):
        high, low = sigmas[i], sigmas[i + 1]
        levels = [high, high * 2 / 3 + low / 3, high / 3 + low * 2 / 3]
        slopes, at = [], x
        for level in levels:
            slopes.append((at - model(at, level * s_in, **extra_args)) / level)
            at = x + slopes[-1] * (level - high)
        x = x + sum(slopes) / 3 * (low - high)
    return x


@pytest.fixture(params=[euler_of_another_name, three_calls_a_step])
def unknown(request, pointwise, monkeypatch):
    name = request.param.__name__
    data = SamplerData(name, lambda model: sd_samplers_kdiffusion.KDiffusionSampler(request.param, model), [], {})
    monkeypatch.setattr(sd_samplers, 'all_samplers', [*sd_samplers.all_samplers, data])
    monkeypatch.setattr(sd_samplers, 'all_samplers_map', {**sd_samplers.all_samplers_map, name: data})
    return name


def test_a_sampler_that_nobody_told_us_of_obeys_the_white_law(pointwise, unknown):
    for skip in (True, False):
        white, calls = pointwise.run({'change_map': grey(255), 'skip_unchanged_steps': skip}, sampler_name=unknown, denoising_strength=0.6)
        plain, plain_calls = pointwise.run(sampler_name=unknown, denoising_strength=0.6)
        assert (white == plain).all() and calls == plain_calls


def test_a_sampler_that_nobody_told_us_of_obeys_the_black_law(pointwise, unknown):
    latents, _ = pointwise.run({'change_map': blocks(HALF)}, sampler_name=unknown)
    assert (latents == pointwise.probe.runs[0].init_latent)[..., :8].all()
    assert (pointwise.pictures({'change_map': blocks(HALF)}, sampler_name=unknown)[0][:, :64] == pointwise.picture[:, :64]).all()


def test_a_sampler_that_nobody_told_us_of_obeys_the_start_law(pointwise, unknown):
    _, skipping = pointwise.run({'change_map': grey(128)}, sampler_name=unknown)
    _, plain = pointwise.run(sampler_name=unknown, denoising_strength=128 / 255)
    _, whole = pointwise.run({'change_map': grey(128), 'skip_unchanged_steps': False}, sampler_name=unknown)
    assert skipping == plain and whole > plain


def test_a_sampler_that_nobody_told_us_of_releases_cells_in_the_order_of_their_strengths(pointwise, unknown):
    greys = np.linspace(0, 255, CELLS * CELLS).astype(int).reshape(CELLS, CELLS)
    pointwise.run({'change_map': blocks(greys)}, sampler_name=unknown)
    calls = pointwise.probe.calls[0]
    run = pointwise.probe.runs[0]
    noise = calls[0] - run.init_latent
    held = torch.stack([_is_original(call - run.init_latent, noise) for call in calls])  # calls, h, w
    free_from = (~held).float().argmax(dim=0).flatten()
    free_from[held.all(dim=0).flatten()] = len(calls)
    assert (free_from[1:] <= free_from[:-1]).all()
    assert len(free_from.unique()) > 10


def _is_original(added, noise):
    ratio = (added * noise).sum(dim=1) / (noise * noise).sum(dim=1)
    return ((added - ratio[:, None] * noise).abs().amax(dim=1) < 1e-4 * (1 + ratio))[0]


def test_a_plain_sampler_under_another_name_is_exact(pointwise, unknown):
    if 'euler' not in unknown:
        pytest.skip('one call a step only')
    greys = np.random.default_rng(1).integers(13, 256, (CELLS, CELLS))
    ours, _ = pointwise.run({'change_map': blocks(greys)}, sampler_name=unknown)
    euler, _ = pointwise.run({'change_map': blocks(greys)}, sampler_name='Euler')
    assert (ours - euler).abs().max() < 1e-5


def test_no_run_of_anybody_else_meets_a_callback_of_ours(pointwise):
    from modules import script_callbacks
    ours = {kind for kind, callbacks in script_callbacks.callback_map.items() if 'lib_diffdiff' in str(callbacks)}
    assert not any('cfg' in kind or 'noise' in kind for kind in ours)


class OwnInit(standin.Probe):
    """Another extension that puts an `init` of its own on the run."""

    def before_process(self, p):
        self.calls = []

        def init(*args, **kwargs):
            self.calls.append(args)
            type(p).init(p, *args, **kwargs)
        p.init = self.init = init

    def postprocess(self, p, processed):
        self.left = vars(p).get('init')


@pytest.mark.parametrize('args', [[False], {'change_map': grey(128)}])
def test_an_init_that_another_extension_put_there_is_called_and_stays(args):
    stand_in = Standin('convolved', probes=[OwnInit])
    other, = stand_in.others
    stand_in.run(args)
    assert len(other.calls) == 1 and other.left is other.init


def test_off_is_as_if_we_were_not_installed():
    request = {'sampler_name': 'Euler a', 'denoising_strength': 0.6}
    stand_in = Standin('convolved')
    off = stand_in.run([False, grey(9)], **request)[0], infotext(stand_in.answer)
    standin.load('convolved', extension=None)
    answer = standin.img2img(**stand_in.request(**request))
    assert infotext(answer) == off[1]
    without = standin.pictures(answer)[0]
    stand_in = Standin('convolved')
    assert (np.asarray(without) == stand_in.pictures([False, grey(9)], **request)[0]).all()


class Twice(standin.Probe):
    """Tells of every sampling a second time, as Forge does of a second pass."""

    def process_before_every_sampling(self, p, x, noise, **kwargs):
        ours = next(s for s in p.scripts.alwayson_scripts if s.title() == 'Differential Diffusion')
        ours.process_before_every_sampling(p, *p.script_args[ours.args_from:ours.args_to], x=x, noise=noise, **kwargs)


@pytest.mark.parametrize('settings', [{}, {'skip_unchanged_steps': False}, {'fill': 'latent noise'}])
@pytest.mark.parametrize('sampler', ['Euler', 'Euler a', 'DPM++ 2M', 'LMS', 'DDIM', 'DPM fast'])
def test_a_sampling_that_is_told_of_twice_is_as_told_of_once(sampler, settings):
    ramp = np.tile(np.linspace(0, 200, CELLS).astype(np.uint8), (CELLS, 1))
    args = {'change_map': blocks(ramp), **settings}
    once = Standin('convolved').run(args, sampler_name=sampler, denoising_strength=0.8)[0]
    stand_in = Standin('convolved', probes=[Twice])
    assert torch.equal(stand_in.run(args, sampler_name=sampler, denoising_strength=0.8)[0], once)
    assert 'could not be put back' not in infotext(stand_in.answer)


@pytest.mark.parametrize('upscaler', ['Lanczos', 'Latent'])
def test_a_second_pass_that_is_told_of_twice_is_as_told_of_once(upscaler):
    request = {'prompt': 'a cat', 'width': 64, 'height': 64, 'steps': 8, 'enable_hr': True, 'hr_scale': 2, 'hr_upscaler': upscaler,
               'denoising_strength': 1.0, 'seed': 1, 'sampler_name': 'Euler a',
               'alwayson_scripts': {'Differential Diffusion': {'args': [{'change_map': grey(128)}]}}}
    pictures = []
    for probes in ([], [Twice]):
        standin.load('convolved', probes=probes)
        answer = standin.txt2img(**request)
        pictures.append(np.asarray(standin.pictures(answer)[0]))
        assert 'could not be put back' not in infotext(answer)
    assert np.array_equal(*pictures)
