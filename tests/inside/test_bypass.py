"""No picture that the map did not reach: what replaces or goes round the hooks is followed, or the run is refused."""
from contextlib import contextmanager
from itertools import pairwise

import gradio as gr
import numpy as np
import pytest
import standin
import torch
from client import grey, png
from modules import rng, sd_samplers, sd_samplers_kdiffusion, shared
from modules.sd_samplers_cfg_denoiser import CFGDenoiser
from modules.sd_samplers_common import SamplerData
from torch.nn import functional

from .conftest import CELLS, Standin, blocks

HALF = np.full((CELLS, CELLS), 255)
HALF[:, :8] = 0


class NewSamplerInBatch(standin.Probe):
    """Makes the sampler anew, as Dynamic thresholding does."""

    def process_batch(self, p, **kwargs):
        p.sampler = sd_samplers.create_sampler('DPM++ 2M', shared.sd_model)


class NewDenoiserInBatch(standin.Probe):
    def process_batch(self, p, **kwargs):
        p.sampler.model_wrap_cfg = CFGDenoiser(p.sampler, p.sampler.model)


@pytest.mark.parametrize('probe, runs', [(NewSamplerInBatch, 'DPM++ 2M'), (NewDenoiserInBatch, 'Euler')])
def test_a_sampler_made_anew_before_sampling_is_followed(probe, runs):
    change_map = blocks(np.random.default_rng(2).integers(0, 256, (CELLS, CELLS)))
    right = Standin('convolved').pictures({'change_map': change_map}, sampler_name=runs)[0]
    assert (Standin('convolved', probes=[probe]).pictures({'change_map': change_map})[0] == right).all()


class NewSamplerAtLast(standin.Probe):
    def process_before_every_sampling(self, p, **kwargs):
        p.sampler = sd_samplers.create_sampler(p.sampler_name, shared.sd_model)


class NewDenoiserAtLast(standin.Probe):
    def process_before_every_sampling(self, p, **kwargs):
        p.sampler.model_wrap_cfg = CFGDenoiser(p.sampler, p.sampler.model)


class NoDenoiserModule(standin.Probe):
    """A denoiser that calls the real one's forward, past its hooks."""

    def process_before_every_sampling(self, p, **kwargs):
        forward = p.sampler.model_wrap_cfg.forward
        p.sampler.func = past_the_hooks(p.sampler.func, forward)


def past_the_hooks(func, forward):
    def sample(model, x, sigmas, extra_args=None, **kwargs):
        return func(lambda *args, **named: forward(*args, **named), x, sigmas=sigmas, extra_args=extra_args, disable=True)
    return sample


@pytest.mark.parametrize('probe', [NewSamplerAtLast, NoDenoiserModule])
def test_a_run_that_the_map_never_reached_is_refused(probe):
    stand_in = Standin('convolved', probes=[probe])
    pictures, under = standin.press_generate(**stand_in.request({'change_map': blocks(HALF)}))
    assert not pictures and 'DifferentialDiffusion: The change map never reached the sampler "Euler"' in under
    assert len(stand_in.pictures()) == 1  # and the next run, without the map, is as ever


def euler_of_a_copy(model, x, sigmas, extra_args=None, callback=None, disable=None):
    s_in = x.new_ones([x.shape[0]])
    for i in range(len(sigmas) - 1):
        denoised = model(x.clone(), sigmas[i] * s_in, **extra_args)
        x = x + (x - denoised) / sigmas[i] * (sigmas[i + 1] - sigmas[i])
    return x


class CopyingSampler(standin.Probe):
    """Gives the denoiser a copy of its latent, under the host's own name."""

    def process_batch(self, p, **kwargs):
        p.sampler.func = euler_of_a_copy


def test_a_sampler_that_gives_the_denoiser_a_copy_is_followed():
    greys = blocks(np.random.default_rng(2).integers(13, 256, (CELLS, CELLS)))
    for name in ('Euler', 'copying'):
        right, _ = Standin('pointwise').run({'change_map': greys, 'skip_unchanged_steps': False})
        if name == 'Euler':
            ours, _ = Standin('pointwise', probes=[CopyingSampler]).run({'change_map': greys, 'skip_unchanged_steps': False})
        else:
            ours = of_another_name(greys)
        assert (ours - right).abs().max() < 1e-3


def of_another_name(greys):
    stand_in = Standin('pointwise')
    with brought('copying', euler_of_a_copy):
        return stand_in.run({'change_map': greys, 'skip_unchanged_steps': False}, sampler_name='copying')[0]


@contextmanager
def brought(name, function, options=None):
    """While it lasts, the host has this sampler too, as an extension brings one."""
    data = SamplerData(name, lambda model: sd_samplers_kdiffusion.KDiffusionSampler(function, model), [], options or {})
    before = sd_samplers.all_samplers, sd_samplers.all_samplers_map
    sd_samplers.all_samplers, sd_samplers.all_samplers_map = [*before[0], data], {**before[1], name: data}
    try:
        yield
    finally:
        sd_samplers.all_samplers, sd_samplers.all_samplers_map = before


@pytest.mark.parametrize('name', ['Euler a', 'DPM++ 3M SDE', 'LMS', 'DPM2 a'])
def test_the_host_s_sampler_under_another_name_is_known_by_what_it_runs(name):
    """Dynamic thresholding brings such."""
    stand_in = Standin('pointwise')
    _, function, _, options = next(entry for entry in sd_samplers_kdiffusion.samplers_k_diffusion if entry[0] == name)
    request = {'change_map': blocks(np.random.default_rng(2).integers(0, 256, (CELLS, CELLS))), 'skip_unchanged_steps': False}
    right, _ = stand_in.run(request, sampler_name=name)
    with brought(f'{name}_dynthres1', function, options):
        assert (stand_in.run(request, sampler_name=f'{name}_dynthres1')[0] == right).all()


class AlwaysThere(standin.Probe):
    """Another extension with two switches of its own."""

    called, switches = '', (False, False)

    def title(self):
        return self.called

    def ui(self, is_img2img):
        return [gr.Checkbox(value) for value in self.switches]


class DemoFusion(AlwaysThere):
    called, switches = 'demofusion', (True, False)

    def process(self, p, enabled, keep):
        pass


class NoiseInversion(AlwaysThere):
    called, switches = 'Tiled Diffusion', (True, True)

    def process(self, p, enabled, noise_inverse):
        pass


class TiledDiffusion(NoiseInversion):
    switches = (True, False)


@pytest.mark.parametrize('script, word', [(DemoFusion, 'DemoFusion'), (NoiseInversion, 'Noise Inversion')])
def test_what_the_map_cannot_follow_is_refused_by_name(script, word):
    stand_in = Standin('convolved', probes=[script])
    pictures, under = standin.press_generate(**stand_in.request({'change_map': blocks(HALF)}))
    assert not pictures and word in under


def test_tiled_diffusion_without_it_is_not():
    assert len(Standin('convolved', probes=[TiledDiffusion]).pictures({'change_map': blocks(HALF)})) == 1


class LargerPicture(standin.Probe):
    """Another extension that enlarges each finished picture."""

    def postprocess_image(self, p, pp):
        pp.image = pp.image.resize((p.width * 2, p.height * 2))


def test_a_picture_that_another_extension_made_larger_says_that_its_pixels_were_not_put_back():
    stand_in = Standin('convolved', probes=[LargerPicture])
    stand_in.run({'change_map': blocks(HALF)})
    assert 'another extension changed the picture to 256x256 pixels, but the original has 128x128' in stand_in.answer['info']


class SoftInpainting(standin.Probe):
    """Of the host's own: what it leaves on a run."""

    def title(self):
        return 'Soft Inpainting'

    def ui(self, is_img2img):
        import gradio as gr
        return [gr.Checkbox(True, label='Soft inpainting')]

    def process(self, p, enabled):
        p.extra_generation_params['Soft inpainting enabled'] = True
        p.extra_generation_params['Soft inpainting schedule bias'] = 1


def test_with_soft_inpainting_too_one_sentence_says_who_acts():
    stand_in = Standin('convolved', probes=[SoftInpainting])
    stand_in.run([True], mask=png((255 * (HALF > 0)).astype(np.uint8)), inpaint_full_res=False)
    info = stand_in.answer['info']
    assert 'Soft Inpainting is also on, but it is ignored' in info and 'Soft inpainting enabled: ' not in info


def test_a_finishing_hook_of_ours_that_fails_is_told_in_the_answer(monkeypatch):
    from lib_diffdiff.host import events

    def throw(*args, **kwargs):
        raise RuntimeError('injected')
    stand_in = Standin('convolved')
    for name, words in (('composited', 'original pixels could not be put back'), ('store_maps', 'could not be saved or appended')):
        with monkeypatch.context() as patch:
            patch.setattr(events, name, throw)
            stand_in.run({'change_map': blocks(HALF), 'return_map': True})
        assert words in stand_in.answer['info'], name
    stand_in.run({'change_map': grey(200)})
    assert 'could not' not in stand_in.answer['info']


@pytest.mark.parametrize('sampler_name', ['Euler', 'DPM++ 2M SDE', 'DDIM', 'Euler a'])
def test_a_host_that_does_not_tell_of_sampling_is_followed_by_its_sampler(monkeypatch, sampler_name):
    """A1111 before 1.10."""
    request = {'change_map': blocks(np.random.default_rng(2).integers(0, 256, (CELLS, CELLS)))}
    right, _ = Standin('convolved').run(request, sampler_name=sampler_name, n_iter=2)
    call = standin.scripts.ScriptRunner.call
    monkeypatch.delattr(standin.scripts.Script, 'process_before_every_sampling')
    monkeypatch.setattr(standin.scripts.ScriptRunner, 'call', lambda self, hook, *rest, **named: hook.startswith('process_before_every')
                        or call(self, hook, *rest, **named))
    assert (Standin('convolved').run(request, sampler_name=sampler_name, n_iter=2)[0] == right).all()
    with pytest.raises(Exception, match=r'needs AUTOMATIC1111 1\.10'):
        standin.txt2img(prompt='a cat', width=64, height=64, steps=2, enable_hr=True, alwayson_scripts={'Differential Diffusion': {'args': [request]}})


class Predictor(standin.Probe):
    """A host whose model says itself how a start is noised, as Forge's do: here a flow model's rule."""

    def process_batch(self, p, **kwargs):
        p.sampler.model_wrap = self
        self.predictor = self

    def noise_scaling(self, sigma, noise, latent, max_denoise):
        assert max_denoise is False
        return (1 - sigma / 20) * latent + sigma / 20 * noise


def test_what_is_held_is_noised_by_the_host_s_own_rule():
    stand_in = Standin('pointwise', probes=[Predictor])
    stand_in.run({'change_map': blocks(HALF)})
    init, calls = stand_in.probe.runs[0].init_latent, stand_in.probe.calls[0]
    noise = (calls[1] - init)[..., :8]
    assert (calls[1][..., :8] != init[..., :8]).all()
    injection = stand_in.probe.runs[0].differential_diffusion.injection
    sigma = standin.shared.sd_model.create_denoiser().get_sigmas(20)[1]
    own = stand_in.others[0].noise_scaling(sigma, injection.noise, init, max_denoise=False)
    assert (calls[1] == own)[..., :8].all() and noise.abs().max() > 0


def euler_of_a_wider_latent(model, x, sigmas, extra_args=None, callback=None, disable=None):
    for level, following in pairwise(sigmas):
        wider = functional.pad(x, (2, 2, 2, 2), mode='reflect')
        denoised = model(wider, level * x.new_ones([len(x)]), **extra_args)[..., 2:-2, 2:-2]
        x = denoised + (x - denoised) * (following / level)
    return x


def test_a_sampler_that_calls_only_with_another_size_is_refused():
    with brought('wider', euler_of_a_wider_latent), pytest.raises(Exception, match='calls the model only with pictures of another size'):
        Standin('convolved').pictures({'change_map': blocks(HALF)}, sampler_name='wider')


class OtherStrength(standin.Probe):
    def process_before_every_sampling(self, p, **kwargs):
        p.denoising_strength = 0.9


class OtherSteps(standin.Probe):
    def process_before_every_sampling(self, p, **kwargs):
        p.steps = 5


class OtherOriginal(standin.Probe):
    def process_before_every_sampling(self, p, **kwargs):
        p.init_latent = p.init_latent * 0.5 + 0.3


class OtherNoise(standin.Probe):
    """As Forge's `modified_noise`, which the host takes after all scripts."""

    def process_before_every_sampling(self, p, noise, **kwargs):
        runs = p.sampler.sample_img2img
        p.sampler.sample_img2img = lambda p, x, noise, *rest, **named: runs(p, x, noise * 0.9 + 0.05, *rest, **named)


class OtherDraws(standin.Probe):
    def process_before_every_sampling(self, p, noise, **kwargs):
        p.rng = rng.ImageRNG(noise.shape[1:], [5])


def copy_output(p):
    p.sampler.model_wrap_cfg.register_forward_hook(lambda denoiser, args, output: output * 1.0)


def copy_latent(p):
    p.sampler.model_wrap_cfg.register_forward_pre_hook(
        lambda denoiser, args, named: ((args[0].clone(), *args[1:]), named), with_kwargs=True, prepend=True)


class CopiesOutputAtLast(standin.Probe):
    def process_before_every_sampling(self, p, **kwargs):
        copy_output(p)


class CopiesLatentAtLast(standin.Probe):
    def process_before_every_sampling(self, p, **kwargs):
        copy_latent(p)


@pytest.mark.parametrize('skip', [True, False])
@pytest.mark.parametrize('probe', [NewDenoiserAtLast, OtherStrength, OtherSteps, OtherOriginal, OtherNoise, OtherDraws, CopiesOutputAtLast,
                                   CopiesLatentAtLast])
@pytest.mark.parametrize('sampler', ['Euler a', 'DPM++ 2M'])
def test_what_others_change_at_last_is_what_the_run_starts_from(sampler, probe, skip):
    """Law 1, beside an extension that acts after this one: its plain img2img is the measure."""
    stand_in = Standin('pointwise', probes=[probe])
    settings = {'change_map': blocks(np.repeat([[128] * 8 + [200] * 8], CELLS, axis=0)), 'skip_unchanged_steps': skip}
    ours = stand_in.pictures(settings, sampler_name=sampler)[0]
    strength = 0.9 if probe is OtherStrength else 1.0
    for grey_, half in ((128, slice(0, 64)), (200, slice(64, 128))):
        if probe is OtherStrength:
            stand_in.others[0].process_before_every_sampling = lambda p, **kwargs: None
        plain = stand_in.pictures(sampler_name=sampler, denoising_strength=strength * grey_ / 255)[0]
        if probe is OtherStrength:
            del stand_in.others[0].process_before_every_sampling
        assert np.abs(ours[:, half].astype(int) - plain[:, half]).max() <= 1


class ChangesTheStrengthInside(standin.Probe):
    """Stands between this extension and the host's sampler, as one that came before: by then the run is planned."""

    def process_batch(self, p, **kwargs):
        del p.sampler.sample_img2img
        runs = p.sampler.sample_img2img

        def sample(p, *rest, **named):
            p.denoising_strength = 0.9
            return runs(p, *rest, **named)
        p.sampler.sample_img2img = sample


@pytest.mark.parametrize('skip', [True, False])
def test_a_run_that_another_extension_changes_after_the_plan_is_refused(skip):
    stand_in = Standin('convolved', probes=[ChangesTheStrengthInside])
    with pytest.raises(Exception, match=r'Another extension set .* after the map was planned'):
        stand_in.pictures({'change_map': grey(128), 'skip_unchanged_steps': skip})


class Splits(standin.Probe):
    """Makes the first call with all pictures, and then calls with one at a time."""

    def process_batch(self, p, **kwargs):
        p.sampler.func = one_by_one


def one_by_one(model, x, sigmas, extra_args=None, callback=None, disable=None):
    for i, (level, following) in enumerate(pairwise(sigmas)):
        parts = [x] if i == 0 else x.split(1)
        cond = extra_args
        denoised = torch.cat([model(part, level * part.new_ones([len(part)]), **cond) for part in parts])
        x = denoised + (x - denoised) * (following / level)
    return x


def test_a_sampler_that_takes_a_batch_apart_is_refused():
    with pytest.raises(Exception, match='calls the model with a batch of 1 instead of 2'):
        Standin('convolved', probes=[Splits]).pictures({'change_map': blocks(HALF)}, batch_size=2)


class CopiesOutput(standin.Probe):
    def process_batch(self, p, **kwargs):
        copy_output(p)


class CopiesLatent(standin.Probe):
    def process_batch(self, p, **kwargs):
        copy_latent(p)


@pytest.mark.parametrize('sampler', ['DPM++ 2M', 'Euler a', 'Test with memory'])
@pytest.mark.parametrize('probe', [CopiesOutput, CopiesLatent])
def test_hooks_of_others_that_copy_change_nothing(probe, sampler):
    args = {'change_map': blocks(np.random.default_rng(2).integers(13, 256, (CELLS, CELLS))), 'skip_unchanged_steps': False}
    right, _ = Standin('pointwise').run(args, sampler_name=sampler)
    ours, _ = Standin('pointwise', probes=[probe]).run(args, sampler_name=sampler)
    assert (ours - right).abs().max() < 1e-4


class WrapsForward(standin.Probe):
    """As an extension that times or patches the denoiser, without saying what its arguments are called."""

    def process_batch(self, p, **kwargs):
        denoiser = p.sampler.model_wrap_cfg
        forward = denoiser.forward
        denoiser.forward = lambda *args, **named: forward(*args, **named)


def test_a_sampler_that_names_its_arguments_to_a_wrapper_is_followed():
    args = {'change_map': blocks(HALF)}
    right = Standin('pointwise').pictures(args, sampler_name='Test by name')[0]
    assert (Standin('pointwise', probes=[WrapsForward]).pictures(args, sampler_name='Test by name')[0] == right).all()
