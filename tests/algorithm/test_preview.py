"""What the page is told before a run: numbers by hand, and by the run's own functions."""
import base64
from dataclasses import replace

import numpy as np
import pytest

from lib_diffdiff.algorithm.planning import Rules, planned
from lib_diffdiff.algorithm.release import UNRELEASED
from lib_diffdiff.algorithm.samplers import Sampler
from lib_diffdiff.maps.exact import GREY, WHITE
from lib_diffdiff.maps.strength import Mask
from lib_diffdiff.page.preview import Situation, area, preview, shrinking
from lib_diffdiff.settings.refusal import Refusal
from lib_diffdiff.settings.settings import ABSOLUTE, OFF, Settings

RULES = Rules(Sampler())
TIMESTEPS = Rules(Sampler(least_t_enc=2), timesteps=True, least_t_enc=2)
EXACT = Rules(Sampler(), exact_steps=True)
HARD = Settings(smooth_release=OFF)
SITUATION = Situation((8, 8), (8, 8), 0, 10, 1.0)


def cells(greys):
    """A map of flat cells, one grey each."""
    return np.kron(np.asarray(greys, dtype=np.int64), np.ones((8, 8), dtype=np.int64)) * GREY


def situation(units, **changes):
    size = (units.shape[1], units.shape[0])
    return Situation(size, size, 0, 10, 1.0)._replace(**changes)


def told(greys, settings=HARD, rules=RULES, **changes):
    units = cells(greys)
    return preview(units, settings, situation(units, **changes), rules)


def codes(answer):
    return [warning['code'] for warning in answer['warnings']]


def releases(answer):
    return {entry['step']: entry['share'] for entry in answer['histogram'] if entry['share']}


def values(answer):
    return np.frombuffer(base64.b64decode(answer['values']), '<u2').reshape(answer['rows'], answer['columns']) / 65535


def test_numbers_by_hand():
    # 10 steps: strengths 0, .2, .4 and .6 release at t_enc -, 2, 4 and 6, which are steps -, 8, 6 and 4 of the ten.
    answer = told([[0, 51], [102, 153]])
    assert np.allclose(values(answer), [[0, 0.2], [0.4, 0.6]], atol=1e-5)
    assert releases(answer) == {4: 0.25, 6: 0.25, 8: 0.25} and answer['unreleased'] == 0.25 and answer['changed'] == 0.75
    assert (answer['steps'], answer['skipped'], answer['run_steps']) == (10, 3, 7)
    assert (answer['low'], answer['high']) == (0.2, 0.6)
    assert (answer['available'], answer['distinct']) == (10, 3)
    assert answer['saved'] == pytest.approx(0.3)
    assert [entry['step'] for entry in answer['histogram']] == [4, 5, 6, 7, 8, 9, 10]
    assert answer['histogram'][0]['strength'] == 0.6 and answer['histogram'][-1]['strength'] == 0
    assert answer['coarse'] is False and answer['warnings'] == []


def test_denoising_strength_multiplies_and_absolute_caps():
    assert np.allclose(values(told([[255, 102]], denoising=0.5)), [[0.5, 0.2]], atol=1e-5)
    assert np.allclose(values(told([[255, 102]], replace(HARD, strength_is=ABSOLUTE), denoising=0.5)), [[0.5, 0.4]], atol=1e-5)


def test_without_skipping_the_run_begins_as_img2img_does():
    answer = told([[0, 51]], replace(HARD, skip_unchanged_steps=False), denoising=1.0)
    assert (answer['skipped'], answer['run_steps'], answer['saved']) == (0, 10, 0) and releases(answer) == {8: 0.5}


def test_a_sampler_of_timesteps_makes_two_calls_less_and_reaches_no_lower():
    answer = told([[0, 20], [102, 255]], rules=TIMESTEPS)
    assert answer['run_steps'] == 8 and answer['unreleased'] == 0.5 and releases(answer) == {1: 0.25, 6: 0.25}
    assert answer['available'] == 8 and answer['histogram'][-1]['step'] == 8


def test_exact_steps_all_run():
    answer = told([[0, 51], [102, 153]], rules=EXACT)
    assert (answer['steps'], answer['skipped'], answer['run_steps'], answer['saved'], answer['available']) == (10, 0, 10, 0, 10)
    # The longer schedule has int(10 / .6) = 16 steps: ceil(.6 * 16) = 10, ceil(.4 * 16) = 7 and ceil(.2 * 16) = 4 steps for the cells.
    assert releases(answer) == {1: 0.25, 4: 0.25, 7: 0.25} and answer['unreleased'] == 0.25


@pytest.mark.parametrize('rules', [RULES, TIMESTEPS, EXACT])
@pytest.mark.parametrize('skip', [True, False])
def test_every_cell_is_in_the_histogram_or_kept_as_the_run_s_plan_has_it(rules, skip):
    greys = np.random.default_rng(1).integers(0, 256, (9, 7))
    settings = replace(HARD, skip_unchanged_steps=skip, gamma=1.3, max_strength=0.9)
    answer = told(greys, settings, rules, denoising=0.7)
    assert sum(releases(answer).values()) + answer['unreleased'] == pytest.approx(1)
    assert 0 < answer['distinct'] == len(releases(answer)) <= answer['available']
    plan = planned(values(answer)[None], 10, 0.7, settings, rules)  # its 16 bits lie nowhere on a step's border here
    assert answer['unreleased'] == (plan.cells == UNRELEASED).mean()


@pytest.mark.parametrize('t_enc', range(1, 10))
def test_the_strength_that_a_step_names_starts_there(t_enc):
    entry = next(entry for entry in told([[255]])['histogram'] if entry['step'] == 10 - t_enc)
    assert entry['strength'] == t_enc / 10
    assert told([[255]], denoising=entry['strength'] + 1e-9)['skipped'] + 1 == entry['step']


def test_smooth_release_is_the_run_s():
    ramp = np.tile(np.arange(0, 256, 8), (4, 1))
    assert releases(told(ramp, Settings(), steps=4)) != releases(told(ramp, steps=4))
    assert releases(told(ramp, Settings(), steps=12)) == releases(told(ramp, steps=12))


@pytest.mark.parametrize('settings, denoising, black, middle, white', [
    (Settings(), 0.5, 0, 0.25, 0.5),
    (Settings(invert=True), 0.5, 0.5, 0.25, 0),
    (Settings(min_strength=0.2, max_strength=0.6), 0.5, 0.1, 0.2, 0.3),
    (Settings(invert=True, min_strength=0.2, max_strength=0.6), 1.0, 0.6, 0.4, 0.2),
    (Settings(strength_is=ABSOLUTE), 0.4, 0, 0.4, 0.4),
    (Settings(white_point=0.5, blur=9, grow=-3), 0.75, 0, 0.75, 0.75),  # what spreads has no say in it
], ids=['plain', 'inverted', 'range', 'both', 'absolute', 'levels'])
def test_the_scale_tells_what_each_grey_comes_to(settings, denoising, black, middle, white):
    scale = preview(None, settings, Situation((8, 8), (8, 8), 0, 10, denoising), RULES)['scale']
    assert len(scale) == 257 and [scale[0], scale[128], scale[256]] == pytest.approx([black, middle, white], abs=1e-5)


def test_the_scale_is_the_cells_own_strength():
    answer = told([[51, 102, 204]], replace(HARD, gamma=2.0, min_strength=0.1), denoising=0.8)
    assert np.allclose(np.interp(np.array([51, 102, 204]) / 255, np.linspace(0, 1, 257), answer['scale']), values(answer), atol=1e-3)


def test_steps_beside_those_of_plain_img2img_and_what_is_too_weak():
    answer = told([[0, 2], [51, 153]], rules=TIMESTEPS, denoising=1.0)
    assert (answer['run_steps'], answer['plain_steps'], answer['too_weak'], answer['unreleased']) == (5, 8, 0.25, 0.5)
    assert told([[0, 255]])['too_weak'] == 0


# ---- warnings ----------------------------------------------------------------------------------------------------------

def test_no_map():
    answer = preview(None, Settings(), SITUATION, RULES)
    assert answer.keys() == {'warnings', 'scale'} and codes(answer) == ['no_map']


def test_nothing_will_change():
    assert codes(told([[0, 0]])) == ['black'] and told([[0, 0]])['high'] == 0
    assert codes(told([[255]], denoising=0.0)) == ['denoising_zero'] and told([[255]], denoising=0.0)['changed'] == 0
    assert codes(told([[20]], rules=TIMESTEPS)) == ['too_weak'] and 'black' not in codes(told([[20]]))
    assert 'black' not in codes(told([[0]], replace(HARD, invert=True)))


def test_few_steps():
    ramp = np.tile(np.arange(0, 256, 4), (2, 1))
    assert told(ramp, steps=8)['warnings'] == [{'code': 'few_steps', 'steps': 8, 'available': 8}]
    assert codes(told([[0, 255]], steps=8)) == codes(told(ramp, steps=12)) == codes(told(ramp, Settings(), steps=8)) == []


def test_white_below_white():
    # int(252 / 255 * 200) = 197, and a white one's is int(.999 * 200) = 199.
    answer = told([[252, 252, 0, 100]], steps=200)
    assert answer['warnings'] == [{'code': 'white_below', 'white': 252, 'held': 0.5}]
    assert codes(told([[252]], steps=20)) == []  # both 19
    assert codes(told([[239]], steps=200)) == codes(told([[255, 252]], steps=200)) == []
    assert codes(told([[252]], replace(HARD, white_point=0.98), steps=200)) == codes(told([[252]], rules=EXACT, steps=200)) == []


def test_stretched():
    assert told([[255, 255]], image=(16, 16))['warnings'] == [{'code': 'stretched', 'map': [16, 8], 'image': [16, 16]}]
    assert codes(told([[255, 255]], image=(1600, 800))) == codes(told([[255, 255]], image=(1601, 799))) == []


def test_of_an_area_it_says_how_large():
    greys = np.zeros((32, 32))
    greys[20:24, 4:8] = 255
    answer = told(greys, replace(HARD, work_area='own scale', margin=16))
    assert answer['warnings'] == [{'code': 'part', 'part': [64, 64], 'image': [256, 256]}]
    assert answer['area'] == {'left': 16 / 256, 'top': 144 / 256, 'right': 80 / 256, 'bottom': 208 / 256}
    assert (answer['rows'], answer['columns'], answer['unreleased'], answer['changed']) == (8, 8, 0.75, 16 / 1024)


def test_words_whose_map_is_made_in_the_run():
    for named in ({'words': 'house'}, {'description': 'a meadow'}):
        assert codes(told([[255]], replace(HARD, **named))) == ['words']
        assert codes(preview(None, replace(HARD, **named), SITUATION, RULES)) == ['words']
    with pytest.raises(Refusal, match='Words has'):
        told([[255]], replace(HARD, words='(house)'))


def test_a_drawing_that_the_page_does_not_know_is_a_map_too():
    assert codes(preview(None, HARD, SITUATION._replace(unseen_mask=True), RULES)) == ['mask_unseen']


def test_a_mask_and_a_sampler_with_its_own_grid():
    mask = Mask(np.full((8, 8), WHITE, dtype=np.int64))
    assert codes(told([[255]], mask=mask)) == ['mask_multiplies']
    assert [warning['code'] for warning in preview(None, Settings(), situation(mask.units, mask=mask), RULES)['warnings']] == ['mask_is_map']
    assert codes(told([[255]], rules=Rules(Sampler(own_grid=True)))) == ['own_grid']


# ---- geometry ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('mode, box', [
    (0, (0, 0, 1, 1)), (1, (0.25, 0, 0.75, 1)), (2, (0, -0.5, 1, 1.5)), (3, (0, 0, 1, 1)),
])
def test_the_part_of_the_picture_that_the_cells_cover(mode, box):
    found = area(Situation((128, 64), (64, 64), mode, 10, 1.0))
    assert tuple(found[side] for side in ('left', 'top', 'right', 'bottom')) == box


def test_the_map_follows_the_picture_s_crop():
    answer = told([[0, 51, 102, 153]], resize_mode=1, size=(8, 8))  # the middle: half of 51, half of 102
    assert values(answer).shape == (1, 1) and values(answer)[0, 0] == pytest.approx(0.3, abs=1e-5)


# ---- coarse ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('side, settings, shrink', [
    (1024, Settings(blur=256, grow=256), 1), (2048, Settings(blur=16, grow=-16), 1), (2048, Settings(blur=17), 2),
    (2048, Settings(grow=-17), 2), (4096, Settings(), 4), (9000, Settings(), 9),
])
def test_large_pictures_are_made_smaller_first(side, settings, shrink):
    assert shrinking(settings, Situation((side, side), (512, 512), 0, 20, 1.0)) == shrink


def test_a_coarse_preview_is_close():
    rng = np.random.default_rng(2)
    units = np.kron(rng.integers(0, 256, (16, 16)), np.ones((64, 64), dtype=np.int64)) * GREY
    settings = replace(HARD, blur=32, grow=20)
    fine = preview(units, settings, Situation((1024, 1024), (512, 512), 0, 20, 0.8), RULES)
    coarse = preview(units, replace(HARD, blur=64, grow=40), Situation((2048, 2048), (512, 512), 0, 20, 0.8), RULES)
    assert (fine['coarse'], coarse['coarse']) == (False, True)
    assert np.abs(values(fine) - values(coarse)).max() < 0.01
