"""What the page is told before a run is what the run does."""
import base64
import json

import numpy as np
import pytest
import standin
from client import png

from lib_diffdiff.algorithm.release import UNRELEASED
from lib_diffdiff.settings.settings import Settings

from .conftest import CELLS, Standin, blocks

SAMPLERS = ['Euler', 'Euler a', 'Heun', 'DPM++ 2M', 'DPM++ SDE', 'DPM++ 3M SDE', 'DPM2 a', 'DDIM']
GREYS = np.random.default_rng(4).integers(0, 256, (CELLS, CELLS)) * (np.indices((CELLS, CELLS)).sum(axis=0) % 5 > 0)


class Held(standin.Probe):
    """Tells which cells are the re-noised original at each of a run's denoiser calls, and at its end."""

    def process_before_every_sampling(self, p, x, noise, **kwargs):
        self.p, self.init, self.noise, self.held, self.kept = p, x.clone(), noise.clone(), [], None
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look)

    def look(self, denoiser, args):
        x, sigma = args[:2]
        levels = self.p.differential_diffusion.injection.levels
        injected = equal(x, levels.at(self.init, self.noise, sigma)) | equal(x, levels.at_start(self.init, self.noise, sigma, 0))
        self.held.append(injected.double().mean().item())

    def post_sample(self, p, ps):
        self.plan = p.differential_diffusion.plan
        self.kept = equal(ps.samples, self.init).double().mean().item()


def equal(latent, original):
    return ((latent - original).abs() < 1e-5 * (1 + original.abs())).all(1)


@pytest.fixture
def watched():
    return Standin('pointwise', probes=[Held])


def told(change_map, sampler, steps, denoising, size=CELLS * 8, **named):
    """The answer to the page's question, through the script's own channel."""
    from lib_diffdiff.host.answers import answer
    settings = Settings(True, change_map, **named)
    question = {'id': 1, 'kind': 'preview', 'image': [CELLS * 8] * 2, 'size': [size] * 2, 'resize_mode': 0, 'steps': steps,
                'denoising': denoising, 'sampler': sampler, 'mask': None}
    answered = json.loads(answer(json.dumps(question), *(getattr(settings, name) for name in Settings.specs())))
    assert answered['ok'], answered
    return answered


def run(watched, change_map, sampler, steps, denoising, **named):
    watched.run([{'change_map': change_map, 'keep_original': False, **named}], sampler_name=sampler, steps=steps, denoising_strength=denoising)
    return watched.others[0]


def released_at(answered):
    return {entry['step'] - answered['skipped'] - 1: entry['share'] for entry in answered['histogram']}


@pytest.mark.parametrize('exact', [False, True])
@pytest.mark.parametrize('skip', [True, False])
@pytest.mark.parametrize('sampler', SAMPLERS)
def test_the_histogram_is_that_of_the_injected_calls(watched, sampler, skip, exact):
    standin.shared.opts.img2img_fix_steps = exact
    settings = {'skip_unchanged_steps': skip, 'blur': 3, 'max_strength': 0.9}
    answered = told(blocks(GREYS), sampler, 20, 0.8, **settings)
    seen = run(watched, blocks(GREYS), sampler, 20, 0.8, **settings)
    calls = -(-len(seen.held) // answered['run_steps'])
    assert len(seen.held) == calls * answered['run_steps'] - (calls - 1)  # Heun and its like end on one call
    held, releases = 1.0, released_at(answered)
    for step in range(answered['run_steps']):
        if step:  # all is held that is not released yet; what is released by this very call is injected once more
            assert seen.held[calls * step] == pytest.approx(held, abs=1e-9), step
        held -= releases[step]
    assert held == pytest.approx(answered['unreleased'], abs=1e-9) and seen.kept == pytest.approx(answered['unreleased'], abs=1e-9)


@pytest.mark.parametrize('steps', [4, 8, 20])
@pytest.mark.parametrize('denoising', [0.3, 1.0])
@pytest.mark.parametrize('sampler', ['Euler', 'DPM++ 2M SDE', 'DDIM', 'DPM fast', 'DPM adaptive'])
def test_the_numbers_are_those_of_the_run_s_plan(watched, sampler, steps, denoising):
    answered = told(blocks(GREYS), sampler, steps, denoising, blur=5, gamma=0.8)
    plan = run(watched, blocks(GREYS), sampler, steps, denoising, blur=5, gamma=0.8).plan
    assert answered['skipped'] == plan.skipped and answered['steps'] == plan.steps
    assert answered['unreleased'] == (plan.cells == UNRELEASED).mean()
    for entry in answered['histogram']:
        assert entry['share'] == (plan.cells == plan.steps - entry['step']).mean()


def test_strengths_and_the_line_under_the_picture_say_the_same(watched):
    answered = told(blocks(GREYS), 'Euler', 20, 0.8, blur=3)
    run(watched, blocks(GREYS), 'Euler', 20, 0.8, blur=3, keep_original=True)
    strength = watched.probe.runs[0].differential_diffusion.strength[0]
    assert np.abs(np.frombuffer(base64.b64decode(answered['values']), '<u2').reshape(strength.shape) / 65535 - strength).max() < 1e-5
    comment, = watched.probe.runs[0].differential_diffusion.said
    assert f'{answered["skipped"]} of {answered["steps"]} steps skipped' in comment
    assert f'{answered["distinct"]} distinct strengths from {answered["low"]:.2f} to {answered["high"]:.2f}' in comment
    assert f'{100 * (1 - answered["changed"]):.0f} % of the picture kept' in comment


@pytest.mark.parametrize('area', ['own scale', 'enlarged'])
def test_of_an_area_too(watched, area):
    """What the model works on, and what it does there."""
    part = np.zeros((CELLS, CELLS), dtype=int)
    part[9:13, 3:6] = GREYS[9:13, 3:6]
    settings = {'work_area': area, 'margin': 4, 'blur': 2}
    answered = told(blocks(part), 'Euler', 20, 0.8, **settings)
    run(watched, blocks(part), 'Euler', 20, 0.8, **settings)
    p, = watched.probe.runs
    x, y, width, height = p.paste_to
    side = CELLS * 8
    assert answered['area'] == {'left': x / side, 'top': y / side, 'right': (x + width) / side, 'bottom': (y + height) / side}
    assert width < side and height < side
    strength = p.differential_diffusion.strength[0]
    assert strength.shape == (answered['rows'], answered['columns'])
    assert np.abs(np.frombuffer(base64.b64decode(answered['values']), '<u2').reshape(strength.shape) / 65535 - strength).max() < 1e-5


def test_the_host_s_samplers_are_known_without_being_made(watched):
    from modules import sd_samplers

    from lib_diffdiff.host.answers import counts_timesteps
    for entry in sd_samplers.all_samplers:
        made = sd_samplers.create_sampler(entry.name, standin.shared.sd_model)
        assert counts_timesteps(entry.name) is hasattr(made, 'get_timesteps'), entry.name
    assert counts_timesteps('of another extension') is False
    assert told(png(np.full((8, 8), 255, dtype=np.uint8)), 'of another extension', 20, 0.5)['warnings'] == [{'code': 'own_grid'}]
