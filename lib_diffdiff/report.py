"""What happened, in one line."""
from __future__ import annotations

import numpy as np
from PIL import Image

from .release import KEPT, Plan


def summary(plan: Plan, strength: np.ndarray, kept_pixels: float) -> str:
    """One line for under the picture. strength: of the cells. kept_pixels: share of the picture at strength 0."""
    released = plan.cells != KEPT
    if not released.any():
        return 'Differential Diffusion: the map is black everywhere, so the picture is kept as it is.'
    smoothed = '' if plan.share is None else ', smoothed'
    parts = [f'{plan.skipped} of {plan.steps} steps skipped', _spread(plan.cells[released], strength[released]) + smoothed]
    return f'Differential Diffusion: {", ".join(parts)}; {kept_pixels * 100:.0f} % of the picture kept.'


def shown(strength: np.ndarray) -> Image.Image:
    """The strengths of the cells (height, width) as a picture of the painted size: black for 0, white for 1."""
    height, width = strength.shape
    return Image.fromarray(np.rint(strength * 255).astype(np.uint8)).resize((width * 8, height * 8), Image.Resampling.NEAREST)


def _spread(t_encs: np.ndarray, strength: np.ndarray) -> str:
    distinct = len(np.unique(t_encs))
    low, high = f'{strength.min():.2f}', f'{strength.max():.2f}'
    if low == high:
        return f'one strength of {high}'
    return f'{distinct} distinct strength{"s" if distinct > 1 else ""} from {low} to {high}'
