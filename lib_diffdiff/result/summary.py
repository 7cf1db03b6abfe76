"""What happened, in one line."""
from __future__ import annotations

import numpy as np
from PIL import Image

from ..algorithm.release import Plan
from ..settings.settings import Settings


def summary(plan: Plan, strength: np.ndarray, kept_pixels: float, denoising: float, settings: Settings) -> str:
    """One line for under the picture. strength: of the cells. kept_pixels: share of the picture at strength 0, 0..1."""
    if not plan.releases:
        return f'{_why_nothing(strength, denoising)}, so {_what_stays(kept_pixels == 1, settings)}.'
    smoothed = '' if plan.share is None else ', smoothed'
    parts = [f'{plan.skipped} of {plan.steps} steps skipped', _spread(plan.cells[plan.released], strength[plan.released]) + smoothed]
    return f'{", ".join(parts)}; {kept_pixels * 100:.0f} % of the picture {"kept" if settings.keep_original else "at strength 0"}.'


def _why_nothing(strength: np.ndarray, denoising: float) -> str:
    if denoising == 0:
        return 'Denoising strength is 0'
    if not strength.any():
        return 'the strength is 0 everywhere'
    return f'every strength is too weak for this sampler and this number of steps (the strongest is {strength.max():.2f})'


def _what_stays(all_pixels: bool, settings: Settings) -> str:
    kept = all_pixels and settings.keep_original
    return 'the picture keeps its own pixels' if kept else 'nothing is painted: the picture is only a VAE copy of the original'


def shown(strength: np.ndarray) -> Image.Image:
    """The strengths of the cells (height, width) as a picture of the painted size: black for 0, white for 1."""
    height, width = strength.shape
    return Image.fromarray(np.rint(strength * 255).astype(np.uint8)).resize((width * 8, height * 8), Image.Resampling.NEAREST)


def _spread(t_encs: np.ndarray, strength: np.ndarray) -> str:
    distinct = len(np.unique(t_encs))
    low, high = f'{strength.min():.2f}', f'{strength.max():.2f}'
    if low == high:
        return f'one strength of {high}'
    if distinct == 1:
        return f'strengths from {low} to {high}, which start at the same step'
    return f'{distinct} distinct strengths from {low} to {high}'
