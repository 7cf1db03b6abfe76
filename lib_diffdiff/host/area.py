"""Work only where something changes: the host's own Only masked, which finds a box of ours where the painted mask is."""
from __future__ import annotations

from contextlib import contextmanager

import numpy as np
from modules import masking, shared
from PIL import Image

from ..maps.area import Area, area_of, check_area
from ..maps.strength import Mask
from ..settings.refusal import Refusal
from ..settings.settings import OFF, Settings
from .mask import lent
from .other_scripts import check_cropped

ORIGINAL = 1  # the host's Masked content
ONLY_MASKED = ('Inpaint area', 'Masked area padding')  # parameters of a run with a painted mask
SIZE = 'Size'
WORDS = 'What the words cover is not known before the run: make the map first (Sources > From words), or turn "Work only where ' \
        'something changes" off.'
UNPASTED = '"Work only where something changes" pastes the area back as "Only masked" does: switch "Overlay original for inpaint" on ' \
           '(Settings > img2img), or turn it off.'


class UsersSize(str):
    """Width and Height as the user asked for them, for the parameters of a run that had others."""


def crop_box(mask: np.ndarray, padding: int, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The host's own box of Only masked (x, y, width, height); None where nothing is painted. mask: greys (height, width)."""
    if not mask.any():
        return None
    box = masking.get_crop_region(mask, padding)
    left, top, right, bottom = masking.expand_crop_region(box, *size, *mask.shape[::-1])
    return left, top, right - left, bottom - top


def area_of_run(p, maps: list[np.ndarray], mask: Mask | None, settings: Settings) -> Area | None:
    """The area that a run is to work on; None for the whole picture. Raises Refusal where it cannot be told before the run.

    mask: the painted one, None where nothing is painted.
    """
    if settings.work_area == OFF:
        return None
    check_area(settings, has_mask=mask is not None, is_second_pass=not hasattr(p, 'init_images'))
    if not maps:
        raise Refusal(WORDS)
    if not shared.opts.overlay_inpaint:
        raise Refusal(UNPASTED)
    check_cropped(p)
    return area_of(maps, settings, p.init_images[0].size, (p.width, p.height), crop_box)


@contextmanager
def lent_area(p, area: Area):
    """While it lasts, the host prepares a run of Only masked that is told to crop to the area's box; the run keeps its size."""
    x, y, width, height = area.box
    box = Image.new('L', p.init_images[0].size)
    box.paste(255, (x, y, x + width, y + height))
    if area.size != (p.width, p.height):
        p.extra_generation_params[SIZE] = UsersSize(f'{p.width}x{p.height}')
        p.width, p.height = area.size
    with lent(p, box, inpaint_full_res=True, inpaint_full_res_padding=0, inpainting_fill=ORIGINAL):
        yield
    p.mask_for_overlay = None  # nobody painted a mask to be returned or saved
    for key in ONLY_MASKED:
        p.extra_generation_params.pop(key, None)


def give_back_size(p, area: Area, users: tuple[int, int]) -> None:
    """The user's Width and Height, where the run still has the area's."""
    if (p.width, p.height) == area.size:
        p.width, p.height = users


def forget_size(p) -> None:
    """Takes the size that was told for the user's out of the parameters, which the cells of a plot share."""
    if isinstance(p.extra_generation_params.get(SIZE), UsersSize):
        del p.extra_generation_params[SIZE]
