"""What is measured on many pictures, with its 95 % bootstrap interval over the pictures."""
from typing import NamedTuple

import numpy as np

from lib_diffdiff.result.adherence import PAPER_SIDE, rgb_distance

RESAMPLES = 1000


class Measured(NamedTuple):
    """A value and its 95 % interval. samples: the statistic of each resample, for paired differences."""

    value: float
    low: float
    high: float
    samples: np.ndarray


def changes(originals: np.ndarray, results: np.ndarray, everything: np.ndarray) -> np.ndarray:
    """Each picture's change minus that of the all-change run, (n, height, width): averaged it is the paper's EM."""
    return np.array([rgb_distance(o, r) - rgb_distance(o, e) for o, r, e in zip(originals, results, everything)])


def correlation(strength: np.ndarray, per_picture: np.ndarray) -> Measured:
    """CAM: Pearson of the strengths and the mean over pictures. strength: (...); per_picture: (n, ...)."""
    flat, target = per_picture.reshape(len(per_picture), -1), strength.ravel()
    means = np.concatenate([flat.mean(axis=0)[None], _weights(len(flat)) @ flat])
    means -= means.mean(axis=1, keepdims=True)
    target = target - target.mean()
    return _measured(means @ target / np.linalg.norm(means, axis=1) / np.linalg.norm(target))


def distance(strength: np.ndarray, of: Measured) -> Measured:
    """DAM, from CAM: 256 sd(M) sqrt(1 - CAM^2)."""
    return _measured(np.concatenate([[_dam(strength, of.value)], _dam(strength, of.samples)]))


def straight(strength: np.ndarray, per_picture: np.ndarray) -> float:
    """The DAM that is left if the means of the columns lay on their best line: what lies between the rows, which no release decides.

    strength: (height, width), constant in each column.
    """
    em = per_picture.mean(axis=0)
    means = em.mean(axis=0)
    line = np.polyval(np.polyfit(strength[0], means, 1), strength[0])
    return float(_dam(strength, np.corrcoef((em - means + line).ravel(), strength.ravel())[0, 1]))


def _dam(strength, cam):
    return PAPER_SIDE * strength.std() * np.sqrt(np.maximum(0, 1 - cam ** 2))


def mean(per_picture: np.ndarray) -> Measured:
    """Mean over pictures, (n,)."""
    return _measured(np.concatenate([[per_picture.mean()], _weights(len(per_picture)) @ per_picture]))


def less(a: Measured, b: Measured) -> Measured:
    """The difference a - b, resampled in pairs."""
    return _measured(np.concatenate([[a.value - b.value], a.samples - b.samples]))


def _weights(n: int) -> np.ndarray:
    # The same draws for every statistic of n pictures, so that differences are of the same pictures.
    return np.random.default_rng(95).multinomial(n, np.full(n, 1 / n), size=RESAMPLES) / n


def _measured(values: np.ndarray) -> Measured:
    # Resampling adds noise of its own to an averaged change, which lowers every correlation: so the resamples are
    # centred on the measured value.
    value, samples = values[0], values[1:]
    low, high = np.percentile(samples - samples.mean(), [2.5, 97.5])
    return Measured(float(value), float(value + low), float(value + high), samples)


def columns(originals: np.ndarray, results: np.ndarray) -> np.ndarray:
    """Trend of each picture (n, width): the L2 norm of the change over its columns."""
    return np.sqrt(((results.astype(float) - originals) ** 2).sum(axis=(1, 3)))


def pearsons(rows: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Pearson of each row with the target."""
    rows, target = rows - rows.mean(axis=1, keepdims=True), target - target.mean()
    return rows @ target / np.linalg.norm(rows, axis=1) / np.linalg.norm(target)


def seams(results: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """For each picture how much stronger its own edges are where release steps differ than at other cell edges.

    steps: (h, w), each cell's release step. 1: a release contour shows no more than any other cell edge.
    """
    ratios = []
    for picture in results.astype(float):
        on, off = [], []
        for axis in (0, 1):
            jump = np.abs(np.diff(picture, axis=axis)).sum(axis=2)
            jump = np.take(jump, np.arange(7, jump.shape[axis], 8), axis=axis)  # across the edges of cells only
            differs = np.repeat(np.diff(steps, axis=axis) != 0, 8, axis=1 - axis)
            on.append(jump[differs])
            off.append(jump[~differs])
        ratios.append(np.concatenate(on).mean() / np.concatenate(off).mean())
    return np.array(ratios)
