"""The painted mask: read as a change map is, and lent to the host as what it is to crop and to fill by."""
from __future__ import annotations

from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps

from ..maps import reading
from ..maps.geometry import LATENT
from ..maps.strength import MOST_BLUR, Mask
from ..settings.refusal import Refusal, brief, calling_it


def mask_of(p, channel: str, file: str = '') -> Mask | None:
    """The run's painted mask, unrounded; None where nothing is painted. Raises Refusal for a mask that cannot be read.

    channel: which channel of it counts. file: the upload that the page made this mask of, with the depth that it has lost there.
    """
    if picture_of_mask(p) is None:
        return None
    with calling_it('The mask'):
        units = reading.read(_deepest(p.image_mask, file), channel)
    if max(p.mask_blur_x, p.mask_blur_y) > MOST_BLUR:
        raise Refusal(f'Mask blur is {max(p.mask_blur_x, p.mask_blur_y)}; it must be at most {MOST_BLUR}.')
    mask = Mask(units, bool(p.inpainting_mask_invert), (p.mask_blur_x, p.mask_blur_y))
    return None if mask.is_blank else mask


def picture_of_mask(p) -> Image.Image | None:
    """The painted or uploaded mask; None where there is none, as always in txt2img."""
    return getattr(p, 'image_mask', None)


def _deepest(picture: Image.Image, file: str):
    # A file left over from another tab or an earlier mask belongs to another picture.
    if not isinstance(file, str):
        raise Refusal(f'Mask file is {brief(file)}; it must be a picture file as a data URL or base64.')
    return file if file.strip() and reading.of_picture(file.strip(), lambda upload: _is_upload(upload, picture)) else picture


def _is_upload(upload: Image.Image, picture: Image.Image) -> bool:
    # Whether gradio makes the picture of this upload (modules/ui.py, img_inpaint_mask).
    given = ImageOps.exif_transpose(upload.convert('RGBA'))
    return (given.mode, given.size) == (picture.mode, picture.size) and given.tobytes() == picture.tobytes()


def check_pictures(p) -> None:
    """Raises Refusal where an img2img run has no picture: the tab that is open has none."""
    if None in p.init_images:
        raise Refusal('There is no picture in the current img2img tab: give it one.')


def check_sizes(p, is_masked: bool, is_part: bool) -> None:
    """Raises Refusal where there is no picture, or the host cannot take different sizes: by one box of Only masked, or unscaled.

    is_part: whether the run works only where something changes.
    """
    if not hasattr(p, 'init_images'):
        return
    check_pictures(p)
    sizes = sorted({image.size for image in p.init_images})
    if len(sizes) == 1:
        return
    named = f'The pictures have different sizes ({" and ".join(f"{width}x{height}" for width, height in sizes)}), and'
    if is_masked and p.inpaint_full_res:
        raise Refusal(f'{named} "Only masked" crops all of them to the same box: choose "Whole picture", or send them one by one.')
    if is_part:
        raise Refusal(f'{named} "Work only where something changes" crops all of them to the same box: turn it off, '
                      'or send them one by one.')
    if p.resize_mode == LATENT:
        raise Refusal(f'{named} "Just resize (latent upscale)" needs pictures of one size: choose another resize mode, '
                      'or send them one by one.')


@contextmanager
def lent_mask(p, greys: np.ndarray | None):
    """While it lasts, the host finds these greys (height, width; None for no mask) where the painted mask is, already softened.

    Its own reading would clip 16 bits to white and round, and it would crop by what is painted, not by what changes.
    """
    with lent(p, None if greys is None else Image.fromarray(greys)):
        yield
    _name_controls(p)


@contextmanager
def lent(p, picture: Image.Image | None, **more):
    """While it lasts, the host finds this picture where the painted mask is, ready as it is, and more of the run's attributes."""
    there = {'image_mask': picture, 'mask_blur_x': 0, 'mask_blur_y': 0, 'inpainting_mask_invert': 0, **more}
    users = {name: getattr(p, name) for name in there}
    vars(p).update(there)
    try:
        yield
    finally:
        vars(p).update(users)


def _name_controls(p) -> None:
    # In the parameters, as the host names them where it reads the mask itself (modules/processing.py, init).
    if p.inpainting_mask_invert:
        p.extra_generation_params['Mask mode'] = 'Inpaint not masked'
    if p.mask_blur_x > 0 or p.mask_blur_y > 0:
        p.extra_generation_params['Mask blur'] = p.mask_blur
