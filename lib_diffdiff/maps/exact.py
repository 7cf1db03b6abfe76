"""Whole-number arithmetic for change maps: a flat area stays exactly flat through every resampling and blur.

A map is an int32 array of units, 0 (black) to WHITE, on the 16-bit scale with 8 more bits: 51 of 255 is 51 * 257 * 256
units, and units / WHITE is the very float 51 / 255. Divisions round up, so a value is 0 only if all that it was made
from is 0.

Memory traffic takes the time, so maps are worked on in strips of columns that fit the cache; rows are done on the
transposed map.
"""
from __future__ import annotations

import math

import numpy as np

WHITE = 65535 * 256
GREY = WHITE // 255

_DIRECT_BELOW = 4  # sigma from which repeated running means are both faster and close enough to a Gaussian
_KERNEL_SUM = 1 << 24
_MANY = 1 << 25  # units that a map may take on its way to another size, whatever its shape
_STRIP = 1 << 16  # units, of which a cache holds several such arrays
_BAND = 1 << 18  # pixels, to which a turn of Python's loop is nothing
_NARROW = 255  # widest window summed in 32 bits: 255 * WHITE, with room for rounding, is below 2^32


def divide_up(total: np.ndarray, by: int) -> np.ndarray:
    """Whole-number quotient of what is not negative, rounded up."""
    return (total + (by - 1)) // by


def of_greys(greys: np.ndarray) -> np.ndarray:
    """The units of 8-bit greys."""
    return np.multiply(greys, GREY, dtype=np.int32)


def shares(units: np.ndarray, inverted: bool = False) -> np.ndarray:
    """The units as float64 shares of white, 0..1; the 16-bit grey of a whole percent is that very percent.

    16 bits cannot hold most percents, so the painter and the fan round them up (in an inverted map: down). Uncorrected, a
    painted 58 % would start a run of 50 steps one step early.
    """
    percent = np.rint(units * (100 / WHITE)).astype(np.int64)
    greys = percent * 65535 // 100 if inverted else divide_up(percent * 65535, 100)
    return np.where(units == greys * 256, percent / 100, units / WHITE)


def resample(units: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The map at another size (height, width): area average where it shrinks, linear where it grows; never rings.

    units: int32, 0..WHITE, as is the result; where no side changes, that shares the memory of `units`.
    """
    if size[0] * units.shape[1] > max(_MANY, units.size, size[0] * size[1]):  # a very wide map: rows first would be larger than both ends
        return _resample_rows(_resample_rows(units.T, size[1]).T, size[0])
    return _resample_rows(_resample_rows(units, size[0]).T, size[1]).T


def _resample_rows(units: np.ndarray, n: int) -> np.ndarray:
    if n == len(units):
        return units
    if len(units) % n == 0:
        return _whole_areas(units, n)
    resized = _areas if n < len(units) else _stretched
    return in_strips(lambda strip: resized(strip, n), units, n)


def bands(shape: tuple[int, int]) -> list[slice]:
    """The rows of a map of this shape (height, width) in bands: what is done to one at a time holds little beside the map."""
    rows = max(1, _BAND // shape[1])
    return [slice(top, min(top + rows, shape[0])) for top in range(0, shape[0], rows)]


def in_bands(work, *arrays: np.ndarray) -> np.ndarray:
    """Units of what `work` makes of each pixel of arrays of one shape, a band of rows at a time."""
    made = np.empty(arrays[0].shape, np.int32)
    for rows in bands(made.shape):
        made[rows] = work(*(array[rows] for array in arrays))
    return made


def in_strips(work, units: np.ndarray, rows: int | None = None) -> np.ndarray:
    """What `work` makes of a map's columns, a strip of them at a time; rows: how many it makes, if not as many."""
    made = np.empty_like(units, dtype=np.int32, shape=(rows or len(units), units.shape[1]))
    width = max(1, _STRIP // max(made.shape[0], len(units)))
    for left in range(0, units.shape[1], width):
        made[:, left:left + width] = work(units[:, left:left + width])
    return made


def _whole_areas(units: np.ndarray, n: int) -> np.ndarray:
    each = len(units) // n
    return divide_up(units.reshape(n, each, -1).sum(axis=1, dtype=np.int64), each).astype(np.int32)


def _areas(units: np.ndarray, n: int) -> np.ndarray:
    # In n-ths of an input row, output row j covers [j * rows, (j + 1) * rows): the integral at these ends is whole.
    rows = len(units)
    whole, part = np.divmod(np.arange(n + 1, dtype=np.int64) * rows, n)
    integral = np.concatenate([np.zeros_like(units[:1]), np.cumsum(units, axis=0, dtype=np.int64)])
    inside = units[np.minimum(whole, rows - 1)]
    ends = integral[whole] * n + inside * part[:, None]
    return divide_up(np.diff(ends, axis=0), rows)


def _stretched(units: np.ndarray, n: int) -> np.ndarray:
    # Row j's centre lies at (2j + 1) * rows / 2n - 1/2 input rows; the border is replicated.
    rows = len(units)
    below, part = np.divmod((2 * np.arange(n, dtype=np.int64) + 1) * rows - n, 2 * n)
    first, second = units[np.clip(below, 0, rows - 1)], units[np.clip(below + 1, 0, rows - 1)]
    return divide_up(first * (2 * n - part[:, None]) + second * part[:, None], 2 * n)


def blur(units: np.ndarray, across: float, down: float) -> np.ndarray:
    """Gaussian blur with the border replicated; the sigmas in pixels: where one is 0 or below, that direction is not blurred.

    units: int32, 0..WHITE, as is the result; where neither direction is blurred, that shares the memory of `units`.
    """
    return _blur_rows(_blur_rows(units, down).T, across).T


def _blur_rows(units: np.ndarray, sigma: float) -> np.ndarray:
    if sigma <= 0:
        return units
    blurred = _weighed if sigma < _DIRECT_BELOW else _averaged
    return in_strips(lambda strip: blurred(strip, sigma), units)


def _weighed(units: np.ndarray, sigma: float) -> np.ndarray:
    weights = gaussian_weights(sigma)
    radius, n = len(weights) // 2, len(units)
    padded = np.pad(units.astype(np.int64), ((radius, radius), (0, 0)), mode='edge')
    total = weights[radius] * padded[radius:radius + n]
    for i in range(radius):  # two of a weight at a time
        total += weights[i] * (padded[i:i + n] + padded[2 * radius - i:2 * radius - i + n])
    return divide_up(total, _KERNEL_SUM)


def gaussian_weights(sigma: float) -> np.ndarray:
    """Gaussian weights out to 4 sigma as whole numbers that sum to 2^24."""
    radius = math.ceil(4 * sigma)
    x = np.arange(-radius, radius + 1)
    weights = np.exp(-x ** 2 / (2 * sigma ** 2))
    weights = np.rint(weights / weights.sum() * _KERNEL_SUM).astype(np.int64)
    weights[len(x) // 2] += _KERNEL_SUM - weights.sum()
    return weights


def _averaged(units: np.ndarray, sigma: float) -> np.ndarray:
    for width in box_widths(sigma):
        units = _running_mean(units, width)
    return units


def box_widths(sigma: float, passes: int = 4) -> list[int]:
    """Odd widths of running means whose variances, (w^2 - 1) / 12 each, add up to sigma^2 as nearly as can be."""
    narrow = int(math.sqrt(12 * sigma ** 2 / passes + 1))
    narrow -= 1 - narrow % 2
    wide_ones = round((12 * sigma ** 2 - passes * (narrow ** 2 - 1)) / (4 * narrow + 4))
    return [narrow] * (passes - wide_ones) + [narrow + 2] * wide_ones


def _running_mean(units: np.ndarray, width: int) -> np.ndarray:
    # Unsigned integers wrap round, so a difference that fits is right even if the running sum overflowed.
    whole = np.uint32 if width <= _NARROW else np.uint64
    radius = width // 2
    integral = np.cumsum(np.pad(units, ((radius + 1, radius), (0, 0)), mode='edge'), axis=0, dtype=whole)
    return divide_up(integral[width:] - integral[:-width], width)


def grow(units: np.ndarray, radius: int) -> np.ndarray:
    """The map with its light areas widened by `radius` pixels (negative: narrowed), by a regular octagon.

    units: int32, 0..WHITE, as is the result; for a radius of 0 that is `units` itself.
    """
    if radius < 0:
        return WHITE - grow(WHITE - units, -radius)
    if radius == 0:
        return units
    diagonal = round(radius / (2 + math.sqrt(2)))
    straight = radius - 2 * diagonal
    units = _widen(_widen(units, straight).T, straight).T
    return _widen_diagonally(units, diagonal) if diagonal else units


def _widen_diagonally(units: np.ndarray, reach: int) -> np.ndarray:
    # In rows a unit longer or shorter, a diagonal of the same memory is a column; the rim keeps one side from the other.
    rim = np.pad(units, reach)
    rows, columns = rim.shape
    for length in (columns + 1, columns - 1):
        flat = np.pad(rim.ravel(), (0, -rim.size % length))
        rim = _widen(flat.reshape(-1, length), reach).ravel()[:rim.size]
    return rim.reshape(rows, columns)[reach:-reach, reach:-reach]


def _widen(units: np.ndarray, reach: int) -> np.ndarray:
    return in_strips(lambda strip: _highest(strip, reach), units)


def _highest(units: np.ndarray, reach: int) -> np.ndarray:
    # Doubling: the maximum over 2^k neighbours in a column costs k passes.
    span, length = np.pad(units, ((reach, reach), (0, 0))), 1
    while length < 2 * reach + 1:
        shift = min(length, 2 * reach + 1 - length)
        span = np.maximum(span[:-shift], span[shift:])
        length += shift
    return span
