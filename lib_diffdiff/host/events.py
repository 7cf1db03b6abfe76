"""What happens at each of the WebUI's events. `p` is the host's own name for a run; `args`, the script's arguments."""
from __future__ import annotations

from functools import wraps

import numpy as np
from modules import script_callbacks
from modules.ui_components import InputAccordion  # noqa: F401  (for the script, which may import only its base class)
from PIL import Image

from ..algorithm.fill import filled
from ..algorithm.release import Plan
from ..maps.transforms import strengths
from ..page.infotext import PREFIX
from ..result.adherence import adherence
from ..result.composite import composited
from ..result.heat import change_picture, heat_map
from ..result.summary import shown, summary
from ..settings.refusal import Refusal
from ..settings.settings import is_enabled
from . import conditioning, hires, stand_ins
from .area import forget_size
from .axes import add_axes
from .map_folder import add_options, store_maps
from .other_scripts import counts_pictures, ignores_soft_inpainting
from .picture import item
from .preparation import INIT, Preparation
from .refused import UNREACHED, DifferentialDiffusion, RefusedSamples, refuse_unplanned
from .run import STATE, Run, Sampling
from .sampling import denoising_of, injection_of, per_cell, plan_of
from .told import Told
from .words import times

SAMPLE = 'sample_img2img'  # of the host's sampler
STRENGTHS = 'Differential Diffusion: the strengths that were used; black is 0 and white is 1.'
HEAT = 'Differential Diffusion: the strengths that were used; black is 0, blue is weak and yellow is 1.'
CHANGE = 'Differential Diffusion: how much each pixel changed; black is not at all, blue is little and yellow is half its range or more.'
OTHER_SIZE = 'another extension changed the picture to {}x{} pixels, but the original has {}x{}: the original pixels were not put back.'
PART_OF_PICTURE = 'The model worked on {}x{} of {}x{} pixels.'
IGNORED = 'Soft Inpainting is also on, but it is ignored: the mask is used as a map.'
UNAPPENDED = 'the map could not be saved or appended; see the console for the reason.'


def register() -> None:
    """Hooks the extension into what the host makes once: its settings, and its X/Y/Z plot."""
    script_callbacks.on_ui_settings(add_options)
    script_callbacks.on_before_ui(add_axes)


def begin(p, args) -> None:
    """`process`: from here on the host's own preparation of the run begins with ours."""
    clear(p)
    stand_ins.put_on(p, INIT, Preparation, p, args)  # armed first, disarmed last: the host swallows what goes wrong here
    if not is_enabled(args):
        stand_ins.take_off(p, INIT, Preparation)


def clear(p) -> None:
    """Takes off `p` what an earlier run left there: the host reuses it, and copies it shallowly."""
    p.comments.pop(getattr(vars(p).get(INIT), 'refusal', None), None)
    stand_ins.take_off(p, INIT, Preparation)
    run = vars(p).pop(STATE, None)
    if run is not None:
        run.restore(p)
    hires.take_off(p)
    conditioning.take_off(p)
    for key in [key for key in p.extra_generation_params if key.startswith(PREFIX)]:
        del p.extra_generation_params[key]
    forget_size(p)
    p.paste_to = None  # the host never resets it: a crop counts only if this run's own p.init makes it


def where_enabled(event):
    """An event (p, args, ...) that happens only where the extension is switched on; `event` gets no arguments of the script."""
    @wraps(event)
    def happens(p, args, *given) -> None:
        if is_enabled(args):
            event(p, *given)
    return happens


@where_enabled
def begin_batch(p, batch_number: int) -> None:
    """`process_batch`: from here on no denoiser call passes before this batch is planned."""
    run = _current(p, batch_number)
    if run is None:
        p.sampler.model_wrap_cfg.register_forward_pre_hook(refuse_unplanned)
        return
    run.forget_batch()
    if run.part.is_now():
        _follow(p, run)
    elif run.settings.tell_inpainting:
        run.conditioning = conditioning.put_on(p)


@where_enabled
def begin_sampling(p, init, noise) -> None:
    """`process_before_every_sampling`: follows the sampler that is there now, which another extension may have made anew."""
    run = vars(p).get(STATE)
    if run is not None and run.part.is_now():
        _follow(p, run)


def _follow(p, run: Run) -> None:
    run.guard(p.sampler)
    stand_ins.put_on(p.sampler, SAMPLE, Sampling, _begin_sampling)


def _begin_sampling(p, init, noise) -> Run:
    """Plans the batch, has the host start at the first step that changes anything, and lets the denoiser calls pass."""
    run = getattr(p, STATE)
    run.guard(p.sampler)
    run.restore_denoising(p)
    run.part.begin(p, init)
    try:
        run.plan = _planned(p, run, init)
    except Refusal as refusal:
        raise DifferentialDiffusion(str(refusal)) from None
    if run.plan.denoising is not None:
        run.lend_denoising(run.plan.denoising)
    run.part.fill(init, filled(init, noise, per_cell(run.strength), run.settings.fill))
    run.open(injection_of(p, run.plan, run.settings, init, noise), len(init))
    return run


@where_enabled
def end_sampling(p, post_sample) -> None:
    """`post_sample`: a run that the map never reached ends here.

    Armed first, disarmed last: the host swallows an error that nobody foresaw.
    """
    samples, post_sample.samples = post_sample.samples, RefusedSamples(UNREACHED.format(p.sampler_name))
    run = getattr(p, STATE)
    run.restore_denoising(p)
    if run.part.was_left_before():
        post_sample.samples = samples
    elif run.was_sampled():
        run.note_strength()
        post_sample.samples = samples


@where_enabled
def replace_overlay(p, overlay) -> None:
    """`postprocess_maskoverlay`: keeps only the part of the host's overlay outside the crop."""
    run = getattr(p, STATE)
    if overlay.overlay_image is not None:
        overlay.overlay_image = run.part.outside_crop(overlay.index)
    run.done('overlay', [overlay.index])


@where_enabled
def finish_picture(p, picture) -> None:
    """`postprocess_image_after_composite`: law 3's pixels, after everything else that changes them."""
    run = getattr(p, STATE)
    if run.part.was_left_before():
        return
    original, changed = run.part.original(p.batch_index), _changed(p, run, p.batch_index)
    if picture.image.size != original.size:
        run.say(OTHER_SIZE.format(*picture.image.size, *original.size))
    else:
        _finish(p, run, picture, original, changed)
    run.done('pixels', [p.batch_index])
    run.tell(p)


def _finish(p, run: Run, picture, original: Image.Image, changed: np.ndarray) -> None:
    if run.settings.keep_original and not changed.all():
        picture.image = composited(picture.image, original, changed)
    if run.settings.report:
        run.adherence[p.batch_index] = adherence(item(run.strength, p.batch_index), run.part.change(original, picture.image))
    if run.settings.append_change:
        run.changes.append(change_picture(original, picture.image))


@where_enabled
def finish(p, processed) -> None:
    """`postprocess`: stores the map, and appends the strengths that were used and the change where that is asked for.

    The parameters are written by now: what goes wrong here is told in them all the same, armed first, disarmed last.
    """
    run = vars(p).get(STATE)
    if run is None or run.strength is None:
        return
    run.restore_size(p)
    told = Told(processed)
    told.say(UNAPPENDED)
    problem = store_maps(p, run)
    pictures = list(_appended(run))
    counted = counts_pictures(p)
    told.take_back()
    sentences = [problem] if problem else []
    if pictures and counted:
        sentences.append(f'The script "{counted}" would count the appended pictures as its own, so none were appended.')
    if sentences:
        told.say(' '.join(sentences))
    for image, words in () if counted else pictures:
        processed.images.append(image)
        processed.infotexts.append(words)


def _appended(run: Run):
    used = np.concatenate(run.used or [run.strength])
    if run.settings.return_map:
        yield from ((shown(strength), STRENGTHS) for strength in used)
    if run.settings.append_change:
        yield from ((heat_map(strength), HEAT) for strength in used)
        yield from ((change, CHANGE) for change in run.changes)


def _current(p, batch_number: int) -> Run | None:
    # Where there is none, or one of another time, another extension went round the preparation.
    run = vars(p).get(STATE)
    if run is None or (batch_number == 0 and run.begun):
        vars(p).pop(STATE, None)
        return None
    run.begun = True
    return run


def _planned(p, run: Run, init) -> Plan:
    if run.has_mask:
        p.mask = p.nmask = None  # the host's own blend would pin cells that are ours
    if run.words is not None:
        found = run.words.of_batch(p, run.part, init)
        given = run.maps or [None]
        run.targets = run.part.targets([times(item(given, i), one) for i, one in enumerate(found)], run.mask, run.settings)
    elif not run.targets:
        run.targets = run.part.targets(run.maps, run.mask, run.settings)
    denoising = denoising_of(p)
    run.strength = np.stack([strengths(target.values, denoising, run.settings, run.response) for target in run.targets])
    plan = plan_of(p, run.part, run.strength, denoising, run.settings)
    run.say_of_batch(_said(p, run, plan, denoising))
    return plan


def _said(p, run: Run, plan: Plan, denoising: float) -> list[str]:
    kept = 1 - np.mean([_share(_changed(p, run, i)) for i in range(len(run.targets))])
    part = [] if run.area is None else [PART_OF_PICTURE.format(*run.area.box[2:], *p.init_images[0].size)]
    aside = [IGNORED] if ignores_soft_inpainting(p) else []
    return [summary(plan, run.strength, kept, denoising, run.settings), *part, *aside]


def _share(those: np.ndarray) -> float:
    return np.count_nonzero(those) / those.size


def _changed(p, run: Run, index: int) -> np.ndarray:
    changed = item(run.targets, index).changed
    return changed if p.denoising_strength > 0 else np.zeros_like(changed)
