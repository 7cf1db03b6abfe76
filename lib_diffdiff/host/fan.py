"""The selectable script "Strength fan": one run over strips of rising strength."""
from __future__ import annotations

from modules import images, shared
from modules.processing import Processed, fix_seed, process_images
from PIL import Image

from ..maps.fan import ACROSS, Fan
from ..maps.geometry import CELL, LATENT
from ..maps.reading import as_file, read, to_text
from ..page.infotext import FAN, fan_key
from ..result.scale import with_scale
from ..settings.arguments import value_of
from ..settings.refusal import Refusal
from ..settings.settings import ABSOLUTE, OFF, Settings
from .mask import check_pictures
from .measuring import measured, one_batch
from .overridden import overridden
from .refused import DifferentialDiffusion
from .run import STATE
from .script_args import own_args, set_value

FONT = 12
RESET = ('invert', 'black_point', 'white_point', 'gamma', 'grow', 'blur', 'min_strength', 'max_strength', 'channel', 'words', 'description',
         'work_area')


def paint_fan(p, args) -> Processed:
    """`run`: the fan's pictures, each with its scale, and on request the strips' uniform twins."""
    try:
        check_pictures(p)
        fan = Fan.from_args(args)
        change_map = fan.change_map((p.width // CELL, p.height // CELL))
    except Refusal as refusal:
        raise DifferentialDiffusion(str(refusal)) from None
    if p.image_mask is not None:
        raise DifferentialDiffusion('The strength fan paints the whole picture: use it without an inpaint mask.')
    fix_seed(p)
    if fan.measure:
        return measured(p)
    with overridden(p):
        _prepare(p, fan, change_map)
    processed = process_images(p)
    if not processed.images:  # interrupted before it began
        return processed
    steps = _steps(p, fan)
    font = images.get_font(FONT)
    twins = _twins(p, fan) if fan.twins else None
    if twins is not None:
        processed.images.append(twins)
        processed.infotexts.append(processed.infotexts[0])
    processed.images = [with_scale(image, fan, steps, font) if image.size == (p.width, p.height) else image for image in processed.images]
    return processed


def _prepare(p, fan: Fan, change_map: Image.Image) -> None:
    if value_of(own_args(p), 'change_map'):
        p.comment('The strength fan makes its own change map; the one in the accordion was ignored.')
    p.width, p.height = p.width // CELL * CELL, p.height // CELL * CELL  # what the autoencoder makes of them
    p.init_images = [_resized(p, image) for image in p.init_images]
    p.resize_mode = 0
    p.denoising_strength = fan.ends[1]
    values = {name: getattr(Settings, name) for name in RESET}
    values |= {'enabled': True, 'change_map': _as_text(change_map), 'strength_is': ABSOLUTE, 'smooth_release': OFF}
    for name, value in values.items():
        set_value(p, name, value)
    p.extra_generation_params.update({'Script': FAN, **{fan_key(name): getattr(fan, name) for name in Fan.specs()}})


def _as_text(picture: Image.Image) -> str:
    return to_text(as_file(picture, read(picture))[0])


def _resized(p, image: Image.Image) -> Image.Image:
    # So that the strips' edges lie on cell edges of what is painted.
    image = images.flatten(image, shared.opts.img2img_background_color)
    return images.resize_image(0 if p.resize_mode == LATENT else p.resize_mode, image, p.width, p.height)


def _steps(p, fan: Fan) -> list[int]:
    """How many steps each strip ran, as the run itself planned it."""
    cells = getattr(p, STATE).plan.cells[0]
    edges = fan.edges(cells.shape[1] if fan.direction == ACROSS else cells.shape[0])
    firsts = [cells[0, edge] if fan.direction == ACROSS else cells[edge, 0] for edge in edges[:-1]]
    return [int(t_enc) + 1 for t_enc in firsts]  # a kept cell's t_enc is -1


def _twins(p, fan: Fan) -> Image.Image | None:
    # None where the user stopped them: a part of them would be read as all.
    whole = Image.new('RGB', (p.width, p.height))
    for i, strength in enumerate(fan.strengths()):
        uniform = _uniform(p, strength)
        if shared.state.interrupted:
            return None
        whole.paste(uniform.crop(fan.box(i, whole.size)), fan.box(i, whole.size)[:2])
    return whole


def _uniform(p, strength: float) -> Image.Image:
    # Under a white map: plain img2img, but it starts no later than the sampler can.
    if strength == 0:
        return p.init_images[0]
    twin = one_batch(p, strength)
    twin.batch_size = 1
    set_value(twin, 'change_map', _as_text(Image.new('L', (1, 1), 'white')))
    made = process_images(twin).images
    return made[0] if made else p.init_images[0]
