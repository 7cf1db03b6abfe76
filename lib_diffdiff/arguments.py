"""A script's arguments with one value replaced: the one channel by which plots and fans set ours."""
from __future__ import annotations

from .settings import Settings


def with_value(args: list, name: str, value) -> list:
    """A new list of arguments, positional or one object, in which setting `name` has another value."""
    if args and isinstance(args[0], dict):
        return [{**args[0], name: value}, *args[1:]]
    index = list(Settings.specs()).index(name)
    padded = [*args, *[None] * (index + 1 - len(args))]
    return [*padded[:index], value, *padded[index + 1:]]
