"""Functions of a run that something of ours stands in for: put on the run itself, and taken off again."""
from __future__ import annotations


def put_on(p, name: str, made) -> None:
    """made(own, runs): the stand-in. own: what another extension may have put there; None where it is its class's. runs: what to call."""
    setattr(p, name, made(vars(p).get(name), getattr(p, name)))


def put_on_instead(p, name: str, kind, made) -> None:
    """The same in place of a stand-in of this kind (or one of these), which is taken off first."""
    take_off(p, name, kind)
    put_on(p, name, made)


def take_off(p, name: str, kind) -> None:
    """Takes a stand-in of this kind (or one of these) off a run, whatever run put it there, and puts back its `own`."""
    stand_in = vars(p).get(name)
    if isinstance(stand_in, kind):
        delattr(p, name)
        if stand_in.own is not None:
            setattr(p, name, stand_in.own)
