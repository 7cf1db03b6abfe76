"""What a run begins with: settings, map and mask, read where the host prepares its own run (`p.init`).

Not earlier, at `process`: there other extensions still change the run's pictures, mask and size, and the host would
swallow a refusal, and make a picture without the map.
"""
from __future__ import annotations

from dataclasses import replace

from ..algorithm.response import parsed
from ..algorithm.words import asked_for
from ..maps import reading
from ..page.infotext import FROM_WORDS, PAINTED, infotext
from ..settings.refusal import Refusal
from ..settings.settings import AUTO, OFF, Settings
from . import conditioning, hires, stand_ins
from .area import area_of_run
from .mask import check_sizes, mask_of
from .other_scripts import check_script, no_map
from .refused import DifferentialDiffusion
from .responses import response_of
from .run import STATE, Run
from .sampling import denoising_of
from .words import WordMaps

INIT = 'init'  # the host's own preparation of a run


class Preparation:
    """Stands in for `p.init`: reads the settings and the map, lets the host prepare the run with them, and guards its sampler."""

    def __init__(self, p, args, own, runs):
        """own, runs: as `stand_ins.put_on` gives them."""
        self.p, self.args, self.own, self.runs = p, args, own, runs
        self.refusal: str | None = None

    def __call__(self, *given, **named):
        p = self.p
        try:
            run = prepared(p, Settings.from_args(self.args))
        except Refusal as refusal:
            self.refusal = str(refusal)
            p.comment(self.refusal)  # a plot swallows the exception, and shows this
            raise DifferentialDiffusion(self.refusal) from None
        stand_ins.take_off(p, INIT, Preparation)
        setattr(p, STATE, run)
        if run.mask_round is not None:
            p.mask_round = False  # only an inpaint mask is rounded, and this one is a map
        if run.settings.tell_inpainting:
            run.conditioning = conditioning.put_on(p)
        p.extra_generation_params.update(infotext(run.settings, _map_name(p, run)))
        run.tell(p)
        with run.lent():
            self.runs(*given, **named)
        if run.part.is_now():
            run.guard(p.sampler)


def prepared(p, settings: Settings) -> Run:
    """The run of these settings. Raises Refusal for a map, a mask, a script or a setting that it cannot be made with."""
    part = hires.part_of(p)
    maps = reading.read_all(settings.change_map, settings.channel, part.pictures)
    words = WordMaps(settings) if asked_for(settings) else None
    mask = mask_of(p, AUTO if maps or words else settings.channel, settings.mask_file)
    if not maps and mask is None and words is None:
        raise Refusal(no_map(p))
    check_script(p, maps)
    denoising_of(p)
    check_sizes(p, mask is not None, settings.work_area != OFF)
    area = area_of_run(p, maps, mask, settings)
    response = response_of(p, part, settings)
    curve = response or parsed(settings.response)
    settings = replace(settings, response=curve.text() if curve else '')  # the parameters name it; of a list the host would take one item
    return Run(p, settings, part, maps, mask, response, words, area)


def _map_name(p, run: Run) -> str | list[str]:
    if not run.maps:
        return PAINTED if run.words is None else FROM_WORDS
    return run.names[0] if len(run.names) == 1 else run.names * p.n_iter  # the host takes a list's item by the picture's number
