"""Which of a picture's channels is the change map: its brightness, its alpha or one of its colours, each in exact units.

A picture here is decoded and stands upright (`reading.of_picture`).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

from ..settings.refusal import Refusal, Unreadable, brief
from ..settings.settings import ALPHA, AUTO, BRIGHTNESS, CHANNELS, COLOURS
from .depths import DEEP, check_signs, units_of
from .exact import GREY, bands, divide_up, in_bands, of_greys

ROUNDING = 2  # levels that a program may be off where it multiplies a colour with its alpha, or divides it
FAINT = 16  # levels below which a picture is nearly black

_GREYS = ('1', 'L', 'LA', 'La', *DEEP)
_WITH_ALPHA = ('LA', 'La', 'PA', 'RGBA', 'RGBa')
_KNOWN = (*_GREYS, *_WITH_ALPHA, 'P', 'RGB', 'RGBX', 'CMYK', 'YCbCr', 'LAB', 'HSV')


class Layers(NamedTuple):
    """A picture taken apart.

    greys: units, as if everything were opaque. alpha: uint8, None where everything is. colours: uint8 (height, width, 3), None for
    a grey picture.
    """

    greys: np.ndarray
    alpha: np.ndarray | None
    colours: np.ndarray | None


def channel_of(picture: Image.Image, name: str = AUTO) -> np.ndarray:
    """Units (height, width) of one of CHANNELS.

    AUTO is the brightness over black, or the alpha where the colours say nothing: where all that is visible has one colour.
    Raises Refusal for a channel that the picture lacks, and for AUTO where the picture has two meanings: it names both.
    """
    if name not in CHANNELS:
        raise Refusal(f'There is no channel {brief(name)}; the channels are: {", ".join(CHANNELS)}.')
    layers = _layers(picture)
    name = _meaning(layers) if name == AUTO else name
    if name == BRIGHTNESS:
        return _over_black(layers)
    layer = layers.alpha if name == ALPHA else layers.colours
    if layer is None:
        raise Unreadable(f'is {"opaque everywhere" if name == ALPHA else "grey"}, '
                         f'so its {name} channel contains nothing useful: use its brightness.')
    return of_greys(layer if name == ALPHA else layer[:, :, COLOURS.index(name)])


def meanings(picture: Image.Image) -> list[str]:
    """The channels that give different maps of this picture."""
    _, alpha, colours = _layers(picture)
    is_coloured = colours is not None and (colours != colours[:, :, :1]).any()
    return [BRIGHTNESS, *([ALPHA] if alpha is not None else []), *(COLOURS if is_coloured else ())]


def _layers(picture: Image.Image) -> Layers:
    if picture.mode not in _KNOWN:
        raise Unreadable(f'is a picture of the mode {picture.mode}, which is not supported: save it as PNG.')
    check_signs(picture)
    transparency = picture.info.get('transparency')
    if picture.mode in DEEP:
        alpha = None if transparency is None else _unless_opaque(np.where(np.asarray(picture) == transparency, np.uint8(0), np.uint8(255)))
        return Layers(units_of(picture), alpha, None)
    has_alpha = picture.mode in _WITH_ALPHA or transparency is not None
    shape = picture.height, picture.width
    greys, alpha = np.empty(shape, np.int32), np.empty(shape, np.uint8) if has_alpha else None
    colours = None if picture.mode in _GREYS else np.empty((*shape, 3), np.uint8)
    for rows in bands(shape):
        part = picture.crop((0, rows.start, picture.width, rows.stop))
        if has_alpha:
            part = (part.convert('LA') if part.mode == 'La' else part).convert('RGBA')  # PIL cannot convert La directly
            alpha[rows] = np.asarray(part.getchannel('A'))
        # PIL can convert every mode to grey only by way of RGB.
        rgb = part if part.mode == 'L' else part.convert('RGB')
        greys[rows] = of_greys(np.asarray(rgb.convert('L')))
        if colours is not None:
            colours[rows] = np.asarray(rgb)
    return Layers(greys, None if alpha is None else _unless_opaque(alpha), colours)


def _unless_opaque(alpha: np.ndarray) -> np.ndarray | None:
    return None if (alpha == 255).all() else alpha


def _over_black(layers: Layers) -> np.ndarray:
    if layers.alpha is None:
        return layers.greys
    return in_bands(lambda greys, alpha: divide_up(greys * alpha.astype(np.int64), 255), layers.greys, layers.alpha)


def _meaning(layers: Layers) -> str:
    greys, alpha, _ = layers
    if alpha is None:
        return BRIGHTNESS
    if not alpha.any():
        _check_hidden(layers)
        return BRIGHTNESS
    # One colour and one alpha: a grey then is as good a meaning as the alpha, unless it is black.
    if _is_one_colour(layers, alpha) and (alpha.min() < alpha.max() or not greys.any(where=alpha > 0)):
        return ALPHA
    _check_faint(layers)
    return BRIGHTNESS


def _is_one_colour(layers: Layers, alpha: np.ndarray) -> bool:
    """Whether there is a colour that every visible pixel may have had before it was rounded; the less alpha, the coarser."""
    lowest, highest = [], []
    for rows in bands(alpha.shape):
        visible = alpha[rows] > 0
        if visible.any():
            slack = ROUNDING * 255 / alpha[rows][visible].astype(np.float32)
            planes = [layers.greys[rows] / GREY] if layers.colours is None else np.moveaxis(layers.colours[rows], -1, 0)
            lowest.append([(plane[visible] - slack).max() for plane in planes])
            highest.append([(plane[visible] + slack).min() for plane in planes])
    return bool((np.max(lowest, axis=0) <= np.min(highest, axis=0)).all())


def _check_hidden(layers: Layers) -> None:
    if not _is_one_colour(layers, np.full_like(layers.alpha, 255)):
        raise Unreadable('is ambiguous: it is transparent everywhere, which means black, but there is a picture under its '
                         f'alpha. Choose the channel {ALPHA} for black, or save it without alpha.')


def _check_faint(layers: Layers) -> None:
    # A dark picture whose light fringe is nearly transparent is dark all the same.
    most = layers.alpha.max()
    levels = in_bands(lambda greys, alpha: np.where(alpha >= most / 2, greys // GREY * alpha, 0), layers.greys, layers.alpha)
    brightest = int(levels.max()) // 255
    if brightest < FAINT <= most:
        raise Unreadable(f'is ambiguous: where it is most opaque it is nearly black, at most {brightest} of 255, '
                         f'but its alpha goes up to {most}. Choose the channel {BRIGHTNESS} or {ALPHA}.')
