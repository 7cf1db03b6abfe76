"""A script's arguments, positional or one object: one value read, or replaced in a copy."""
from __future__ import annotations

from .settings import Settings


def value_of(args: list, name: str):
    """The value of setting `name` as it was given; None where it was not."""
    if args and isinstance(args[0], dict):
        return args[0].get(name)
    index = _index(name)
    return args[index] if index < len(args) else None


def with_value(args: list, name: str, value) -> list:
    """A new list of arguments, positional or one object, in which setting `name` has another value."""
    if args and isinstance(args[0], dict):
        return [{**args[0], name: value}, *args[1:]]
    index = _index(name)
    padded = [*args, *[None] * (index + 1 - len(args))]
    return [*padded[:index], value, *padded[index + 1:]]


def _index(name: str) -> int:
    return list(Settings.specs()).index(name)
