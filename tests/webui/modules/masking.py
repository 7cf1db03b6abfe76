"""Inpaint masks: blur, the crop of "Only masked", and Masked content *fill*."""

import numpy as np
from PIL import Image, ImageFilter, ImageOps


def create_binary_mask(image, round=True):
    """Takes the alpha of a picture that is transparent somewhere (rounded at half), else its grey."""
    if image.mode != "RGBA" or image.getextrema()[3] == (255, 255):
        return image.convert("L")
    alpha = image.getchannel("A")
    return alpha.point(lambda value: 255 if value > 128 else 0) if round else alpha


def gaussian_blur(mask, sigma, axis):
    """Blurs a grey picture along one axis, mirrored at its borders without repeating the outermost pixel."""
    weights = _weights(sigma)
    radius = len(weights) // 2
    lines = np.moveaxis(np.asarray(mask, dtype=np.int64), axis, -1)
    padded = np.pad(lines, [(0, 0), (radius, radius)], mode="reflect")
    blurred = sum(weight * padded[:, i : i + lines.shape[1]] for i, weight in enumerate(weights))
    return Image.fromarray(np.moveaxis((blurred + 128) // 256, -1, axis).astype(np.uint8))


def _weights(sigma):
    """A Gaussian in 256ths, as OpenCV has it for bytes: rounding errors go on inwards, the middle takes the rest."""
    radius = int(2.5 * sigma + 0.5)
    exact = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    wanted = np.cumsum(exact[:radius] / exact.sum()) * 256
    side = np.diff(np.rint(wanted).astype(int), prepend=0)
    return [*side, 256 - 2 * side.sum(), *side[::-1]]


def get_crop_region_v2(mask, pad=0):
    """Returns the box of what is not black, widened by pad inside the picture; None for a black mask."""
    box = mask.getbbox()
    if box is None or not pad:
        return box
    left, top, right, bottom = box
    return max(left - pad, 0), max(top - pad, 0), min(right + pad, mask.width), min(bottom + pad, mask.height)


def expand_crop_region(crop_region, processing_width, processing_height, image_width, image_height):
    """Widens a box along one axis to the aspect of the picture that will be made of it."""
    left, top, right, bottom = crop_region
    aspect = processing_width / processing_height
    if (right - left) / (bottom - top) > aspect:
        top, bottom = _lengthen(top, bottom, (right - left) / aspect, image_height)
    else:
        left, right = _lengthen(left, right, (bottom - top) * aspect, image_width)
    return left, top, right, bottom


def _lengthen(start, end, length, limit):
    """Lengthens a span on both sides, moves it inside 0..limit and cuts what does not fit."""
    more = int(length - (end - start))
    start, end = start - more // 2, end + more - more // 2
    if end > limit:
        start, end = start - (end - limit), limit
    if start < 0:
        start, end = 0, end - start
    return start, min(end, limit)


def fill(image, mask):
    """Fills the masked area with ever sharper blurs of what surrounds it."""
    kept = Image.new("RGBa", image.size)
    kept.paste(image.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(mask.convert("L")))
    filled = Image.new("RGBA", image.size)
    for radius, times in ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1)):
        layer = kept.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(times):
            filled.alpha_composite(layer)
    return filled.convert("RGB")
