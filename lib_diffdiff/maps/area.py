"""The part of a picture that a run works on, where only that is to be painted: a box around what changes."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..settings.refusal import Refusal
from ..settings.settings import ENLARGED, OFF, Settings
from .geometry import CELL
from .strength import whole_map
from .transforms import changing

SIDE = 64  # pixels: models halve a latent's sides up to three times
MASKED = 'With a painted mask, "Work only where something changes" is the WebUI\'s own "Only masked": choose that, and turn ours off.'
SECOND_PASS = '"Work only where something changes" is for img2img: turn it off.'


class Area(NamedTuple):
    """box: (x, y, width, height) in the init image. size: (width, height) at which the box is painted."""

    box: tuple[int, int, int, int]
    size: tuple[int, int]


def check_area(settings: Settings, *, has_mask: bool, is_second_pass: bool) -> None:
    """Raises Refusal where a run is of a kind that works on the whole picture, or on what the host chooses."""
    if settings.work_area == OFF:
        return
    if is_second_pass:
        raise Refusal(SECOND_PASS)
    if has_mask:
        raise Refusal(MASKED)


def area_of(maps: list[np.ndarray], settings: Settings, source: tuple[int, int], size: tuple[int, int], crop_box) -> Area | None:
    """The area that these maps change, with its margin; None where the run works on the whole picture.

    source, size: (width, height) of the init image, and of the run. crop_box(mask, padding, size): the host's box of Only masked.
    Raises Refusal where the picture is smaller than a cell, and where an enlarged area would be less than a pixel wide or high.
    """
    if settings.work_area == OFF:
        return None
    if min(source) < CELL:
        raise Refusal(f'The picture has {source[0]}x{source[1]} pixels, too few for "Work only where something changes": turn it off.')
    changes = np.any([changing(whole_map(one, None, settings, source)[0], settings) for one in maps], axis=0)
    if not changes.any():
        changes[0, 0] = True  # any pixel will do: the host runs even if nothing changes
    if settings.work_area == ENLARGED:
        box = crop_box(changes.astype(np.uint8), settings.margin, size)
        _check_shape(box, size)
        return Area(box, size)
    box = own_scale_box(changes, settings.margin)
    return Area(box, box[2:])


def _check_shape(box: tuple[int, int, int, int], size: tuple[int, int]) -> None:
    # The host fits the box into the size that is painted, and has to find whole pixels of it there.
    _, _, width, height = box
    scale = min(size[0] / width, size[1] / height)
    if scale * min(width, height) < 1:
        raise Refusal(f'The area is {width}x{height} pixels, which cannot be painted at {size[0]}x{size[1]}: choose another Width and '
                      'Height, or "Work only where something changes": own scale.')


def own_scale_box(changes: np.ndarray, margin: int) -> tuple[int, int, int, int]:
    """A box (x, y, width, height) around the pixels that change and a margin, which an autoencoder and a UNet take as it is.

    changes: bool (height, width). Its corner is a cell's, and its sides are multiples of 64, as far as the picture has room.
    """
    (x, width), (y, height) = (_span(changes.any(axis=axis), margin) for axis in (0, 1))
    return x, y, width, height


def _span(changes: np.ndarray, margin: int) -> tuple[int, int]:
    side, cells = len(changes), len(changes) // CELL * CELL
    first, last = np.flatnonzero(changes)[[0, -1]].tolist()
    start, end = max(first - margin, 0) // CELL * CELL, min(last + 1 + margin, side)
    length = min(-(-(end - start) // SIDE) * SIDE, cells)
    room = side if last >= cells else cells  # what no whole cell covers
    start = max(min(start, room - length), 0)
    return (start if last < start + length else min(first, side - length)), length
