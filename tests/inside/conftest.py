"""The stand-in with probes in this very process: what the HTTP tests cannot see."""
from pathlib import Path

import numpy as np
import pytest
import standin
import torch
from client import png, with_args

CELLS = 16
SAMPLERS = Path(__file__).resolve().parents[1] / 'samplers'  # an extension that brings samplers of its own


class Inside(standin.Probe):
    """Keeps each batch's final latent, its denoiser calls and the run itself."""

    def __init__(self):
        self.latents, self.calls, self.runs = [], [], []

    def process_batch(self, p, **kwargs):
        self.calls.append([])
        self.runs.append(p)
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look, with_kwargs=True)

    def look(self, denoiser, args, named):
        if denoiser.step == len(self.calls[-1]):  # n_iter registers once a batch on the same denoiser
            self.calls[-1].append((args[0] if args else named['x']).clone())

    def post_sample(self, p, ps):
        self.latents.append(ps.samples.clone())


class Standin:
    """One loaded stand-in: run(args, **request) -> (latents of all pictures, denoiser calls a batch)."""

    def __init__(self, model, probes=()):
        self.probe, *self.others = standin.load(model, probes=[Inside, *probes], others=[SAMPLERS])
        rng = np.random.default_rng(3)
        self.picture = rng.integers(0, 256, (CELLS * 8, CELLS * 8, 3), dtype=np.uint8)

    def request(self, args=None, **request):
        defaults = dict(init_images=[png(self.picture)], prompt='a cat', width=CELLS * 8, height=CELLS * 8, steps=20, denoising_strength=1.0,
                        cfg_scale=7, seed=1, sampler_name='Euler', scheduler='Automatic')
        return with_args(args, {**defaults, **request})

    def run(self, args=None, **request):
        self.probe.__init__()
        self.answer = standin.img2img(**self.request(args, **request))
        return torch.cat(self.probe.latents), [len(calls) for calls in self.probe.calls]

    def pictures(self, args=None, **request):
        return [np.asarray(picture.convert('RGB')) for picture in standin.pictures(standin.img2img(**self.request(args, **request)))]


@pytest.fixture
def pointwise():
    return Standin('pointwise')


@pytest.fixture
def convolved():
    return Standin('convolved')


def blocks(greys):
    """A change map whose cells are flat: one grey a cell."""
    return png(np.kron(np.asarray(greys, dtype=np.uint8), np.ones((8, 8), dtype=np.uint8)))
