"""Law 3 in pixels: where the strength is exactly 0 the finished picture keeps the original's bytes."""
from __future__ import annotations

from itertools import product

import numpy as np
from PIL import Image

EDGE = 8  # width in pixels of the blend from original to result, wholly inside the changed area
TILE = 256  # pixels of a side: most tiles are wholly the one or the other


def composited(result: Image.Image, original: Image.Image, changed: np.ndarray) -> Image.Image:
    """The result with the original where nothing changes; the very same result where everything does.

    changed: bool (height, width), where the strength is above 0. Both pictures are RGB of that size.
    """
    if changed.all():
        return result
    blended = result.convert('RGB')
    blended.info = dict(result.info)
    for top, left in product(*(range(0, side, TILE) for side in changed.shape)):
        opacity = _edge_in_tile(changed, top, left)
        if opacity.min() < 1:
            height, width = opacity.shape
            box = (left, top, left + width, top + height)
            blended.paste(_blended(*(picture.crop(box).convert('RGB') for picture in (result, original)), opacity), box)
    return blended


def _blended(result: Image.Image, original: Image.Image, opacity: np.ndarray) -> Image.Image:
    if not opacity.any():
        return original
    ours, theirs = np.asarray(result), np.asarray(original)
    blended = np.subtract(ours, theirs, dtype=np.float32)
    blended *= np.repeat(opacity, 3, axis=1).reshape(blended.shape)  # three at a time would be slow
    blended += theirs
    return Image.fromarray(np.rint(blended, out=blended).astype(np.uint8))


def _edge_in_tile(changed: np.ndarray, top: int, left: int) -> np.ndarray:
    # An edge depends on what lies less than twice its width away.
    above, before = min(top, 2 * EDGE), min(left, 2 * EDGE)
    around = changed[top - above:top + TILE + 2 * EDGE, left - before:left + TILE + 2 * EDGE]
    opacity = around.astype(np.float32) if around.all() or not around.any() else edge(around)
    return opacity[above:above + TILE, before:before + TILE]


def edge(changed: np.ndarray, width: int = EDGE) -> np.ndarray:
    """Opacity of the result, float32 0..1: 0 where nothing changes, rising inwards over `width` pixels.

    Where the changed area is thinner than that, it rises to 1 in its middle all the same, so thin lines do not vanish.
    """
    depth = _depth(changed, width)
    thickness = np.pad(depth, width, mode='edge')
    for i in range(width):
        thickness = _neighbours(np.maximum, thickness, diagonal=i % 2 == 1)
    return depth / np.maximum(thickness, 1).astype(np.float32)


def _depth(changed: np.ndarray, most: int) -> np.ndarray:
    # Steps to the nearest unchanged pixel, at most `most`, in an octagonal metric. The picture's border is no edge.
    depth = changed.astype(np.uint8)
    inside = np.pad(depth, most - 1, mode='edge')
    for i in range(1, most):
        inside = _neighbours(np.minimum, inside, diagonal=i % 2 == 0)
        depth += _within(inside, most - 1 - i)
    return depth


def _within(values: np.ndarray, rim: int) -> np.ndarray:
    return values[rim:-rim, rim:-rim] if rim else values


def _neighbours(pick, values: np.ndarray, *, diagonal: bool) -> np.ndarray:
    # All but the outermost values, each the pick of itself and its neighbours.
    sides, middle = pick(values[:, :-2], values[:, 2:]), values[:, 1:-1]
    if diagonal:
        rows = pick(sides, middle)
        return pick(pick(rows[:-2], rows[2:]), rows[1:-1])
    return pick(pick(middle[:-2], middle[2:]), pick(sides, middle)[1:-1])
