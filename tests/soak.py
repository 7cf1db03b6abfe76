"""Many mixed runs on one stand-in server, and ten minutes of a fuzzer on the map reader: writes docs/soak.md. python tests/run.py soak

python tests/run.py soak --runs 50 --fuzz-minutes 1 is a shorter one, which writes nothing.
"""
from __future__ import annotations

import argparse
import base64
import datetime
import gc
import importlib.util
import itertools
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests'), str(ROOT / 'tests/webui')]

import numpy as np
import PIL
import requests
import standin
import torch
from client import Refused, WebUI, grey, png
from corpus import KINDS

from lib_diffdiff.host import answers

PAGE = ROOT / 'docs/soak.md'
FOUND = ROOT / 'tests/corpus_found'
SIDE, STEPS = 128, 6
MOST_MIB = 5  # that memory may grow by after the warm-up
SLOWER = 1.5  # how much slower the last fifth's median may be than the first's
WARM_UP = 3  # rounds of all kinds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', type=int, default=500)
    parser.add_argument('--fuzz-minutes', type=float, default=10)
    parser.add_argument('--fuzz-now', type=Path, help='a folder of files to begin with: only fuzz (this program starts itself so)')
    options = parser.parse_args()
    if options.fuzz_now:
        return fuzz(options.fuzz_now, options.fuzz_minutes)
    measured = soak(options.runs)
    fuzzed = fuzzed_elsewhere(options.fuzz_minutes) if options.fuzz_minutes else 'not run'
    text = document(measured, fuzzed)
    print(text)
    if options.runs >= 500 and options.fuzz_minutes >= 10:
        PAGE.write_text(text, 'utf8')
        print(f'{PAGE}: written')
    return 0 if all(right for _, _, _, right in measured) and not fuzzed.startswith('FOUND') else 1


# The runs.

def kinds(webui: WebUI) -> dict[str, Callable[[], object]]:
    """The mixed runs by what they are; each call makes one."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    ramp = png(np.tile(np.linspace(0, 255, SIDE).astype(np.uint8), (SIDE, 1)))
    mask = png(np.kron(np.eye(2, dtype=np.uint8) * 255, np.ones((SIDE // 2, SIDE // 2), np.uint8)))
    usual = dict(prompt='a cat', width=SIDE, height=SIDE, steps=STEPS, seed=1, denoising_strength=0.8)
    broken = itertools.cycle([kind.make() for name, kind in KINDS.items() if kind.greys is None and not name.startswith('megabytes')])
    # What the page sends, on its way to Python: the server has no page here, so it is asked in its own process.
    question = json.dumps({'id': 1, 'kind': 'preview', 'image': [SIDE, SIDE], 'size': [SIDE, SIDE], 'resize_mode': 0, 'steps': 20,
                           'denoising': 0.8, 'sampler': 'Euler a', 'mask': None})

    def run(args=None, **request):
        return webui.img2img([picture], args, **{**usual, **request})

    def refused():
        try:
            run({'change_map': next(broken)})
        except Refused as refusal:
            assert refusal.status == 422, refusal
            return
        raise AssertionError('not refused')

    samplers = itertools.cycle(['Euler', 'Euler a', 'DPM++ 2M', 'DPM++ 3M SDE', 'LMS', 'DDIM', 'DPM fast', 'Heun'])
    return {
        'without a map': run,
        'a map': lambda: run({'change_map': ramp, 'blur': 4}, sampler_name=next(samplers)),
        'a map, returned, with a report': lambda: run({'change_map': ramp, 'return_map': True, 'append_change': True, 'report': True}),
        'a mask': lambda: run([True], mask=mask, mask_blur=4, inpaint_full_res=False),
        'a mask, cropped, and a map': lambda: run({'change_map': ramp}, mask=mask, mask_blur=4),
        'batches': lambda: run({'change_map': [ramp, grey(128)], 'fill': 'latent noise'}, batch_size=2, n_iter=2),
        'Hires. fix': lambda: webui.txt2img({'change_map': ramp}, prompt='a cat', width=64, height=64, steps=STEPS, seed=1, enable_hr=True, hr_scale=2,
                                            hr_upscaler='Lanczos', denoising_strength=0.7),
        'words': lambda: run({'words': 'cat', 'description': 'a dog on the grass'}),
        'the strength fan': lambda: run(script_name='Strength fan', script_args=[{'strips': 4}]),
        'a refusal': refused,
        'a preview': lambda: json.loads(answers.answer(question, True, ramp))['values'],
    }


def soak(runs: int) -> list[tuple[str, str, str, bool]]:
    """Rows of what was measured: what, how much, what is allowed, whether that holds."""
    standin.load('convolved')
    standin.shared.opts.set('diffdiff_kept_maps_folder', tempfile.mkdtemp())
    with standin.serve() as address, Path(os.devnull).open('w') as nowhere:
        sys.stderr, shown = nowhere, sys.stderr  # the host prints every refusal
        try:
            return rows(runs, *measured(runs, kinds(WebUI(address))))
        finally:
            sys.stderr = shown


def measured(runs: int, each: dict) -> tuple[dict, list, list, list]:
    """Seconds of each kind's runs, and MiB of the process, of Python's objects, and how many objects there are, after every round."""
    seconds, resident, traced, objects = {name: [] for name in each}, [], [], []
    for _ in range(WARM_UP):
        for make in each.values():
            attempt(make)
    tracemalloc.start()
    for done in range(runs):
        name = list(each)[done % len(each)]
        started = time.process_time()  # of server and client, whatever else the machine does
        attempt(each[name])
        seconds[name].append(time.process_time() - started)
        if done % len(each) == len(each) - 1:
            gc.collect()
            resident.append(memory())
            traced.append(tracemalloc.get_traced_memory()[0] / 2 ** 20)
            objects.append(len(gc.get_objects()))
    tracemalloc.stop()
    return seconds, resident, traced, objects


def attempt(make: Callable[[], object]) -> None:
    try:
        make()
    except Refused as refusal:
        if 'does not react' not in refusal.detail:  # a random model may know no words
            raise
    except requests.ConnectionError:
        time.sleep(0.1)
        make()


def memory() -> float:
    """MiB that this process has in memory now."""
    return int(re.search(r'VmRSS:\s*(\d+)', Path('/proc/self/status').read_text())[1]) / 1024


def growth(series: list[float]) -> float:
    """How much the median of the last third is above that of the second: the first is warm-up too."""
    third = max(1, len(series) // 3)
    return statistics.median(series[-third:]) - statistics.median(series[third:2 * third] or series[:third])


def rows(runs: int, seconds: dict, resident: list, traced: list, objects: list) -> list[tuple[str, str, str, bool]]:
    slow = {name: ratio(times) for name, times in seconds.items()}
    overall = statistics.geometric_mean(slow.values())
    return [
        ('runs', str(runs), f'{len(seconds)} kinds in turn', True),
        ('growth of the process', f'{growth(resident):+.2f} MiB (from {resident[0]:.0f})', f'under {MOST_MIB} MiB', growth(resident) < MOST_MIB),
        ('growth of Python\'s objects', f'{growth(traced):+.2f} MiB', f'under {MOST_MIB} MiB', growth(traced) < MOST_MIB),
        ('growth of their number', f'{growth(objects):+.0f} (of {objects[0]})', 'under 2000', growth(objects) < 2000),
        ('last fifth against first, time of the processor', f'{overall:.2f} (by kind: {min(slow.values()):.2f} to {max(slow.values()):.2f})', f'under {SLOWER}',
         overall < SLOWER),
        *((f'{name}, median of the processor', f'{1000 * statistics.median(times):.0f} ms', '', True) for name, times in seconds.items()),
    ]


def ratio(times: list[float]) -> float:
    fifth = max(1, len(times) // 5)
    return statistics.median(times[-fifth:]) / statistics.median(times[:fifth])


# The fuzzer.

def fuzzed_elsewhere(minutes: float) -> str:
    """What a fuzzer found that runs in a process of its own, since it ends its process."""
    if importlib.util.find_spec('atheris') is None:
        return 'not run: atheris has no wheel for this system'
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder, 'seeds')
        seeds.mkdir()
        write_seeds(seeds)
        ran = subprocess.run([sys.executable, '-W', 'ignore', __file__, '--fuzz-now', str(seeds), '--fuzz-minutes', str(minutes)], cwd=folder,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        kept = [path for path in Path(folder).iterdir() if re.match('(crash|timeout|oom|slow-unit)-', path.name)]
        for path in kept:
            FOUND.mkdir(exist_ok=True)
            (FOUND / f'{path.name[:24]}.txt').write_text(base64.b64encode(path.read_bytes()).decode() + '\n')
        count = re.findall(r'^#(\d+)', ran.stdout, re.MULTILINE)
        if ran.returncode or kept:
            print(ran.stdout[-2000:])
            return f'FOUND {", ".join(path.name[:24] for path in kept) or "something"}, kept in tests/corpus_found'
        return f'{int(count[-1]):,} inputs in {minutes:g} minutes, guided by the coverage of PIL\'s readers, found nothing'


def write_seeds(folder: Path) -> None:
    for i, kind in enumerate(KINDS.values()):
        made = kind.make()
        if isinstance(made, str) and 0 < len(made) < 8192:
            with_letters = re.sub('[^A-Za-z0-9+/]', '', made.partition(';base64,')[2] or made)
            (folder / f'{i}').write_bytes(b'\0' + base64.b64decode(with_letters[:len(with_letters) // 4 * 4]))


def fuzz(seeds: Path, minutes: float) -> int:
    """Reads what a coverage-guided fuzzer makes of the seeds, until something but a Refusal is raised or the time is over."""
    import atheris
    # Not our own: what the fuzzer writes into it keeps every picture that goes through.
    with atheris.instrument_imports(include=['PIL']):
        for name in [name for name in sys.modules if name.split('.')[0] == 'PIL' or name.startswith('lib_diffdiff')]:
            del sys.modules[name]  # those here are not instrumented
        from PIL import Image

        from lib_diffdiff.maps.reading import read, to_text
        from lib_diffdiff.settings.refusal import Refusal
        from lib_diffdiff.settings.settings import CHANNELS
        Image.preinit()
        Image.init()

    def one(data: bytes) -> None:
        if not data:
            return
        try:
            units = read(to_text(data[1:]), CHANNELS[data[0] % len(CHANNELS)])
        except Refusal:
            return
        assert units is None or (units.ndim == 2 and units.min() >= 0 and units.max() <= 256 * 65535)

    atheris.Setup([sys.argv[0], str(seeds), f'-max_total_time={round(60 * minutes)}', '-max_len=16384', '-timeout=60', '-report_slow_units=60', '-rss_limit_mb=6000'], one)
    atheris.Fuzz()
    return 0


def document(measured: list, fuzzed: str) -> str:
    """docs/soak.md."""
    lines = ['# Soak', '', 'Many mixed runs on one server, one after the other, and a fuzzer on the reader of maps. `make soak` measures it anew and writes this page.', '',
             f'{datetime.date.today():%Y-%m-%d}, Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}, '
             f'Pillow {PIL.__version__}; the stand-in WebUI with a random model, pictures of {SIDE}x{SIDE}, {STEPS} steps.', '',
             '| what | measured | allowed |', '|---|---|---|',
             *(f'| {what} | {how_much}{"" if right else " **(too much)**"} | {allowed} |' for what, how_much, allowed, right in measured),
             f'| the fuzzer | {fuzzed} | nothing but refusals |', '',
             'Growth is the median of the last third of the rounds less that of the third before, of this process, in which server and client both are.', '']
    return '\n'.join(lines)


if __name__ == '__main__':
    sys.exit(main())
