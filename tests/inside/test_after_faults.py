"""What goes wrong in a run of somebody else's making, the model's, the host's, the user's, leaves nothing behind: the next picture is as ever."""
import inspect
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import standin
import torch
from client import png
from modules import processing, sd_samplers_cfg_denoiser, shared
from modules.sd_samplers_cfg_denoiser import CFGDenoiser, InterruptedException

from .conftest import CELLS, Standin, blocks

STEPS = 6
MAPS = {'change_map': blocks(np.linspace(0, 255, CELLS * CELLS).reshape(CELLS, CELLS))}
SAMPLERS = ['Euler a', 'DPM++ 2M', 'DDIM', 'LMS']


class Fault(standin.Probe):
    """Does something before one of a run's denoiser calls, counted over all batches; or before a batch."""

    at, act, before_batch = None, None, None

    def process_batch(self, p, batch_number, **kwargs):
        if self.before_batch is not None and batch_number == 1:
            self.before_batch()
        if batch_number == 0:
            self.seen = 0
            p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look)

    def look(self, denoiser, args):
        self.seen += 1
        if self.act is not None and self.seen == self.at:
            self.act()


@pytest.fixture(scope='module')
def stand_in():
    return Standin('convolved', probes=[Fault])


@pytest.fixture
def fault(stand_in):
    found, = stand_in.others
    yield found
    found.at = found.act = found.before_batch = None


def raising(error):
    def act():
        raise error
    return act


def host_classes():
    """All classes and modules of the host, and of torch's modules, by what each has."""
    modules = [module for name, module in sys.modules.items() if name == 'modules' or name.startswith('modules.')]
    classes = {thing for module in modules for thing in vars(module).values() if inspect.isclass(thing) and thing.__module__.startswith('modules')}
    return {str(thing): {name: id(value) for name, value in vars(thing).items() if not name.startswith('__')}
            for thing in (*classes, torch.nn.Module, type(shared.sd_model))}


def hooks():
    """How many hooks there are on the model, on any of its parts, and on all modules of the process."""
    of_all = torch.nn.modules.module
    of_parts = sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in shared.sd_model.modules())
    return of_parts + len(of_all._global_forward_hooks) + len(of_all._global_forward_pre_hooks)


def usual(stand_in, sampler='Euler a'):
    with_map = stand_in.pictures(MAPS, sampler_name=sampler, steps=STEPS)[0]
    return with_map, stand_in.pictures(sampler_name=sampler, steps=STEPS)[0]


@pytest.fixture
def nothing_stays(stand_in, fault):
    """Around a test: the host's classes, the model's hooks, and the next pictures with the map and without are as before."""
    fault.at = fault.act = fault.before_batch = None
    pictures, classes, hooked, model = usual(stand_in), host_classes(), hooks(), shared.sd_model
    yield
    fault.at = fault.act = fault.before_batch = None
    shared.sd_model = model
    assert host_classes() == classes and hooks() == hooked
    assert all((now == then).all() for now, then in zip(usual(stand_in), pictures))


def press(stand_in, **request):
    return standin.press_generate(**stand_in.request(MAPS, **{'sampler_name': 'Euler a', 'steps': STEPS, **request}))


@pytest.mark.parametrize('error', [RuntimeError('of the model'), torch.cuda.OutOfMemoryError('CUDA out of memory'), MemoryError(), KeyError('x')],
                         ids=lambda error: type(error).__name__)
@pytest.mark.parametrize('sampler', SAMPLERS)
@pytest.mark.parametrize('at', ['first', 'middle', 'last'])
def test_an_error_of_the_model(stand_in, fault, nothing_stays, error, sampler, at):
    last = STEPS - 2 if sampler == 'DDIM' else STEPS  # its family makes two calls less
    fault.at, fault.act = {'first': 1, 'middle': 3, 'last': last}[at], raising(error)
    pictures, under = press(stand_in, sampler_name=sampler)
    assert not pictures and type(error).__name__ in under


@pytest.mark.parametrize('request_', [{}, {'n_iter': 2}, {'mask': png(np.full((CELLS * 8, CELLS * 8), 255, np.uint8)), 'inpaint_full_res': False}],
                         ids=['plain', 'second batch', 'mask'])
@pytest.mark.parametrize('place', ['encode', 'decode', 'embed', 'predict'])
def test_an_error_in_the_autoencoder_or_the_encoder_of_texts(stand_in, nothing_stays, monkeypatch, place, request_):
    with monkeypatch.context() as patch:
        patch.setattr(shared.sd_model, place, lambda *args: raising(RuntimeError('injected'))())
        pictures, under = press(stand_in, **request_)
    assert not pictures and ('injected' in under or 'could not be prepared' in under)


def test_an_error_where_the_parameters_are_written(stand_in, nothing_stays, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(processing, 'create_infotext', lambda *args: raising(OSError('No space left on device'))())
        pictures, under = press(stand_in)
    assert not pictures and 'No space left' in under


@pytest.mark.parametrize('sampler', SAMPLERS)
@pytest.mark.parametrize('how', ['interrupted', 'skipped'])
def test_stopped_at_every_step(stand_in, fault, nothing_stays, sampler, how):
    original = stand_in.picture
    for at in range(1, STEPS + 1):
        # The host leaves the sampler in the same way for both; only an interrupt lasts.
        fault.at, fault.act = at, shared.state.interrupt if how == 'interrupted' else raising(InterruptedException())
        pictures, under = press(stand_in, sampler_name=sampler)
        assert all((np.asarray(picture)[:1, :1] == original[:1, :1]).all() for picture in pictures), under  # black is kept


def test_two_requests_at_once_and_one_that_is_switched_off_while_it_waits(stand_in, nothing_stays):
    right, plain = usual(stand_in)
    requests = [MAPS, None, [False, MAPS['change_map']], MAPS]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda args: stand_in.pictures(args, sampler_name='Euler a', steps=STEPS)[0], requests))
    assert [bool((picture == expected).all()) for picture, expected in zip(got, (right, plain, plain, right))] == [True] * 4


def test_another_checkpoint_between_two_batches(stand_in, fault, nothing_stays):
    def switch():
        shared.sd_model = standin.MODELS['convolved'](seed=5)
    fault.before_batch = switch
    pictures, under = press(stand_in, n_iter=2)
    assert len(pictures) == 2 or 'DifferentialDiffusion' in under
    for picture in pictures:
        assert (np.asarray(picture)[:1, :1] == stand_in.picture[:1, :1]).all()


def test_the_extension_is_loaded_anew_between_two_runs(stand_in, nothing_stays):
    """As by Reload UI: the scripts are executed again, and the package stays."""
    right, plain = usual(stand_in)
    again = Standin('convolved', probes=[Fault])
    assert all((now == then).all() for now, then in zip(usual(again), (right, plain)))
    stand_in.others, stand_in.probe = again.others, again.probe


def test_no_class_of_the_host_knows_us():
    for thing in (CFGDenoiser, processing.StableDiffusionProcessingImg2Img, processing.StableDiffusionProcessingTxt2Img, sd_samplers_cfg_denoiser):
        assert not [value for value in vars(thing).values() if getattr(value, '__module__', '').startswith('lib_diffdiff')]
