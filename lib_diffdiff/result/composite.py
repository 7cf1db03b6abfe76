"""Law 3 in pixels: where the strength is exactly 0 the finished picture keeps the original's bytes."""
from __future__ import annotations

import numpy as np
from PIL import Image

EDGE = 8  # pixels over which the result takes over from the original, all of them where something changes


def composited(result: Image.Image, original: Image.Image, changed: np.ndarray) -> Image.Image:
    """The result with the original where nothing changes; the very same result where everything does.

    changed: bool (height, width), where the strength is above 0. Both pictures are RGB of that size.
    """
    if changed.all():
        return result
    opacity = edge(changed)[:, :, None]
    ours, theirs = (np.asarray(picture.convert('RGB'), dtype=np.float32) for picture in (result, original))
    blended = Image.fromarray(np.rint(theirs + (ours - theirs) * opacity).astype(np.uint8))
    blended.info = dict(result.info)
    return blended


def edge(changed: np.ndarray, width: int = EDGE) -> np.ndarray:
    """Opacity of the result, float32 0..1: 0 where nothing changes, rising inwards over `width` pixels.

    Where the changed area is thinner than that, it rises to 1 in its middle all the same, so thin lines do not vanish.
    """
    depth = _depth(changed, width)
    thickness = depth
    for i in range(width):
        thickness = _neighbours(np.maximum, thickness, diagonal=i % 2 == 1)
    return depth / np.maximum(thickness, 1).astype(np.float32)


def _depth(changed: np.ndarray, most: int) -> np.ndarray:
    # Steps to the nearest unchanged pixel, at most `most`, in an octagonal metric. The picture's border is no edge.
    inside = changed.astype(np.uint8)
    depth = inside
    for i in range(1, most):
        inside = _neighbours(np.minimum, inside, diagonal=i % 2 == 0)
        depth = depth + inside
    return depth


def _neighbours(pick, values: np.ndarray, *, diagonal: bool) -> np.ndarray:
    padded = np.pad(values, 1, mode='edge')
    across = pick(padded[:, :-2], padded[:, 2:])
    if diagonal:
        across = pick(across, padded[:, 1:-1])
        return pick(pick(across[:-2], across[2:]), across[1:-1])
    return pick(pick(pick(padded[:-2, 1:-1], padded[2:, 1:-1]), across[1:-1]), values)
