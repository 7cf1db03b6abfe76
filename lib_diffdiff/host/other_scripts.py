"""The host's own scripts that cannot carry a map, by title: refused with what to use instead."""
from __future__ import annotations

import numpy as np

from ..refusal import Refusal

TILES = 'paints tiles of which the map cannot know the place: give it a map of one grey, or use Ultimate SD Upscale'
OWN_SAMPLER = 'brings its own sampler, which our map never reaches: untick Differential Diffusion, or choose another script'
CANNOT = {
    'SD upscale': TILES,
    "Poor man's outpainting": TILES,
    'Outpainting mk2': TILES,
    'img2img alternative test': OWN_SAMPLER,
}


def check_script(p, maps: list[np.ndarray]) -> None:
    """Raises Refusal where the selected script cannot carry these maps; a uniform one fits any tile."""
    reason = CANNOT.get(selected_title(p))
    if reason is None or (reason is TILES and maps and all((units == units.flat[0]).all() for units in maps)):
        return
    raise Refusal(f'The script "{selected_title(p)}" {reason}.')


def selected_title(p) -> str | None:
    """Title of the script chosen in the host's list, whose number is the first of all script arguments."""
    number = p.script_args[0] if p.script_args else 0
    if not number or not isinstance(number, int):  # pasted parameters in the API leave a word there
        return None
    return p.scripts.selectable_scripts[number - 1].title()
