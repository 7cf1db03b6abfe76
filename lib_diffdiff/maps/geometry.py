"""Where a pixel of the init image ends up: the map follows the picture's own crop and resize."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .exact import resample

STRETCH, CROP, FILL, LATENT = range(4)  # the host's resize modes (modules/images.py, resize_image)
CELL = 8  # pixels of a cell's side


class Placement(NamedTuple):
    """How the host brings an init image to the size that is painted."""

    size: tuple[int, int]  # (width, height) of the painted picture
    mode: int = STRETCH
    crop: tuple[int, int, int, int] | None = None  # Only masked: (x, y, width, height) in the init image


def placement(size: tuple[int, int], resize_mode: int, crop: tuple[int, int, int, int] | None = None) -> Placement:
    """The placement of a run at `size` (width, height): the latent upscale stretches to whole cells, and only it.

    As in the host, any other number than those of the resize modes fills.
    """
    if crop is None and resize_mode == LATENT:
        return Placement((size[0] // CELL * CELL, size[1] // CELL * CELL), STRETCH)
    return Placement(size, resize_mode if resize_mode in (STRETCH, CROP) else FILL, crop)


def placed(units: np.ndarray, placement: Placement) -> np.ndarray:
    """The map (height, width) of the painted picture, from the map at the init image's size."""
    mode = placement.mode
    if placement.crop is not None:
        x, y, width, height = placement.crop
        units, mode = units[y:y + height, x:x + width], FILL
    width, height = placement.size
    inner = inner_size((units.shape[1], units.shape[0]), placement.size, mode)
    units = resample(units, (inner[1], inner[0]))
    return _fitted(_fitted(units, height).T, width).T


def inner_size(source: tuple[int, int], size: tuple[int, int], mode: int) -> tuple[int, int]:
    """Width and height of the scaled picture before the host crops or fills it to `size`, in its own whole numbers."""
    (from_width, from_height), (width, height) = source, size
    if mode not in (CROP, FILL):
        return size
    wider, source_wider = width / height, from_width / from_height
    match_width = wider > source_wider if mode == CROP else wider < source_wider
    match_height = wider <= source_wider if mode == CROP else wider >= source_wider
    return (width if match_width else max(1, from_width * height // from_height),
            height if match_height else max(1, from_height * width // from_width))


def _fitted(units: np.ndarray, outer: int) -> np.ndarray:
    # This many rows, centred as the host does it; what lies outside is cropped, what is missing replicates the border.
    inner = len(units)
    return units if inner == outer else units[np.clip(np.arange(outer) - (outer // 2 - inner // 2), 0, inner - 1)]


def covered(units: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """The part of a painted picture's map that cells cover.

    The autoencoder drops what is left over of a side that is not a multiple of 8.
    """
    return units[:grid[0] * CELL, :grid[1] * CELL]


def cells(units: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """The map averaged over the cells of a latent grid (height, width); 0 only where every pixel of a cell is 0."""
    return resample(units, grid)


def unplaced(picture: np.ndarray, placement: Placement, source: tuple[int, int]) -> np.ndarray:
    """The map at an init image's size `source` (width, height), from the map (height, width) of the painted picture.

    What lies outside a crop of Only masked is black; what the host cuts off takes the value of the edge beside it.
    """
    if placement.crop is None:
        return _unscaled(picture, placement, placement.mode, source)
    x, y, width, height = placement.crop
    whole = np.zeros(source[::-1], dtype=picture.dtype)
    whole[y:y + height, x:x + width] = _unscaled(picture, placement, FILL, (width, height))
    return whole


def _unscaled(picture: np.ndarray, placement: Placement, mode: int, source: tuple[int, int]) -> np.ndarray:
    inner = inner_size(source, placement.size, mode)
    return resample(_fitted(_fitted(picture, inner[1]).T, inner[0]).T, source[::-1])  # the way back of `placed`


def spread_over(cells_: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cells (rows, columns) as pixels of a picture of (width, height), the last ones wider where a side is not a multiple of 8."""
    pixels = np.kron(cells_, np.ones((CELL, CELL), dtype=cells_.dtype))
    return np.pad(pixels, [(0, max(0, side - length)) for side, length in zip(size[::-1], pixels.shape)], mode='edge')
