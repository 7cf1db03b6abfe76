"""What a change map can be made from: a picture's brightness, saturation and edges, its flat colours, the border around it."""
from __future__ import annotations

import numpy as np
from PIL import Image

from ..settings.refusal import Refusal, brief
from .channels import BRIGHTNESS, channel_of
from .exact import WHITE
from .geometry import FILL, inner_size

EDGES_WHITE = 99  # the percentile of a picture's slopes that is white
MOST_ZONES = 32
MOST_PIXELS = 2048 ** 2  # of a picture in which zones are looked for
SAME, APART = 4, 16  # levels within which a colour is a zone's own, and beyond which another zone's
LEAST_INSIDE = 2e-4  # share of the picture that lies inside a zone's areas
FLAT = 0.85  # share of the picture that zones have to explain


def brightness(picture: Image.Image) -> np.ndarray:
    """A picture's luma in units (height, width), transparency as black."""
    return channel_of(picture, BRIGHTNESS)


def saturation(picture: Image.Image) -> np.ndarray:
    """How colourful each pixel is, in units (height, width): (most - least) / most of red, green and blue; black is 0."""
    pixels = _rgb(picture).astype(np.float64)
    most, least = pixels.max(axis=2), pixels.min(axis=2)
    return _units((most - least) / np.maximum(most, 1))


def edges(picture: Image.Image, threshold: float = 0.0) -> np.ndarray:
    """The slope of the luma (Sobel), as a share of the slope that 99 % of the picture stays below: units (height, width).

    threshold: the share, from 0 to below 1, up to which a slope is not an edge: grain and soft skies have slopes too.
    """
    luma = np.pad(brightness(picture) / WHITE, 1, mode='edge')
    slope = np.hypot(_sobel(luma), _sobel(luma.T).T)
    white = np.percentile(slope, EDGES_WHITE) or slope.max()
    if not white:
        return _units(slope)
    return _units(np.clip((slope / white - threshold) / (1 - threshold), 0, 1))


def _sobel(padded: np.ndarray) -> np.ndarray:
    across = padded[:, 2:] - padded[:, :-2]
    return across[:-2] + 2 * across[1:-1] + across[2:]


EDGES = 'edges'
PICTURE = {BRIGHTNESS: brightness, 'saturation': saturation, EDGES: edges}


def from_picture(picture: Image.Image, what: str, threshold: float = 0.0) -> np.ndarray:
    """Units (height, width) of what a picture itself says; threshold: as `edges` takes it.

    Raises Refusal for anything but the three of PICTURE.
    """
    if what not in PICTURE:
        raise Refusal(f'The picture\'s {brief(what)} cannot be used as a map; choose one of: {", ".join(PICTURE)}.')
    return edges(picture, threshold) if what == EDGES else PICTURE[what](picture)


def border(source: tuple[int, int], size: tuple[int, int], width: int, at: tuple[int, int] | None = None) -> np.ndarray:
    """The map that changes what "Resize and fill" adds: units (height, width), white at the edges that grow, black from `width` pixels on.

    source, size: (width, height) of the init image and of what is painted. at: of the map, where it is not the init image's.
    What is filled takes the map of the edge beside it. Raises Refusal where nothing is filled.
    """
    missing = [outer > inner for outer, inner in zip(size, inner_size(source, size, FILL))]
    if not any(missing):
        raise Refusal('"Resize and fill" adds nothing here: the picture has the shape that will be painted. Change Width or Height.')
    shares = [np.clip(1 - _from_edge(length) * (whole / length) / width, 0, 1) * grows
              for length, whole, grows in zip(at or source, source, missing)]
    return _units(np.maximum(shares[1][:, None], shares[0][None]))


def _from_edge(length: int) -> np.ndarray:
    # How many pixels each one lies from the nearer end.
    at = np.arange(length)
    return np.minimum(at, length - 1 - at)


def zones(picture: Image.Image) -> tuple[list[tuple[int, int, int]], np.ndarray]:
    """The flat colours of a picture, the most frequent first, and the number of each pixel's colour: uint8 (height, width).

    A pixel of another colour, as on a smoothed edge, counts to the nearest. Raises Refusal for a picture that is not
    made of flat colours.
    """
    pixels = _thinned(_rgb(picture))
    colours, of_pixel = np.unique(_packed(pixels), return_inverse=True)
    found = _zone_colours(_packed(pixels)[_inside(pixels)], pixels.shape[0] * pixels.shape[1])
    number, distance = _nearest(_unpacked(colours), found)
    counts = np.bincount(of_pixel.ravel(), minlength=len(colours))
    _check_flat(counts[distance <= SAME].sum() / counts.sum())
    order = np.argsort(-np.bincount(number, counts, minlength=len(found)), kind='stable')
    labels = np.argsort(order)[number].astype(np.uint8)[of_pixel].reshape(pixels.shape[:2])
    return [tuple(int(level) for level in colour) for colour in found[order]], labels


def _check_flat(share: float) -> None:
    if share < FLAT:
        raise Refusal(f'This picture is not made of flat colours: only {share * 100:.0f} % of it has one of its {MOST_ZONES} most '
                      'frequent colours. For a photograph, use its brightness, saturation or edges.')


def _zone_colours(inside: np.ndarray, size: int) -> np.ndarray:
    # The most frequent first; what is too like one that was found already is its noise.
    colours, counts = np.unique(inside, return_counts=True)
    often = np.argsort(-counts, kind='stable')
    candidates = _unpacked(colours[often][counts[often] > LEAST_INSIDE * size])
    found = np.empty((0, 3), dtype=np.int64)
    while len(candidates) and len(found) < MOST_ZONES:
        found = np.concatenate([found, candidates[:1]])
        candidates = candidates[np.abs(candidates - candidates[0]).max(axis=1) > APART]
    _check_flat(float(len(found) > 0))
    return found


def _inside(pixels: np.ndarray) -> np.ndarray:
    # A smoothed edge may be long, but it is nowhere as its neighbours on all sides are.
    same_row = (pixels[:, 1:] == pixels[:, :-1]).all(axis=2)
    same_column = (pixels[1:] == pixels[:-1]).all(axis=2)
    inside = np.ones(pixels.shape[:2], dtype=bool)
    inside[:, 1:] &= same_row
    inside[:, :-1] &= same_row
    inside[1:] &= same_column
    inside[:-1] &= same_column
    return inside


def _nearest(colours: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    number, least = np.zeros(len(colours), dtype=np.int64), np.full(len(colours), np.iinfo(np.int64).max)
    for zone, colour in enumerate(found):
        squared = ((colours - colour) ** 2).sum(axis=1)
        number[squared < least] = zone
        least = np.minimum(least, squared)
    return number, np.abs(colours - found[number]).max(axis=1)


def _rgb(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert('RGB'))


def _thinned(pixels: np.ndarray) -> np.ndarray:
    every = int(np.ceil(np.sqrt(pixels.shape[0] * pixels.shape[1] / MOST_PIXELS)))
    return pixels[::every, ::every]


def _packed(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])


def _unpacked(packed: np.ndarray) -> np.ndarray:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1)


def _units(values: np.ndarray) -> np.ndarray:
    return np.rint(values * WHITE).astype(np.int32)
