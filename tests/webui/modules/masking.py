"""The box that "Only masked" crops by."""
from PIL import Image


def get_crop_region(mask, pad=0):
    """The box of what is not black in a mask, a picture or an array, widened on all sides; without an extent for a black one."""
    mask = mask if isinstance(mask, Image.Image) else Image.fromarray(mask)
    left, top, right, bottom = mask.getbbox() or (mask.width, mask.height, 0, 0)
    return max(left - pad, 0), max(top - pad, 0), min(right + pad, mask.width), min(bottom + pad, mask.height)


def expand_crop_region(box, processing_width, processing_height, image_width, image_height):
    """The box lengthened to the aspect of what is painted, moved inside the picture, and cut where it does not fit."""
    left, top, right, bottom = box
    if (right - left) * processing_height > (bottom - top) * processing_width:
        top, bottom = _lengthened(top, bottom, (right - left) * processing_height / processing_width, image_height)
    else:
        left, right = _lengthened(left, right, (bottom - top) * processing_width / processing_height, image_width)
    return left, top, right, bottom


def _lengthened(start, end, length, limit):
    """Lengthens a span on both sides, moves it inside 0..limit and cuts what does not fit."""
    more = int(length - (end - start))
    whole = end - start + more
    start = max(min(start - more // 2, limit - whole), 0)
    return start, min(start + whole, limit)
