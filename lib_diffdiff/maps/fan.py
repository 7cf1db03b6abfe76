"""The strength fan: one run over strips of rising strength, to find the one you want (the paper's tool, section 4.5)."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..settings.refusal import Refusal
from ..settings.table import Table, setting
from .exact import shares

ACROSS, DOWN = 'side by side', 'one below the other'
ZOOMS = {'all, 0 to 1': (0.0, 1.0), 'weak, 0 to 0.5': (0.0, 0.5), 'middle, 0.2 to 0.6': (0.2, 0.6), 'strong, 0.5 to 1': (0.5, 1.0)}
OWN = 'own ends'
WHITE_16 = 65535


@dataclass(frozen=True)
class Fan(Table):
    """The settings of a fan."""

    strips: int = setting(5, 'Strips', 'How many strengths to compare at once.', 2, 64, 1)
    direction: str = setting(
        ACROSS, 'Strips lie',
        'Side by side is easier to compare: content varies more from top to bottom than from left to right.', choices=(ACROSS, DOWN))
    zoom: str = setting('all, 0 to 1', 'Strengths', 'The Denoising strengths, from the first strip to the last.', choices=(*ZOOMS, OWN))
    low: float = setting(0.0, 'First strip', 'The weakest strength, if you choose "own ends".', 0.0, 1.0, 0.01)
    high: float = setting(1.0, 'Last strip', 'The strongest strength, if you choose "own ends".', 0.0, 1.0, 0.01)
    twins: bool = setting(
        False, 'Twins',
        'Adds a second picture with each strip from a run at that strength alone, because strips influence each other.')
    measure: bool = setting(
        False, 'Measure the response',
        'Instead of strips: paints the picture at several strengths and keeps how much each one changes it. Then a grey can be a share of '
        'the change.')

    @property
    def ends(self) -> tuple[float, float]:
        """The strengths of the first and the last strip."""
        return ZOOMS.get(self.zoom, (self.low, self.high))

    def check_pairs(self) -> None:
        low, high = self.ends
        if low >= high:
            raise Refusal(f'The first strip\'s strength {low} must be below the last strip\'s {high}.')

    def greys(self) -> list[int]:
        """The 16-bit grey of each strip, rising evenly; rounded up, so that n of n steps stay n."""
        return [math.ceil(strength * WHITE_16) for strength in np.linspace(*self.ends, self.strips)]

    def strengths(self) -> list[float]:
        """The strength of each strip: what its grey says, capped by the last one's."""
        return [min(share, self.ends[1]) for share in shares(256 * np.array(self.greys())).tolist()]

    def edges(self, cells: int) -> list[int]:
        """Where the strips begin and end, on the edges of `cells` latent columns or rows. Raises Refusal for too many."""
        if self.strips > cells:
            lines = 'columns' if self.direction == ACROSS else 'rows'
            raise Refusal(f'{self.strips} strips are more than the picture\'s {cells} latent {lines}.')
        return [round(i * cells / self.strips) for i in range(self.strips + 1)]

    def laid_out(self, values: list, size: tuple[int, int]) -> np.ndarray:
        """An array (height, width in cells) with each strip's value in its cells."""
        width, height = size
        cells = width if self.direction == ACROSS else height
        line = np.repeat(np.asarray(values), np.diff(self.edges(cells)))
        return np.tile(line, (height, 1)) if self.direction == ACROSS else np.tile(line[:, None], (1, width))

    def change_map(self, size: tuple[int, int]) -> Image.Image:
        """The fan's map, 16 bit, 8x8 pixels per cell; size: (width, height) in cells."""
        return Image.fromarray(np.kron(self.laid_out(self.greys(), size), np.ones((8, 8))).astype(np.uint16))

    def box(self, strip: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """A strip's place (left, top, right, bottom) in a picture of `size` (width, height) pixels."""
        width, height = size
        edges = [edge * 8 for edge in self.edges((width if self.direction == ACROSS else height) // 8)]
        first, last = edges[strip:strip + 2]
        return (first, 0, last, height) if self.direction == ACROSS else (0, first, width, last)
