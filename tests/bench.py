"""How fast the extension is beside what it is part of: writes docs/speed.md. python tests/run.py bench"""
import base64
import gc
import io
import os
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from PIL import Image
from torch.profiler import ProfilerActivity, profile

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests')]
from lib_diffdiff.algorithm.clock import StepClock
from lib_diffdiff.algorithm.injection import Injection
from lib_diffdiff.algorithm.noise_levels import SigmaLevels
from lib_diffdiff.algorithm.samplers import SAMPLERS
from lib_diffdiff.maps.geometry import placement
from lib_diffdiff.maps.reading import read, short_hash
from lib_diffdiff.maps.strength import target
from lib_diffdiff.result.composite import composited
from lib_diffdiff.settings.settings import Settings

PAGE = ROOT / 'docs/speed.md'
SIDES = (512, 1024, 2048, 4096)
GOALS = {512: 20, 1024: 60, 4096: 250}  # milliseconds for the map and for the composite
SPREADS = ({'blur': 1}, {'blur': 3}, {'blur': 4}, {'blur': 16}, {'blur': 64}, {'blur': 256},
           {'grow': 1}, {'grow': 16}, {'grow': -16}, {'grow': 64}, {'grow': 256})
STEPS, LATENT = 20, (1, 4, 64, 64)
WAITS = ('aten::item', 'aten::_local_scalar_dense', 'aten::nonzero', 'aten::is_nonzero')
START = """
import os, sys, time
sys.path[:0] = [{root!r}, {root!r} + '/tests', {root!r} + '/tests/webui']
import gradio as gr, standin, PIL.ImageDraw
standin.load('pointwise', extension=None)
start = time.process_time()
from lib_diffdiff.host import answers, events, map_folder
from lib_diffdiff.page import ui
imported = time.process_time()
with gr.Blocks(analytics_enabled=False):
    begun = time.process_time()
    for tab in (ui.IMG2IMG, ui.TXT2IMG):
        ui.accordion(events.InputAccordion, tab, map_folder.map_of, answers.answer)
    ui.fan(lambda name: name)
    print(imported - start, time.process_time() - begun)
"""


def main():
    sections = [large_pictures(), spreading(), denoiser_call(), start()]
    PAGE.write_text('\n\n'.join([heading(), *sections]) + '\n', 'utf8')
    print(f'{PAGE}: written')


def heading():
    return (f'# Speed\n\nWritten by `make bench`: medians of one run, in milliseconds of CPU time, which other work on the machine disturbs less '
            f'than wall-clock time ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}); numpy {np.__version__}, PIL {Image.__version__}, torch {torch.__version__}.')


def timed(work, seconds=2.0, most=15):
    """The median milliseconds of a function, called at least three times, and for no more than this many seconds if that is enough."""
    work()
    times, end = [], time.process_time() + seconds
    while len(times) < 3 or (len(times) < most and time.process_time() < end):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return 1000 * median(times)


class Edit:
    """A picture, its result and a map with a soft disc, of one side."""

    def __init__(self, side):
        self.size = (side, side)
        away = np.hypot(*(np.mgrid[:side, :side] / side - 0.5))
        grey = np.clip(255 * (1.2 - 3.2 * away), 0, 255).astype(np.uint8)
        self.text = as_text(Image.fromarray(grey))
        noise = np.random.default_rng(side).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
        self.original, self.result = map(Image.fromarray, noise)
        self.units = read(self.text)
        self.place, self.grid = placement(self.size, 0), (side // 8, side // 8)
        self.changed = self.target().changed

    def target(self, **settings):
        return target(self.units, None, Settings(**settings), self.size, self.place, self.grid, uncropped=False)

    def parts(self):
        """The milliseconds of reading the map, of its name, of the strengths made of it, and of the composite."""
        return [timed(work) for work in (lambda: read(self.text), lambda: short_hash(self.units), self.target,
                                         lambda: composited(self.result, self.original, self.changed))]


def as_text(picture):
    buffer = io.BytesIO()
    picture.save(buffer, 'PNG', compress_level=1)
    return base64.b64encode(buffer.getvalue()).decode()


def large_pictures():
    rows = []
    for side in SIDES:
        reading, name, strengths, composite = Edit(side).parts()
        whole, goal = reading + name + strengths, GOALS.get(side)
        rows.append([f'{side}x{side}', *(f'{one:.1f}' for one in (reading, name, strengths, whole, composite)),
                     f'{goal}: {"met" if max(whole, composite) <= goal else "missed"}' if goal else ''])
    return section('Large pictures', 'Everything that the extension does with the pixels of one picture: a grey PNG as the map, 44 % of the '
                   'picture changed. The name is the hash by which the map is stored. The goal is for the map, and likewise for the composite.',
                   ('picture', 'reading', 'name', 'strengths', 'map in all', 'composite', 'goal'), rows)


def spreading():
    rows, sides = [], (512, 1024, 4096)
    edits = [Edit(side) for side in sides]
    rest = [sum(edit.parts()) for edit in edits]
    for setting in SPREADS:
        (name, value), = setting.items()
        extra = [timed(partial(edit.target, **setting)) - timed(edit.target) for edit in edits]
        rows.append([f'{name.capitalize()} {value}', *(f'{more:.0f} ({more / whole:.1f})' for more, whole in zip(extra, rest))])
    return section('Blur and Grow', 'What they add; in brackets, as a multiple of all the rest of that picture\'s size above. The goal is at most 3.',
                   ('', *(f'{side}x{side}' for side in sides)), rows)


def injection(name):
    torch.manual_seed(0)
    entry = SAMPLERS[name]
    release = torch.arange(64 * 64).reshape(1, 1, 64, 64) % (STEPS + 1)
    clock = StepClock(release, calls=entry.calls, first_step_calls=entry.first_step_calls)
    return Injection(torch.randn(LATENT), torch.randn(LATENT), clock, SigmaLevels(), entry)


def calls_of(name):
    """Each denoiser call of a run, as a function that does what the extension adds to it."""
    one, x, output = injection(name), torch.randn(LATENT), torch.randn(LATENT)
    for call in range(STEPS * SAMPLERS[name].calls):
        sigma = torch.full(LATENT[:1], 14.0 - 0.7 * (call // SAMPLERS[name].calls))

        def added(sigma=sigma):
            one.before(x, sigma)
            one.after(x, sigma, output.clone())
        yield added


def denoiser_call():
    torch.manual_seed(0)
    unet = UNet2DConditionModel(cross_attention_dim=768).eval().requires_grad_(False)
    words, at = torch.randn(1, 77, 768), torch.tensor(500)
    plain = timed(lambda: unet(torch.randn(LATENT), at, words), seconds=30)
    rows = []
    for name in ('Euler', 'Heun', 'DPM++ 2M', 'DPM++ 3M SDE'):
        times = [elapsed(call) for _ in range(20) for call in calls_of(name)]
        used, waits = counted(name)
        rows.append([name, f'{1000 * median(times):.3f}', f'{100 * 1000 * median(times) / plain:.4f} %', f'{used:.2f}', waits, f'{held(name):.2f}'])
    return section('A denoiser call', f'A call of a UNet of the size of Stable Diffusion 1 (random weights, float32, one picture of 512x512, without '
                   f'the second half for the negative prompt) takes {plain:.0f} ms here. The goal for what the extension adds is .1 %. Allocated: in latents, '
                   'the most of any call after the first step. Waits: times that a call would wait for a GPU. Held: latents that the run keeps at '
                   'its end beside the original and the noise, outputs included that the sampler holds as well; the goal is at most four.',
                   ('sampler', 'added, ms', 'of the call', 'allocated', 'waits', 'held'), rows)


def elapsed(work):
    begun = time.process_time()
    work()
    return time.process_time() - begun


def counted(name):
    """The most latents that a call allocates, less the copy that stands for the model's output, and how often a call waits."""
    used, waits = [], Counter()
    for call in islice(calls_of(name), SAMPLERS[name].calls, 6 * SAMPLERS[name].calls):
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
            call()
        operations = [event for event in seen.events() if event.name.startswith('aten::')]
        used.append(sum(max(0, operation.self_cpu_memory_usage) for operation in operations) / torch.zeros(LATENT).nbytes - 1)
        waits.update(operation.name for operation in operations if operation.name in WAITS)
    return max(used), waits.total()


def held(name):
    """The latents of memory that the calls of a run leave behind."""
    calls = list(calls_of(name))
    before = storages()
    for call in calls:
        call()
    return sum(size for at, size in storages().items() if at not in before) / torch.zeros(LATENT).nbytes


def storages():
    """Address and bytes of all that torch holds."""
    gc.collect()
    found = (one.untyped_storage() for one in gc.get_objects() if type(one) is torch.Tensor)
    return {one.data_ptr(): one.nbytes() for one in found}


def start():
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
    told = [subprocess.run([sys.executable, '-W', 'ignore', '-c', START.format(root=str(ROOT))], capture_output=True, text=True, check=True,
                           env={**environment, 'GRADIO_ANALYTICS_ENABLED': 'False'}).stdout.split()[-2:] for _ in range(8)]
    imports, building = (1000 * median(map(float, one)) for one in zip(*told[1:]))  # the first one compiles
    script = sum(path.stat().st_size for path in (ROOT / 'javascript').glob('*.js'))
    rows = [['imports, beyond what the WebUI has loaded', f'{imports:.0f} ms', ''],
            ['building both accordions and the fan', f'{building:.0f} ms', f'together 80 ms: {"met" if imports + building <= 80 else "missed"}'],
            ['the page\'s script', f'{script / 1000:.0f} kB', f'200 kB: {"met" if script < 200_000 else "missed"}']]
    return section('Start', 'Medians of seven starts.', ('', '', 'goal'), rows)


def section(title, words, head, rows):
    table = [head, ['---'] * len(head), *rows]
    return '\n'.join([f'## {title}\n\n{words}\n', *(f'| {" | ".join(map(str, row))} |' for row in table)])


if __name__ == '__main__':
    main()
