"""What the page asks and is told: a question as JSON text in, an answer as JSON text out, never an exception."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from . import change_map
from .planning import Rules
from .preview import Situation, preview
from .refusal import Refusal, brief
from .settings import Settings

SIDE = 16384
STEPS = 1000


class Host(NamedTuple):
    """What an answer needs of the host. rules: from a sampler's name. maps: the folder of the kept maps; None for none."""

    rules: Callable[[str], Rules]
    maps: Path | None = None


def answer(text, args, host: Host) -> str:
    """The answer to one question. args: the page's settings, in the contract's order. What is wrong is said in a sentence."""
    request = _parsed(text)
    number = request.get('id')
    head = {'id': number if isinstance(number, int) else None}
    try:
        return json.dumps({**head, 'ok': True, **_kind(request)(request, args, host)}, allow_nan=False)
    except RecursionError:
        return json.dumps({**head, 'ok': False, 'sentence': 'The page asks in too many brackets.'})
    except Refusal as refusal:
        return json.dumps({**head, 'ok': False, 'sentence': str(refusal)})


def _parsed(text) -> dict:
    try:
        request = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return request if isinstance(request, dict) else {}


def _kind(request: dict):
    kind = request.get('kind')
    if not isinstance(kind, str) or kind not in KINDS:
        raise Refusal(f'The page asks {brief(kind)}, which this version does not know: reload the page.')
    return KINDS[kind]


def _preview(request: dict, args, host: Host) -> dict:
    settings = Settings.from_args(args)
    return preview(change_map.read(settings.change_map), settings, situation(request), host.rules(_name(request, 'sampler')))


def situation(request: dict) -> Situation:
    """The situation that a question names; Refusal where one of its values is foreign."""
    size = tuple(side - side % 8 for side in _size(request, 'size', 8))
    return Situation(_size(request, 'image', 1), size, _whole(request, 'resize_mode', 0, 3), _whole(request, 'steps', 1, STEPS),
                     _number(request, 'denoising', 0, 1), request.get('mask') is True)


def _size(request: dict, name: str, least: int) -> tuple[int, int]:
    value = request.get(name)
    if not isinstance(value, list) or len(value) != 2:
        raise _foreign(name, value, 'a width and a height')
    width, height = (_whole({name: side}, name, least, SIDE) for side in value)
    return width, height


def _whole(request: dict, name: str, low: int, high: int) -> int:
    value = _number(request, name, low, high)
    if value != int(value):
        raise _foreign(name, value, 'a whole number')
    return int(value)


def _number(request: dict, name: str, low: float, high: float) -> float:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise _foreign(name, value, f'a number from {low} to {high}')
    return value


def _name(request: dict, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise _foreign(name, value, 'a text')
    return value


def _foreign(name: str, value, wanted: str) -> Refusal:
    return Refusal(f'The page gives {brief(value)} for "{name}"; it has to be {wanted}.')


KINDS = {'preview': _preview}
