"""What the page asks is answered, and what is wrong with a question is said: never an exception."""
import base64
import io
import json
import os
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from client import png
from PIL import Image

from lib_diffdiff.algorithm.planning import Rules
from lib_diffdiff.algorithm.samplers import Sampler
from lib_diffdiff.maps import store
from lib_diffdiff.maps.reading import read, short_hash
from lib_diffdiff.page.protocol import QUESTIONS
from lib_diffdiff.page.questions import KINDS, Host, answer
from lib_diffdiff.settings.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
RUN = {'kind': 'preview', 'image': [16, 8], 'size': [16, 8], 'resize_mode': 0, 'steps': 4, 'denoising': 1, 'sampler': 'Euler', 'mask': None}
NAME = '0123456789'


def file(array, mode=None):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array, dtype=np.uint8), mode).save(buffer, 'PNG')
    return 'data:image/png;base64,' + base64.b64encode(buffer.getvalue()).decode()


def picture(data_url):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data_url.partition(',')[2]))))


def unpacked(answered, name='greys', kind='<u2'):
    """The greys or labels of an answer: deflated, and of each row what it is more than the row above."""
    rows = np.frombuffer(zlib.decompress(base64.b64decode(answered[name])), kind).reshape(answered['height'], answered['width'])
    return np.cumsum(rows, axis=0, dtype=kind)


def args(change_map='', **named):
    settings = Settings(True, change_map, **named)
    return [getattr(settings, name) for name in Settings.specs()]


def ask(request, change_map='', maps=None, **named):
    text = request if isinstance(request, str) else json.dumps({'id': 7, **request})
    answered = json.loads(answer(text, args(change_map, **named), Host(lambda name: Rules(Sampler()), maps)))
    if answered['ok']:
        question = QUESTIONS[request['kind']]
        assert {'id', 'ok', *question.answer} <= set(answered) <= {'id', 'ok', *question.answer, *question.may_answer}
    return answered


def test_a_preview_is_of_the_components_own_values():
    answered = ask(RUN, file([[0, 255]]), blur=0, max_strength=0.5)
    assert (answered['id'], answered['ok'], answered['rows'], answered['columns']) == (7, True, 1, 2)
    values = np.frombuffer(base64.b64decode(answered['values']), '<u2') / 65535
    assert 0 <= values[0] < 0.2 and 0.3 < values[1] <= 0.5


def test_a_mask_without_a_file_is_none():
    assert ask({**RUN, 'mask': {'file': '', 'invert': False, 'blur': 0}}, file([[255]])) == ask(RUN, file([[255]]))


@pytest.mark.parametrize('question', [
    '', 'no', 'null', '7', '[]', '"text"', '{', '{}', '{"kind": null}', '{"kind": ["preview"]}', '{"kind": "shell"}', '[' * 100_000,
    '{"kind": ' + '[' * 900 + ']' * 900 + '}', '{"id": {"a": 1}, "kind": "preview"}',
])
def test_a_broken_question_is_answered(question):
    answered = ask(question)
    assert answered['ok'] is False and answered['sentence'] and answered['id'] is None


@pytest.mark.parametrize('question', [None, 3, b'\xff', ['a']])
def test_a_question_that_is_no_text(question):
    assert json.loads(answer(question, args(), Host(lambda name: Rules(Sampler()))))['ok'] is False


@pytest.mark.parametrize('foreign', [
    {'image': [0, 8]}, {'image': [8]}, {'image': '8x8'}, {'image': [1e9, 1e9]}, {'image': [10 ** 400, 1]}, {'image': [50_000, 50_000]},
    {'size': [7, 8]}, {'size': None}, {'resize_mode': 4}, {'resize_mode': 'fill'}, {'resize_mode': 0.5}, {'steps': 0}, {'steps': 1e6},
    {'steps': True}, {'denoising': -1}, {'denoising': 2}, {'denoising': '1'}, {'denoising': None}, {'sampler': None}, {'sampler': {'a': 1}},
])
def test_foreign_values_are_named(foreign):
    answered = ask({**RUN, **foreign}, file([[255]]))
    assert answered['ok'] is False and (next(iter(foreign)) in answered['sentence'] or 'too many' in answered['sentence'])


@pytest.mark.parametrize('number', ['NaN', 'Infinity', '-Infinity', '1e999'])
def test_numbers_that_are_none(number):
    text = json.dumps({'id': 7, **RUN}).replace('"denoising": 1', f'"denoising": {number}')
    assert 'denoising' in ask(text, file([[255]]))['sentence']


@pytest.mark.parametrize('kind', sorted(KINDS))
def test_every_kind_says_what_it_lacks(kind, tmp_path):
    assert ask({'kind': kind}, 'not a picture', tmp_path)['ok'] is (kind == 'recent')


@pytest.mark.parametrize('broken', ['not a picture', 'http://example.org/map.png', '/etc/passwd', '../map.png', 'missing:0123456789',
                                    'data:image/png;base64,', base64.b64encode(b'\x89PNG\r\n\x1a\n').decode(), file([[1]])[:-40]])
@pytest.mark.parametrize('request_', [{'kind': 'read', 'channel': 'auto'}, {'kind': 'zones'}, {'kind': 'from_picture', 'what': 'edges'}])
def test_only_picture_files_are_read(request_, broken):
    assert ask({**request_, 'file': broken})['ok'] is ask(request_, broken)['ok'] is False


def test_what_cannot_be_read_is_called_what_it_is():
    broken = base64.b64encode(b'no picture').decode()
    assert ask({**RUN, 'mask': {'file': broken, 'blur': 0}})['sentence'].startswith('The mask cannot be read')
    assert ask({'kind': 'read', 'channel': 'auto'}, broken)['sentence'].startswith('The change map cannot be read')
    for request in ({'kind': 'zones'}, {'kind': 'from_picture', 'what': 'edges'}):
        assert ask({**request, 'file': broken})['sentence'].startswith('The picture cannot be read')


def test_a_huge_picture_is_refused_before_it_is_decoded():
    buffer = io.BytesIO()
    Image.new('1', (20_000, 20_000)).save(buffer, 'PNG')
    for request in ({'kind': 'read', 'channel': 'auto'}, {'kind': 'zones'}, RUN):
        assert 'too large' in ask({**request}, base64.b64encode(buffer.getvalue()).decode())['sentence']


def test_both_sides_know_the_same_questions():
    script = '\n'.join(path.read_text('utf8') for path in sorted((ROOT / 'javascript').glob('*.js')))
    assert set(re.findall(r"\bask\('(\w+)'", script)) == set(QUESTIONS) == set(KINDS)
    with_settings = re.search(r"WITH_SETTINGS = \[(.*?)\]", script)[1]
    assert re.findall(r'\w+', with_settings) == [kind for kind, question in QUESTIONS.items() if question.settings]


@pytest.mark.parametrize('kind', sorted(KINDS))
def test_a_key_that_the_protocol_lacks_is_named(kind):
    assert "'colour'" in ask({'kind': kind, 'colour': 3})['sentence']


def test_settings_of_another_time_are_refused():
    assert 'Gamma' in ask(RUN, file([[255]]), gamma=0.0)['sentence']
    answered = json.loads(answer(json.dumps({'id': 7, **RUN}), [True], Host(lambda name: Rules(Sampler()))))
    assert answered['ok'] and answered['warnings'] == [{'code': 'no_map'}]


def test_the_field_s_own_map_or_another_file_is_read_at_the_picture_s_size():
    answered = ask({'kind': 'read', 'channel': 'auto', 'image': [4, 2]}, file([[0, 255]]))
    assert (answered['width'], answered['height']) == (4, 2) and 'channels' not in answered
    assert (unpacked(answered) == [[0, 16384, 49152, 65535]] * 2).all()  # as the run stretches it, rounded up
    answered = ask({'kind': 'read', 'channel': 'green', 'file': file([[(1, 2, 3)]])}, file([[0, 255]]))
    assert unpacked(answered).tolist() == [[2 * 257]] and answered['channels'] == ['brightness', 'red', 'green', 'blue']


def test_the_field_s_own_map_is_read_by_the_channel_of_the_settings_as_the_run_reads_it():
    coloured = file([[(1, 2, 3)]])
    assert unpacked(ask({'kind': 'read', 'channel': 'auto'}, coloured, channel='blue')).tolist() == [[3 * 257]]
    assert unpacked(ask({'kind': 'read', 'channel': 'green'}, coloured, channel='blue')).tolist() == [[2 * 257]]
    assert unpacked(ask({'kind': 'read', 'channel': 'auto', 'file': coloured}, file([[0]]), channel='blue')).tolist() == [[2 * 257]]
    assert 'grey' in ask({'kind': 'read', 'channel': 'auto'}, file([[7]]), channel='blue')['sentence']


def test_a_preview_is_of_the_chosen_channel():
    coloured = file([[(0, 255, 0)]])
    for channel, strength in (('red', 0), ('green', 65535)):
        values = base64.b64decode(ask(RUN, coloured, channel=channel)['values'])
        assert (np.frombuffer(values, '<u2') == strength).all()


def test_black_ink_is_read_as_its_alpha():
    answered = ask({'kind': 'read', 'channel': 'auto', 'file': file([[(0, 0, 0, 0), (0, 0, 0, 90)]])})
    assert unpacked(answered).tolist() == [[0, 90 * 257]] and answered['channels'] == ['brightness', 'alpha']


def test_every_grey_is_read_as_itself():
    every = np.arange(256).reshape(16, 16)
    assert (unpacked(ask({'kind': 'read', 'channel': 'auto', 'image': [16, 16]}, file(every))) == 257 * every).all()


def test_sixteen_bits_reach_the_painter_in_full():
    every = np.random.default_rng(0).permutation(65536).reshape(256, 256).astype(np.uint16)
    deep = png(every)
    assert (unpacked(ask({'kind': 'read', 'channel': 'auto', 'image': [256, 256]}, deep)) == every).all()


def test_what_is_hardly_more_than_black_is_not_black_in_the_painter():
    deep = np.zeros((1, 64), np.uint16)
    deep[0, 5] = 1
    answered = ask({'kind': 'read', 'channel': 'auto', 'image': [2, 1]}, png(deep))
    assert unpacked(answered).tolist() == [[1, 0]]


def test_a_huge_picture_s_map_is_as_large_as_the_painter_takes():
    answered = ask({'kind': 'read', 'channel': 'auto', 'image': [8192, 1023]}, file([[255]]))
    assert (answered['width'], answered['height']) == (4096, 512)


def test_a_map_from_the_picture():
    answered = ask({'kind': 'from_picture', 'what': 'saturation', 'file': file([[(9, 9, 9), (9, 0, 0)]]), 'image': [2, 1]})
    assert unpacked(answered).tolist() == [[0, 65535]]


def test_zones_and_their_labels():
    picture = np.zeros((8, 8, 3))
    picture[:, 6:] = 200
    answered = ask({'kind': 'zones', 'file': file(picture), 'image': [8, 8]})
    assert answered['zones'] == [{'colour': [0, 0, 0], 'share': 0.75}, {'colour': [200, 200, 200], 'share': 0.25}]
    assert (unpacked(answered, 'labels', '<u1') == np.where(np.arange(8) < 6, 0, 1)).all()


def test_kept_maps_come_back_by_their_hash_alone(tmp_path):
    kept = base64.b64decode(file([[5]]).partition(',')[2])
    store.add(tmp_path, NAME, kept, 'png', 1000)
    assert base64.b64decode(ask({'kind': 'stored', 'name': NAME}, maps=tmp_path)['text']) == kept
    (tmp_path / 'secret.txt').write_text('secret')
    for name in ('secret', '../' + NAME, '*', 'ffffffffff', '', None, 7):
        assert ask({'kind': 'stored', 'name': name}, maps=tmp_path)['ok'] is False
    assert ask({'kind': 'stored', 'name': NAME})['ok'] is False


def test_a_kept_map_comes_back_with_the_channel_that_its_name_tells_of_in_the_names_of_today_and_before(tmp_path):
    coloured = file([[(1, 2, 3)]])
    for channel in ('red', 'green', 'brightness'):
        units = read(coloured, channel)
        for name in {short_hash(units, channel), short_hash(units)}:
            store.add(tmp_path, name, base64.b64decode(coloured.partition(',')[2]), 'png', 10 ** 6)
            told = ask({'kind': 'stored', 'name': name}, maps=tmp_path)['channel']
            assert told == channel or (read(coloured, told) == units).all()


def test_recent_maps_newest_first_and_only_pictures(tmp_path):
    for i in range(14):
        name = f'{i:010x}'
        store.add(tmp_path, name, base64.b64decode(file(np.full((2, 200), i)).partition(',')[2]), 'png', 10 ** 6)
        os.utime(tmp_path / f'{name}.png', (1000 + i, 1000 + i))
    (tmp_path / 'ffffffffff.png').write_bytes(b'broken')
    maps = ask({'kind': 'recent'}, maps=tmp_path)['maps']
    assert [one['name'] for one in maps] == [f'{i:010x}' for i in range(13, 2, -1)]
    assert picture(maps[0]['png']).shape == (1, 96) and (picture(maps[0]['png']) == 13).all() and maps[0]['used'] > 10 ** 6
    assert ask({'kind': 'recent'}, maps=tmp_path / 'none')['maps'] == ask({'kind': 'recent'})['maps'] == []


def test_a_folder_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / f'{NAME}.png').mkdir()
    for request in ({'kind': 'recent'}, {'kind': 'stored', 'name': NAME}):
        assert 'folder' in ask(request, maps=tmp_path)['sentence']


def test_words_of_the_page_travel_to_the_host():
    asked = []

    def words(*given):
        asked.append(given)
        return np.array([[0, 255 * 257 * 256]])

    request = {'id': 1, 'kind': 'words', 'file': file([[9, 9]]), 'words': 'house', 'description': '', 'prompt': 'a cat', 'size': [64, 32],
               'task': 'task(1)', 'image': [2, 1]}
    answered = json.loads(answer(json.dumps(request), [], Host(None, words=words)))
    assert answered['ok'] and (unpacked(answered) == [[0, 65535]]).all()
    (picture_, size, settings, prompt, task), = asked
    assert (picture_.size, picture_.mode, size, settings.words, prompt, task) == ((2, 1), 'RGB', (64, 32), 'house', 'a cat', 'task(1)')
