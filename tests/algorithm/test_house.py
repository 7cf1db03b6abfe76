"""The shape of the house: who may import what."""
import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'lib_diffdiff'
ALGORITHM = [info.name for info in pkgutil.iter_modules([str(PACKAGE)]) if info.name not in ('host', 'ui')]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield '.' * node.level + (node.module or '')


@pytest.mark.parametrize('module', ALGORITHM)
def test_the_algorithm_imports_without_a_webui(module):
    blocked = 'import sys; sys.modules.update({"modules": None, "gradio": None}); import lib_diffdiff.' + module
    subprocess.run([sys.executable, '-c', blocked], cwd=ROOT, check=True, env={'PATH': ''})


def test_only_host_knows_the_webui_and_only_ui_knows_gradio():
    for path in PACKAGE.rglob('*.py'):
        found = {name.split('.')[0] for name in imports(path)}
        assert 'modules' not in found or path.parent.name == 'host', path
        assert 'gradio' not in found or path.name == 'ui.py', path


def test_arrows_point_one_way():
    for path in PACKAGE.glob('*.py'):
        assert not any(name in ('.host', '.ui') for name in imports(path)), path
    for path in (ROOT / 'scripts').glob('*.py'):
        assert set(imports(path)) <= {'modules', 'lib_diffdiff'}, path
        assert 'from modules import scripts\n' in path.read_text()


def test_the_script_s_arguments_are_the_contract_s():
    import re

    from lib_diffdiff.settings import Settings
    text = (ROOT / 'scripts/differential_diffusion.py').read_text()
    signature = re.search(r'def process\(self, p, (.*?)\)', text, re.DOTALL).group(1)
    assert re.findall(r'\w+', signature) == list(Settings.specs())
