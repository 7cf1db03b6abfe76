"""The response curve: how much of a full repaint's change each strength makes, and which strength makes a share of it.

The Denoising slider is crooked: with many models half of the change is reached at .4 already. With the curve of a
checkpoint, sampler, schedule and steps, a grey can mean its share of the change instead of its strength.
"""
from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np

from ..settings.refusal import Refusal, brief
from ..settings.table import UNWRITABLE

PAIR = re.compile(r'\s*([0-9.eE+-]+)\s*:\s*([0-9.eE+-]+)\s*')
OF = ' of '  # and the checkpoint's name, behind the pairs
WANTED = 'it must be pairs of strength and share, such as "0.2:0.05, 0.4:0.5, 1:1"'
MOST = 100
LONGEST_NAME = 300
LEAST = 1e-4  # what a share has to rise by to count; its text has more digits


class Response:
    """A curve from (0, 0) to (1, 1), rising; straight between its points."""

    def __init__(self, strengths: np.ndarray, shares: np.ndarray, checkpoint: str = ''):
        """strengths, shares: float64, both rising strictly, from 0 to 1. checkpoint: the name of what it was measured with, if known."""
        self.strengths, self.shares, self.checkpoint = strengths, shares, checkpoint

    def share(self, strength):
        """The share of the change, 0..1, of a strength, 0..1; elementwise."""
        return np.interp(strength, self.strengths, self.shares)

    def strength(self, share):
        """The strength, 0..1, that makes a share of the change, 0..1; elementwise."""
        return np.interp(share, self.shares, self.strengths)

    def within(self, v, denoising: float):
        """The strength of each value v (any shape, 0..1): what makes v of the change that Denoising strength makes.

        0 is exactly 0 and 1 exactly `denoising`, whatever the curve.
        """
        found = np.minimum(self.strength(v * self.share(denoising)), denoising)
        return np.where(v <= 0, 0.0, np.where(v >= 1, denoising, found))

    def text(self) -> str:
        """The curve as `parsed` reads it."""
        pairs = ', '.join(f'{_digits(strength)}:{_digits(share)}' for strength, share in zip(self.strengths, self.shares))
        return f'{pairs}{OF}{self.checkpoint}' if self.checkpoint else pairs

    def of(self, checkpoint: str) -> Response:
        """The same curve, as one that was measured with this checkpoint."""
        return Response(self.strengths, self.shares, checkpoint)


def _digits(number: float) -> str:
    # As few as give back this very number, because a picture is made again from them.
    short = f'{number:.6g}'
    return short if float(short) == number else repr(float(number))


def parsed(given) -> Response | None:
    """The curve of a setting's value: text, or a list of pairs; None where it is empty.

    After the pairs a text may name the checkpoint: "0.4:0.5, 1:1 of v1-5-pruned". Raises Refusal for anything else, and for a
    curve that does not rise.
    """
    curve, checkpoint = given, ''
    if isinstance(given, str):
        curve, _, checkpoint = given.partition(OF)
        if len(checkpoint) > LONGEST_NAME or UNWRITABLE.search(checkpoint):
            raise Refusal(f'Response names the checkpoint {brief(checkpoint)}; it must be a name of up to {LONGEST_NAME} characters.')
    pairs = _pairs(curve)
    if not pairs:
        return None
    pairs = sorted({(0.0, 0.0), *pairs})
    strengths, shares = (np.array(column) for column in zip(*pairs))
    for share in shares[(strengths == 0) & (shares > 0)]:
        raise Refusal(f'Response has the point 0:{share:g}; the share at strength 0 must be 0.')
    for (before, low), (strength, share) in pairwise(pairs):
        if strength <= before or share <= low:
            raise Refusal(f'Response must rise: at strength {strength:g} it is {share:g}, and at {before:g} it is {low:g}.')
    if len(pairs) < 3 and strengths[-1] < 1:
        raise Refusal(f'Response is {brief(given)}; a curve needs two points above strength 0, or one at strength 1.')
    return _whole(strengths, shares).of(checkpoint.strip())


def fitted(strengths: list[float], changes: list[float]) -> Response:
    """The curve of measured changes (any unit) at rising strengths: made monotone, and scaled to the last one's.

    Raises Refusal where nothing changes.
    """
    even = _isotonic(np.array(changes, dtype=np.float64))
    if not even[-1] > 0:
        raise Refusal('The pictures do not change at any strength, so there is no response to measure.')
    shares = even / even[-1]
    rising = np.diff(shares, prepend=0) > LEAST
    curve = _whole(np.concatenate([[0.0], np.array(strengths)[rising]]), np.concatenate([[0.0], shares[rising]]))
    return Response(curve.strengths, np.round(curve.shares, 6))  # no more digits than its text is to have


def _whole(strengths: np.ndarray, shares: np.ndarray) -> Response:
    # A full repaint is strength 1: a curve that ends earlier is scaled to its own end, and stays there.
    shares = shares / shares[-1]
    if strengths[-1] < 1:
        strengths, shares = np.append(strengths, 1.0), np.append(shares * (1 - LEAST), 1.0)
    return Response(strengths, shares)


def _isotonic(values: np.ndarray) -> np.ndarray:
    # The closest series that never falls (pool adjacent violators).
    blocks: list[list[float]] = []
    for value in values:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (before, n), (after, m) = blocks.pop(-2), blocks.pop()
            blocks.append([(before * n + after * m) / (n + m), n + m])
    return np.repeat([value for value, _ in blocks], [count for _, count in blocks])


def _pairs(given) -> list[tuple[float, float]]:
    if given is None or (isinstance(given, str) and not given.strip()):
        return []
    if isinstance(given, str):
        _check_count(given.count(',') + 1)
        matches = [PAIR.fullmatch(part) for part in given.split(',')]
        if not all(matches):
            raise Refusal(f'Response is {brief(given)}; {WANTED}.')
        given = [match.groups() for match in matches]
    if not isinstance(given, (list, tuple)):
        raise Refusal(f'Response is {brief(given)}; {WANTED}.')
    _check_count(len(given))
    return [_pair(pair) for pair in given]


def _check_count(points: int) -> None:
    if points > MOST:
        raise Refusal(f'Response has {points} points; the limit is {MOST}.')


def _pair(pair) -> tuple[float, float]:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or any(isinstance(value, bool) for value in pair):
        raise Refusal(f'Response has {brief(pair)}; {WANTED}.')
    try:
        strength, share = (float(value) for value in pair)
    except (TypeError, ValueError, OverflowError):
        raise Refusal(f'Response has {brief(pair)}; {WANTED}.') from None
    if not (0 <= strength <= 1 and 0 <= share <= 1 and math.isfinite(strength + share)):
        raise Refusal(f'Response has the point {strength:g}:{share:g}; strength and share must be between 0 and 1.')
    return strength, share
