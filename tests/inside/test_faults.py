"""An error thrown from anywhere in our own code never gives a picture made without the map."""
import importlib
import inspect
import pkgutil
from pathlib import Path

import numpy as np
import pytest
import standin
from client import png

import lib_diffdiff

from .conftest import Standin

REQUESTS = {
    'Euler a': {'sampler_name': 'Euler a'},
    'DPM++ 3M SDE': {'sampler_name': 'DPM++ 3M SDE'},
    'DPM fast': {'sampler_name': 'DPM fast'},
    'DDIM': {'sampler_name': 'DDIM'},
    'exact steps': {},
    'mask': {'inpaint_full_res': False},
}
PAGE_ONLY = {'lib_diffdiff.page.ui'}


def modules():
    for info in pkgutil.walk_packages(lib_diffdiff.__path__, 'lib_diffdiff.'):
        if info.name not in PAGE_ONLY:
            yield importlib.import_module(info.name)


def functions():
    """Every function and method of ours, by a readable name."""
    found = {}
    for module in modules():
        for name, thing in vars(module).items():
            if getattr(thing, '__module__', None) == module.__name__:
                for member, function in (vars(thing).items() if inspect.isclass(thing) else [('', thing)]):
                    if is_ours(function := plain(function)):
                        found['.'.join(filter(None, (module.__name__[13:], name, member)))] = function
    return found


def plain(thing):
    """The function behind a property or class method."""
    return thing.fget if isinstance(thing, property) else thing.__func__ if isinstance(thing, classmethod) else thing


def is_ours(thing):
    return inspect.isfunction(thing) and thing.__code__.co_filename.startswith(str(Path(lib_diffdiff.__file__).parent))


class Injected(Exception):
    """The error that is thrown."""


def throw(*args, **kwargs):
    raise Injected('injected')


def half_black():
    ramp = np.zeros((128, 128), dtype=np.uint8)
    ramp[:, 64:] = np.linspace(30, 200, 64).astype(np.uint8)
    return png(ramp)


@pytest.fixture(scope='module')
def stand_in():
    return Standin('convolved')


def generate(stand_in, kind, on=True):
    standin.shared.opts.img2img_fix_steps = kind == 'exact steps'
    request = dict(REQUESTS[kind])
    if kind == 'mask':
        mask = np.zeros((128, 128), dtype=np.uint8)
        mask[32:, 32:] = 255
        request['mask'] = png(mask)
    pictures, under = standin.press_generate(**stand_in.request({'change_map': half_black()} if on else None, **request))
    return [np.asarray(p.convert('RGB')) for p in pictures], under


FUNCTIONS = functions()


def judge(stand_in, kind, right, plain):
    pictures, under = generate(stand_in, kind)
    if not pictures:
        assert 'Injected' in under or 'DifferentialDiffusion: ' in under
        return 'stopped'
    if (pictures[0] == right[0]).all():
        return 'unharmed'
    assert 'Differential Diffusion: ' in under and 'could not' in under, under
    assert (pictures[0] != plain[0]).any()
    return 'named'


@pytest.fixture(scope='module')
def expected(stand_in):
    return {kind: (generate(stand_in, kind)[0], generate(stand_in, kind, on=False)[0]) for kind in REQUESTS}


@pytest.mark.parametrize('name', FUNCTIONS)
def test_a_fault_in_any_function(stand_in, expected, monkeypatch, name):
    replace(monkeypatch, FUNCTIONS[name])
    for kind in REQUESTS:
        judge(stand_in, kind, *expected[kind])


@pytest.mark.parametrize('name', ['process', 'process_batch', 'process_before_every_sampling', 'post_sample', 'postprocess_maskoverlay',
                                  'postprocess_image_after_composite'])
def test_a_fault_at_any_event(stand_in, expected, monkeypatch, name):
    script = next(s for s in standin.scripts.scripts_img2img.scripts if s.title() == 'Differential Diffusion')
    monkeypatch.setattr(script, name, throw)
    for kind in REQUESTS:
        judge_event(stand_in, kind, name, *expected[kind])


def test_a_second_pass_that_is_not_told_of_is_refused(stand_in, monkeypatch):
    script = next(s for s in standin.scripts.scripts_txt2img.scripts if s.title() == 'Differential Diffusion')
    monkeypatch.setattr(script, 'process_before_every_sampling', throw)
    with pytest.raises(Exception, match='The change map never reached the sampler'):
        standin.txt2img(prompt='a cat', width=64, height=64, steps=4, enable_hr=True, denoising_strength=0.8, hr_scale=2,
                        alwayson_scripts={'Differential Diffusion': {'args': [{'change_map': half_black()}]}})


def judge_event(stand_in, kind, name, right, plain):
    pictures, under = generate(stand_in, kind)
    if name == 'process':
        assert not pictures and 'DifferentialDiffusion: ' in under
    elif name in ('process_batch', 'process_before_every_sampling'):  # each of them follows the sampler
        assert (pictures[0] == right[0]).all()
    else:
        assert (pictures[0] != plain[0]).any()


def replace(monkeypatch, function):
    """Puts `throw` behind a function's own name wherever it is known."""
    for module in modules():
        for name, thing in list(vars(module).items()):
            if thing is function:
                monkeypatch.setattr(module, name, throw)
            elif inspect.isclass(thing) and thing.__module__ == module.__name__:
                for member, value in list(vars(thing).items()):
                    if plain(value) is function:
                        monkeypatch.setattr(thing, member, throw if value is function else type(value)(throw))
