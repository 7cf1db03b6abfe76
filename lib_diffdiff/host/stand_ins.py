"""Functions of a run, or of its sampler, that something of ours stands in for: put on the very object, and taken off again."""
from __future__ import annotations


def put_on(holder, name: str, kind, *made_with) -> None:
    """Puts kind(*made_with, own, runs) on an object (a run or a sampler), in place of one that is there already.

    own: what another extension may have put there; None where it is the class's. runs: what to call.
    """
    take_off(holder, name, kind)
    setattr(holder, name, kind(*made_with, vars(holder).get(name), getattr(holder, name)))


def take_off(holder, name: str, kind: type) -> None:
    """Takes a stand-in of this kind off, whatever run put it there, and puts back what was there before (its `own`)."""
    stand_in = vars(holder).get(name)
    if isinstance(stand_in, kind):
        delattr(holder, name)
        if stand_in.own is not None:
            setattr(holder, name, stand_in.own)
