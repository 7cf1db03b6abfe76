"""The only room that knows the WebUI: what happens at each of its events. `p` is the host's own name for a run."""
from __future__ import annotations

import numpy as np
from modules import script_callbacks
from modules.ui_components import InputAccordion  # noqa: F401  (for the script, which may import only its base class)
from PIL import Image

from .. import change_map
from ..adherence import adherence, in_words
from ..composite import composited
from ..heat import change_picture, heat_map
from ..infotext import ADHERENCE, PAINTED, PREFIX, infotext
from ..refusal import Refusal
from ..release import Plan
from ..report import shown, summary
from ..settings import Settings, is_enabled
from ..transforms import strengths
from .axes import add_axes
from .fan import paint_fan  # noqa: F401  (for the script)
from .guard import STATE, UNPREPARED, InitThenGuard, Refuse, Run, put_back_init
from .kept import add_options, keep_maps, map_of  # noqa: F401  (map_of is for the script)
from .other_scripts import check_script
from .picture import change_of, fields_of, no_map, original_of, outside_crop
from .preview import answer  # noqa: F401  (for the script)
from .sampling import injection_of, kept_cells, plan_of, shift_draws

STRENGTHS = 'Differential Diffusion: the strengths that were used, black for 0 and white for 1.'
HEAT = 'Differential Diffusion: the strengths that were used, black for 0, blue for little and yellow for 1.'
CHANGE = 'Differential Diffusion: how far each pixel changed, black for not at all, blue for little and yellow for half its range or more.'


def register() -> None:
    """Hooks us into what the host makes once: its settings, and its X/Y/Z plot."""
    script_callbacks.on_ui_settings(add_options)
    script_callbacks.on_before_ui(add_axes)


def begin(p, args) -> None:
    """`process`: reads the settings and the map. Whatever goes wrong from here on stops the run.

    Armed first, disarmed last: an error that nobody foresaw is swallowed by the host, and would make a picture
    without the map.
    """
    clear(p)
    own_init = vars(p).get('init')
    p.init = Refuse(UNPREPARED)
    if not is_enabled(args):
        put_back_init(p, own_init)
        return
    try:
        run = _prepared(p, Settings.from_args(args))
    except Refusal as refusal:
        p.init = Refuse(str(refusal))
        p.comment(str(refusal))  # a plot swallows the exception, and shows this
        return
    setattr(p, STATE, run)
    p.mask_round = False  # only an inpaint mask is rounded, and this one is a map
    p.extra_generation_params.update(infotext(run.settings, _map_name(p, run)))
    if run.settings.report:
        p.extra_generation_params[ADHERENCE] = _adherence_of(run)
    p.init = InitThenGuard(run, own_init)


def clear(p) -> None:
    """Takes off `p` what an earlier run left there: the host reuses it, and copies it shallowly."""
    if isinstance(vars(p).get('init'), (Refuse, InitThenGuard)):
        p.comments.pop(getattr(p.init, 'sentence', None), None)
        del p.init
    run = vars(p).pop(STATE, None)
    if run is not None:
        run.restore(p)
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
    if run.settings is None:
        return
    try:
        run.plan = _planned(p, run)
    except Refusal as refusal:
        run.problem = str(refusal)


def begin_sampling(p, args, init, noise) -> None:
    """`process_before_every_sampling`: the batch's own noise is known; the guard opens."""
    if is_enabled(args):
        run = getattr(p, STATE)
        run.open(injection_of(p, run.plan, run.settings, init, noise), len(init))


def end_sampling(p, args, post_sample) -> None:
    """`post_sample`: cells that are never released end as the original latent, or the decoder would smear them."""
    if is_enabled(args):
        run = getattr(p, STATE)
        run.restore_denoising(p)
        if run.plan.keeps:
            post_sample.samples = run.injection.keep(post_sample.samples, kept_cells(run.plan, post_sample.samples))
        run.done('latents', range(len(post_sample.samples)))


def replace_overlay(p, args, overlay) -> None:
    """`postprocess_maskoverlay`: of the host's overlay only what lies outside the crop."""
    if is_enabled(args):
        if overlay.overlay_image is not None:
            overlay.overlay_image = outside_crop(p, overlay.overlay_image, overlay.index)
        getattr(p, STATE).done('overlay', [overlay.index])


def finish_picture(p, args, picture) -> None:
    """`postprocess_image_after_composite`: law 3's pixels, after everything else that changes them."""
    if not is_enabled(args):
        return
    run = getattr(p, STATE)
    changed = _changed(p, run, p.batch_index)
    if run.settings.keep_original and not changed.all():
        picture.image = composited(picture.image, _original(p, run, p.batch_index), changed)
    if run.settings.report:
        strength = run.strength[min(p.batch_index, len(run.strength) - 1)]
        run.adherence[p.batch_index] = adherence(strength, change_of(p, _original(p, run, p.batch_index), picture.image))
    if run.settings.append_change:
        run.changes.append(change_picture(_original(p, run, p.batch_index), picture.image))
    run.done('pixels', [p.batch_index])


def finish(p, args, processed) -> None:
    """`postprocess`: keeps the map, and appends the strengths that were used and the change where that is asked for."""
    run = vars(p).get(STATE)
    if not is_enabled(args) or run is None or run.strength is None:
        return
    if run.settings.return_map:
        _append(processed, map(shown, run.strength), STRENGTHS)
    if run.settings.append_change:
        _append(processed, map(heat_map, run.strength), HEAT)
        _append(processed, run.changes, CHANGE)
    keep_maps(p, run)


def _prepared(p, settings: Settings) -> Run:
    maps = change_map.read_all(settings.change_map, settings.channel)
    pictures = len(p.init_images) if len(p.init_images) > 1 else p.batch_size
    if isinstance(settings.change_map, (list, tuple)) and len(maps) != pictures:
        raise Refusal(f'There are {len(maps)} change maps for a batch of {pictures}: send one a picture, or a single one for all.')
    if not maps and p.image_mask is None:
        raise Refusal(no_map(p))
    check_script(p, maps)
    return Run(p, settings, maps)


def _append(processed, pictures, infotext: str) -> None:
    pictures = list(pictures)
    processed.images += pictures
    processed.infotexts += [infotext] * len(pictures)


def _map_name(p, run: Run) -> str | list[str]:
    if not run.maps:
        return PAINTED
    return run.names[0] if len(run.names) == 1 else run.names * p.n_iter  # the host takes a list's item by the picture's number


def _adherence_of(run: Run):
    # The host calls it for each picture's parameters, once the picture is finished; a grid's are of no picture.
    def value(index, use_main_prompt=False, **rest):
        return None if use_main_prompt or index not in run.adherence else in_words(run.adherence[index])
    return value


def _current(p, batch_number: int) -> Run:
    # Where there is none, or one of another time, this run's own preparation never came about.
    run = vars(p).get(STATE)
    if run is None or (batch_number == 0 and run.begun):
        run = Run(p, None, [])
        setattr(p, STATE, run)
    run.begun = True
    return run


def _planned(p, run: Run) -> Plan:
    if not run.fields:
        run.fields = fields_of(p, run)
    strength = np.stack([strengths(field.values, p.denoising_strength, run.settings) for field in run.fields])
    run.strength = strength
    plan = plan_of(p, strength, run.settings)
    if not run.comment:
        kept = 1 - np.mean([_changed(p, run, i).mean() for i in range(len(run.fields))])
        run.comment = summary(plan, strength, kept)
        p.comment(run.comment)
    shift_draws(p, plan)
    if plan.denoising is not None:
        run.lend_denoising(plan.denoising)
    return plan


def _original(p, run: Run, index: int) -> Image.Image:
    index = min(index, len(p.init_images) - 1)
    if index not in run.originals:  # the host may upscale it with a model
        run.originals[index] = original_of(p, index)
    return run.originals[index]


def _changed(p, run: Run, index: int) -> np.ndarray:
    changed = run.fields[min(index, len(run.fields) - 1)].changed
    return changed if p.denoising_strength > 0 else np.zeros_like(changed)
