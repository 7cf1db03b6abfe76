"""Pasted parameters: where a word in them means nothing, the request that brings them is refused."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from ..settings.refusal import Refusal
from .refused import DifferentialDiffusion


def refusing(fields: list[tuple]) -> list[tuple]:
    """Infotext fields, each a component and what reads its value, that refuse with HTTP 422 what they cannot read.

    In the page, the host leaves the control as it is and goes on.
    """
    return [(component, _refusing(read)) for component, read in fields]


def _refusing(read: Callable[[dict], object]) -> Callable[[dict], object]:
    @wraps(read)
    def reads(params: dict):
        try:
            return read(params)
        except Refusal as refusal:
            raise DifferentialDiffusion(str(refusal)) from None
    return reads
