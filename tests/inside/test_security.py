"""What docs/security.md promises, and no other test shows."""
import ast
import html
import re
import socket
from pathlib import Path

import numpy as np
import pytest
import standin
from client import grey, png
from modules import infotext_utils, shared
from modules.processed import create_infotext

import lib_diffdiff
from lib_diffdiff.host.told import Told
from lib_diffdiff.maps import store
from lib_diffdiff.page.infotext import infotext
from lib_diffdiff.settings.settings import Settings

from .conftest import Standin

ROOT = Path(lib_diffdiff.__file__).resolve().parents[1]
MARKUP = '<img src=x onerror=alert(1)>'
NAMES = ['../secret.png', '..\\secret.png', '/etc/passwd', 'C:\\secret.png', 'a\0b.png', 'link.png', 'folder.png', '.', '..', '', '*', '%2e%2e/secret.png',
         'map.png/../../secret.png', './map.png', 'map.png\n', 'MAP.PNG ']


@pytest.fixture(scope='module')
def stand_in():
    return Standin('convolved')


@pytest.fixture
def maps_folder(tmp_path, stand_in):
    folder = tmp_path / 'maps'
    (folder / 'folder.png').mkdir(parents=True)
    secret = tmp_path / 'secret.png'
    for path in (secret, folder / 'map.png'):
        path.write_bytes(standin.base64.b64decode(grey(128)))
    (folder / 'link.png').symlink_to(secret)
    (folder / '0123456789.png').symlink_to(secret)
    before = dict(shared.opts.data)
    shared.opts.set('diffdiff_xyz_maps_folder', str(folder))
    shared.opts.set('diffdiff_kept_maps_folder', str(folder))
    yield folder
    shared.opts.data.clear()
    shared.opts.data.update(before)


def axis():
    from lib_diffdiff.host import axes
    return axes


@pytest.mark.parametrize('name', NAMES)
def test_a_plot_opens_nothing_but_files_that_lie_in_its_folder(maps_folder, name):
    from lib_diffdiff.host.refused import DifferentialDiffusion
    assert axis()._files() == ['map.png'] and axis()._read('map.png').name == 'map.png'
    with pytest.raises(DifferentialDiffusion, match='There is no change map'):
        axis()._read(name)


@pytest.mark.parametrize('name', [*NAMES, '0123456789', '0123456789.png', '0123456789\n', '../0123456789'])
def test_a_stored_map_is_found_by_a_hash_alone_and_never_through_a_link(maps_folder, name):
    assert store.find(maps_folder, name) is None
    assert '0123456789' not in [stored for stored, _, _ in store.recent(maps_folder, 12)]


def test_a_full_folder_loses_no_link_and_nothing_that_is_not_ours(maps_folder):
    store.add(maps_folder, 'aaaaaaaaaa', b'1' * 100, 'png', 10)
    store.add(maps_folder, 'bbbbbbbbbb', b'2' * 100, 'png', 10)
    assert {path.name for path in maps_folder.iterdir()} == {'map.png', 'link.png', 'folder.png', '0123456789.png', 'bbbbbbbbbb.png'}


def test_no_api_request_can_set_a_folder(stand_in):
    before = shared.opts.diffdiff_xyz_maps_folder
    for key in ('diffdiff_xyz_maps_folder', 'diffdiff_kept_maps_folder', 'diffdiff_kept_maps_mib', 'diffdiff_keep_maps'):
        standin.api.set_options({key: '/etc'})
    assert shared.opts.diffdiff_xyz_maps_folder == before
    stand_in.pictures({'change_map': grey(128)}, steps=2, override_settings={'diffdiff_xyz_maps_folder': '/etc'})
    assert shared.opts.diffdiff_xyz_maps_folder == before


def test_a_run_opens_no_connection(stand_in, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError('a connection')
    monkeypatch.setattr(socket.socket, 'connect', refuse)
    monkeypatch.setattr(socket, 'getaddrinfo', refuse)
    mask = png(np.full((128, 128), 200, np.uint8))
    for settings in ({'change_map': grey(128), 'return_map': True}, {'change_map': 'http://127.0.0.1:1/map.png'}, {'words': 'cat', 'description': 'a dog'}):
        pictures, under = standin.press_generate(**stand_in.request(settings, steps=2))
        assert (pictures or 'DifferentialDiffusion: ' in under) and 'a connection' not in under
    assert len(stand_in.pictures([True], mask=mask, steps=2)) == 1


def test_the_extension_names_no_way_to_the_network_a_shell_or_code():
    forbidden = {'socket', 'urllib', 'http', 'requests', 'httpx', 'aiohttp', 'subprocess', 'pickle', 'marshal', 'shelve', 'ctypes', 'fastapi', 'ftplib'}
    for path in [*(ROOT / 'lib_diffdiff').rglob('*.py'), *(ROOT / 'scripts').glob('*.py'), ROOT / 'install.py']:
        for node in ast.walk(ast.parse(path.read_text('utf8'))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ''] if isinstance(node, ast.ImportFrom) else []
            assert not forbidden & {name.split('.')[0] for name in names}, path
            assert not (isinstance(node, ast.Call) and getattr(node.func, 'id', '') in ('eval', 'exec', 'compile', '__import__')), path
            assert getattr(node, 'attr', '') not in ('add_api_route', 'on_app_started', 'system', 'popen'), path


def test_no_route_is_added(stand_in):
    app = standin.FastAPI()
    standin.api.add_routes(app)
    assert not [route.path for route in app.routes if 'diff' in route.path.lower()]


def test_the_page_s_script_writes_no_text_as_markup_and_asks_only_for_the_page_s_own_pictures():
    for path in (ROOT / 'javascript').glob('*.js'):
        text = path.read_text('utf8')
        for written in re.findall(r'innerHTML\s*=\s*([^;]+);', text):
            assert re.fullmatch(r'diffdiff\.(icons(\.\w+|\[\w+\])|svg\(icon\))', written.strip()), f'{path.name}: {written}'
        assert not re.search(r'insertAdjacentHTML|outerHTML|document\.write|\beval\(|new Function|XMLHttpRequest|WebSocket|sendBeacon', text), path.name
        assert path.name == 'diffdiff_field_mask.js' or 'fetch(' not in text, path.name


@pytest.mark.parametrize('settings', [{'change_map': MARKUP}, {'change_map': f'missing:{MARKUP}'}, {MARKUP: 1}, {'change_map': grey(9), 'channel': MARKUP},
                                      {'change_map': grey(9), 'response': MARKUP}, {'words': MARKUP}])
def test_markup_in_a_refusal_is_text_for_the_host_to_escape(stand_in, settings):
    """The host escapes what it shows (`plaintext_to_html`); nothing of ours comes as markup or is escaped before, which would show twice."""
    pictures, under = standin.press_generate(**stand_in.request(settings, steps=2))
    assert not pictures and '<img' not in html.escape(under) and '&lt;' not in under


@pytest.mark.parametrize('sentence', ['a "quoted" name', 'a path: C:\\maps, and more', MARKUP, 'Steps: 99, Seed: 1'])
def test_a_note_in_the_parameters_stays_one_value_whatever_is_in_it(sentence):
    class Processed:
        comments, infotexts = '', ['a cat\nSteps: 5, Seed: 3']
    told = Told(Processed)
    told.say(sentence)
    pasted = infotext_utils.parse_generation_parameters(Processed.infotexts[0])
    assert pasted['Steps'] == '5' and pasted['Seed'] == '3' and pasted['DiffDiff note'] == sentence


@pytest.mark.parametrize('description', ['a dog, Steps: 99, Seed: 7', 'a "dog"', f'dog {MARKUP}', 'dog\nSteps: 99'])
def test_a_setting_s_text_adds_no_parameter(stand_in, description):
    stand_in.run(steps=2)
    p = stand_in.probe.runs[0]
    p.extra_generation_params.update(infotext(Settings(words='cat', description=description), 'words'))
    pasted = infotext_utils.parse_generation_parameters(create_infotext(p, p.prompts, p.negative_prompts, p.seeds, 0))
    assert pasted['Steps'] == '2' and pasted['Seed'] == '1' and pasted['DiffDiff description'] == description
