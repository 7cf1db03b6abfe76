"""Every text that the page shows has its Korean, under the very text that is looked up."""
import ast
import json
import re
from pathlib import Path

import pytest

from lib_diffdiff.maps.fan import Fan
from lib_diffdiff.page.infotext import FAN
from lib_diffdiff.settings.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
JAVASCRIPT = sorted((ROOT / 'javascript').glob('*.js'))
KOREAN = json.loads((ROOT / 'localizations/ko_KR.json').read_text('utf8'))
CALL = re.compile(r'\bdiffdiff\.t\(')
LITERAL = re.compile(r'''\bdiffdiff\.t\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\s*[,)]''')
PLACE = re.compile(r'\{\w+\}')


def templates():
    return {ast.literal_eval(literal) for path in JAVASCRIPT for literal in LITERAL.findall(path.read_text('utf8'))}


def of_tables():
    for spec in (*Settings.specs().values(), *Fan.specs().values()):
        yield from (spec.label, spec.help, *spec.choices)


def titles():
    tree = ast.parse((ROOT / 'lib_diffdiff/page/ui.py').read_text('utf8'))
    return [node.args[0].value for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == 'Accordion']


def options():
    text = (ROOT / 'lib_diffdiff/host/map_folder.py').read_text('utf8')
    return re.findall(r"'diffdiff_\w+': \(\S+, '([^']+)'", text)


SHOWN = {*templates(), *of_tables(), *titles(), *options(), FAN}


@pytest.mark.parametrize('path', JAVASCRIPT, ids=lambda path: path.stem)
def test_every_template_is_a_plain_literal(path):
    text = path.read_text('utf8')
    assert len(CALL.findall(text)) == len(LITERAL.findall(text))


def test_everything_is_collected():
    assert len(templates()) > 100 and len(options()) == 4 and titles() == ['Levels', 'Advanced']


def test_every_text_has_its_korean():
    assert sorted(SHOWN - set(KOREAN)) == []


def test_no_korean_is_left_over():
    assert sorted(set(KOREAN) - SHOWN) == []


def test_the_values_have_their_places():
    for text, korean in KOREAN.items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(korean)), text


def test_it_is_korean():
    same = {text for text, korean in KOREAN.items() if not re.search('[가-힣]', korean)}
    assert same == {'Differential Diffusion'}


def test_choices_shown_stay_distinct():
    for spec in (*Settings.specs().values(), *Fan.specs().values()):
        assert len({KOREAN[choice] for choice in spec.choices}) == len(spec.choices)
