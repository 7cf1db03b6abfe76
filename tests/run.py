"""Everything that can be run in this repository, on a bare machine: python tests/run.py test | test-page | test-webui | compatibility | page | demo |
screenshots | results | house | bench | benchmark | soak.

Makes its own environment in .venv first. Needs Python 3.10 to 3.12 and nothing else.
"""
from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / 'tests'
REQUIREMENTS = TESTS / 'requirements.txt'
ENVIRONMENT = ROOT / '.venv'
# gradio 3.41 and 4.40 cannot share one.
PAGE_REQUIREMENTS = TESTS / 'requirements-page.txt'
PAGE_ENVIRONMENT = ROOT / '.venv-page'
SOAK_REQUIREMENTS = TESTS / 'requirements-soak.txt'
SOAK_ENVIRONMENT = ROOT / '.venv-soak'
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
# k-diffusion's own dependencies would replace torch and bring gigabytes; only its sampling module is used.
WITHOUT_DEPENDENCIES = ['k-diffusion==0.1.1.post1']


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('command', choices=sorted(COMMANDS))
    options, rest = parser.parse_known_args()
    if not (3, 10) <= sys.version_info[:2] <= (3, 12):
        print(f'This is Python {sys.version.split()[0]}; 3.10, 3.11 or 3.12 is needed: make {options.command} PYTHON=/path/to/python3.11')
        return 1
    return COMMANDS[options.command](environment(), rest)


def environment() -> str:
    """The environment's Python, made or brought up to date where needed."""
    def fill(python):
        borrowed = importlib.util.find_spec('torch') is not None  # a WebUI's Python brings one of its own
        if borrowed:
            lend(sys.executable, python)
        install(python, borrowed)
    return made(ENVIRONMENT, [REQUIREMENTS], 'about a minute, 1.5 GB', fill)


def page_environment(first: str) -> str:
    """The Python of a second environment, with gradio 4.40 and what drives a browser; all else it borrows from the first."""
    def fill(python):
        lend(first, python)
        subprocess.check_call([*pip(python), '-r', str(PAGE_REQUIREMENTS)])
    return made(PAGE_ENVIRONMENT, [REQUIREMENTS, PAGE_REQUIREMENTS], 'half a minute, 0.4 GB', fill)


def soak_environment(first: str) -> str:
    """The Python of another one, with a fuzzer; all else it borrows from the first."""
    def fill(python):
        lend(first, python)
        subprocess.check_call([*pip(python), '-r', str(SOAK_REQUIREMENTS)])
    return made(SOAK_ENVIRONMENT, [REQUIREMENTS, SOAK_REQUIREMENTS], 'seconds', fill)


def made(folder: Path, requirements: list[Path], cost: str, fill) -> str:
    """The Python of an environment, which `fill` fills anew when it or what it is made of has changed."""
    python = folder / ('Scripts/python.exe' if os.name == 'nt' else 'bin/python')
    stamp = folder / 'made-of.txt'
    made_of = hashlib.sha256(b''.join(path.read_bytes() for path in requirements) + sys.version.encode() + sys.prefix.encode()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == made_of):
        print(f'Making the environment {folder} ({cost}) ...', flush=True)
        venv.create(folder, with_pip=True, clear=True)
        fill(python)
        stamp.write_text(made_of)
    return str(python)


def pip(python: Path) -> list[str]:
    return [str(python), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']


def lend(lender: str, python: Path) -> None:
    """Lets a Python use all packages of another, after its own."""
    of_lender, own = (subprocess.check_output([one, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], text=True).strip()
                      for one in (lender, python))
    Path(own, 'borrowed.pth').write_text(f'import site; site.addsitedir({of_lender!r})\n')  # as a folder alone its own .pth would not count


def install(python: Path, borrowed: bool) -> None:
    """Installs what the tests need; of a borrowed environment only what it lacks."""
    wanted = REQUIREMENTS.read_text().splitlines()
    if borrowed:
        wanted = [line for line in wanted if importlib.util.find_spec(module_of(line)) is None]
    subprocess.check_call([*pip(python), *wanted])
    subprocess.check_call([*pip(python), '--no-deps', *WITHOUT_DEPENDENCIES])


def module_of(requirement: str) -> str:
    """The module that a line of the requirements brings."""
    name = requirement.split('=')[0].split('<')[0]
    return {'pillow': 'PIL'}.get(name, name)


def test(python: str, rest: list[str]) -> int:
    """The whole suite on the stand-in WebUI."""
    ways = {'OMP_NUM_THREADS': '1', **os.environ}
    return subprocess.call([python, '-m', 'pytest', '-n', '2', '--dist', 'worksteal', *rest], cwd=ROOT, env=ways)


def test_webui(python: str, rest: list[str]) -> int:
    """The host-facing tests on a real WebUI, from WEBUI_ROOT or WEBUI_URL."""
    if not names_a_webui('test-webui'):
        return 1
    return subprocess.call([python, '-m', 'pytest', str(TESTS / 'webui_facing'), *rest], cwd=ROOT)


def compatibility(python: str, rest: list[str]) -> int:
    """What holds on a real WebUI, from WEBUI_ROOT or WEBUI_URL, into docs/compatibility.md."""
    if not names_a_webui('compatibility'):
        return 1
    return subprocess.call([python, str(TESTS / 'compatibility.py'), *rest], cwd=ROOT)


def names_a_webui(command: str) -> bool:
    """Whether the environment names a WebUI; says how to, if not."""
    if os.environ.get('WEBUI_ROOT') or os.environ.get('WEBUI_URL'):
        return True
    print(f'Say which WebUI: WEBUI_ROOT=/path/to/stable-diffusion-webui make {command}, or WEBUI_URL=http://127.0.0.1:7860')
    return False


def test_page(python: str, rest: list[str]) -> int:
    """The tests of the page in a headless Chromium, on gradio 3.41 and 4.40."""
    browser = os.environ.get('CHROMIUM') or chromium()
    if not browser:
        print('These tests need a Chromium or Chrome: install one (Debian: apt-get install chromium), or name it with CHROMIUM=/path/to/chrome')
        return 1
    ways = {'OMP_NUM_THREADS': '1', **os.environ, 'CHROMIUM': browser, 'GRADIO_3_PYTHON': python}  # two servers share the cores
    at_once = ['-n', '2', '--dist', 'loadgroup']  # a process for each version of gradio
    once_more = ['--reruns', '1', '--only-rerun', '^TimeoutError', '-rR']  # a busy machine; what is wrong fails twice
    return subprocess.call([page_environment(python), '-m', 'pytest', *at_once, *once_more, str(TESTS / 'page'), *rest], cwd=ROOT, env=ways)


def bench(python: str, rest: list[str]) -> int:
    """How fast the extension itself is, into docs/speed.md."""
    return subprocess.call([python, '-W', 'ignore', str(TESTS / 'bench.py'), *rest], cwd=ROOT, env={'OMP_NUM_THREADS': '1', **os.environ})


def benchmark(python: str, rest: list[str]) -> int:
    """Frames a second while painting, and how soon a preview is answered."""
    ways = {**os.environ, 'GRADIO_3_PYTHON': python}
    return subprocess.call([page_environment(python), str(TESTS / 'page/benchmark.py'), *rest], cwd=ROOT, env=ways)


def screenshots(python: str, rest: list[str]) -> int:
    """The README's pictures of the page."""
    ways = {**os.environ, 'GRADIO_3_PYTHON': python}
    return subprocess.call([page_environment(python), str(TESTS / 'page/screenshots.py'), *rest], cwd=ROOT, env=ways)


def chromium() -> str | None:
    """A Chromium on the PATH; as root on a Debian without one, installs it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found or not (shutil.which('apt-get') and os.geteuid() == 0):
        return found
    print('There is no Chromium here: installing Debian\'s (apt-get install chromium) ...', flush=True)
    for command in (['update', '-q'], ['install', '-y', '-q', '--no-install-recommends', 'chromium']):
        subprocess.call(['apt-get', *command], stdout=subprocess.DEVNULL)
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def page(python: str, rest: list[str]) -> int:
    """The stand-in's page, to try by hand."""
    return subprocess.call([python, str(TESTS / 'webui/page.py'), *rest], cwd=ROOT)


def demo(python: str, rest: list[str]) -> int:
    """The README's pictures, made by the real Script in the stand-in WebUI."""
    return subprocess.call([python, str(TESTS / 'demo.py'), *rest], cwd=ROOT)


def results(python: str, rest: list[str]) -> int:
    """The measurements of docs/results.md."""
    return subprocess.call([python, '-W', 'ignore', str(TESTS / 'results'), *rest], cwd=ROOT)


def house(python: str, rest: list[str]) -> int:
    """The drawing in docs/house.md."""
    return subprocess.call([python, str(TESTS / 'house.py'), *rest], cwd=ROOT)


def soak(python: str, rest: list[str]) -> int:
    """Hundreds of runs on one server, and a fuzzer on the map reader, into docs/soak.md."""
    ways = {'OMP_NUM_THREADS': '1', **os.environ}
    return subprocess.call([soak_environment(python), '-W', 'ignore', str(TESTS / 'soak.py'), *rest], cwd=ROOT, env=ways)


COMMANDS = {'bench': bench, 'benchmark': benchmark, 'compatibility': compatibility, 'demo': demo, 'house': house, 'page': page,
            'results': results, 'screenshots': screenshots, 'soak': soak, 'test': test, 'test-page': test_page, 'test-webui': test_webui}

if __name__ == '__main__':
    sys.exit(main())
