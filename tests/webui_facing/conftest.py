"""One suite, three addresses: the stand-in, a real WebUI started from WEBUI_ROOT, and one that stands at WEBUI_URL."""
import numpy as np
import pytest
from client import WebUI, difference
from hosts import address, is_real

TABLE = pytest.StashKey[dict]()


@pytest.fixture(scope='session')
def webui():
    with address() as url:
        yield WebUI(url)


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
    if not is_real():
        return True
    name = webui.get('options').get('sd_model_checkpoint') or webui.get('sd-models')[0]['title']  # reForge names none that nobody chose
    return name.startswith('tiny')


@pytest.fixture(scope='session')
def repeatability(paint):
    """The largest difference of one plain request from itself, with another request between."""
    first = paint(seed=5)[0]
    paint(seed=6)
    return difference(first, paint(seed=5)[0])


@pytest.fixture
def saving(webui):
    """A host that saves its pictures, and so keeps their maps."""
    before = webui.get('options')['samples_save']
    webui.post('options', samples_save=True)
    yield
    webui.post('options', samples_save=before)


@pytest.fixture
def holds(tiny, repeatability, record_property):
    """holds(measured, bar): asserts where the bars hold, and only reports elsewhere.

    Where plain img2img is off from itself by one grey level, by the draw of its own autoencoder, so may we be.
    """
    def holds(measured, bar=0):
        record_property('difference', float(measured))  # a NumPy number would not pass from one process to another
        record_property('plain repeatability', repeatability)
        if tiny:
            assert measured <= max(bar, min(repeatability, 1)), f'{measured} grey levels, at most {bar} allowed; plain img2img repeats within {repeatability}'
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
