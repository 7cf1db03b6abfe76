"""Whatever is given as a map or as a setting is read right or refused in one sentence, soon and in little memory."""
import base64
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

import corpus
import numpy as np
import pytest
from corpus import KINDS, WRONG_VALUES, fits, is_one_sentence, is_read_right

from lib_diffdiff.algorithm.planning import Rules
from lib_diffdiff.algorithm.response import parsed
from lib_diffdiff.algorithm.samplers import Sampler
from lib_diffdiff.algorithm.words import asked_for
from lib_diffdiff.maps.fan import Fan
from lib_diffdiff.maps.reading import read_all
from lib_diffdiff.page.questions import Host, answer
from lib_diffdiff.settings.refusal import Refusal, brief
from lib_diffdiff.settings.settings import Settings

HOST = Host(lambda name: Rules(Sampler()), words=lambda *given: np.zeros((8, 8), np.int64))
PREVIEW = {'kind': 'preview', 'image': [16, 8], 'size': [16, 8], 'resize_mode': 0, 'steps': 4, 'denoising': 1, 'sampler': 'Euler'}
pytestmark = pytest.mark.filterwarnings('ignore')  # Pillow warns of what it cannot make sense of


def ask(request, args=()):
    return json.loads(answer(json.dumps({'id': 1, **request}), list(args), HOST))


def test_there_are_at_least_as_many_kinds_as_were_promised():
    assert len(KINDS) > 300


@pytest.mark.parametrize('name', KINDS)
def test_a_map_is_read_right_or_refused_in_one_sentence(name):
    kind = KINDS[name]
    try:
        maps = read_all(kind.make(), 'auto', 1)
    except Refusal as refusal:
        assert kind.words is not None and re.search(kind.words, str(refusal)), str(refusal)
        assert is_one_sentence(str(refusal)), str(refusal)
    else:
        assert is_read_right(maps[0], kind) if maps else 'no change map' in kind.words


@pytest.mark.parametrize('name', KINDS)
def test_the_page_is_told_the_same(name):
    kind = KINDS[name]
    given = kind.make()
    answered = ask({'kind': 'read', 'channel': 'auto', 'file': given})
    if answered['ok']:
        rows = np.frombuffer(zlib.decompress(base64.b64decode(answered['greys'])), '<u2').reshape(answered['height'], answered['width'])
        greys = np.cumsum(rows, axis=0, dtype='<u2') / 257
        assert greys.shape == kind.greys.shape and np.abs(greys - kind.greys).max() <= kind.slack + 1 / 257
    else:
        assert is_one_sentence(answered['sentence']), answered['sentence']
        assert kind.words is not None or not isinstance(given, str), answered['sentence']
    for more in (ask({'kind': 'zones', 'file': given}), ask({'kind': 'from_picture', 'what': 'edges', 'file': given}), ask(PREVIEW, [True, given])):
        assert more['ok'] or is_one_sentence(more['sentence'])


def test_no_kind_costs_more_than_a_second_and_a_hundred_mebibytes():
    if not Path('/proc/self/clear_refs').exists():
        pytest.skip('only Linux tells a process how much memory it had at most')
    script = Path(corpus.__file__)
    out = subprocess.run([sys.executable, '-W', 'ignore', str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    assert {name for name, *_ in rows} == set(KINDS)
    assert [row for row in rows if row[2] > corpus.SECONDS or row[3] > corpus.MEBIBYTES] == []


@pytest.mark.parametrize('table', [Settings, Fan])
@pytest.mark.parametrize('value', WRONG_VALUES.values(), ids=list(WRONG_VALUES))
def test_every_setting_takes_what_fits_and_refuses_the_rest_in_one_sentence(table, value):
    for name, spec in table.specs().items():
        default = getattr(table, name)
        right = fits(spec, default, name, value)
        try:
            settings = table.from_names({'high': 1.0, 'zoom': 'own ends', name: value} if table is Fan else {name: value})
            if table is Settings:
                asked_for(settings)
                parsed(settings.response)
                read_all(settings.change_map, settings.channel, 1)
        except Refusal as refusal:
            assert right is not True or 'must be below' in str(refusal) or 'is above' in str(refusal), f'{name}: {refusal}'
            assert is_one_sentence(str(refusal)), str(refusal)
        else:
            assert right is not False, name
            assert getattr(settings, name) == (default if value is None else value)


@pytest.mark.parametrize('value', WRONG_VALUES.values(), ids=list(WRONG_VALUES))
@pytest.mark.parametrize('kind', ['preview', 'read', 'from_picture', 'border', 'words', 'zones', 'recent', 'stored'])
def test_every_key_of_every_question_takes_what_fits_and_is_answered(kind, value):
    from lib_diffdiff.page.protocol import QUESTIONS
    question = QUESTIONS[kind]
    for key in (*question.keys, *question.optional, 'id', 'kind'):
        whole = {**dict.fromkeys((*question.keys, *question.optional)), **PREVIEW, 'kind': kind, 'channel': 'auto', 'what': 'edges', 'width': 4,
                 'file': KINDS['PNG L'].make(), 'name': 'x', 'words': 'house', 'description': '', 'prompt': '', 'task': ''}
        request = {name: whole[name] for name in (*question.keys, *question.optional, 'kind') if whole[name] is not None}
        answered = ask({**request, key: value}, [True, KINDS['PNG L'].make()])
        assert answered['ok'] or is_one_sentence(answered['sentence']), answered


@pytest.mark.parametrize('image, size, mode', [
    ([65_535, 1], [64, 64], 1), ([1, 65_535], [64, 64], 2), ([64, 64], [8, 65_535], 1), ([9_000, 9_000], [64, 64], 3), ([9_400, 9_400], [9_400, 9_392], 1),
    ([88_999_999, 1], [64, 64], 0), ([65_535, 1], [65_535, 8], 2),
])
def test_a_preview_of_extreme_sizes_is_made_or_refused(image, size, mode):
    answered = ask({**PREVIEW, 'image': image, 'size': size, 'resize_mode': mode}, [True, KINDS['PNG L'].make()])
    assert answered['ok'] or is_one_sentence(answered['sentence']), answered


def test_a_value_in_a_sentence_is_short_however_long_and_deep_it_is():
    for value in (WRONG_VALUES['a deep list'], 'x' * 10 ** 6, ['x' * 10 ** 6] * 10, {str(i): i for i in range(1000)}, 10 ** 400):
        assert len(brief(value)) < 100
    assert brief('a\nb') == r"'a\nb'" and brief([1, 2]) == '[1, 2]'
