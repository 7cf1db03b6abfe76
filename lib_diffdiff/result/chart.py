"""The response curve as a picture: how much of the change each Denoising strength makes, and where 25, 50 and 75 % lie."""
from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from ..algorithm.response import Response

SIZE, PLOT = (560, 460), (64, 44, 536, 396)  # of the picture; left, top, right, bottom of the plot
INK, PALE, LINE, MARK = '#333333', '#dddddd', '#ee7711', '#4455bb'
QUARTERS = (0.25, 0.5, 0.75)
FINE = 3  # drawn this many times larger, then made smaller, for smooth lines


def response_chart(curve: Response, strengths: list[float], shares: list[float], font) -> Image.Image:
    """The curve with the points that were measured: a picture of SIZE pixels.

    strengths, shares: of these points, 0..1, as many of one as of the other. font(size): a PIL font.
    """
    large = Image.new('RGB', tuple(FINE * side for side in SIZE), 'white')
    draw, words = ImageDraw.Draw(large), font(13 * FINE)
    for at in np.linspace(0, 1, 5):
        draw.line([_place(at, 0), _place(at, 1)], PALE, FINE)
        draw.line([_place(0, at), _place(1, at)], PALE, FINE)
        _write(draw, f'{at:g}', _place(at, 0), (0.5, 0, 0, 20), words, INK)
        _write(draw, f'{100 * at:g} %', _place(0, at), (1, 0.5, -8, 0), words, INK)
    draw.line([_place(0, 0), _place(1, 1)], PALE, FINE)
    draw.line([_place(*point) for point in zip(curve.strengths, curve.shares)], LINE, 3 * FINE, joint='curve')
    for strength, share in zip(strengths, shares):
        x, y = _place(strength, share)
        draw.ellipse([x - 4 * FINE, y - 4 * FINE, x + 4 * FINE, y + 4 * FINE], LINE)
    for share in QUARTERS:
        strength = float(curve.strength(share))
        draw.line([_place(0, share), _place(strength, share), _place(strength, 0)], MARK, FINE)
        _write(draw, f'{strength:.2f}', _place(strength, share), (0, 0, 8, 16), words, MARK)
    _write(draw, 'Denoising strength', _place(0.5, 0), (0.5, 0, 0, 44), words, INK)
    _write(draw, 'share of the change', _place(0, 1), (0, 0, -44, -16), words, INK)
    return large.resize(SIZE, Image.Resampling.LANCZOS)


def _place(x: float, y: float) -> tuple[float, float]:
    left, top, right, bottom = PLOT
    return FINE * (left + x * (right - left)), FINE * (bottom - y * (bottom - top))


def _write(draw, text: str, place: tuple[float, float], anchor: tuple[float, float, float, float], font, colour: str) -> None:
    # anchor: which point of the text's box lies at the place, in shares of its width and height from its lower left, and how far from it.
    left, top, right, bottom = draw.textbbox((0, 0), text, font)
    x = place[0] - anchor[0] * (right - left) + FINE * anchor[2]
    y = place[1] - (1 - anchor[1]) * (bottom - top) + FINE * anchor[3]
    draw.text((x - left, y - top), text, colour, font)
