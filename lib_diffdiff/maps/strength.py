"""From a change map, an inpaint mask or both to what a run needs: values on the latent grid, and the pixels that change."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..settings.settings import Settings
from .exact import GREY, WHITE, blur, in_strips, resample, shares
from .geometry import Placement, cells, covered, placed
from .transforms import changing, output_levels, transformed

MOST_BLUR = 1024  # pixels: more than anyone needs, and still quick to compute


class Mask(NamedTuple):
    """An inpaint mask as it was given, and what the host's own controls make of it.

    units: (height, width) of any size. invert: what is painted stays. blur: sigmas (across, down) in pixels of the picture.
    """

    units: np.ndarray
    invert: bool = False
    blur: tuple[float, float] = (0, 0)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is painted."""
        return bool((self.units == (WHITE if self.invert else 0)).all())

    def over(self, size: tuple[int, int]) -> np.ndarray:
        """Units of the mask stretched to an init image's (width, height), inverted and softened."""
        units = resample(self.units, size[::-1])
        units = WHITE - units if self.invert else units
        if max(self.blur) <= 0:
            return units
        soft = blur(units, *self.blur)
        return np.where(2 * soft < GREY, 0, soft)  # a Gaussian reaches far: the host's own ends where it rounds to black


class Target(NamedTuple):
    """What each place of a picture is to do.

    values: v of each cell (rows, columns), float64, 0..1. changed: bool pixels (height, width) of the picture that comes
    out, where v is above 0.
    """

    values: np.ndarray
    changed: np.ndarray


def target(change_map: np.ndarray | None, mask: Mask | None, settings: Settings, source: tuple[int, int], placement: Placement,
           grid: tuple[int, int], *, uncropped: bool) -> Target:
    """The target of one init image: the map, or without a map the mask, under all settings; with both, the map times the mask.

    change_map: units of any size. source: (width, height) of the init image. grid: (height, width) in cells.
    uncropped: the picture that comes out is the whole init image with the crop pasted in.
    """
    whole, factor = whole_map(change_map, mask, settings, source)
    picture = covered(placed(whole, placement), grid)
    values = output_levels(shares(cells(picture, grid), settings.invert != (change_map is None and mask.invert)), settings)
    changed = changing(whole if uncropped else picture, settings)
    if factor is not None:
        part = covered(placed(factor, placement), grid)
        both = changing(picture, settings) & (part > 0)
        values = np.where(cells(both.astype(np.int32), grid) > 0, values * shares(cells(part, grid), mask.invert), 0.0)
        changed = changed & ((factor if uncropped else part) > 0)
    return Target(values, changed & _inside(placement, changed.shape) if uncropped else changed)


def whole_map(change_map: np.ndarray | None, mask: Mask | None, settings: Settings,
              source: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Units of the map at the init image's size before the output levels, and of the mask that multiplies it, if one does."""
    if change_map is None:
        return transformed(mask.over(source), settings, mask.invert), None
    return transformed(resample(change_map, source[::-1]), settings), None if mask is None else mask.over(source)


def painted(mask: Mask, settings: Settings, source: tuple[int, int], *, is_map: bool) -> np.ndarray:
    """The mask that the host is to crop and to fill by: greys (height, width), uint8, 0 only where the mask changes nothing.

    is_map: whether there is no other map; then it is the mask under all settings, else the mask alone.
    """
    if not is_map:
        return in_strips(lambda units: _greys(units / WHITE), mask.over(source)).astype(np.uint8)
    whole, _ = whole_map(None, mask, settings, source)
    return in_strips(lambda units: _greys(output_levels(units / WHITE, settings)), whole).astype(np.uint8)


def _greys(values: np.ndarray) -> np.ndarray:
    return np.ceil(values * 255 - 1e-9)  # a whole grey stays what it is, whatever the rounding of its float


def _inside(placement: Placement, shape: tuple[int, int]) -> np.ndarray:
    inside = np.zeros(shape, dtype=bool)
    x, y, width, height = placement.crop
    inside[y:y + height, x:x + width] = True
    return inside
