"""The map from words in the API: the run by words is the run by the map that came out; what is no word is refused."""
import numpy as np
import pytest
from client import Refused, difference, png

WORDS = ('house', 'tree', 'sky', 'a red car', 'water', 'night', 'snow', 'dog')


@pytest.fixture(scope='module')
def scene():
    """A picture of four colours: a random model may react to one of them."""
    made = np.zeros((128, 128, 3), dtype=np.uint8)
    made[:64, 64:], made[64:, :64], made[64:, 64:] = (255, 255, 255), (255, 0, 0), (0, 0, 255)
    return made


@pytest.fixture(scope='module')
def word(paint, scene):
    """A word that this checkpoint reacts to."""
    for word in WORDS:
        try:
            paint({'words': word}, init_images=[scene], steps=2)
        except Refused as refused:
            assert refused.status == 422 and f"The model does not react to '{word}'" in refused.detail
        else:
            return word
    pytest.skip('this checkpoint reacts to no word')


@pytest.mark.parametrize('sampler', ['Euler', 'DPM++ 2M', 'Euler a', 'DDIM'])
def test_a_run_by_words_is_the_run_by_the_map_that_came_out(paint, holds, scene, word, sampler):
    request = dict(init_images=[scene], steps=8, sampler_name=sampler)
    by_words, strengths = paint({'words': word, 'return_map': True, 'smooth_release': 'off'}, **request)
    assert np.ptp(strengths) == 255
    by_map, = paint({'change_map': png(strengths[..., 0]), 'smooth_release': 'off'}, **request)
    holds(difference(by_words, by_map))
    assert difference(by_words, paint(**request)[0]) > 0


def test_a_map_multiplies(paint, holds, scene, word):
    half = np.zeros((128, 128), dtype=np.uint8)
    half[:, 64:] = 255
    request = dict(init_images=[scene], steps=8)
    both, strengths = paint({'words': word, 'change_map': png(half), 'return_map': True}, **request)
    assert not strengths[:, :64].any()
    holds(difference(both[:, :64], scene[:, :64]))


def test_the_parameters_tell_of_it(webui, scene, word):
    answer = webui.img2img([scene], {'words': word}, prompt='a cat', width=128, height=128, steps=8, seed=1, sampler_name='Euler')
    assert 'DiffDiff map: words' in answer.infotexts[0] and f'DiffDiff words: {word}' in answer.infotexts[0]
    assert 'Steps: 8' in answer.infotexts[0] and 'Schedule type: Automatic' in answer.infotexts[0]


@pytest.mark.parametrize('args, named', [
    ({'words': '(house:1.2)'}, "Words has '('"), ({'words': '<lora:house:1>'}, "Words has '<'"), ({'words': 'house: 7'}, "strength '7'"),
    ({'words': 'a ' * 500}, '1000 characters'), ({'words': ', ,'}, 'a word is missing'), ({'words': 3}, 'Words is 3'),
    ({'description': 'a cat'}, 'nothing differs'), ({'description': 3}, 'Description of the original is 3')])
def test_what_is_no_word_is_refused(paint, args, named):
    with pytest.raises(Refused) as refused:
        paint(args)
    assert refused.value.status == 422 and named in refused.value.detail
    assert len(paint(steps=2)) == 1
