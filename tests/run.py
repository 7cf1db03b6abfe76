"""Everything that can be run in this repository, on a bare machine: python tests/run.py test | test-webui | demo.

Makes its own environment in .venv first. Needs Python 3.10 to 3.12 and nothing else.
"""
from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / 'tests'
REQUIREMENTS = TESTS / 'requirements.txt'
ENVIRONMENT = ROOT / '.venv'
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
    python = ENVIRONMENT / ('Scripts/python.exe' if os.name == 'nt' else 'bin/python')
    stamp = ENVIRONMENT / 'made-of.txt'
    made_of = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode() + sys.prefix.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == made_of:
        return str(python)
    print(f'Making the environment {ENVIRONMENT} (about a minute, 1.5 GB) ...', flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    install(python, borrow(python))
    stamp.write_text(made_of)
    return str(python)


def borrow(python: Path) -> bool:
    """Where this Python brings a torch of its own (a WebUI's does), lends the environment all its packages."""
    if importlib.util.find_spec('torch') is None:
        return False
    here = subprocess.check_output([python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], text=True)
    Path(here.strip(), 'borrowed.pth').write_text(sysconfig.get_path('purelib') + '\n')
    return True


def install(python: Path, borrowed: bool) -> None:
    """Installs what the tests need; of a borrowed environment only what it lacks."""
    wanted = REQUIREMENTS.read_text().splitlines()
    if borrowed:
        wanted = [line for line in wanted if importlib.util.find_spec(module_of(line)) is None]
    pip = [str(python), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    subprocess.check_call([*pip, *wanted])
    subprocess.check_call([*pip, '--no-deps', *WITHOUT_DEPENDENCIES])


def module_of(requirement: str) -> str:
    """The module that a line of the requirements brings."""
    name = requirement.split('=')[0].split('<')[0]
    return {'pillow': 'PIL'}.get(name, name)


def test(python: str, rest: list[str]) -> int:
    """The whole suite on the stand-in WebUI."""
    return subprocess.call([python, '-m', 'pytest', *rest], cwd=ROOT)


def test_webui(python: str, rest: list[str]) -> int:
    """The host-facing tests on a real WebUI, from WEBUI_ROOT or WEBUI_URL."""
    if not (os.environ.get('WEBUI_ROOT') or os.environ.get('WEBUI_URL')):
        print('Say which WebUI: WEBUI_ROOT=/path/to/stable-diffusion-webui make test-webui, or WEBUI_URL=http://127.0.0.1:7860')
        return 1
    return subprocess.call([python, '-m', 'pytest', '-m', 'not inside', str(TESTS / 'webui_facing'), *rest], cwd=ROOT)


def demo(python: str, rest: list[str]) -> int:
    """The README's pictures, made by the real Script in the stand-in WebUI."""
    return subprocess.call([python, str(TESTS / 'demo.py'), *rest], cwd=ROOT)


COMMANDS = {'test': test, 'test-webui': test_webui, 'demo': demo}

if __name__ == '__main__':
    sys.exit(main())
