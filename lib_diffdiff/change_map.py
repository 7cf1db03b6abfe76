"""Reading a change map: a data URL or base64 of a picture file, a PIL picture or an array in; exact grey units out."""
from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

from .exact import GREY, WHITE, divide_up
from .refusal import Refusal, brief

MAX_PIXELS = 89_000_000
MAX_CHARACTERS = 256 * 1024 * 1024
FORMATS = ('PNG', 'JPEG', 'WEBP', 'BMP', 'GIF', 'TIFF')
MISSING = 'missing:'

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
_WITH_ALPHA = ('LA', 'La', 'PA', 'RGBA', 'RGBa')
_SIXTEEN_BIT = ('I', 'I;16', 'I;16B', 'I;16L', 'I;16N')


def read(change_map) -> np.ndarray | None:
    """Units (height, width), 0..WHITE, of whatever a user gives as a change map; None where nothing is given.

    Raises Refusal for anything that is no picture, is broken or too large. A string is never opened as a path or URL.
    """
    if change_map is None or (isinstance(change_map, str) and not change_map.strip()):
        return None
    if isinstance(change_map, str):
        return of_picture(change_map.strip(), _from_picture)
    if isinstance(change_map, Image.Image):
        return _from_picture(change_map)
    if isinstance(change_map, np.ndarray):
        return _from_array(change_map)
    raise Refusal(f'The change map is {brief(change_map)}; it has to be a picture file as a data URL or base64.')


def read_all(change_map) -> list[np.ndarray]:
    """The maps that a user gives, one or a list with one for each picture; empty where none is given.

    Raises Refusal as `read` does, and for a list with an empty place.
    """
    if not isinstance(change_map, (list, tuple)):
        units = read(change_map)
        return [] if units is None else [units]
    maps = [read(one) for one in change_map]
    for place, units in enumerate(maps, 1):
        if units is None:
            raise Refusal(f'The list of change maps has none at place {place}: one a picture is needed.')
    return maps


def short_hash(units: np.ndarray) -> str:
    """Ten hexadecimal digits that name a map by its greys and size."""
    return hashlib.sha256(repr(units.shape).encode() + np.ascontiguousarray(units).tobytes()).hexdigest()[:10]


def as_file(change_map, units: np.ndarray) -> tuple[bytes, str]:
    """The bytes and name ending of a map's file: the user's own, or a 16-bit PNG of what came from Python as no file."""
    if isinstance(change_map, str):
        data = _decoded(change_map.strip())
        return data, Image.open(io.BytesIO(data), formats=FORMATS).format.lower()
    buffer = io.BytesIO()
    Image.fromarray((units // 256).astype(np.uint16)).save(buffer, 'PNG')
    return buffer.getvalue(), 'png'


def to_text(data: bytes) -> str:
    """A picture file as the text that stands for a map."""
    return base64.b64encode(data).decode()


def of_picture(text: str, work):
    """What `work` makes of the decoded picture in a data URL or base64. Raises Refusal as `read` does."""
    if text.startswith(MISSING):
        raise Refusal(f'The map {text[len(MISSING):][:64]} of these parameters is not here: choose its file again.')
    if len(text) > MAX_CHARACTERS:
        raise Refusal(f'The change map has {len(text)} characters; at most {MAX_CHARACTERS} are read.')
    data = _decoded(text)
    if not data:
        raise Refusal('The change map is an empty file: choose a picture.')
    return _of_file(data, work)


def _decoded(text: str) -> bytes:
    head, comma, body = text.partition(',')
    if comma and re.fullmatch(r'data:[\w.+-]*/?[\w.+-]*(;[\w.+=-]+)*;base64', head):
        text = body
    try:
        return base64.b64decode(re.sub(r'\s', '', text), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(f'The change map {brief(text)} is not a picture: send the file itself as a data URL or base64; '
                      'paths and addresses are never opened.') from None


def _of_file(data: bytes, work):
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(str(error)) from None
    except _BROKEN:
        raise Refusal(f'The change map cannot be read: {len(data)} bytes that are no {", ".join(FORMATS)} picture.') from None
    _check_size(picture)
    try:
        picture.load()
        return work(picture)
    except Refusal:
        raise
    except _BROKEN as error:
        raise Refusal(f'The change map is a broken {picture.format} file of {len(data)} bytes ({error}): save it again.') from None


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large(f'{picture.width}x{picture.height} pixels')


def _too_large(what: str) -> Refusal:
    return Refusal(f'The change map is too large ({what}): at most {MAX_PIXELS // 1_000_000} megapixels are read.')


def _from_picture(picture: Image.Image) -> np.ndarray:
    _check_size(picture)
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in _SIXTEEN_BIT:
        return np.clip(np.asarray(picture).astype(np.int64), 0, 65535) * 256
    if picture.mode == 'F':
        return _from_array(np.asarray(picture))
    if picture.mode in _WITH_ALPHA or 'transparency' in picture.info:
        return _over_black(picture.convert('RGBA'))
    return np.asarray(_grey(picture)).astype(np.int64) * GREY


def _grey(picture: Image.Image) -> Image.Image:
    # Only from RGB does PIL make grey of every mode.
    return picture if picture.mode == 'L' else picture.convert('RGB').convert('L')


def _over_black(picture: Image.Image) -> np.ndarray:
    grey = np.asarray(_grey(picture)).astype(np.int64)
    alpha = np.asarray(picture.getchannel('A')).astype(np.int64)
    return divide_up(grey * alpha * GREY, 255)


def _from_array(array: np.ndarray) -> np.ndarray:
    if array.ndim == 3 and array.dtype == np.uint8 and array.shape[2] in (1, 2, 3, 4):
        return _from_picture(Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array))
    if array.ndim != 2 or not array.size:
        raise Refusal(f'The change map is an array of shape {array.shape}; it has to be (height, width).')
    if array.size > MAX_PIXELS:
        raise _too_large(f'{array.shape[1]}x{array.shape[0]} pixels')
    if array.dtype == np.uint8:
        return array.astype(np.int64) * GREY
    if array.dtype == np.uint16:
        return array.astype(np.int64) * 256
    if array.dtype == bool:
        return array.astype(np.int64) * WHITE
    if not np.issubdtype(array.dtype, np.floating):
        raise Refusal(f'The change map is an array of {array.dtype}; it has to be uint8, uint16, bool or floats from 0 to 1.')
    return _from_floats(array)


def _from_floats(array: np.ndarray) -> np.ndarray:
    wrong = array[~(np.isfinite(array) & (array >= 0) & (array <= 1))]
    if wrong.size:
        raise Refusal(f'The change map has the value {wrong[0]}; floats have to lie between 0 and 1.')
    return np.rint(array.astype(np.float64) * WHITE).astype(np.int64)
