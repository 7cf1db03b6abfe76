"""The map from words: what is asked of the model, and what is made of its reactions."""
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib_diffdiff.algorithm.words import DRAWS, Contrast, Word, contrast, contrasts_of, described, map_of, reaction, seen, words_in
from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.maps.geometry import CROP, FILL, STRETCH, Placement, placed, spread_over, unplaced
from lib_diffdiff.settings.refusal import Refusal
from lib_diffdiff.settings.settings import Settings


@pytest.mark.parametrize('text, words', [
    ('house', [Word('house')]),
    (' the  old house ', [Word('the old house')]),
    ('sky: .7, house: .2', [Word('sky', 0.7), Word('house', 0.2)]),
    ('house:0,tree : 1', [Word('house', 0.0), Word('tree', 1.0)]),
    ('', []), ('  ', []),
])
def test_what_words_mean(text, words):
    assert words_in(text) == words


@pytest.mark.parametrize('text, named', [
    (',', "''"), ('house,', "''"), (': 0.5', "': 0.5'"), ('house: two', "'two'"), ('house: 1.5', "'1.5'"), ('house: -1', "'-1'"), ('house: nan', "'nan'"),
    ('house:', "''"), ('house: 70%', "'70%'"), ('house: red', "'red'"), ('sky: .7 blue', "'.7 blue'"), ('sky: 0,7', "'7'"), ('7', "'7'"),
     ('(house:1.2)', "'('"), ('[house]', "'['"), ('<lora:x:1>', "'<'"), ('a AND b', "'AND'"), ('a BREAK b', "'BREAK'"),
    ('word ' * 1000, '5000 characters'), (','.join('abcdefghi'), '9 parts'), (5, '5'), (['house'], "['house']"), (True, 'True'), ({'house': 1}, "{'house': 1}"),
])
def test_what_is_no_word_is_refused_by_name(text, named):
    with pytest.raises(Refusal) as refusal:
        words_in(text)
    assert named in str(refusal.value) and str(refusal.value).startswith('Words ')


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    try:
        words = words_in(text)
    except Refusal:
        return
    assert all(word.text and 0 <= word.strength <= 1 for word in words)
    assert bool(words) == bool(text.strip())


def test_a_description_is_a_text_of_some_length():
    assert described(Settings(description=' a house \n')) == 'a house' and len(described(Settings(description='a' * 5000))) == 5000
    for description, says in ((7, 'it must be text'), ('a' * 5001, '5001 characters; the limit is 5000')):
        with pytest.raises(Refusal, match=says):
            described(Settings(description=description))


def test_a_word_is_added_or_taken():
    assert contrast('a meadow', Word('house')) == Contrast('house', 'a meadow, house', 'a meadow')
    assert contrast('', Word('house')) == Contrast('house', 'house', '')
    assert contrast('a House on a hill', Word('house', 0.5)) == Contrast('house', 'a House on a hill', 'a on a hill', 0.5)
    assert contrast('two houses', Word('house')).named == 'two houses, house'  # not a part of another word


def test_words_are_looked_for_in_the_description_and_else_in_the_prompt():
    assert contrasts_of([Word('house')], 'a meadow', 'a city') == [Contrast('house', 'a meadow, house', 'a meadow')]
    assert contrasts_of([Word('house')], ' ', 'a city') == [Contrast('house', 'a city, house', 'a city')]
    assert contrasts_of([], 'a meadow', 'a city') == [Contrast('a city', 'a city', 'a meadow')]
    with pytest.raises(Refusal, match='nothing differs'):
        contrasts_of([], 'a city ', 'a city')


def test_a_reaction_is_in_units_of_the_noise():
    """Two predictions of the picture that differ by d at level s differ by d / s in the noise that they see."""
    init = torch.zeros(1, 4, 2, 3)
    level_and_place = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 4.0]])

    def ask(latent, sigma):
        assert latent.std() > 0.4 * sigma  # re-noised
        return sigma * level_and_place + latent, latent

    found = reaction(ask, lambda noise, sigma: init + sigma * noise, init, [2.0, 0.5])
    assert found.shape == (2 * DRAWS, 2, 3) and found.dtype == np.float64
    assert np.allclose(found, level_and_place.numpy()[None], atol=1e-5)


def reactions_of(pattern, noise=0.0):
    rng = np.random.default_rng(0)
    return np.stack([pattern + noise * rng.random(pattern.shape) for _ in range(16)])


def test_a_quarter_of_the_picture_is_black_and_the_strongest_white():
    pattern = np.zeros((8, 8))
    pattern[:4, :4] = 0.1
    found = seen(reactions_of(pattern), 'house')
    assert (found[:4, :4] == 1).all() and found[4:].max() == 0


@pytest.mark.parametrize('reactions', [
    np.zeros((16, 8, 8)), np.full((16, 8, 8), 0.3), reactions_of(np.zeros((8, 8)), 0.3), reactions_of(np.eye(8) * 1e-4)])
def test_a_reaction_that_is_flat_weak_or_mere_noise_is_refused(reactions):
    with pytest.raises(Refusal, match="does not react to 'xyzzy'"):
        seen(reactions, 'xyzzy')


def test_of_several_words_the_strongest_counts():
    left, right = np.zeros((2, 8, 8))
    left[:, :2] = right[:, 1:3] = 0.2
    reactions = {'left': reactions_of(left), 'right': reactions_of(right)}
    found = map_of([Contrast('left', '', '', 0.7), Contrast('right', '', '', 0.2)], lambda one: reactions[one.what])
    assert np.allclose(found[0], [0.7, 0.7, 0.2, 0, 0, 0, 0, 0])


SIDES = st.integers(8, 40)


@given(SIDES, SIDES)
def test_a_map_of_cells_comes_back_from_the_init_image(columns, rows):
    cells = np.random.default_rng(columns).integers(0, WHITE + 1, (rows, columns))
    size = (8 * columns, 8 * rows)
    pixels = spread_over(cells, size)
    assert (unplaced(pixels, Placement(size), size) == pixels).all()


@given(st.sampled_from([STRETCH, CROP, FILL]), SIDES, SIDES, SIDES, SIDES)
def test_what_is_painted_white_is_white_in_the_init_image_and_back(mode, width, height, from_width, from_height):
    placement = Placement((width, height), mode)
    white = np.full((height, width), WHITE)
    back = unplaced(white, placement, (from_width, from_height))
    assert back.shape == (from_height, from_width)
    assert (back == WHITE).all() and (placed(back, placement) == WHITE).all()


@given(SIDES, SIDES)
def test_what_was_cut_off_comes_back_where_it_was(columns, rows):
    """Of a picture twice as wide as what is painted, and of one half as wide: both keep what they share."""
    picture = np.random.default_rng(rows).integers(0, WHITE + 1, (rows, 2 * columns))
    placement = Placement((2 * columns, rows), CROP)
    wide = unplaced(picture, placement, (4 * columns, rows))
    assert (wide[:, columns:3 * columns] == picture).all() and (placed(wide, placement) == picture).all()
    narrow = unplaced(picture, placement._replace(mode=FILL), (columns, rows))
    first = columns - columns // 2
    assert (narrow == picture[:, first:first + columns]).all()


def test_outside_of_a_crop_nothing_is_known():
    placement = Placement((16, 16), STRETCH, (4, 2, 16, 16))
    back = unplaced(np.full((16, 16), WHITE), placement, (40, 30))
    assert (back[2:18, 4:20] == WHITE).all() and back.sum() == WHITE * 256
