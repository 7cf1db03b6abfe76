"""Response curves that were measured here, beside the stored maps: one for each checkpoint, sampler, schedule and number of steps."""
from __future__ import annotations

import json

from modules import shared

from ..algorithm.response import Response, parsed
from ..maps.store import write
from ..settings.refusal import Refusal
from ..settings.settings import SHARE, Settings
from .map_folder import folder
from .picture import Img2Img

FILE = 'responses.json'
NO_CURVE = ('There is no response curve for {}: run the script Strength fan with "Measure the response", give one under Response, '
            'or choose another "Strength is".')
OF_ANOTHER = ('The curve under Response is of the checkpoint {theirs}, but {ours} is loaded: empty Response and measure this one with the '
              'Strength fan, or take " of {theirs}" off the curve to use it all the same.')


def response_of(p, part: Img2Img, settings: Settings) -> Response | None:
    """The curve of a run; None where a grey is not its share of the change. Raises Refusal as `response_for` does."""
    return response_for(settings, part.sampler_name, part.scheduler, part.steps)


def response_for(settings: Settings, sampler: str, scheduler: str, steps: int) -> Response | None:
    """The curve of the settings, or the one measured for these; None where a grey is not a share.

    Raises Refusal where no curve is known, for one of another checkpoint, and as `parsed` does.
    """
    given = parsed(settings.response)  # judged even where it is not used: the parameters name it
    if settings.strength_is != SHARE:
        return None
    curve, ours = given or parsed(_stored().get(key(sampler, scheduler, steps))), checkpoint()
    if curve is None:
        raise Refusal(NO_CURVE.format(key(sampler, scheduler, steps)))
    if given is not None and ours and given.checkpoint not in ('', ours):
        raise Refusal(OF_ANOTHER.format(theirs=given.checkpoint, ours=ours))
    return curve if given is not None else curve.of(ours)


def key(sampler: str, scheduler: str, steps: int) -> str:
    """What a curve is measured for, in words."""
    return f'{checkpoint() or "this checkpoint"}, {sampler}, {scheduler or "Automatic"}, {steps} steps'


def checkpoint() -> str:
    """The name of the loaded checkpoint; '' where there is none yet, as on Forge before its first run."""
    info = getattr(shared.sd_model, 'sd_checkpoint_info', None)
    return info.name_for_extra if info else ''


def store(curve: Response, sampler: str, scheduler: str, steps: int) -> bool:
    """Stores a measured curve; False where no folder is set. Raises OSError where it cannot be written."""
    home = folder('diffdiff_kept_maps_folder')
    if home is None:
        return False
    curves = {**_stored(), key(sampler, scheduler, steps): curve.text()}
    write(home / FILE, json.dumps(curves, indent=1).encode())
    return True


def _stored() -> dict[str, str]:
    home = folder('diffdiff_kept_maps_folder')
    if home is None or not (home / FILE).is_file():
        return {}
    try:
        curves = json.loads((home / FILE).read_text(encoding='utf-8'))
    except OSError as error:
        raise Refusal(f'The response curves cannot be read: {error}') from None
    except ValueError:
        raise Refusal(f'{FILE} in the folder for saved change maps is damaged: delete it, and measure the response again.') from None
    return curves if isinstance(curves, dict) else {}
