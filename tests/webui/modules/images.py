"""Pictures and inpaint masks on their way in: transparency, Resize mode, blur, the crop of "Only masked", Masked content *fill*."""
import numpy as np
from PIL import Image, ImageFilter, ImageFont, ImageOps


def get_font(fontsize):
    """A font of that size; Pillow before 10.1 brings one of a single size."""
    try:
        return ImageFont.load_default(fontsize)
    except TypeError:
        return ImageFont.load_default()


def flatten(image, background):
    """Puts an RGBA picture on a plain colour; any other just becomes RGB."""
    if image.mode == 'RGBA':
        image = Image.alpha_composite(Image.new('RGBA', image.size, background), image)
    return image.convert('RGB')


def resize_image(resize_mode, image, width, height):
    """Resizes by Lanczos: 0 stretches, 1 covers and crops, 2 fits and draws its edges out."""
    if resize_mode == 0:
        return image.resize((width, height), Image.Resampling.LANCZOS)
    wider = width * image.height > height * image.width
    if wider == (resize_mode == 1):
        across, down = width, image.height * width // image.width
    else:
        across, down = image.width * height // image.height, height
    resized = image.convert('RGB').resize((across, down), Image.Resampling.LANCZOS)
    left, top = width // 2 - across // 2, height // 2 - down // 2
    canvas = Image.new('RGB', (width, height))
    canvas.paste(resized, (left, top))
    if resize_mode != 1 and top > 0:
        _draw_out(canvas, resized, (across, top), {(0, 0): (0, 0, across, 0), (0, top + down): (0, down, across, down)})
    elif resize_mode != 1 and left > 0:
        _draw_out(canvas, resized, (left, down), {(0, 0): (0, 0, 0, down), (left + across, 0): (across, 0, across, down)})
    return canvas


def _draw_out(canvas, picture, border, lines):
    """Fills borders of that size, by their corners, with lines of the picture: boxes without extent, which Lanczos softens."""
    for corner, line in lines.items():
        canvas.paste(picture.resize(border, box=line), corner)


def blurred(mask, sigma):
    """A Gaussian of 2.5 sigma to each side, mirrored at the borders; whole greys between its two passes."""
    if sigma <= 0:
        return mask
    radius = int(2.5 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    values = np.asarray(mask, dtype=np.float64)
    for _ in range(2):  # along the lines, then turned, along the columns
        padded = np.pad(values, [(0, 0), (radius, radius)], mode='reflect')
        values = np.rint(sum(weight * padded[:, i:i + values.shape[1]] for i, weight in enumerate(weights))).T
    return Image.fromarray(values.astype(np.uint8))


def crop_box(mask, padding, width, height):
    """The box of what is not black, widened by the padding and to the aspect of width and height; None for a black mask."""
    box = mask.getbbox()
    if box is None:
        return None
    left, top, right, bottom = box
    left, top = max(left - padding, 0), max(top - padding, 0)
    right, bottom = min(right + padding, mask.width), min(bottom + padding, mask.height)
    if (right - left) * height > (bottom - top) * width:
        top, bottom = _lengthened(top, bottom, (right - left) * height / width, mask.height)
    else:
        left, right = _lengthened(left, right, (bottom - top) * width / height, mask.width)
    return left, top, right, bottom


def _lengthened(start, end, length, limit):
    """Lengthens a span on both sides, moves it inside 0..limit and cuts what does not fit."""
    more = int(length - (end - start))
    whole = end - start + more
    start = max(min(start - more // 2, limit - whole), 0)
    return start, min(start + whole, limit)


def filled(image, mask):
    """Fills the masked area with a wide blur of what surrounds it."""
    around = image.convert('RGBA')
    around.putalpha(ImageOps.invert(mask))
    spread = around.convert('RGBa').filter(ImageFilter.GaussianBlur(64)).convert('RGBA').convert('RGB')
    return Image.composite(spread, image, mask)
