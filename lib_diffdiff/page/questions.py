"""The page's questions: a question as JSON text in, an answer as JSON text out. What the user can mend comes as a sentence."""
from __future__ import annotations

import base64
import io
import json
import time
import zlib
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..algorithm.planning import Rules
from ..maps import reading, store
from ..maps.area import check_area
from ..maps.channels import AUTO, CHANNELS, channel_of, meanings
from ..maps.exact import GREY, divide_up, resample
from ..maps.geometry import FILL
from ..maps.sources import border, from_picture, zones
from ..settings.refusal import Refusal, brief, calling_it
from ..settings.settings import Settings
from .checks import is_second_pass, number_in, situation_in, size_in, text_in, whole_in, words_in
from .preview import preview
from .protocol import ALWAYS, QUESTIONS

PAINTER_SIDE = 4096  # the longest of a map in the painter
RECENT = 12
THUMB = 96


class Host(NamedTuple):
    """What an answer needs of the host.

    rules: from a sampler's name. maps: the folder of the stored maps; None where none is set. crop_box: as `preview` takes it.
    response: from settings, sampler, schedule and steps to the curve by which a grey is its share of the change. words: from a
    picture, a size, settings, a prompt and a job's name to the map from words; it may take long. stop: such a job, by its name.
    """

    rules: Callable[[str], Rules]
    maps: Path | None = None
    crop_box: Callable | None = None
    response: Callable | None = None
    words: Callable | None = None
    stop: Callable | None = None


def answer(question, args, host: Host) -> str:
    """The answer to one question. args: the page's settings, in the contract's order. What is wrong is said in a sentence."""
    request = _parsed(question)
    number = request.get('id')
    return json.dumps({'id': number if isinstance(number, int) else None, **_found(request, args, host)}, allow_nan=False)


def _parsed(question) -> dict:
    try:
        request = json.loads(question)
    except (TypeError, ValueError, RecursionError):
        return {}
    return request if isinstance(request, dict) else {}


def _found(request: dict, args, host: Host) -> dict:
    try:
        return {'ok': True, **_kind(request)(request, args, host)}
    except Refusal as refusal:
        return _no(str(refusal))
    except RecursionError:
        return _no('The page sent a request that is nested too deeply: reload the page.')


def _no(sentence: str) -> dict:
    return {'ok': False, 'sentence': sentence}


def _kind(request: dict) -> Callable[[dict, object, Host], dict]:
    kind = request.get('kind')
    if not isinstance(kind, str) or kind not in KINDS:
        raise Refusal(f'The page sent an unknown request, {brief(kind)}: reload the page.')
    question = QUESTIONS[kind]
    for key in request:
        if key not in (*ALWAYS, *question.keys, *question.optional):
            raise Refusal(f'The page sent an unknown {brief(key)} with its request "{kind}": reload the page.')
    return KINDS[kind]


def _preview(request: dict, args, host: Host) -> dict:
    settings = Settings.from_args(args)
    units = reading.read(settings.change_map, settings.channel)
    situation = situation_in(request, settings.channel if units is None else AUTO)
    rules = host.rules(text_in(request, 'sampler'))
    second_pass = is_second_pass(request)
    check_area(settings, has_mask=situation.mask is not None, is_second_pass=second_pass)
    if second_pass:
        rules = rules._replace(exact_steps=True)
    scheduler = text_in(request, 'scheduler') if 'scheduler' in request else ''
    response = host.response(settings, text_in(request, 'sampler'), scheduler, situation.steps) if host.response else None
    return preview(units, settings, situation, rules, host.crop_box, response)


def _read(request: dict, args, host: Host) -> dict:
    name = text_in(request, 'channel')
    if name == AUTO and 'file' not in request:  # the painter shows the field's own map as the run takes it
        name = Settings.from_args(args).channel
    units, channels = reading.of_picture(_file(request, args), lambda picture: (channel_of(picture, name), meanings(picture)))
    return {**_as_map(units, request), **({'channels': channels} if len(channels) > 1 else {})}


def _from_picture(request: dict, args, host: Host) -> dict:
    what = text_in(request, 'what')
    threshold = number_in(request, 'threshold', 0, 0.99) if 'threshold' in request else 0.0
    return _as_map(_of_picture(request, args, lambda picture: from_picture(picture, what, threshold)), request)


def _border(request: dict, args, host: Host) -> dict:
    if whole_in(request, 'resize_mode', 0, 3) != FILL:
        raise Refusal('The border is for the resize mode "Resize and fill": choose it, and a size of another shape than the picture\'s.')
    image = size_in(request, 'image')
    units = border(image, size_in(request, 'size', 8), whole_in(request, 'width', 1, PAINTER_SIDE), _within(image, PAINTER_SIDE))
    return _as_map(units, request)


def _words(request: dict, args, host: Host) -> dict:
    settings = Settings.from_names({name: text_in(request, name) for name in ('words', 'description')})
    picture = _of_picture(request, args, lambda picture: picture.convert('RGB'))
    units = host.words(picture, size_in(request, 'size', 8), settings, words_in(request, 'prompt'), text_in(request, 'task'))
    return _as_map(units, request)


def _stop(request: dict, args, host: Host) -> dict:
    host.stop(text_in(request, 'task'))
    return {}


def _zones(request: dict, args, host: Host) -> dict:
    colours, labels = _of_picture(request, args, zones)
    height, width = labels.shape
    shares = np.bincount(labels.ravel(), minlength=len(colours)) / labels.size
    found = [{'colour': colour, 'share': share} for colour, share in zip(colours, shares.tolist())]
    return {'zones': found, 'width': width, 'height': height, 'labels': _packed(labels)}


def _recent(request: dict, args, host: Host) -> dict:
    now = time.time()
    with _reading_the_folder():
        stored = store.recent(host.maps, RECENT) if host.maps else []
    thumbs = [(name, _thumb(data), used) for name, data, used in stored]
    return {'maps': [{'name': name, 'png': png, 'used': max(0, round(now - used))} for name, png, used in thumbs if png]}


def _stored(request: dict, args, host: Host) -> dict:
    name = text_in(request, 'name')
    with _reading_the_folder():
        text = store.find(host.maps, name) if host.maps else None
    if text is None:
        raise Refusal(f'The map {brief(name)} was not found in the folder for saved change maps: choose its file again.')
    return {'text': text, 'channel': _channel_named(text, name)}


@contextmanager
def _reading_the_folder():
    try:
        yield
    except OSError as error:
        raise Refusal(f'The folder for saved change maps cannot be read: {error}') from None


def _channel_named(text: str, name: str) -> str:
    """The channel of a stored file whose hash is this name; AUTO where none has it."""
    for channel in CHANNELS:
        with suppress(Refusal):
            units = reading.read(text, channel)
            if name in (reading.short_hash(units, channel), reading.short_hash(units)):  # older ones are named by their greys alone
                return channel
    return AUTO


def _file(request: dict, args) -> str:
    text = text_in(request, 'file') if 'file' in request else Settings.from_args(args).change_map
    if not isinstance(text, str) or not text.strip():
        raise Refusal('There is no picture to read: choose one.')
    return text.strip()


def _of_picture(request: dict, args, work):
    with calling_it('The picture'):
        return reading.of_picture(_file(request, args), work)


def _as_map(units: np.ndarray, request: dict) -> dict:
    # Stretched as the run stretches it, so that the painter shows what the run takes.
    size = size_in(request, 'image') if 'image' in request else (units.shape[1], units.shape[0])
    width, height = _within(size, PAINTER_SIDE)
    return {'width': width, 'height': height, 'greys': _packed(_greys(resample(units, (height, width))))}


def _thumb(data: bytes) -> str | None:
    try:
        units = reading.read(reading.to_text(data))
    except Refusal:  # another file of such a name
        return None
    width, height = _within((units.shape[1], units.shape[0]), THUMB)
    return _png(resample(units, (height, width)))


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    # Rounded as JavaScript does.
    scale = min(1, longest / max(size))
    width, height = (max(1, int(side * scale + 0.5)) for side in size)
    return width, height


def _greys(units: np.ndarray) -> np.ndarray:
    # Rounded up: nothing that changes becomes black, and no step is lost.
    return divide_up(units, 256).astype(np.uint16)


def _packed(levels: np.ndarray) -> str:
    """Greys or labels as javascript/diffdiff_map_packed.js unpacks them: row by row less the row above, deflated, in base64."""
    rows = np.diff(levels, axis=0, prepend=np.zeros_like(levels[:1]))
    return base64.b64encode(zlib.compress(rows.astype(rows.dtype.newbyteorder('<')).tobytes(), 1)).decode()


def _png(units: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.rint(units / GREY).astype(np.uint8)).save(buffer, 'PNG', compress_level=1)
    return 'data:image/png;base64,' + base64.b64encode(buffer.getvalue()).decode()


KINDS = {'preview': _preview, 'border': _border, 'words': _words, 'stop': _stop,
         'read': _read, 'zones': _zones, 'from_picture': _from_picture, 'recent': _recent, 'stored': _stored}
