"""The shape of the house: who may import what."""
import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import house
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'lib_diffdiff'
BELOW = {  # the wings, and which of the others each may know
    'settings': set(),
    'algorithm': {'settings'},
    'maps': {'settings'},
    'result': {'settings', 'algorithm', 'maps'},
    'page': {'settings', 'algorithm', 'maps', 'result'},
    'host': {'settings', 'algorithm', 'maps', 'result', 'page'},
}
WITHOUT_HOST = [f'{wing}.{info.name}' for wing in BELOW if wing != 'host' for info in pkgutil.iter_modules([str(PACKAGE / wing)])
                if info.name != 'ui']


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield '.' * node.level + (node.module or '')


ONE_BY_ONE = """
import sys
from importlib import import_module
sys.modules.update({'modules': None, 'gradio': None})
for module in sys.argv[1:]:
    for name in [name for name in sys.modules if name.startswith('lib_diffdiff')]:
        del sys.modules[name]
    import_module('lib_diffdiff.' + module)
"""


def test_all_but_the_host_s_wing_imports_without_a_webui_each_module_first():
    subprocess.run([sys.executable, '-c', ONE_BY_ONE, *WITHOUT_HOST], cwd=ROOT, check=True, env={'PATH': ''})


def test_only_host_knows_the_webui_and_only_ui_knows_gradio():
    for path in PACKAGE.rglob('*.py'):
        found = {name.split('.')[0] for name in imports(path)}
        assert 'modules' not in found or path.parent.name == 'host', path
        assert 'gradio' not in found or path.name == 'ui.py', path


@pytest.mark.parametrize('wing', BELOW)
def test_arrows_point_one_way(wing):
    for path in (PACKAGE / wing).glob('*.py'):
        outside = {name[2:].split('.')[0] for name in imports(path) if name.startswith('..')}
        assert outside <= BELOW[wing], path


def test_the_drawing_in_the_docs_is_true():
    assert house.PAGE.read_text('utf8') == house.page(), 'run: make house'


def test_every_module_has_a_wing():
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir() and not path.name.startswith('_')} == set(BELOW)
    assert [path.name for path in PACKAGE.glob('*.py')] == ['__init__.py']
    assert not any(path.read_text().strip() for path in PACKAGE.glob('*/__init__.py'))


def test_scripts_only_pass_the_host_s_events_on():
    for path in (ROOT / 'scripts').glob('*.py'):
        assert {name.split('.')[0] for name in imports(path)} <= {'modules', 'lib_diffdiff'}, path
        assert 'from modules import scripts\n' in path.read_text()


def test_the_script_s_arguments_are_the_contract_s():
    import re

    from lib_diffdiff.settings.settings import Settings
    text = (ROOT / 'scripts/differential_diffusion.py').read_text()
    signature = re.search(r'def process\(self, p, (.*?)\)', text, re.DOTALL).group(1)
    assert re.findall(r'\w+', signature) == list(Settings.specs())
