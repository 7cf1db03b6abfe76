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
    labels = [f'{strength:.2f}, {ran} steps' for strength, ran in zip(fan.strengths(), steps)]
    room = (0, BAR) if fan.direction == ACROSS else (max(int(font.getlength(label)) for label in labels) + BAR, 0)  # above, or to the left
    whole = Image.new('RGB', (picture.width + room[0], picture.height + room[1]))
    for i, (strength, label) in enumerate(zip(fan.strengths(), labels)):
        left, top, right, bottom = fan.box(i, picture.size)
        whole.paste(_tile((room[0] or right - left, room[1] or bottom - top), round(255 * strength), label, font), (left, top))
    whole.paste(picture, room)
    return whole


def _tile(size: tuple[int, int], grey: int, label: str, font) -> Image.Image:
    """A flat tile with its label in the middle; narrow ones have no room for the steps, and the narrowest no room for words."""
    tile = Image.new('RGB', size, (grey, grey, grey))
    words = next((words for words in (label, label.split(',')[0]) if font.getlength(words) <= size[0]), '')
    left, top, right, bottom = font.getbbox(words)
    place = ((size[0] - left - right) / 2, (size[1] - top - bottom) / 2)
    ImageDraw.Draw(tile).text(place, words, 'black' if grey > 127 else 'white', font)
    return tile
