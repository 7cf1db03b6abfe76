"""The change maps of the paper's three kinds, for the small model: flat greys, no feature below three cells of 8 pixels."""
import numpy as np
from PIL import Image, ImageDraw

SIZE = 128


def gradient() -> np.ndarray:
    """Black at the left edge to white at the right."""
    return np.tile(np.rint(np.linspace(0, 255, SIZE)).astype(np.uint8), (SIZE, 1))


def shapes() -> np.ndarray:
    """Complex shapes of six greys: two discs cut by the edges, a third, a bar, hills and a bush."""
    picture = Image.new('L', (SIZE, SIZE), 77)
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 128), (0, 70), (40, 58), (128, 90), (128, 128)], fill=153)
    draw.ellipse((-24, -24, 54, 54), fill=0)
    draw.ellipse((78, -46, 170, 46), fill=153)
    draw.polygon([(0, 128), (0, 96), (30, 92), (52, 128)], fill=51)
    draw.ellipse((62, 62, 138, 138), fill=255)
    draw.rectangle((48, 0, 84, 44), fill=204)
    return np.asarray(picture)


def triangles() -> np.ndarray:
    """Eight triangles: two black, two white, four between."""
    greys = iter((0, 38, 255, 153, 102, 255, 64, 0))
    picture = Image.new('L', (SIZE, SIZE))
    draw = ImageDraw.Draw(picture)
    for outline in ([(0, 0), (64, 0), (0, 64)], [(64, 0), (64, 64), (0, 64)], [(64, 0), (128, 0), (128, 64)], [(64, 0), (128, 64), (64, 64)],
                    [(0, 64), (64, 64), (64, 128)], [(0, 64), (64, 128), (0, 128)], [(64, 64), (128, 64), (128, 128)],
                    [(64, 64), (128, 128), (64, 128)]):
        draw.polygon(outline, fill=next(greys))
    return np.asarray(picture)


PATTERNS = {'gradient': gradient(), 'complex shapes': shapes(), 'triangles': triangles()}


def uniform(grey: int) -> np.ndarray:
    """One grey everywhere."""
    return np.full((SIZE, SIZE), grey, dtype=np.uint8)
