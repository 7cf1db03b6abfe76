"""One table of settings: page, API and infotext are made from it, and it refuses what makes no sense."""
import dataclasses
import re

import pytest

from lib_diffdiff.page import infotext
from lib_diffdiff.settings.refusal import Refusal
from lib_diffdiff.settings.settings import ABSOLUTE, ENLARGED, NOISE, OFF, TIMES, Settings, is_enabled

CONTRACT = ['enabled', 'change_map', 'invert', 'black_point', 'white_point', 'gamma', 'grow', 'blur', 'min_strength', 'max_strength',
            'strength_is', 'skip_unchanged_steps', 'future_hinting', 'keep_original', 'return_map', 'report', 'smooth_release', 'append_change',
            'channel', 'mask_file', 'tell_inpainting', 'response', 'fill', 'words', 'description', 'work_area', 'margin']
NO_DEFAULTS = [True, 'map', True, 0.1, 0.9, 2.0, 4, 8, 0.2, 0.8, ABSOLUTE, False, False, False, True, True, OFF, True, 'alpha', 'mask', True,
               '0.5:0.25, 1:1', NOISE, 'house: 0.5', 'a meadow', ENLARGED, 16]


def test_the_order_of_settings_is_a_contract():
    assert list(Settings.specs()) == CONTRACT


def test_the_tests_set_every_setting():
    assert all(getattr(Settings, name) != value for name, value in zip(CONTRACT, NO_DEFAULTS, strict=True))


def test_defaults_are_of_the_types_that_an_infotext_is_cast_to():
    for field in dataclasses.fields(Settings):
        spec = Settings.specs()[field.name]
        assert spec.label and spec.help
        if spec.low is not None:
            assert spec.low <= field.default <= spec.high
            assert isinstance(field.default, int if isinstance(spec.step, int) else float)
        if spec.choices:
            assert field.default in spec.choices


def test_labels_are_unique():
    labels = [spec.label for spec in Settings.specs().values()]
    assert len(set(labels)) == len(labels)


def test_positional_and_object_form_say_the_same():
    by_name = Settings.from_args([dict(zip(CONTRACT[1:], NO_DEFAULTS[1:]))])
    assert Settings.from_args(NO_DEFAULTS) == by_name
    assert [getattr(by_name, name) for name in CONTRACT] == NO_DEFAULTS


def test_numbers_of_a_json_client_are_taken_for_what_they_are():
    settings = Settings.from_args([{'gamma': 2, 'blur': 8.0}])
    assert (settings.gamma, settings.blur) == (2.0, 8)
    assert isinstance(settings.gamma, float) and isinstance(settings.blur, int)


@pytest.mark.parametrize('args, enabled', [
    ([], False), ([None], False), ([False], False), ([True], True), ([{}], True), ([{'enabled': False}], False), ([{'enabled': None}], True),
    (['yes'], True),
])
def test_enabled(args, enabled):
    assert is_enabled(args) is enabled


@pytest.mark.parametrize('named', [{'gamma': float('nan')}, {'gamma': float('inf')}, {'blur': 10 ** 400}, {'blur': -1}, {'x': 1}, {'strength_is': [TIMES]},
                                   {'channel': 'luma'}, {'channel': 3}])
def test_refused(named):
    with pytest.raises(Refusal, match=next(iter(named)) if 'x' in named else None):
        Settings.from_names(named)


def test_an_infotext_brings_every_scalar_back_in_its_own_type():
    settings = Settings(*NO_DEFAULTS)
    params = {key: str(value) for key, value in infotext.infotext(settings, '0123456789').items()}
    assert infotext.enabled_from(params) and infotext.map_from(params) == 'missing:0123456789'
    for name in infotext.scalars():
        value = infotext.scalar_from(name, params)
        assert value == getattr(settings, name) and type(value) is type(getattr(settings, name))


NO_WORDS = [('blur', 'abc'), ('blur', 'nan'), ('blur', '3.7'), ('grow', '9.5'), ('grow', '4x4'), ('gamma', 'abc'), ('margin', ''), ('margin', '-inf'),
            ('invert', 'maybe'), ('invert', 'true'), ('keep_original', 'no')]


@pytest.mark.parametrize('name, word', NO_WORDS)
def test_a_word_of_an_infotext_that_means_nothing_is_refused_by_its_name(name, word):
    with pytest.raises(Refusal, match=f'{re.escape(Settings.specs()[name].label)} is .*{word}'):
        infotext.scalar_from(name, {'DiffDiff map': 'mask', infotext.key(name): word})


@pytest.mark.parametrize('name, word', [('gamma', '1e400'), ('gamma', 'nan'), ('blur', '-3'), ('channel', 'luma')])
def test_a_word_of_an_infotext_that_is_out_of_range_is_refused_by_the_run(name, word):
    value = infotext.scalar_from(name, {'DiffDiff map': 'mask', infotext.key(name): word})
    with pytest.raises(Refusal):
        Settings.from_names({name: value})


def test_an_infotext_names_only_what_is_not_at_its_default_and_a_paste_sets_the_rest_back():
    params = {key: str(value) for key, value in infotext.infotext(Settings(blur=3, gamma=2.0), '0123456789').items()}
    assert params == {'DiffDiff map': '0123456789', 'DiffDiff gamma': '2.0', 'DiffDiff blur': '3'}
    pasted = {name: infotext.scalar_from(name, params) for name in infotext.scalars()}
    assert pasted == {**{name: getattr(Settings, name) for name in infotext.scalars()}, 'gamma': 2.0, 'blur': 3}


@pytest.mark.parametrize('params, is_hires', [
    ({'Hires upscale': '2.0', 'Hires resize-1': 0, 'Hires resize-2': 0}, True), ({'Hires resize-1': '144', 'Hires resize-2': '96'}, True),
    ({'Hires resize-1': '96', 'Hires resize-2': '0'}, True), ({'Hires resize': '144x96'}, True),
    ({'Hires resize-1': 0, 'Hires resize-2': 0, 'Size-1': '64', 'Size-2': '64'}, False), ({}, False),
])
def test_parameters_of_hires_fix_are_known_whole_and_in_the_host_s_halves(params, is_hires):
    assert infotext.is_of_hires(params) is is_hires


def test_a_fan_s_infotext_brings_back_the_fan_and_not_the_accordion():
    params = {**infotext.infotext(Settings(strength_is=ABSOLUTE), '0123456789'), 'Script': 'Strength fan', 'Fan strips': '7', 'Fan twins': 'True'}
    assert not infotext.enabled_from(params) and infotext.map_from(params) == ''
    assert infotext.scalar_from('strength_is', params) is None
    assert infotext.fan_from('strips', params) == 7 and infotext.fan_from('twins', params) is True and infotext.fan_from('low', params) is None
    with pytest.raises(Refusal, match="Strips is 'many'"):
        infotext.fan_from('strips', {**params, 'Fan strips': 'many'})


def test_keys_of_a_newer_version_are_named_and_ignored():
    params = {**infotext.infotext(Settings(), '0123456789'), 'DiffDiff sparkle': '3', 'Steps': '20'}
    assert infotext.unknown_keys(params) == ['DiffDiff sparkle']
    assert infotext.enabled_from(params)


def test_an_infotext_without_us_switches_off():
    assert not infotext.enabled_from({'Steps': '20'}) and infotext.map_from({'Steps': '20'}) == ''
    assert all(infotext.scalar_from(name, {'Steps': '20'}) is None for name in infotext.scalars())
