"""One suite, three addresses: the stand-in, a real WebUI started from WEBUI_ROOT, and one that stands at WEBUI_URL."""
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from client import WebUI, difference

ROOT = Path(__file__).resolve().parents[2]
SAMPLERS = ROOT / 'tests/samplers'  # an extension that brings samplers of its own
TABLE = pytest.StashKey[dict]()


@pytest.fixture(scope='session')
def webui():
    with _address() as address:
        yield WebUI(address)


@contextmanager
def _address():
    if url := os.environ.get('WEBUI_URL'):
        yield url
    elif root := os.environ.get('WEBUI_ROOT'):
        with _started_from(Path(root)) as url:
            yield url
    else:
        with stand_in_elsewhere() as url:
            yield url


@contextmanager
def stand_in_elsewhere():
    command = [sys.executable, str(ROOT / 'tests/webui/standin.py'), '--model', 'convolved', '--port', '0', '--extension', str(SAMPLERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextmanager
def _started_from(root: Path, port: int = 7899):
    log = root / f'log-{port}.txt'
    command = [_python_of(root), 'launch.py', '--skip-prepare-environment', '--skip-install', '--skip-torch-cuda-test', '--skip-version-check',
               '--use-cpu', 'all', '--no-half', '--no-half-vae', '--precision', 'full', '--api', '--port', str(port),
               '--no-download-sd-model', '--do-not-download-clip', *os.environ.get('WEBUI_ARGS', '').split()]
    environment = {**os.environ, 'SD_WEBUI_RESTARTING': '1', 'CUDA_VISIBLE_DEVICES': ''}
    with (_linked(ROOT, root), _linked(SAMPLERS, root), log.open('w') as out,
          subprocess.Popen(command, cwd=root, env=environment, stdout=out, stderr=out) as server):
        try:
            yield _once_ready(f'http://127.0.0.1:{port}', log, server)
        finally:
            server.terminate()


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
    while not WebUI(url).get('options').get('sd_model_checkpoint'):
        assert time.monotonic() < end, f'the WebUI loaded no checkpoint: see {log}'
        time.sleep(0.5)
    return url


@pytest.fixture(scope='session')
def picture():
    """A noisy init image of the size that is painted, so that the host resizes nothing."""
    return np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)


@pytest.fixture(scope='session')
def paint(webui, picture):
    """paint(args, **request) -> the pictures of one img2img request with the suite's own defaults."""
    def paint(args=None, *, init_images=None, **request):
        defaults = dict(prompt='a cat', negative_prompt='a dog', width=128, height=128, steps=20, denoising_strength=1.0, cfg_scale=7,
                        seed=1, sampler_name='Euler', scheduler='Automatic')
        return webui.img2img([picture] if init_images is None else init_images, args, **{**defaults, **request}).pictures
    return paint


@pytest.fixture(scope='session')
def tiny(webui):
    """Whether the numeric bars hold: on the stand-in, and on a real WebUI with a tiny float32 checkpoint on the CPU."""
    name = str(webui.get('options').get('sd_model_checkpoint', ''))
    return not (os.environ.get('WEBUI_ROOT') or os.environ.get('WEBUI_URL')) or name.startswith('tiny')


@pytest.fixture(scope='session')
def repeatability(paint):
    """The largest difference of one plain request from itself, with another request between."""
    first = paint(seed=5)[0]
    paint(seed=6)
    return difference(first, paint(seed=5)[0])


@pytest.fixture
def holds(tiny, repeatability, record_property):
    """holds(measured, bar): asserts where the bars hold, and only reports elsewhere."""
    def holds(measured, bar=0):
        record_property('difference', measured)
        record_property('plain repeatability', repeatability)
        if tiny:
            assert measured <= bar, f'{measured} grey levels, at most {bar} allowed; plain img2img repeats within {repeatability}'
    return holds


@pytest.fixture
def table(request):
    """Measurements that are printed as one table when all is done: table[row][column] = value."""
    return request.config.stash.setdefault(TABLE, {})


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash.get(TABLE, {})
    if rows:
        columns = list(dict.fromkeys(column for row in rows.values() for column in row))
        terminalreporter.section('measured')
        terminalreporter.write_line('| sampler | ' + ' | '.join(columns) + ' |')
        terminalreporter.write_line('|---' * (len(columns) + 1) + '|')
        for name, row in rows.items():
            terminalreporter.write_line(f'| {name} | ' + ' | '.join(str(row.get(column, '')) for column in columns) + ' |')
