"""The scale of a strength fan: each strip's grey, its Denoising strength and its steps."""
from __future__ import annotations

from PIL import Image, ImageDraw

from ..maps.fan import ACROSS, Fan

BAR = 20


def with_scale(picture: Image.Image, fan: Fan, steps: list[int], font) -> Image.Image:
    """The picture with a scale: each strip's grey, its Denoising strength and its steps.

    picture: painted by this fan, or of such a size: `fan.box` finds its strips, and raises Refusal where they are more than its
    cells. steps: one number per strip. font: a PIL font.
    """
    across = fan.direction == ACROSS
    labels = [f'{strength:.2f}, {ran} steps' for strength, ran in zip(fan.strengths(), steps)]
    thick = BAR if across else max(int(font.getlength(label)) for label in labels) + BAR
    bar = Image.new('RGB', (picture.width, thick) if across else (thick, picture.height))
    for i, (strength, label) in enumerate(zip(fan.strengths(), labels)):
        left, top, right, bottom = fan.box(i, picture.size)
        size = (right - left, thick) if across else (thick, bottom - top)
        bar.paste(_tile(size, round(255 * strength), label, font), (left, top))
    whole = Image.new('RGB', (picture.width + (0 if across else thick), picture.height + (thick if across else 0)))
    whole.paste(bar)
    whole.paste(picture, (0, thick) if across else (thick, 0))
    return whole


def _tile(size: tuple[int, int], grey: int, label: str, font) -> Image.Image:
    """A flat tile with its label in the middle; narrow ones have no room for the steps, and the narrowest no room for words."""
    tile = Image.new('RGB', size, (grey, grey, grey))
    words = next((words for words in (label, label.split(',')[0]) if font.getlength(words) <= size[0]), '')
    left, top, right, bottom = font.getbbox(words)
    place = ((size[0] - left - right) / 2, (size[1] - top - bottom) / 2)
    ImageDraw.Draw(tile).text(place, words, 'black' if grey > 127 else 'white', font)
    return tile
