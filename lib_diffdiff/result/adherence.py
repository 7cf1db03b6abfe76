"""How well the change follows the map: the paper's measures, for any picture, map and result.

    python -m lib_diffdiff.result.adherence original.png map.png result.png [--all-change full.png]

or three (four) folders of the same file names. Definitions: Levin & Fried, arXiv 2306.00950, section 4 (trend and
reliability score: first version; CAM and DAM: second version). Strengths M are ours, 0..1 and white = change; the
paper's are the opposite. Where the paper leaves something open, our choice is stated there.
"""
from __future__ import annotations

import argparse
import math
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from ..maps.exact import WHITE, resample
from ..maps.reading import read

PAPER_SIDE = 256  # DAM's scale: the norm over a map of 256x256, which the paper's own figures obey


def rgb_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """L2 distance of the colours at each pixel (height, width), of pictures (height, width, 3) in 0..255."""
    return np.sqrt(((a.astype(np.float64) - b) ** 2).sum(axis=2))


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of two arrays of one shape; nan, with a warning, where one of them is constant.

    Raises ValueError where the shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f'shapes differ: {a.shape} and {b.shape}')
    a, b = a - a.mean(), b - b.mean()
    norm = math.sqrt((a ** 2).sum() * (b ** 2).sum())
    if norm == 0:
        warnings.warn('a constant array correlates with nothing: nan', stacklevel=2)
        return math.nan
    return float((a * b).sum() / norm)


def trend(original: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Change of each column (width,): the L2 norm over its pixels and colours (first version, section 4)."""
    return np.sqrt((rgb_distance(original, result) ** 2).sum(axis=0))


def normalised_trend(original: np.ndarray, result: np.ndarray, all_change: np.ndarray) -> np.ndarray:
    """The trend minus that of the map that changes everything: what edges and chance contribute is in both."""
    return trend(original, result) - trend(original, all_change)


def reliability(original: np.ndarray, result: np.ndarray, all_change: np.ndarray, strength: np.ndarray) -> float:
    """Pearson of the normalised trend with the columns' strength (first version, section 4).

    nan, with a warning, for a map that is not constant in each column: content depends on height.
    """
    if (strength != strength[:1]).any():
        warnings.warn('the reliability score needs a map that is constant in each column: nan', stacklevel=2)
        return math.nan
    return pearson(normalised_trend(original, result, all_change), strength[0])


def effect(originals, results, all_changes, distance=rgb_distance) -> np.ndarray:
    """EM (height, width): the distance to the original minus the all-change run's, averaged over pictures (second version).

    distance(a, b) -> (height, width). The paper's is LPIPS; ours is L2 in RGB unless another is given.
    """
    return np.mean([distance(o, r) - distance(o, a) for o, r, a in zip(originals, results, all_changes)], axis=0)


def cam(strength: np.ndarray, em: np.ndarray) -> float:
    """Correlation Adherence Metric: Pearson of M and EM; higher is better (second version)."""
    return pearson(strength, em)


def dam(strength: np.ndarray, em: np.ndarray) -> float:
    """Distance Adherence Metric: 256 times the rms residual of the best line from EM to M; lower is better.

    The paper's min over a, b of ||M - a EM + b||. As the line's numbers are free, this is
    256 sd(M) sqrt(1 - CAM^2): it ranks as CAM does and says nothing about level.
    """
    return PAPER_SIDE * float(strength.std()) * math.sqrt(max(0.0, 1 - cam(strength, em) ** 2))


def adherence(strength: np.ndarray, change: np.ndarray) -> float:
    """Pearson of strength and change over the cells of one picture, without the all-change term."""
    return pearson(strength, change)


def over_cells(change: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """A change of each pixel averaged over the cells of a latent grid (height, width)."""
    return np.asarray(Image.fromarray(change.astype(np.float32)).resize(grid[::-1], Image.Resampling.BOX), dtype=np.float64)


def in_words(value: float) -> str:
    """A measure as it stands in a picture's parameters."""
    return 'undefined (uniform)' if math.isnan(value) else f'{value:.3f}'


def report(originals, maps, results, all_changes=()) -> list[str]:
    """Lines of measures for pictures of one size; CAM and reliability only where all-change results are given."""
    n = len(originals)
    single = [adherence(m, rgb_distance(o, r)) for o, m, r in zip(originals, maps, results)]
    lines = [f'pictures: {n}', f'strength against change, single pictures: mean {np.mean(single):.3f}, lowest {min(single):.3f}',
             f'change where the map is 0: {_still(originals, maps, results)}']
    if not all_changes:
        return lines
    em = effect(originals, results, all_changes)
    scores = [reliability(o, r, a, m) for o, r, a, m in zip(originals, results, all_changes, maps)]
    return [*lines, f'reliability score: mean {np.mean(scores):.3f}, lowest {min(scores):.3f}', f'CAM: {cam(maps[0], em):.3f} (n = {n})',
            f'DAM: {dam(maps[0], em):.2f} (n = {n}; it ranks as CAM does and says nothing about level)']


def _still(originals, maps, results) -> str:
    changes = np.concatenate([rgb_distance(o, r)[m == 0] for o, m, r in zip(originals, maps, results)])
    return f'mean {changes.mean():.3f}' if changes.size else 'the map is 0 nowhere'


def main(argv=None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('original', 'map', 'result'):
        parser.add_argument(name, type=Path)
    parser.add_argument('--all-change', type=Path)
    options = parser.parse_args(argv)
    names = sorted(path.name for path in options.original.iterdir()) if options.original.is_dir() else [None]
    files = (options.original, options.result, options.all_change)
    originals, results, full = ([_pixels(path, name) for name in names] if path else [] for path in files)
    maps = [_strength(options.map, name, original.shape[:2]) for name, original in zip(names, originals)]
    print('\n'.join(report(originals, maps, results, full)))  # noqa: T201


def _pixels(path: Path, name: str | None) -> np.ndarray:
    return np.asarray(Image.open(path / name if name else path).convert('RGB'))


def _strength(path: Path, name: str | None, size: tuple[int, int]) -> np.ndarray:
    return resample(read(Image.open(path / name if name else path)), size) / WHITE


if __name__ == '__main__':
    main()
