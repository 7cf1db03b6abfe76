"""Other scripts in the same run, by title: those that cannot work with a map, that count pictures, that use the same mask."""
from __future__ import annotations

from inspect import signature

import numpy as np

from ..page.infotext import FAN
from ..settings.refusal import Refusal
from .mask import picture_of_mask

TILED = ('SD upscale', "Poor man's outpainting", 'Outpainting mk2')
OWN_SAMPLER = ('img2img alternative test',)
OWN_MASKS = ('Ultimate SD upscale',)
ITS_TILES = ('The script "{}" does not say where its tiles are, so the map cannot follow them: use a map of a single grey, '
             'or Ultimate SD Upscale.')
ITS_SAMPLER = 'The script "{}" uses its own sampler, which the map never reaches: untick Differential Diffusion, or choose another script.'
ITS_MASKS = ('The script "{}" paints tiles with its own masks, so a painted mask never reaches it: '
             'use the mask\'s picture as the change map.')
# Of scripts that are always there: what they may not have switched on, by the names of their own arguments.
SWITCHED_ON = {
    ('demofusion', 'enabled'):
        'DemoFusion makes a picture in several runs of different sizes, which the map cannot follow: switch it off, or untick '
        'Differential Diffusion.',
    ('Tiled Diffusion', 'noise_inverse'):
        'Noise Inversion of Tiled Diffusion makes noise that fits only the step that the run starts with: untick "Enable Noise Inversion", '
        'or untick Differential Diffusion.',
}
CONTROLNET = 'ControlNet'
WHOLE_PICTURE = 'ControlNet is on, and its control image covers the whole picture: turn "Work only where something changes" off, or ' \
                'ControlNet.'
COUNTS_NOTHING = ('Prompts from file or textbox', FAN)
SAME_MASK = 'Soft Inpainting'


def check_script(p, maps: list[np.ndarray]) -> None:
    """Raises Refusal where the selected script, or one that is always there, cannot carry these maps; a uniform one fits any tile."""
    for (title, switch), sentence in SWITCHED_ON.items():
        if _is_on(p, title, switch):
            raise Refusal(sentence)
    title = selected_title(p)
    if title in OWN_SAMPLER:
        raise Refusal(ITS_SAMPLER.format(title))
    if title in OWN_MASKS and not maps:
        raise Refusal(ITS_MASKS.format(title))
    if title in TILED and not (maps and all((units == units.flat[0]).all() for units in maps)):
        raise Refusal(ITS_TILES.format(title))


def check_cropped(p) -> None:
    """Raises Refusal where something that is switched on lays itself over the whole picture, whatever the host crops to."""
    script = next((script for script in p.scripts.alwayson_scripts if script.title() == CONTROLNET), None)
    units = () if script is None else p.script_args[script.args_from:script.args_to]
    if any(unit.get('enabled') if isinstance(unit, dict) else getattr(unit, 'enabled', False) for unit in units):
        raise Refusal(WHOLE_PICTURE)


def _is_on(p, title: str, switch: str) -> bool:
    for script in (script for script in p.scripts.alwayson_scripts if script.title() == title):
        _, *names = signature(script.process).parameters
        given = dict(zip(names, p.script_args[script.args_from:script.args_to]))
        if given.get('enabled') and given.get(switch):
            return True
    return False


def counts_pictures(p) -> str | None:
    """Title of the selected script if it may take every picture of a run for one that it asked for."""
    title = selected_title(p)
    return None if title in COUNTS_NOTHING else title


def ignores_soft_inpainting(p) -> bool:
    """Whether Soft Inpainting is switched on and would use the same mask; takes it off the run's parameters.

    It would have no effect anyway, because the mask is taken off the run.
    """
    script = next((script for script in p.scripts.alwayson_scripts if script.title() == SAME_MASK), None)
    if script is None or picture_of_mask(p) is None or not p.script_args[script.args_from]:
        return False
    for key in [key for key in p.extra_generation_params if key.lower().startswith(SAME_MASK.lower())]:
        del p.extra_generation_params[key]
    return True


def no_map(p) -> str:
    """The sentence for a run without a map."""
    painted = ', and the mask is empty' if picture_of_mask(p) is not None else ''
    instead = ', paint a mask in the Inpaint tab' if hasattr(p, 'init_images') else ''
    return f'There is no change map{painted}: choose a map{instead}, or untick Differential Diffusion.'


def selected_title(p) -> str | None:
    """Title of the script chosen in the host's list, whose number is the first of all script arguments."""
    number = p.script_args[0] if p.script_args else 0
    if not number or not isinstance(number, int):  # pasted parameters in the API leave a word there
        return None
    return p.scripts.selectable_scripts[number - 1].title()
