"""Pictures and masks of a run: where they lie, which pixels change, and the original to keep."""
from __future__ import annotations

import numpy as np
from modules import images, shared
from PIL import Image

from ..maps.geometry import CELL, FILL, LATENT, Placement, placement
from ..maps.strength import Target, target
from ..result.adherence import over_cells, rgb_distance
from .run import Run


def targets_of(p, run: Run) -> list[Target]:
    """What each place of each picture is to do: one target for all, or one a picture where their maps or sizes differ."""
    maps, sizes = run.maps or [None], [image.size for image in p.init_images]
    if len(set(sizes)) == 1:
        sizes = sizes[:1]
    grid = tuple(p.init_latent.shape[-2:])
    return [target(item(maps, i), run.mask, run.settings, item(sizes, i), placement_of(p), grid, uncropped=is_uncropped(p))
            for i in range(max(len(maps), len(sizes)))]


def item(of_pictures: list, index: int):
    """What belongs to a picture of the batch, of a list that has one for each or a single one for all."""
    return of_pictures[last_for_all(of_pictures, index)]


def last_for_all(of_pictures: list, index: int) -> int:
    """Where in such a list that is."""
    return min(index, len(of_pictures) - 1)


def placement_of(p) -> Placement:
    """How the host brings this run's init images to the painted size."""
    return placement((p.width, p.height), p.resize_mode, p.paste_to)


def is_uncropped(p) -> bool:
    """Whether the picture that comes out is the whole init image with the painted crop pasted in."""
    return p.paste_to is not None and shared.opts.overlay_inpaint


def original_of(p, index: int) -> Image.Image:
    """The picture that stays where nothing changes: the init image as the host flattens, crops and resizes it."""
    image = images.flatten(item(p.init_images, index), shared.opts.img2img_background_color)
    if is_uncropped(p):
        return image
    rows, columns = p.init_latent.shape[-2:]
    return _resized(p, image).crop((0, 0, columns * CELL, rows * CELL))


def _resized(p, image: Image.Image) -> Image.Image:
    placed = placement_of(p)
    if placed.crop is not None:
        x, y, width, height = placed.crop
        return images.resize_image(FILL, image.crop((x, y, x + width, y + height)), *placed.size)
    if p.resize_mode == LATENT:
        return image.resize(placed.size, Image.Resampling.LANCZOS)
    return images.resize_image(p.resize_mode, image, *placed.size)


def change_of(p, original: Image.Image, picture: Image.Image) -> np.ndarray:
    """How far each cell of a finished picture is from its original (`original_of`), in RGB."""
    if is_uncropped(p):
        x, y, width, height = p.paste_to
        original, picture = (image.crop((x, y, x + width, y + height)) for image in (original, picture))
    change = rgb_distance(*(np.asarray(image.convert('RGB')) for image in (original, picture)))
    return over_cells(change, tuple(p.init_latent.shape[-2:]))


def outside_crop(p, index: int) -> Image.Image:
    """An overlay that only fills in the picture outside the crop; the host's own would leave ghosts in soft masks."""
    original = original_of(p, index).convert('RGBA')
    transparent = Image.new('RGBA', original.size)
    if not is_uncropped(p):
        return transparent
    x, y, width, height = p.paste_to
    original.paste(transparent.crop((0, 0, width, height)), (x, y))
    return original
