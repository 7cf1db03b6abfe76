"""Pictures and inpaint masks on their way in: transparency, Resize mode, blur, Masked content *fill*."""
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


def binary_mask(image, rounded):
    """The grey mask of a picture: its transparency where it has one, else its luma."""
    if image.mode != 'RGBA' or image.getextrema()[-1] == (255, 255):
        return image.convert('L')
    alpha = image.getchannel('A')
    return alpha.point(lambda grey: 255 if grey > 128 else 0) if rounded else alpha


def resize_image(resize_mode, image, width, height, upscaler_name=None):
    """Resizes by Lanczos, or another upscaler: 0 stretches, 1 covers and crops, 2 fits and draws its edges out."""
    if resize_mode == 0:
        return image.resize((width, height), Image.Resampling.NEAREST if upscaler_name == 'Nearest' else Image.Resampling.LANCZOS)
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


def blurred(mask, across, down):
    """A Gaussian of 2.5 sigma to each side, mirrored at the borders; whole greys between its two passes."""
    along = _blurred_lines(np.asarray(mask, dtype=np.float64), across)
    return Image.fromarray(_blurred_lines(along.T, down).T.astype(np.uint8))


def _blurred_lines(values, sigma):
    if sigma <= 0:
        return values
    radius = int(2.5 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    padded = np.pad(values, [(0, 0), (radius, radius)], mode='reflect' if values.shape[1] > 1 else 'edge')
    return np.rint(sum(weight * padded[:, i:i + values.shape[1]] for i, weight in enumerate(weights)))


def filled(image, mask):
    """Fills the masked area with a wide blur of what surrounds it."""
    around = image.convert('RGBA')
    around.putalpha(ImageOps.invert(mask))
    spread = around.convert('RGBa').filter(ImageFilter.GaussianBlur(64)).convert('RGBA').convert('RGB')
    return Image.composite(spread, image, mask)
