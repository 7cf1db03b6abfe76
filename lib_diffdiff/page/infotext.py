"""The settings as keys of a picture's parameters, and back."""
from __future__ import annotations

import json

from ..maps.fan import Fan
from ..maps.reading import MISSING
from ..settings.settings import FILES, Settings
from ..settings.table import Table

PREFIX = 'DiffDiff'
MAP = f'{PREFIX} map'
FAN = 'Strength fan'  # the script's title
ADHERENCE = f'{PREFIX} adherence'  # a measurement, so nothing to paste
SUMMARY = f'{PREFIX} summary'  # what was said under the picture, so nothing to paste either
NOTE = f'{PREFIX} note'  # what was said after the parameters were written
HIRES_SCALE, HIRES_SIZE = 'Hires upscale', 'Hires resize'  # one of them is in the parameters of every such picture
NO_SIZE = '0x0'
PAINTED = 'mask'  # instead of a hash, where the painted mask was the map
FROM_WORDS = 'words'  # instead of a hash, where it was made from words


def key(name: str) -> str:
    """The infotext key of a setting."""
    return f'{PREFIX} {name.replace("_", " ")}'


def infotext(settings: Settings, map_name: str) -> dict[str, object]:
    """Keys and values for `extra_generation_params`: the map, and what is not at its default; map_name: its short hash, or PAINTED."""
    values = {name: getattr(settings, name) for name in scalars()}
    return {MAP: map_name, **{key(name): _quoted(value) for name, value in values.items() if value != getattr(Settings, name)}}


def _quoted(value):
    # The host quotes a value only if it has one of these characters, but strips the quotes from any value.
    is_taken_apart = isinstance(value, str) and value.strip()[:1] == value.strip()[-1:] == '"' and not set(value) & set(',:\n')
    return json.dumps(value, ensure_ascii=False) if is_taken_apart else value


def scalars() -> list[str]:
    """The settings that travel as they are: all but the tick and the files."""
    return [name for name in Settings.specs() if name not in ('enabled', *FILES)]


def whole(params: dict) -> dict:
    """A picture's parameters with each value like 4x4 whole again: the host keeps its halves apart, as `key-1` and `key-2`."""
    split = [name[:-2] for name in params if name.endswith('-1') and f'{name[:-2]}-2' in params]
    halves = {f'{name}-{half}' for name in split for half in (1, 2)}
    joined = {name: f'{params[f"{name}-1"]}x{params[f"{name}-2"]}' for name in split}
    return {**{name: value for name, value in params.items() if name not in halves}, **joined}


def is_of_hires(params: dict) -> bool:
    """Whether a picture's parameters are of txt2img with Hires. fix."""
    return HIRES_SCALE in params or whole(params).get(HIRES_SIZE, NO_SIZE) != NO_SIZE


def enabled_from(params: dict) -> bool:
    """Whether a picture's parameters are of a run with the extension on."""
    return MAP in _ours(params)


def map_from(params: dict, find=lambda name: None) -> str:
    """The text of the map box for a picture's parameters, '' where they name none.

    find(hash): the kept map, or None; then the text says which one is missing.
    """
    name = _ours(params).get(MAP, PAINTED)
    return '' if name in (PAINTED, FROM_WORDS) else find(name) or MISSING + name


def unknown_keys(params: dict) -> list[str]:
    """Keys of the extension in a picture's parameters that this version does not know: those of a newer one."""
    known = {MAP, ADHERENCE, SUMMARY, NOTE, *map(key, scalars())}
    return [name for name in whole(params) if name.startswith(f'{PREFIX} ') and name not in known]


def scalar_from(name: str, params: dict):
    """A setting's value from a picture's parameters; None where they are of no run with the extension. Raises Refusal as `meant` does."""
    ours = _ours(params)
    return meant(Settings, name, ours.get(key(name), getattr(Settings, name))) if enabled_from(params) else None


def _ours(params: dict) -> dict:
    # A fan's parameters bring back the fan, not the accordion that it used.
    return {} if params.get('Script') == FAN else whole(params)


def fan_key(name: str) -> str:
    """The infotext key of a fan's setting."""
    return f'Fan {name}'


def fan_from(name: str, params: dict):
    """A fan's setting from a picture's parameters; None where they have none. Raises Refusal as `meant` does."""
    word = whole(params).get(fan_key(name))
    return None if word is None else meant(Fan, name, word)


def meant(table: type[Table], name: str, word):
    """What an infotext's word means for a setting, in the type of its default; Refusal where it is nothing of this type.

    The host would cast it otherwise: it takes every word but the empty one for True, and 3.7 for 3.
    """
    default = getattr(table, name)
    value = _as(type(default), str(word))
    return value if type(value) is type(default) else getattr(table.from_names({name: value}), name)


def _as(kind: type, word: str):
    # As it is where it is no such thing.
    if kind is str:
        return word
    if kind is bool:
        return {'True': True, 'False': False}.get(word, word)
    try:
        number = float(word)
    except ValueError:
        return word
    return int(number) if kind is int and number.is_integer() else number
