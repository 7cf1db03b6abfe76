"""What holds on a WebUI, measured: `make compatibility WEBUI_ROOT=...` adds it to docs/compatibility.json and writes docs/compatibility.md.

With every sampler that it lists and the checkpoint that it has loaded, with a few samplers and the checkpoints named by
CHECKPOINTS, and beside every other extension that has a switch. HOST names it. With --few only a few samplers, with
--neighbours only the other extensions; with --draw nothing is measured, and the page is written again. OPTIONS and
REQUEST are JSON: settings of the WebUI for the time being, and what every request has; MODE is what they are called.
"""
import json
import os
import re
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import requests
from client import TITLE, Refused, WebUI, difference, grey, png
from hosts import ROOT, address

RESULTS, PAGE = ROOT / 'docs/compatibility.json', ROOT / 'docs/compatibility.md'
GREYS = (60, 128, 200)
SIZE, STEPS = 64, 20
HALF = np.tile(np.where(np.arange(SIZE) < SIZE // 2, 0, 255).astype(np.uint8), (SIZE, 1))
FEW = ('Euler', 'Euler a', 'Heun', 'LMS', 'DPM++ 2M', 'DPM++ 2M SDE', 'DDIM')
SWITCHES = ('enable', 'active')  # what the label of an extension's own switch begins with
OF_THE_HOST = (TITLE.lower(), 'refiner', 'sampler', 'seed', 'extra options')
WHY = {
    'PLMS': 'A run of its own makes two calls in its first step, and the second one fits no other cell.',
    'UniPC': 'It lays its own noise levels from where it starts, and goes on from a latent that it keeps.',
    'DPM fast': 'It lays its own noise levels, three to a step, from where it starts.',
    'DPM adaptive': 'It chooses each step\'s length by the whole picture\'s error.',
    'Restart': 'From 20 steps up it climbs back to noise levels that depend on where it starts.',
    'Euler Dy': 'It counts steps from the run\'s start, and draws noise past the WebUI\'s own source.',
    'Euler SMEA Dy': 'It counts steps from the run\'s start, and draws noise past the WebUI\'s own source.',
    'Euler Negative': 'It works differently in some steps, counted from the run\'s start.',
    'Euler Negative Dy': 'It counts steps from the run\'s start, and draws noise past the WebUI\'s own source.',
    'IPNDM': 'It keeps derivatives of its own.',
    'IPNDM_V': 'It keeps derivatives of its own.',
    'DEIS': 'It keeps derivatives of its own.',
    'DDPM': 'Its draws do not come from the seed: plain img2img does not repeat itself.',
    'Kohaku_LoNyu_Yog': 'It works differently in the first half of the run, wherever that starts.',
}
# The same by a part of the name, for samplers that are approximate and not named above.
WHY_LIKE = {
    'CFG\\+\\+': 'They go on from the unconditional prediction, which reForge hands them beside what its denoiser returns.',
    ' DY$': 'They count steps from the run\'s start, and draw noise past the WebUI\'s own source.',
    'Comfy|Turbo|Classic': 'They draw noise from a source of their own, made for each run\'s own noise levels.',
    '^ODE': 'They choose each step\'s length by the whole picture\'s error.',
    'SEEDS|SA-Solver|ER SDE|Gradient Estimation|RES Multistep': 'They keep a memory of their own, or draw noise several times in a step.',
    'HeunPP2': 'It weighs its calls by the noise level that the run starts at.',
}
# The same for extensions beside this one.
WHY_BESIDE = {
    'detail daemon': 'It counts steps from the run\'s start.',
    'apg': 'It keeps a running mean of the guidance, from the run\'s start.',
}
NOT_RUN = """## Not run, and why

- Half precision on the CPU: torch has no kernels for it (A1111), and Forge and reForge compute in float32 there whatever is asked for. bfloat16
  is measured where a WebUI has it on the CPU. `--upcast-sampling` needs a GPU.
- Flux and SD3 on Forge were measured with smaller models than Forge builds by itself (its Flux has 12 billion weights), in a copy of Forge that
  reads their depth and width from the file. With the schedule *Automatic*, Flux on Forge makes a black picture without the extension too; *Simple* was used.
- SD3 and Flux on reForge: its own loading of SD3 fails before the extension is asked.
- LCM with SD3 on A1111 fails without the extension too.
- ADetailer, Regional Prompter, ControlNet: their models or regions need more than a switch. They were tried by hand with an earlier version.
"""
HEAD = """# Compatibility

Measured by `make compatibility WEBUI_ROOT=/path/to/webui` (or `WEBUI_URL=http://...`), which you can run on your own WebUI. Run it with a tiny
float32 checkpoint on the CPU, or read small numbers as rounding.

Each cell has two numbers: the largest difference, in grey levels of the 8-bit picture, between a uniform map and plain img2img at the same
strength, with *Skip steps that change nothing* off, and on. Off is the harder case: it is what the cells of an uneven map go through. 0 is the
very picture; 1 is rounding; above that, an uneven map is approximate with this sampler. With every cell, a white map was plain img2img and a
black half kept every pixel, unless it says otherwise. Three greys (60, 128 and 200), pictures of 64x64.

The checkpoints *tiny-...* have a few layers of random weights: they show whether the method is exact, not how pictures look.
"""


class Measuring:
    """Requests to one WebUI."""

    def __init__(self, webui: WebUI):
        self.webui = webui
        self.more = json.loads(os.environ.get('REQUEST', '{}'))
        self.picture = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)

    def ask(self, settings=None, scripts=None, **request):
        """The answer to one request, with the settings of the extension and the arguments of other scripts."""
        scripts = {**(scripts or {}), **({TITLE: {'args': [settings]}} if settings else {})}
        defaults = dict(prompt='a cat', negative_prompt='a dog', width=SIZE, height=SIZE, steps=STEPS, denoising_strength=1.0, cfg_scale=7, seed=1,
                        sampler_name='Euler', alwayson_scripts=scripts)
        return self.webui.img2img([self.picture], **{**defaults, **self.more, **request})

    def paint(self, *args, **request):
        return self.ask(*args, **request).pictures[0]

    def cell(self, scripts=None, **request) -> dict:
        """What the page shows of one way of working: laws 1, 2, 3, and how well plain img2img repeats itself."""
        try:
            self.ask(None, scripts, **request)
        except Refused as refused:
            return {'fails': str(refused.detail or refused.args[1])}
        except requests.ConnectionError:
            return {'fails': 'the WebUI broke the connection off'}
        try:
            return self._cell(scripts, request)
        except Refused as refused:
            return {'refused': str(refused.detail or refused)}

    def _cell(self, scripts, request) -> dict:
        offs, ons = [], []
        for value in GREYS:
            plain = self.paint(None, scripts, **request, denoising_strength=value / 255)
            offs.append(difference(plain, self.paint({'change_map': grey(value), 'skip_unchanged_steps': False}, scripts, **request)))
            ons.append(difference(plain, self.paint({'change_map': grey(value)}, scripts, **request)))
        repeated = difference(plain, self.paint(None, scripts, **request, denoising_strength=value / 255))
        white = difference(self.paint(None, scripts, **request), self.paint({'change_map': grey(255)}, scripts, **request))
        black = difference(self.picture[:, :SIZE // 2], self.paint({'change_map': png(HALF)}, scripts, **request, denoising_strength=0.6)[:, :SIZE // 2])
        return {'off': max(offs), 'on': max(ons), 'white': white, 'black': black, 'plain': repeated}

    def told(self, key: str) -> str:
        """What the parameters of a picture say under a key, as Version and Model."""
        text = self.ask(steps=2).infotexts[0]
        return text.rsplit(f'{key}: ', 1)[-1].split(',')[0].strip() if f'{key}: ' in text else ''

    def neighbours(self) -> dict:
        """Other always visible scripts with a switch: their arguments with it on, by title."""
        infos = [info for info in self.webui.get('script-info') if info['is_alwayson'] and info['is_img2img'] and info['name'] not in OF_THE_HOST]
        return {info['name']: {'args': switched} for info in infos if (switched := _switched_on(info)) is not None}


def _switched_on(info: dict) -> list | None:
    """A script's arguments with its switches on: those called as the script or Active, else the first Enable; None where it has none."""
    labels = [str(argument['label']).lower() for argument in info['args']]
    named = [i for i, label in enumerate(labels) if label in (info['name'], 'active')]
    switches = named or [i for i, label in enumerate(labels) if label.startswith(SWITCHES)][:1]
    values = [argument['value'] for argument in info['args']]
    if not any(values[i] is False for i in switches):
        return None
    return [True if i in switches else value for i, value in enumerate(values)]


@contextmanager
def options(webui: WebUI, wanted: dict):
    """While it lasts, the WebUI has these settings."""
    before = {name: value for name, value in webui.get('options').items() if name in wanted}
    if wanted:
        webui.post('options', **wanted)
    try:
        yield
    finally:
        if before:
            webui.post('options', **before)


def name_of_host() -> str:
    """HOST where that is given; else what the folder of WEBUI_ROOT shows."""
    root = Path(os.environ.get('WEBUI_ROOT', ''))
    kinds = {'reForge': 'ldm_patched', 'Forge': 'backend', 'AUTOMATIC1111': 'modules'}
    return os.environ.get('HOST') or next((name for name, folder in kinds.items() if os.environ.get('WEBUI_ROOT') and (root / folder).is_dir()), 'WebUI')


def measured(webui: WebUI) -> dict:
    """All that is measured on one WebUI; tells each line as it comes."""
    at = Measuring(webui)
    version, loaded = at.told('Version'), at.told('Model')
    wanted = [name for name in os.environ.get('CHECKPOINTS', '').split(',') if name]
    result = {'version': version, 'checkpoints': {}, 'neighbours': {}}
    for checkpoint in () if '--neighbours' in sys.argv else dict.fromkeys([loaded, *wanted]):
        if wanted:
            webui.post('options', sd_model_checkpoint=checkpoint)
        listed = webui.samplers()
        rows = result['checkpoints'][', '.join(filter(None, [checkpoint, os.environ.get('MODE')]))] = {}
        is_whole = checkpoint == loaded and '--few' not in sys.argv
        for sampler in listed if is_whole else [name for name in FEW if name in listed]:
            rows[sampler] = at.cell(sampler_name=sampler)
            print(checkpoint, sampler, rows[sampler], flush=True)
    if wanted:
        webui.post('options', sd_model_checkpoint=loaded)
    for title, args in ({} if '--few' in sys.argv else at.neighbours()).items():
        result['neighbours'][title] = at.cell({title: args})
        print(title, result['neighbours'][title], flush=True)
    return result


def page(results: dict) -> str:
    """The whole page, as Markdown."""
    return '\n'.join([HEAD, *(line for host, result in results.items() for line in _host(host, result)), *_reasons(results), '', NOT_RUN])


def _host(host: str, result: dict) -> list[str]:
    first = max(result['checkpoints'], key=lambda checkpoint: len(result['checkpoints'][checkpoint]))  # the one with all samplers
    others = [checkpoint for checkpoint in result['checkpoints'] if checkpoint != first]
    kinds = Counter(_kind(cell) for cell in result['checkpoints'][first].values())
    summary = f'{kinds.total()} samplers: {", ".join(f"{count} {kind}" for kind, count in kinds.most_common())}.'
    lines = [f'## {host.split()[0]} {result["version"]}'.rstrip(), '', summary, '', f'| sampler | {first} |', '|---|---|']
    lines += [f'| {sampler} | {_words(cell)} |' for sampler, cell in result['checkpoints'][first].items()]
    if others:
        samplers = list(dict.fromkeys(sampler for checkpoint in others for sampler in result['checkpoints'][checkpoint]))
        lines += ['', 'Other checkpoints and modes:', '', '| | ' + ' | '.join(samplers) + ' |', '|---' * (len(samplers) + 1) + '|']
        lines += [f'| {checkpoint} | ' + ' | '.join(_words(result['checkpoints'][checkpoint].get(sampler)) for sampler in samplers) + ' |'
                  for checkpoint in others]
    if result['neighbours']:
        lines += ['', f'Beside another extension ({first}, Euler):', '', '| extension | off, on |', '|---|---|']
        lines += [f'| {title} | {_words(cell)} |' for title, cell in result['neighbours'].items()]
    return [*lines, '']


def _kind(cell: dict) -> str:
    if 'off' not in cell:
        return 'fail or are refused'
    return 'exact' if cell['off'] < 2 else 'approximate'


def _words(cell: dict | None) -> str:
    if cell is None:
        return ''
    if 'fails' in cell:
        return f'plain img2img already fails here: {cell["fails"]}'
    if 'refused' in cell:
        return f'not supported: {cell["refused"]}'
    more = [f'{law} map {cell[law]}' for law in ('white', 'black') if cell[law]]
    if cell['plain']:
        more.append(f'plain img2img itself {cell["plain"]}')
    return f'{cell["off"]}, {cell["on"]}' + (f' ({"; ".join(more)})' if more else '')


def _reasons(results: dict) -> list[str]:
    cells = [row for result in results.values() for rows in result['checkpoints'].values() for row in rows.items()]
    seen, approximate = ({sampler: None for sampler, cell in cells if cell.get('off', 0) > most} for most in (-1, 1))
    named = [f'- **{sampler}**: {reason}' for sampler, reason in WHY.items() if sampler in seen]
    others = [sampler for sampler in approximate if sampler not in WHY]
    for part, reason in WHY_LIKE.items():
        alike = [sampler for sampler in others if re.search(part, sampler)]
        others = [sampler for sampler in others if sampler not in alike]
        if alike:
            named.append(f'- **{", ".join(alike)}**: {reason}')
    beside = [title for result in results.values() for title, cell in result['neighbours'].items() if cell.get('off', 0) > 1]
    named += [f'- **{title}**: {reason}' for title in dict.fromkeys(beside) for part, reason in WHY_BESIDE.items() if part in title]
    return ['## Why some are approximate', '', *named]


def main() -> None:
    found = None
    if '--draw' not in sys.argv:
        with address() as url, options(WebUI(url), json.loads(os.environ.get('OPTIONS', '{}'))):
            found = measured(WebUI(url))
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if found is not None:
        before = results.get(name_of_host(), {'checkpoints': {}, 'neighbours': {}})
        results[name_of_host()] = {'version': found['version'], **{part: {**before[part], **found[part]} for part in ('checkpoints', 'neighbours')}}
    RESULTS.write_text(json.dumps(results, indent=1) + '\n')
    PAGE.write_text(page(results))
    print(f'{PAGE}: written')


if __name__ == '__main__':
    main()
