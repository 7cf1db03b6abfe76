"""The only room that knows the WebUI: what happens at each of its events. `p` is the host's own name for a run."""
from __future__ import annotations

import numpy as np
from modules.ui_components import InputAccordion  # noqa: F401  (for the script, which may import only its base class)

from .. import change_map
from ..composite import composited
from ..infotext import PAINTED, PREFIX, infotext
from ..refusal import Refusal
from ..report import summary
from ..settings import Settings, is_enabled
from ..transforms import strengths
from .guard import STATE, UNPREPARED, InitThenGuard, Refuse, Run, named_if_it_fails
from .picture import fields_of, no_map, original_of, outside_crop
from .sampling import injection_of, kept_cells, plan_of, shift_draws

UNFINISHED = 'Differential Diffusion: the original pixels could not be put back, the console says why.'


def begin(p, args) -> None:
    """`process`: reads the settings and the map. Whatever goes wrong from here on stops the run."""
    clear(p)
    if not is_enabled(args):
        return
    p.init = Refuse(UNPREPARED)
    try:
        run = _prepared(p, Settings.from_args(args))
    except Refusal as refusal:
        p.init = Refuse(str(refusal))
        return
    setattr(p, STATE, run)
    p.mask_round = False  # only an inpaint mask is rounded, and this one is a map
    p.extra_generation_params.update(infotext(run.settings, _map_name(run)))
    p.init = InitThenGuard(run)


def clear(p) -> None:
    """Takes off `p` what an earlier run left there: the host reuses it, and copies it shallowly."""
    run = vars(p).pop(STATE, None)
    if run is not None:
        run.restore(p)
    if isinstance(vars(p).get('init'), (Refuse, InitThenGuard)):
        del p.init
    for key in [key for key in p.extra_generation_params if key.startswith(PREFIX)]:
        del p.extra_generation_params[key]
    p.paste_to = None  # the host never resets it: a crop counts only if this run's own p.init makes it


def begin_batch(p, args, batch_number: int) -> None:
    """`process_batch`: plans the batch, and has the host start at the first step that changes anything."""
    if not is_enabled(args):
        return
    run = _current(p, batch_number)
    run.forget_batch()
    run.guard(p.sampler.model_wrap_cfg)
    try:
        _plan(p, run)
    except Refusal as refusal:
        run.problem = str(refusal)


def begin_sampling(p, args, init, noise) -> None:
    """`process_before_every_sampling`: the batch's own noise is known; the guard opens."""
    if is_enabled(args):
        run = getattr(p, STATE)
        run.injection = injection_of(p, run.plan, run.settings, init, noise)
        run.ready = True


def end_sampling(p, args, post_sample) -> None:
    """`post_sample`: cells that are never released end as the original latent, or the decoder would smear them."""
    if is_enabled(args):
        with named_if_it_fails(p, UNFINISHED):
            run = getattr(p, STATE)
            run.restore_denoising(p)
            post_sample.samples = run.injection.keep(post_sample.samples, kept_cells(run.plan, post_sample.samples))


def replace_overlay(p, args, overlay) -> None:
    """`postprocess_maskoverlay`: of the host's overlay only what lies outside the crop."""
    if is_enabled(args) and overlay.overlay_image is not None:
        with named_if_it_fails(p, UNFINISHED):
            overlay.overlay_image = outside_crop(p, overlay.overlay_image, overlay.index)


def finish_picture(p, args, picture) -> None:
    """`postprocess_image_after_composite`: law 3's pixels, after everything else that changes them."""
    if not is_enabled(args):
        return
    with named_if_it_fails(p, UNFINISHED):
        run = getattr(p, STATE)
        changed = _changed(p, run, p.batch_index)
        if run.settings.keep_original and not changed.all():
            original = original_of(p, p.batch_index)
            picture.image = composited(picture.image, original, changed)


def _prepared(p, settings: Settings) -> Run:
    units = change_map.read(settings.change_map)
    if units is None and p.image_mask is None:
        raise Refusal(no_map(p))
    return Run(p, settings, units)


def _map_name(run: Run) -> str:
    return PAINTED if run.units is None else change_map.short_hash(run.units)


def _current(p, batch_number: int) -> Run:
    # A run that has begun before is of another time: its own preparation never came about.
    run = vars(p).get(STATE)
    if run is None or (batch_number == 0 and run.begun):
        run = Run(p, Settings(), None)
        setattr(p, STATE, run)
    run.begun = True
    return run


def _plan(p, run: Run) -> None:
    if not run.fields:
        run.fields = fields_of(p, run)
    strength = np.stack([strengths(field.values, p.denoising_strength, run.settings) for field in run.fields])
    run.plan = plan_of(p, strength, run.settings)
    if not run.comment:
        kept = 1 - np.mean([_changed(p, run, i).mean() for i in range(len(run.fields))])
        run.comment = summary(run.plan, strength, kept)
        p.comment(run.comment)
    shift_draws(p, run.plan)
    if run.plan.denoising is not None:
        run.lend_denoising(run.plan.denoising)


def _changed(p, run: Run, index: int) -> np.ndarray:
    changed = run.fields[min(index, len(run.fields) - 1)].changed
    return changed if p.denoising_strength > 0 else np.zeros_like(changed)
