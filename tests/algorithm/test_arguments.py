"""One value of a script's arguments replaced, in either form, in a copy."""
from lib_diffdiff.settings.arguments import value_of, with_value
from lib_diffdiff.settings.settings import Settings


def test_positional():
    args = [True, 'map', False]
    assert with_value(args, 'invert', True) == [True, 'map', True] and args == [True, 'map', False]


def test_positional_beyond_the_end_is_filled_with_defaults():
    args = with_value([True, 'map'], 'blur', 7)
    assert args == [True, 'map', None, None, None, None, None, 7]
    assert Settings.from_args(args).blur == 7


def test_object():
    given = {'change_map': 'map', 'blur': 3}
    args = with_value([given, 'x', None], 'blur', 7)
    assert args == [{'change_map': 'map', 'blur': 7}, 'x', None] and given['blur'] == 3


def test_a_value_is_read_back_in_either_form():
    assert value_of([True, 'map'], 'change_map') == value_of([{'change_map': 'map'}], 'change_map') == 'map'
    assert value_of([True], 'change_map') is value_of([{}], 'change_map') is value_of([], 'change_map') is None


def test_every_setting_can_be_set():
    for name in Settings.specs():
        for args in ([True], [{}]):
            assert getattr(Settings.from_args(with_value(args, name, getattr(Settings, name))), name) == getattr(Settings, name)
