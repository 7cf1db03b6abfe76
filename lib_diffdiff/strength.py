"""From a change map, an inpaint mask or both to what a run needs: values on the latent grid, and the pixels that change."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .exact import WHITE, resample, shares
from .geometry import Placement, cells, placed
from .settings import Settings
from .transforms import output_levels, transformed


class Mask(NamedTuple):
    """The host's inpaint mask. values: float64 cells, whole 255ths. painted: bool pixels, where it is not exactly 0.

    painted has the init image's size where the run crops (Only masked), else the painted picture's.
    """

    values: np.ndarray
    painted: np.ndarray


class Field(NamedTuple):
    """What each place of a picture is to do. values: v of each cell, float64. changed: bool pixels of the picture
    that comes out, where v is above 0."""

    values: np.ndarray
    changed: np.ndarray


def field(units: np.ndarray | None, settings: Settings, source: tuple[int, int], placement: Placement,
          grid: tuple[int, int], mask: Mask | None, *, uncropped: bool) -> Field:
    """The field of one init image: map (white where None) times mask (1 where None).

    source: (width, height) of the init image. grid: (height, width) in cells. uncropped: the picture that comes out is
    the whole init image with the crop pasted in.
    """
    if units is None:
        units = np.full((1, 1), WHITE, dtype=np.int64)
        settings = Settings()
    whole = transformed(resample(units, (source[1], source[0])), settings)
    picture = placed(whole, placement)
    values = output_levels(shares(cells(picture, grid), settings.invert), settings)
    changed = output_levels((whole if uncropped else picture) / WHITE, settings) > 0
    if mask is None:
        return Field(values, changed)
    return Field(values * _mask_cells(mask, placement, grid), changed & _mask_pixels(mask, placement, uncropped))


def _mask_cells(mask: Mask, placement: Placement, grid: tuple[int, int]) -> np.ndarray:
    painted = _as_painted_picture(mask, placement)
    return np.where(cells(painted, grid) > 0, np.maximum(mask.values, 1 / 255), 0.0)


def _mask_pixels(mask: Mask, placement: Placement, uncropped: bool) -> np.ndarray:
    if not uncropped:
        return _as_painted_picture(mask, placement) > 0
    inside = np.zeros_like(mask.painted)
    x, y, width, height = placement.crop
    inside[y:y + height, x:x + width] = True
    return mask.painted & inside


def _as_painted_picture(mask: Mask, placement: Placement) -> np.ndarray:
    painted = mask.painted.astype(np.int64)
    return painted if placement.crop is None else placed(painted, placement)
