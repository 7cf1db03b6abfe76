"""Heat maps: strengths and changes in the colours that the painter shows strengths in."""
from __future__ import annotations

import numpy as np
from PIL import Image

from .adherence import rgb_distance

# After Matplotlib's plasma, as javascript/diffdiff_paint_colours.js.
STOPS = ((72, 40, 200), (110, 36, 196), (144, 38, 184), (175, 48, 160), (203, 70, 121), (229, 107, 93), (248, 148, 65), (253, 195, 40),
         (240, 249, 33))
CELL = 8
FULL = 128 * 3 ** 0.5  # the distance of two colours that is the end of the scale, whatever the picture: half the range in each


def heat_map(strength: np.ndarray) -> Image.Image:
    """The strengths of the cells (height, width) as a heat map of the painted size; black for 0."""
    return coloured(np.kron(strength, np.ones((CELL, CELL))))


def change_picture(original: Image.Image, result: Image.Image) -> Image.Image:
    """How far each pixel of a result is from its original, as a heat map; black where it is the original's."""
    before, after = (np.asarray(picture.convert('RGB')) for picture in (original, result))
    return coloured(rgb_distance(before, after) / FULL)


def coloured(values: np.ndarray) -> Image.Image:
    """Values (height, width) as colours: black for 0, then from the first of STOPS to the last for 1 and more."""
    at = np.linspace(0, 1, len(STOPS))
    channels = [np.interp(values, at, levels) for levels in zip(*STOPS)]
    return Image.fromarray(np.where(values[..., None] > 0, np.rint(np.stack(channels, axis=-1)), 0).astype(np.uint8))
