"""Greys of more than 8 bits: what a picture's whole numbers and floats stand for, in exact units."""
from __future__ import annotations

import numpy as np
from PIL import Image

from ..settings.refusal import Unreadable
from .exact import WHITE, divide_up, in_bands

DEEP = ('I;16', 'I;16L', 'I;16B', 'I;16N', 'I', 'F')  # PIL's modes

_BITS, _COMPRESSION, _PHOTOMETRIC, _FORMAT = 258, 259, 262, 339  # tags of a TIFF
_UNCOMPRESSED, _WHITE_IS_ZERO, _UNSIGNED, _SIGNED = 1, 0, 1, 2  # values of the latter three
_BIG_ENDIAN = b'MM'
_WAY_OUT = 'save it as a grey picture with 8 or 16 bits'


def units_of(picture: Image.Image) -> np.ndarray:
    """Units (height, width) of a picture whose mode is one of DEEP.

    Raises Refusal where its numbers have two meanings or none: it names both.
    """
    _check_order(picture)
    units = of_floats(np.asarray(picture)) if picture.mode == 'F' else _of_whole(picture)
    return WHITE - units if _tag(picture, _PHOTOMETRIC) == _WHITE_IS_ZERO else units  # PIL itself inverts only 8 bits or fewer


def of_floats(array: np.ndarray) -> np.ndarray:
    """Units of floats from 0 to 1; Refusal for any other."""
    wrong = array[~(np.isfinite(array) & (array >= 0) & (array <= 1))]
    if wrong.size:
        raise Unreadable(f'has the value {wrong[0]}; floats must be between 0 for black and 1 for white: '
                         f'divide them by the value of white (255 for 8-bit greys), or {_WAY_OUT}.')
    return in_bands(lambda part: np.rint(part.astype(np.float64) * WHITE), array)


def check_signs(picture: Image.Image) -> None:
    """Raises Refusal for a file of 8 or 16 bits with a sign: its white may be the highest number with or without it."""
    bits = _tag(picture, _BITS)
    if _tag(picture, _FORMAT) == _SIGNED and bits in (8, 16):
        raise Unreadable(f'is ambiguous: its numbers are signed with {bits} bits, so white may be {2 ** (bits - 1) - 1}, '
                         f'the highest of these numbers, or {2 ** bits - 1}, the white of {bits}-bit greys: {_WAY_OUT}.')


def _check_order(picture: Image.Image) -> None:
    # Of these, PIL unpacks the numbers in the order of this machine, and turns them round as if they had the file's.
    compression = _tag(picture, _COMPRESSION) or _UNCOMPRESSED
    is_swapped = picture.mode in ('I', 'F') and compression != _UNCOMPRESSED and picture.tag_v2.prefix == _BIG_ENDIAN
    if is_swapped:
        raise Unreadable(f'is a big-endian TIFF of 32-bit numbers with compression {compression}, whose bytes would be read in the wrong '
                         f'order: save it without compression, or {_WAY_OUT}.')


def _of_whole(picture: Image.Image) -> np.ndarray:
    numbers = np.asarray(picture)
    if picture.mode == 'I' and picture.format != 'PNG':  # old versions of PIL open a 16-bit PNG in this mode
        return _of_wide(numbers.astype(np.int64) & 0xffffffff if _tag(picture, _FORMAT) == _UNSIGNED else numbers)
    bits = _tag(picture, _BITS) or 16
    return in_bands(lambda part: divide_up(part.astype(np.int64) * WHITE, 2 ** bits - 1), numbers)


def _of_wide(numbers: np.ndarray) -> np.ndarray:
    low, high = int(numbers.min()), int(numbers.max())
    if low < 0 or high > 65535:
        raise Unreadable(f'has the whole number {low if low < 0 else high}; 32-bit greys must be '
                         f'between 0 and 65535: {_WAY_OUT}.')
    if 0 < high <= 255:
        raise Unreadable(f'is ambiguous: its 32-bit numbers from {low} to {high} may be 8-bit greys, where 255 '
                         f'is white, or 16-bit greys, where 65535 is white and these are nearly black: {_WAY_OUT}.')
    return in_bands(lambda part: part * np.int64(WHITE // 65535), numbers)


def _tag(picture: Image.Image, tag: int):
    """A tag of an opened TIFF, the first of its values; None where there is none."""
    value = getattr(picture, 'tag_v2', {}).get(tag)
    return value[0] if isinstance(value, tuple) else value
