"""Measures a response curve: plain img2img at several strengths, how far each picture is from its original, and the curve of that."""
from __future__ import annotations

from copy import copy

import numpy as np
from modules import images, shared
from modules.processing import Processed, process_images

from ..algorithm.response import Response, fitted
from ..maps.geometry import CELL
from ..page.infotext import key as infotext_key
from ..result.chart import QUARTERS, response_chart
from ..settings.refusal import Refusal
from .answers import rules_by_name
from .overridden import overridden
from .picture import Img2Img
from .refused import DifferentialDiffusion
from .responses import checkpoint, key, store
from .script_args import set_value

POINTS = 9


def measured(p) -> Processed:
    """The curve as a picture, with the pictures that it was measured on; keeps it for later runs."""
    part = Img2Img(p)
    with overridden(p):
        least = rules_by_name(part.sampler_name).least_t_enc
    runs = [(strength, plain(p, strength)) for strength in strengths(p.steps, least)]
    if shared.state.interrupted or not all(run.images for _, run in runs):
        raise DifferentialDiffusion('The measurement was stopped, so there is no response curve: run it to its end.')
    with overridden(p):
        changes = [change_of(part, run) for _, run in runs]
    try:
        curve = fitted([strength for strength, _ in runs], changes).of(checkpoint())
    except Refusal as refusal:
        raise DifferentialDiffusion(str(refusal)) from None
    chart = response_chart(curve, [strength for strength, _ in runs], [change / max(changes) for change in changes], images.get_font)
    processed = runs[-1][1]
    processed.images = [chart, *(run.images[0] for _, run in runs)]
    processed.infotexts = [_told(curve, part), *(run.infotexts[0] for _, run in runs)]
    processed.comments += f'Differential Diffusion: {_kept(curve, part)}\n'
    processed.index_of_first_image = 0
    return processed


def strengths(steps: int, least: int = 0) -> list[float]:
    """At most POINTS strengths that start at different steps, each in the middle of those that start at the same one; the last is 1.

    least: the shortest start that the sampler can make, as t_enc; with a shorter one, plain img2img is no run.
    """
    starts = np.unique(np.linspace(0, steps - 1, POINTS + 1).round().astype(int)[1:].clip(least))
    return [float(min(1.0, (start + 0.5) / steps)) for start in starts[:-1]] + [1.0]


def plain(p, strength: float) -> Processed:
    """One batch of plain img2img at a strength, of which nothing is saved."""
    run = one_batch(p, strength)
    set_value(run, 'enabled', False)
    return process_images(run)


def one_batch(p, strength: float):
    """A copy of a run that makes one batch at a strength, of which nothing is saved."""
    run = copy(p)
    run.denoising_strength, run.n_iter = strength, 1
    run.do_not_save_samples = run.do_not_save_grid = True
    run.extra_generation_params = dict(p.extra_generation_params)
    return run


def change_of(part: Img2Img, run: Processed) -> float:
    """How far a run's pictures are from their originals, in RGB: the mean over the batch and its cells."""
    first = run.index_of_first_image
    pictures = run.images[first:first + part.pictures]  # what stands behind them is not of this run: other extensions append theirs
    part.grid = pictures[0].height // CELL, pictures[0].width // CELL
    return float(np.mean([part.change(part.original(i), picture) for i, picture in enumerate(pictures)]))


def _told(curve: Response, part: Img2Img) -> str:
    return f'{infotext_key("response")}: "{curve.text()}"\nThe response of {key(part.sampler_name, part.scheduler, part.steps)}.'


def _kept(curve: Response, part: Img2Img) -> str:
    quarters = ', '.join(f'{100 * share:.0f} % of the change is reached at {float(curve.strength(share)):.2f}' for share in QUARTERS)
    named = key(part.sampler_name, part.scheduler, part.steps)
    try:
        stored = store(curve, part.sampler_name, part.scheduler, part.steps)
    except (OSError, Refusal) as error:
        return f'{quarters}. The curve could not be saved: {error}'
    return f'{quarters}. ' + (f'Kept for {named}.' if stored else 'No folder for saved change maps is set, so the curve was not kept.')
