"""Pictures and masks of a run: where they lie, which pixels change, and the original to keep."""
from __future__ import annotations

import numpy as np
from modules import images, shared
from PIL import Image

from ..adherence import over_cells, rgb_distance
from ..geometry import LATENT, STRETCH, Placement
from ..refusal import Refusal
from ..strength import Field, Mask, field
from .guard import Run


def fields_of(p, run: Run) -> list[Field]:
    """What each place of each picture is to do: one field for all, or one a picture where their maps or sizes differ.

    Takes the inpaint mask off the run: the host's own blend would pin cells that are ours.
    Raises Refusal where there is neither map nor mask.
    """
    mask = take_mask(p)
    if not run.maps and mask is None:
        raise Refusal(no_map(p))
    maps, sizes = run.maps or [None], [image.size for image in p.init_images]
    if len(set(sizes)) == 1:
        sizes = sizes[:1]
    grid = tuple(p.init_latent.shape[-2:])
    return [field(maps[min(i, len(maps) - 1)], run.settings, sizes[min(i, len(sizes) - 1)], placement_of(p), grid, mask,
                  uncropped=is_uncropped(p)) for i in range(max(len(maps), len(sizes)))]


def no_map(p) -> str:
    """The sentence for a run without a map."""
    painted = ', and the mask has nothing painted' if p.image_mask is not None else ''
    return f'There is no change map{painted}: choose one, paint a mask in the Inpaint tab, or untick Differential Diffusion.'


def placement_of(p) -> Placement:
    """How the host brings this run's init images to the painted size."""
    return Placement((p.width, p.height), STRETCH if p.resize_mode == LATENT else p.resize_mode, p.paste_to)


def is_uncropped(p) -> bool:
    """Whether the picture that comes out is the whole init image with the painted crop pasted in."""
    return p.paste_to is not None and shared.opts.overlay_inpaint


def take_mask(p) -> Mask | None:
    """The run's inpaint mask, taken off the run; None where there is none or nothing is painted."""
    nmask, overlay = p.nmask, p.mask_for_overlay
    p.mask = p.nmask = None
    if nmask is None or overlay is None:
        return None
    painted = np.asarray(overlay.convert('L')) > 0
    if not painted.any():
        return None
    # Half precision cannot hold a 255th.
    values = np.rint(nmask[0].double().cpu().numpy() * 255) / 255
    return Mask(values, painted)


def original_of(p, index: int) -> Image.Image:
    """The picture that stays where nothing changes: the init image as the host flattens, crops and resizes it."""
    image = images.flatten(p.init_images[min(index, len(p.init_images) - 1)], shared.opts.img2img_background_color)
    if is_uncropped(p):
        return image
    if p.paste_to is not None:
        x, y, width, height = p.paste_to
        return images.resize_image(2, image.crop((x, y, x + width, y + height)), p.width, p.height)
    if p.resize_mode == LATENT:
        return image.resize((p.width, p.height), Image.Resampling.LANCZOS)
    return images.resize_image(p.resize_mode, image, p.width, p.height)


def change_of(p, original: Image.Image, picture: Image.Image) -> np.ndarray:
    """How far each cell of a finished picture is from its original (`original_of`), in RGB."""
    if is_uncropped(p):
        x, y, width, height = p.paste_to
        original, picture = (image.crop((x, y, x + width, y + height)) for image in (original, picture))
    change = rgb_distance(*(np.asarray(image.convert('RGB')) for image in (original, picture)))
    return over_cells(change, (p.height // 8, p.width // 8))


def outside_crop(p, overlay: Image.Image, index: int) -> Image.Image:
    """An overlay that only fills in the picture outside the crop; the host's own would leave ghosts in soft masks."""
    transparent = Image.new('RGBA', overlay.size)
    if p.paste_to is None:
        return transparent
    x, y, width, height = p.paste_to
    whole = original_of(p, index).convert('RGBA')
    whole.paste(transparent.crop((0, 0, width, height)), (x, y))
    return whole
