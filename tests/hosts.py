"""WebUIs to test against: the stand-in, a real one started from WEBUI_ROOT, or one that stands at WEBUI_URL."""
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from client import WebUI

ROOT = Path(__file__).resolve().parents[1]
SAMPLERS = ROOT / 'tests/samplers'  # an extension that brings samplers of its own
ARGUMENTS = [['--skip-prepare-environment'], ['--skip-install'], ['--skip-torch-cuda-test'], ['--skip-version-check'], ['--no-half'], ['--no-half-vae'],
             ['--no-download-sd-model'], ['--do-not-download-clip'], ['--precision', 'full'], ['--all-in-fp32'], ['--api']]
ON_THE_CPU = [['--always-cpu'], ['--use-cpu', 'all']]
WHERE_ARGUMENTS_ARE = ('modules/cmd_args.py', 'backend/args.py', 'ldm_patched/modules/args_parser.py')


@contextmanager
def address():
    """The address of the WebUI that the environment names, or of the stand-in."""
    if url := os.environ.get('WEBUI_URL'):
        yield url
    elif root := os.environ.get('WEBUI_ROOT'):
        with started_from(Path(root)) as url:
            yield url
    else:
        with stand_in_elsewhere() as url:
            yield url


def is_real() -> bool:
    """Whether the environment names a WebUI."""
    return bool(os.environ.get('WEBUI_ROOT') or os.environ.get('WEBUI_URL'))


@contextmanager
def stand_in_elsewhere():
    """The stand-in in a process of its own."""
    command = [sys.executable, str(ROOT / 'tests/webui/standin.py'), '--model', 'convolved', '--port', '0', '--extension', str(SAMPLERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextmanager
def started_from(root: Path, port: int = 7899):
    """A real WebUI, with this extension and the one with samplers linked into it."""
    log = root / f'log-{port}.txt'
    command = [_python_of(root), 'launch.py', '--port', str(port), *arguments(root), *os.environ.get('WEBUI_ARGS', '').split()]
    environment = {**os.environ, 'SD_WEBUI_RESTARTING': '1', 'CUDA_VISIBLE_DEVICES': ''}
    with (_linked(ROOT, root), _linked(SAMPLERS, root), log.open('w') as out,
          subprocess.Popen(command, cwd=root, env=environment, stdout=out, stderr=out) as server):
        try:
            yield _once_ready(f'http://127.0.0.1:{port}', log, server)
        finally:
            server.terminate()


def arguments(root: Path) -> list[str]:
    """What of the wanted arguments this WebUI knows: float32, on the CPU, installing nothing."""
    known = ''.join((root / path).read_text() for path in WHERE_ARGUMENTS_ARE if (root / path).exists())
    wanted = [*ARGUMENTS, next(argument for argument in ON_THE_CPU if argument[0] in known)]
    return [word for argument in wanted if argument[0] in known for word in argument]


@contextmanager
def _linked(extension: Path, root: Path):
    """While it lasts, the WebUI has this extension; one that is there already stays."""
    folder = root / 'extensions'
    if any(path.resolve() == extension for path in folder.iterdir()):
        yield
        return
    link = folder / f'{extension.parent.name}-{extension.name}'
    link.symlink_to(extension, target_is_directory=True)
    try:
        yield
    finally:
        link.unlink()


def _python_of(root: Path) -> str:
    if python := os.environ.get('WEBUI_PYTHON'):
        return python
    return next(str(path) for path in (root / 'venv/bin/python', root / 'venv/Scripts/python.exe', Path(sys.executable)) if path.exists())


def _once_ready(url: str, log: Path, server, patience: int = 600) -> str:
    # A request that comes while the host still adds its middleware ends its start.
    end = time.monotonic() + patience
    while 'Startup time:' not in log.read_text(errors='replace'):
        assert server.poll() is None and time.monotonic() < end, f'the WebUI did not start: see {log}'
        time.sleep(0.5)
    WebUI(url).txt2img(steps=1, width=64, height=64)  # reForge loads its checkpoint with the first picture alone
    return url
