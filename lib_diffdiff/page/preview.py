"""What a run will do, before it: the strengths of its cells and the steps that release them, as codes and numbers."""
from __future__ import annotations

import base64
import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..algorithm.planning import Rules, planned
from ..algorithm.release import Plan
from ..algorithm.response import Response
from ..algorithm.samplers import least_start
from ..algorithm.words import asked_for
from ..maps.area import area_of
from ..maps.exact import GREY, WHITE
from ..maps.geometry import CELL, inner_size, placement
from ..maps.strength import Mask, Target, painted, target
from ..maps.transforms import output_levels, strengths, transformed
from ..settings.settings import FEW_STEPS, OFF, Settings

LARGE = 2048 ** 2  # pixels of an init image above which the preview is made smaller
LARGE_TO_SPREAD = 1024 ** 2  # the same where Grow or Blur reach far
FAR = 16
NEARLY_WHITE = 240
SAME_SHAPE = 0.02  # of the ratio of sides
SHADES = 257


class Situation(NamedTuple):
    """What the page says of a run. image, size: (width, height) of the init image and of what is painted.

    mask: the painted mask. padding: of Only masked, in pixels; None for Whole picture. unseen_mask: whether there may be
    a mask that the page does not know.
    """

    image: tuple[int, int]
    size: tuple[int, int]
    resize_mode: int
    steps: int
    denoising: float
    mask: Mask | None = None
    padding: int | None = None
    unseen_mask: bool = False

    @property
    def grid(self) -> tuple[int, int]:
        """(height, width) in cells; the autoencoder drops what is left over of a side that is not a multiple of 8."""
        return self.size[1] // CELL, self.size[0] // CELL


def preview(units: np.ndarray | None, settings: Settings, situation: Situation, rules: Rules, crop_box=None,
            response: Response | None = None) -> dict:
    """The answer to the question what will happen. units: the change map; None where there is none.

    response: the curve, where a grey is its share of the change. crop_box(mask, padding, size): the host's box
    (x, y, width, height) for Only masked, from greys (height, width). Raises Refusal as `area_of` and `asked_for` do.
    """
    shades = {'scale': scale(settings, situation.denoising, response)}
    if units is None and situation.mask is None:
        return {**shades, 'warnings': [*_unseen(settings, situation)] or [{'code': 'no_map'}]}
    crop, size = _crop(units, settings, situation, crop_box)
    situation = situation._replace(size=size)
    shrink = shrinking(settings, situation)
    a_target = _target(units, settings, situation, shrink, crop)
    strength = strengths(a_target.values, situation.denoising, settings, response)[None]  # hw -> 1hw
    plan = planned(strength, situation.steps, situation.denoising, settings, rules)
    return {
        **shades, **_picture(strength[0]), **_spread(plan, strength), **_run(plan, situation, settings, rules),
        'area': area(situation, crop), 'histogram': histogram(plan, rules), 'unreleased': _share(~plan.released),
        'too_weak': _share(~plan.released & (strength > 0)),
        'changed': _share(a_target.changed) if situation.denoising > 0 else 0.0, 'coarse': shrink > 1,
        'warnings': [*_part(crop, settings, situation),
                     *_warnings(units, a_target, strength, plan, settings, situation, rules, response)], **_curve(response),
    }


def scale(settings: Settings, denoising: float, response: Response | None = None) -> list[float]:
    """The strength that each grey of a map has under all settings but Grow and Blur, from black to white in even steps."""
    shades = np.rint(np.linspace(0, WHITE, SHADES)).astype(np.int32)[None]  # s -> 1s
    values = output_levels(transformed(shades, replace(settings, grow=0, blur=0)) / WHITE, settings)
    return np.round(strengths(values, denoising, settings, response)[0], 5).tolist()


def _curve(response: Response | None) -> dict:
    return {} if response is None else {'response': list(zip(response.strengths.tolist(), response.shares.tolist()))}


def _crop(units: np.ndarray | None, settings: Settings, situation: Situation, crop_box) -> tuple[tuple | None, tuple[int, int]]:
    # The box of the init image that is painted, if it is not the whole, and the size at which it is.
    if situation.mask is None:
        area = area_of([units], settings, situation.image, situation.size, crop_box)
        return area or (None, situation.size)
    if situation.padding is None:
        return None, situation.size
    greys = painted(situation.mask, settings, situation.image, is_map=units is None)
    return crop_box(greys, situation.padding, situation.size), situation.size


def shrinking(settings: Settings, situation: Situation) -> int:
    """By how much the map is made smaller first, so that an answer comes soon; 1: the numbers are the run's own."""
    inner = inner_size(situation.image, situation.size, situation.resize_mode)
    pixels = max(width * height for width, height in (situation.image, situation.size, inner))
    most = LARGE_TO_SPREAD if max(abs(settings.grow), settings.blur) > FAR else LARGE
    return 1 if pixels <= most else math.ceil(math.sqrt(pixels / LARGE_TO_SPREAD))


def _target(units: np.ndarray | None, settings: Settings, situation: Situation, shrink: int, crop) -> Target:
    source, size = (tuple(max(least, side // shrink) for side in sides) for sides, least in ((situation.image, 1), (situation.size, CELL)))
    settings = replace(settings, grow=round(settings.grow / shrink), blur=round(settings.blur / shrink))
    mask = situation.mask and situation.mask._replace(blur=tuple(sigma / shrink for sigma in situation.mask.blur))
    crop = crop and tuple(side // shrink for side in crop[:2]) + tuple(max(1, side // shrink) for side in crop[2:])
    return target(units, mask, settings, source, placement(size, situation.resize_mode, crop), situation.grid, uncropped=crop is not None)


def area(situation: Situation, crop: tuple[int, int, int, int] | None = None) -> dict:
    """The part of the init image that the cells cover, in shares of its sides; what the host fills lies beyond 0 and 1."""
    if crop is not None:
        x, y, width, height = crop
        across, down = situation.image
        return {'left': x / across, 'top': y / down, 'right': (x + width) / across, 'bottom': (y + height) / down}
    inner = inner_size(situation.image, situation.size, placement(situation.size, situation.resize_mode).mode)
    (left, right), (top, bottom) = (_covered(*sides) for sides in zip(inner, situation.size))
    return {'left': left, 'top': top, 'right': right, 'bottom': bottom}


def _covered(inner: int, outer: int) -> tuple[float, float]:
    first = inner // 2 - outer // 2
    return first / inner, (first + outer) / inner


def _picture(strength: np.ndarray) -> dict:
    rows, columns = strength.shape
    values = np.rint(65535 * strength).astype('<u2').tobytes()
    return {'rows': rows, 'columns': columns, 'values': base64.b64encode(values).decode()}


def _spread(plan: Plan, strength: np.ndarray) -> dict:
    released = strength[plan.released]
    low, high = (float(released.min()), float(released.max())) if released.size else (0.0, 0.0)
    return {'low': low, 'high': high, 'distinct': len(t_encs(plan))}


def t_encs(plan: Plan) -> np.ndarray:
    """The different starts that the cells of a plan have."""
    return np.unique(plan.cells[plan.released])


def _run(plan: Plan, situation: Situation, settings: Settings, rules: Rules) -> dict:
    ramp = _uniform_ramp(plan, situation, settings, rules)
    plain = planned(np.full((1, 1, 1), situation.denoising), situation.steps, situation.denoising, settings, rules)
    ours, theirs = calls(plan, rules), calls(plain, rules)
    # With exact steps the host says nothing of the longer schedule that they are the end of.
    skipped = 0 if rules.exact_steps else plan.skipped
    return {'steps': skipped + plan.t_enc + 1, 'run_steps': ours, 'plain_steps': theirs, 'skipped': skipped,
            'available': len(t_encs(ramp)), 'saved': max(0.0, 1 - ours / theirs) if theirs else 0.0}


def _uniform_ramp(plan: Plan, situation: Situation, settings: Settings, rules: Rules) -> Plan:
    # Every strength up to the strongest that there can be, without slopes.
    most = plan.denoising if rules.exact_steps else situation.denoising
    ramp = most * np.linspace(0, 1, 16 * situation.steps + 1)[1:]
    return planned(ramp[None, None], situation.steps, situation.denoising, replace(settings, smooth_release=OFF), rules)


def calls(plan: Plan, rules: Rules) -> int:
    """The steps that are run; samplers that count timesteps make two fewer than their schedule has."""
    return max(0, plan.t_enc + 1 - least_start(rules.timesteps))


def histogram(plan: Plan, rules: Rules) -> list[dict]:
    """For each step of the run: the share of the cells that it releases, and the least strength whose run starts there."""
    least = least_start(rules.timesteps)
    counts = np.bincount(plan.cells[plan.released].ravel(), minlength=plan.t_enc + 1) / plan.cells.size
    shown = plan.t_enc + 1 if rules.exact_steps else plan.steps
    return [{'step': shown - t_enc, 'share': float(counts[t_enc]), 'strength': t_enc / plan.steps}
            for t_enc in range(plan.t_enc, least - 1, -1)]


def _share(those: np.ndarray) -> float:
    return float(those.mean())


def _warnings(units, a_target: Target, strength, plan: Plan, settings: Settings, situation: Situation, rules: Rules, response):
    if situation.denoising == 0:
        yield {'code': 'denoising_zero'}
    elif not a_target.changed.any():
        yield {'code': 'black'}
    elif not plan.releases:
        yield {'code': 'too_weak'}
    yield from _few_steps(strength, plan, situation, settings, rules)
    if units is not None:
        yield from _white_below(units, strength, plan, settings, situation, rules, response)
        yield from _stretched((units.shape[1], units.shape[0]), situation.image)
    if situation.mask is not None:
        yield {'code': 'mask_is_map' if units is None else 'mask_multiplies'}
    yield from _unseen(settings, situation)
    if not rules.sampler.counts_steps:
        yield {'code': 'own_grid'}


def _unseen(settings: Settings, situation: Situation):
    # Maps of the run that are not known before it.
    if asked_for(settings):
        yield {'code': 'words'}
    if situation.unseen_mask:
        yield {'code': 'mask_unseen'}


def _part(crop, settings: Settings, situation: Situation):
    if settings.work_area != OFF:
        yield {'code': 'part', 'part': list(crop[2:]), 'image': list(situation.image)}


def _few_steps(strength, plan: Plan, situation: Situation, settings: Settings, rules: Rules):
    wanted = len(np.unique(strength[strength > 0]))
    if situation.steps < FEW_STEPS and plan.share is None and 0 < len(t_encs(plan)) < wanted:
        available = len(t_encs(_uniform_ramp(plan, situation, settings, rules)))
        yield {'code': 'few_steps', 'steps': situation.steps, 'available': available}


def _white_below(units, strength, plan: Plan, settings: Settings, situation: Situation, rules: Rules, response):
    white = round(int(units.max()) / GREY)
    if settings.invert or not NEARLY_WHITE <= white < 255:
        return
    full = strengths(np.full((1, 1, 1), settings.max_strength), situation.denoising, settings, response)
    whole = planned(full, situation.steps, situation.denoising, settings, rules)
    held = _share((strength >= strength.max() - full.max() / 255) & (plan.cells < whole.cells.max()))
    if held > 0 and not rules.exact_steps:
        yield {'code': 'white_below', 'white': white, 'held': held}


def _stretched(the_map: tuple[int, int], image: tuple[int, int]):
    if abs(the_map[0] * image[1] / (the_map[1] * image[0]) - 1) > SAME_SHAPE:
        yield {'code': 'stretched', 'map': list(the_map), 'image': list(image)}
