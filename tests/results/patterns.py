"""The change maps of the paper's three kinds, for the small model: flat greys, no feature below three cells of 8 pixels."""
import numpy as np
from PIL import Image, ImageDraw

SIZE = 128


def gradient() -> np.ndarray:
    """Black at the left edge to white at the right."""
    return np.tile(np.rint(np.linspace(0, 255, SIZE)).astype(np.uint8), (SIZE, 1))


def shapes() -> np.ndarray:
    """Complex shapes: a sun and a cloud cut by the edges, hills, a bush and a disc, each of its own grey."""
    picture = Image.new('L', (SIZE, SIZE), 50)
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 128), (0, 78), (50, 62), (128, 90), (128, 128)], fill=120)
    draw.ellipse((-24, -24, 54, 54), fill=195)
    draw.ellipse((78, -42, 158, 38), fill=175)
    draw.polygon([(0, 128), (0, 102), (26, 98), (40, 128)], fill=0)
    draw.ellipse((58, 58, 142, 142), fill=255)
    draw.rectangle((50, 0, 86, 36), fill=25)
    return np.asarray(picture)


def triangles() -> np.ndarray:
    """Triangles of five greys that fill the picture."""
    picture = Image.new('L', (SIZE, SIZE))
    draw = ImageDraw.Draw(picture)
    for outline, grey in (([(0, 0), (64, 0), (0, 64)], 255), ([(64, 0), (64, 64), (0, 64)], 0), ([(64, 0), (128, 0), (128, 64)], 200),
                          ([(64, 0), (128, 64), (64, 64)], 60), ([(0, 64), (64, 64), (64, 128)], 180), ([(0, 64), (64, 128), (0, 128)], 110),
                          ([(64, 64), (128, 64), (128, 128)], 0), ([(64, 64), (128, 128), (64, 128)], 255)):
        draw.polygon(outline, fill=grey)
    return np.asarray(picture)


PATTERNS = {'gradient': gradient(), 'complex shapes': shapes(), 'triangles': triangles()}


def uniform(grey: int) -> np.ndarray:
    """One grey everywhere."""
    return np.full((SIZE, SIZE), grey, dtype=np.uint8)
