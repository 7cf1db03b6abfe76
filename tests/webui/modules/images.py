"""Pictures on their way in: transparency, orientation and Resize mode."""

from PIL import Image, ImageOps


def read(file):
    """Opens a picture, turned as its EXIF says."""
    image = ImageOps.exif_transpose(Image.open(file))
    see_through = image.mode in ("RGB", "P") and isinstance(image.info.get("transparency"), bytes)
    return image.convert("RGBA") if see_through else image


def flatten(image, background):
    """Puts an RGBA picture on a plain colour; any other just becomes RGB."""
    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, background)
        ground.paste(image, mask=image)
        image = ground
    return image.convert("RGB")


def resize_image(resize_mode, image, width, height, upscaler_name=None):
    """Resizes by Lanczos: 0 stretches, 1 covers and crops, any other fits and fills the rest from the edges."""
    if resize_mode == 0:
        return image.resize((width, height), Image.LANCZOS)
    wanted, given = width / height, image.width / image.height
    if wanted > given if resize_mode == 1 else wanted < given:
        across, down = width, image.height * width // image.width
    else:
        across, down = image.width * height // image.height, height
    resized = image.resize((across, down), Image.LANCZOS)
    canvas = Image.new("RGB", (width, height))
    left, top = width // 2 - across // 2, height // 2 - down // 2
    canvas.paste(resized, (left, top))
    if resize_mode != 1:
        _fill_borders(canvas, resized, left, top)
    return canvas


def _fill_borders(canvas, picture, left, top):
    """Draws the picture's outermost lines out over the empty borders, a box without extent each."""
    width, height = picture.size
    if top > 0:
        canvas.paste(picture.resize((width, top), box=(0, 0, width, 0)), (0, 0))
        canvas.paste(picture.resize((width, top), box=(0, height, width, height)), (0, top + height))
    elif left > 0:
        canvas.paste(picture.resize((left, height), box=(0, 0, 0, height)), (0, 0))
        canvas.paste(picture.resize((left, height), box=(width, 0, width, height)), (left + width, 0))
