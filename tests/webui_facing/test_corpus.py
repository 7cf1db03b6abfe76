"""The corpus by HTTP: what is no map is refused with 422 and one sentence, and the next picture is as ever."""
import json
import re

import pytest
from client import TITLE, Refused, difference, png
from corpus import KINDS, WRONG_VALUES, fits, is_one_sentence

from lib_diffdiff.settings.settings import Settings

SIZE = {'width': 64, 'height': 64, 'steps': 2}
HALF = png(KINDS['PNG L'].greys)
GROUPS = {}
for kind in KINDS:
    GROUPS.setdefault(re.split('[ ,:]', kind)[0], []).append(kind)


@pytest.fixture(scope='module')
def send(webui, picture):
    """send(settings) -> the answer's status and detail, however broken the settings are."""
    original = png(picture[:64, :64])

    def send(settings):
        body = {'init_images': [original], 'prompt': 'a cat', 'seed': 1, 'sampler_name': 'Euler', 'denoising_strength': 1.0, **SIZE,
                'alwayson_scripts': {TITLE: {'args': [settings]}}}
        sent = json.dumps(body).encode()  # requests itself would send no numbers that are none
        answer = webui.session.post(f'{webui.address}/sdapi/v1/img2img', data=sent, headers={'Content-Type': 'application/json'}, timeout=600)
        return answer.status_code, answer.json().get('detail', '')
    return send


@pytest.fixture(scope='module')
def usual(paint, picture):
    """The picture that comes next, whatever was sent before."""
    def usual():
        return paint({'change_map': HALF}, init_images=[picture[:64, :64]], **SIZE)[0]
    return usual


@pytest.fixture(scope='module')
def first(usual):
    return usual()


@pytest.mark.parametrize('group', GROUPS)
def test_a_map_is_taken_or_refused_with_a_sentence_and_the_next_picture_is_as_ever(send, usual, first, holds, group):
    for name in GROUPS[group]:
        kind = KINDS[name]
        status, detail = send({'change_map': kind.make()})
        assert status == (422 if kind.greys is None else 200) or (status == 422 and kind.words), (name, status, detail)
        assert status == 200 or (re.search(kind.words, detail) and is_one_sentence(detail)), (name, detail)
    holds(difference(usual(), first))


@pytest.mark.parametrize('name', Settings.specs())
def test_a_setting_is_taken_or_refused_with_a_sentence_and_the_next_picture_is_as_ever(send, usual, first, holds, name):
    for value in WRONG_VALUES.values():
        status, detail = send({'change_map': HALF, name: value})
        right = fits(Settings.specs()[name], getattr(Settings, name), name, value)
        assert status == 422 or (status == 200 and right is not False), (name, value, status, detail)
        assert status == 200 or is_one_sentence(detail), (name, detail)
    holds(difference(usual(), first))


def test_a_mask_s_blur_beyond_all_measure_is_refused(webui, picture):
    with_mask = {'init_images': [png(picture[:64, :64])], 'mask': png(picture[:64, :64]), 'mask_blur': 10 ** 8, 'prompt': '', **SIZE}
    with pytest.raises(Refused, match='Mask blur is 100000000; it must be at most 1024') as refused:
        webui.post('img2img', **with_mask, alwayson_scripts={TITLE: {'args': [True]}})
    assert refused.value.status == 422
