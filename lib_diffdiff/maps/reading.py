"""Reading a change map: a data URL or base64 of a picture file, a PIL picture or an array in; exact grey units out."""
from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
import threading
import zlib
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from ..settings.refusal import Refusal, Unreadable, brief
from .channels import AUTO, BRIGHTNESS, channel_of
from .depths import of_floats
from .exact import WHITE, bands, of_greys

MAX_PIXELS = 89_000_000
MAX_CHARACTERS = 256 * 1024 * 1024
FORMATS = ('PNG', 'JPEG', 'WEBP', 'BMP', 'GIF', 'TIFF')
MISSING = 'missing:'
WHITESPACE = b' \t\r\n\v\f'

_READING = threading.Lock()  # one thread at a time may change PIL's global switch

# What PIL raises of broken files.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError, MemoryError,
           struct.error, zlib.error)
_DEPTH, _KIND = 24, 25  # where a PNG says its bits, and whether they are greys, colours or a palette's
_GREY_PNG, _COLOURED_PNG = 0, 2
_ORIENTATION = 0x0112  # in EXIF
_TURN = Image.Transpose
_TURNS = {2: _TURN.FLIP_LEFT_RIGHT, 3: _TURN.ROTATE_180, 4: _TURN.FLIP_TOP_BOTTOM, 5: _TURN.TRANSPOSE, 6: _TURN.ROTATE_270,
          7: _TURN.TRANSVERSE, 8: _TURN.ROTATE_90}


def read(change_map, channel: str = AUTO) -> np.ndarray | None:
    """Units (height, width), 0..WHITE, of whatever a user gives as a change map; None where nothing is given.

    channel: what of it is the map, one of CHANNELS. Raises Refusal for anything that is no picture, is broken, too large,
    or has two meanings or none. A string is never opened as a path or URL.
    """
    if change_map is None or (isinstance(change_map, str) and not change_map.strip()):
        return None
    if isinstance(change_map, str):
        return of_picture(change_map.strip(), lambda picture: channel_of(picture, channel))
    if isinstance(change_map, Image.Image):
        return channel_of(_upright(change_map), channel)
    if isinstance(change_map, np.ndarray):
        return _from_array(change_map, channel)
    raise Unreadable(f'is {brief(change_map)}; it must be a picture file as a data URL or base64.')


def read_all(change_map, channel: str, pictures: int) -> list[np.ndarray]:
    """The maps that a user gives, one or a list with one for each of so many pictures; empty where none is given.

    Raises Refusal as `read` does, and for a list of another length (before any of it is read) or with an empty place.
    """
    if not isinstance(change_map, (list, tuple)):
        units = read(change_map, channel)
        return [] if units is None else [units]
    if len(change_map) != pictures:
        raise Refusal(f'There are {len(change_map)} change maps for a batch of {pictures}: '
                      'send one for each picture, or a single one for all.')
    return [_one_of_all(one, channel, place) for place, one in enumerate(change_map, 1)]


def _one_of_all(change_map, channel: str, place: int) -> np.ndarray:
    try:
        units = read(change_map, channel)
    except Refusal as refusal:
        raise Refusal(f'At position {place} of the list: {refusal}') from None
    if units is None:
        raise Refusal(f'The list of change maps has no map at position {place}: send one for each picture.')
    return units


def short_hash(units: np.ndarray, channel: str = AUTO) -> str:
    """Ten hexadecimal digits that name a map by its greys and size, and by the channel of its file that they are.

    By the channel, since files that have the same greys in different channels are not the same map.
    """
    digest = hashlib.sha256(f'{units.shape}{"" if channel == AUTO else channel}'.encode())
    for rows in bands(units.shape):
        digest.update(units[rows].astype(np.int64, order='C'))  # eight bytes a unit, by which all stored maps are named
    return digest.hexdigest()[:10]


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
    """What `work` makes of the picture in a data URL or base64, decoded and upright. Raises Refusal as `read` does."""
    if text.startswith(MISSING):
        raise Refusal(f'The map {brief(text[len(MISSING):])} named in these parameters was not found: choose its file again.')
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f'has {len(text)} characters; at most {MAX_CHARACTERS} are allowed.')
    data = _decoded(text)
    if not data:
        raise Unreadable('is an empty file: choose a picture.')
    return _of_file(data, work)


def _decoded(text: str) -> bytes:
    head, comma, body = text.partition(',')
    if comma and head.startswith('data:') and head.endswith(';base64'):
        text = body
    try:
        return base64.b64decode(text.encode('ascii').translate(None, WHITESPACE), validate=True)
    except ValueError:
        raise Unreadable(f'{brief(text)} is not a picture: send the file itself as a data URL or base64; '
                         'paths and addresses are never opened.') from None


def _of_file(data: bytes, work):
    try:
        with _whole_files_only():
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
        _mend_transparency(picture, data)
    except Image.DecompressionBombError as error:
        raise _too_large(' '.join(re.findall(r'\d+ pixels', str(error))[:1])) from None  # only the number from PIL's sentence
    except UnidentifiedImageError:
        raise Unreadable(f'cannot be read: its {len(data)} bytes are not a supported picture ({", ".join(FORMATS)}). '
                         'Save it as PNG.') from None
    except _BROKEN as error:
        raise Unreadable(f'is a broken file ({brief(str(error) or type(error).__name__)}): save it again, '
                         'as a PNG with nothing but the picture in it.') from None
    _check_size(picture)  # a WebUI may have switched PIL's own limit off
    _check_bytes(picture, len(data))
    return work(_upright(picture))


def _check_bytes(picture: Image.Image, length: int) -> None:
    # PIL unpacks a BMP in Python, and makes up byte by byte what a short one lacks; two bytes stand for 255 pixels at most.
    if picture.format == 'BMP' and 2 * picture.width * picture.height > 255 * length:
        raise Unreadable(f'is a broken BMP file ({length} bytes are too few for {picture.width}x{picture.height} pixels): '
                         'save it again.')
    if picture.format == 'TIFF' or (picture.format == 'GIF' and 'transparency' not in picture.info):
        _check_whole(picture)


def _check_whole(picture: Image.Image) -> None:
    # What a TIFF's strips leave out would be black, and what a GIF's first frame does, the first colour of its palette.
    covered = sum((right - left) * (lower - upper) for left, upper, right, lower in {box for _, box, *_ in picture.tile})
    if covered < picture.width * picture.height:
        raise Unreadable(f'is a broken {picture.format} file (it has {covered} of the {picture.width * picture.height} pixels '
                         f'of {picture.width}x{picture.height}): save it again.')


def _mend_transparency(picture: Image.Image, data: bytes) -> None:
    # PIL brings the pixels to 8 bits, but leaves the transparent value at the file's depth (PIL 13 converts it for 1-bit files).
    transparency = picture.info.get('transparency')
    if picture.format != 'PNG' or transparency is None:
        return
    if data[_KIND] == _GREY_PNG and data[_DEPTH] < 8 and transparency < 2 ** data[_DEPTH]:
        picture.info['transparency'] = transparency * 255 // (2 ** data[_DEPTH] - 1)
    if data[_KIND] == _COLOURED_PNG and data[_DEPTH] == 16:
        picture.info['transparency'] = tuple(level >> 8 for level in transparency)


def _upright(picture: Image.Image) -> Image.Image:
    """The picture decoded and turned as it is to be seen."""
    _check_size(picture)
    try:
        with _whole_files_only():
            picture.load()
    except _BROKEN as error:
        raise Unreadable(f'is a broken {picture.format} file ({error or type(error).__name__}): save it again.') from None
    # PIL turns a TIFF as it decodes it, and an old one would turn it twice.
    turned = picture if picture.format == 'TIFF' else _turned(picture)
    turned.format = picture.format  # which a copy forgets
    return turned


@contextmanager
def _whole_files_only():
    # Other extensions set PIL's switch for the whole process; half a file would be read as one that is black below.
    with _READING:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _turned(picture: Image.Image) -> Image.Image:
    try:
        orientation = picture.getexif().get(_ORIENTATION)
    except _BROKEN:  # EXIF that cannot be read says nothing; the pixels are sound
        return picture
    return picture.transpose(_TURNS[orientation]) if orientation in _TURNS else picture


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large(f'{picture.width}x{picture.height} pixels')
    if not picture.width * picture.height:
        raise Unreadable(f'has {picture.width}x{picture.height} pixels: choose a picture.')


def _too_large(what: str) -> Unreadable:
    return Unreadable(f'is too large ({what}): the limit is {MAX_PIXELS // 1_000_000} megapixels.')


def _from_array(array: np.ndarray, channel: str) -> np.ndarray:
    if array.ndim == 3 and array.dtype == np.uint8 and array.shape[2] in (1, 2, 3, 4) and array.size:
        return read(Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array), channel)
    if array.ndim != 2 or not array.size:
        raise Unreadable(f'is an array of shape {array.shape}; it must be (height, width).')
    if array.size > MAX_PIXELS:
        raise _too_large(f'{array.shape[1]}x{array.shape[0]} pixels')
    if channel not in (AUTO, BRIGHTNESS):
        raise Unreadable(f'is an array of greys, so it has no channel {brief(channel)}: use its brightness.')
    if array.dtype == np.uint8:
        return of_greys(array)
    if array.dtype == np.uint16:
        return array.astype(np.int32) * 256
    if array.dtype == bool:
        return array.astype(np.int32) * WHITE
    if not np.issubdtype(array.dtype, np.floating):
        raise Unreadable(f'is an array of {array.dtype}; it must be uint8, uint16, bool or floats from 0 to 1.')
    return of_floats(array)
