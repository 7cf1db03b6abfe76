"""What the injection costs at a denoiser call, counted: what it allocates, how often it waits for the device, what it keeps."""
import gc

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from lib_diffdiff.algorithm.clock import LevelClock, StepClock, WatchingClock
from lib_diffdiff.algorithm.draws import ShiftedDraws
from lib_diffdiff.algorithm.injection import Injection
from lib_diffdiff.algorithm.noise_levels import SigmaLevels, TimestepLevels
from lib_diffdiff.algorithm.samplers import SAMPLERS, sampler

STEPS, SHAPE = 20, (2, 4, 64, 64)
WAITS = {'aten::item', 'aten::_local_scalar_dense', 'aten::nonzero', 'aten::is_nonzero', 'aten::masked_select'}
LATENT = torch.zeros(SHAPE).nbytes
TIMESTEPS = ('DDIM', 'PLMS', 'UniPC')


class Source:
    def next(self):
        return torch.zeros(SHAPE)


def injection(name, **named):
    release = torch.arange(64 * 64).reshape(1, 1, 64, 64) % (STEPS + 1)
    entry = SAMPLERS.get(name) or sampler(name, timesteps=False)
    level = torch.where(release > 0, STEPS - release.float(), torch.inf)
    if entry.calls is None:
        clock = WatchingClock(level, float(STEPS))
    elif entry.own_grid:
        clock = LevelClock(level, calls=entry.calls)
    else:
        clock = StepClock(release, calls=entry.calls, first_step_calls=entry.first_step_calls)
    levels = TimestepLevels(torch.linspace(0.99, 0.01, 1000)) if name in TIMESTEPS else SigmaLevels()
    draws = ShiftedDraws(Source()) if entry.draws else None
    return Injection(torch.randn(SHAPE), torch.randn(SHAPE), clock, levels, entry, draws=draws, **named)


def called(one, x, step):
    sigma = torch.full(SHAPE[:1], float(STEPS - step))
    output = torch.randn_like(x)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        one.before(x, sigma)
        one.after(x, sigma, output)
    return [event for event in seen.events() if event.name.startswith('aten::')]


def allocated(operations):
    return sum(max(0, operation.self_cpu_memory_usage) for operation in operations)


@pytest.mark.parametrize('name', [*SAMPLERS, 'a sampler that no table knows'])
def test_no_call_waits_for_the_device(name):
    one, x = injection(name), torch.randn(SHAPE)
    operations = [operation.name for step in range(6) for operation in called(one, x, step)]
    assert operations and not WAITS & set(operations)


@pytest.mark.parametrize('name', [name for name in SAMPLERS if name not in ('DPM++ 3M SDE', *TIMESTEPS, 'LMS')])
def test_a_call_allocates_one_latent_and_a_few_masks(name):
    # DPM++ 3M SDE puts an old output on a line, and a scaled latent is the sum of two.
    one, x = injection(name), torch.randn(SHAPE)
    used = [allocated(called(one, x, step)) for step in range(6)]
    assert LATENT <= max(used) <= 1.5 * LATENT


def test_what_a_call_makes_is_a_mask_and_a_noised_original():
    one, x = injection('Euler'), torch.randn(SHAPE)
    operations = [called(one, x, step) for step in range(4)][-1]
    outermost = {operation.name for operation in operations if operation.cpu_parent is None and operation.self_cpu_memory_usage != 0}
    assert outermost == {'aten::gt', 'aten::mul'}
    assert [operation.name for operation in operations].count('aten::copy_') == 0


@pytest.mark.parametrize('name', ['Euler', 'Heun'])
def test_each_mask_is_made_once(name):
    one, x, calls = injection(name), torch.randn(SHAPE), SAMPLERS[name].calls
    made = [[operation.name for operation in called(one, x, call)].count('aten::gt') for call in range(4 * calls)]
    assert made == ([1] + [0] * (calls - 1)) * 4


@pytest.mark.parametrize('name', ['Euler', 'DPM++ 2M', 'DPM++ 3M SDE', 'Restart', 'DDIM'])
def test_at_most_four_latents_are_held(name):
    # Beside the original and the noise, which are the host's, and the outputs, which the sampler holds itself. Samplers that draw are
    # another matter: a cell begins with the first draw, so the draws wait for the last release.
    def storages():
        gc.collect()
        return {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes()
                for one in gc.get_objects() if type(one) is torch.Tensor}

    one, x = injection(name), torch.randn(SHAPE)
    outputs = [torch.randn(SHAPE) for _ in range(STEPS)]
    before = storages()
    for step, output in enumerate(outputs):
        sigma = torch.full(SHAPE[:1], float(STEPS - step))
        one.before(x, sigma)
        one.after(x, sigma, output)
    assert sum(size for at, size in storages().items() if at not in before) <= 4 * LATENT
