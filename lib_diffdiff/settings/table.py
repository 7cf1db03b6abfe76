"""Tables of settings: what a person and an API need to know of each, and the judging of values."""
from __future__ import annotations

import re
from dataclasses import Field, field, fields
from typing import NamedTuple

from .refusal import Refusal, brief

UNWRITABLE = re.compile('[\0\ud800-\udfff]')  # neither a picture's parameters nor an answer can hold these


class Spec(NamedTuple):
    """What a person needs to know of a setting: its label, one sentence of help, and its range or choices."""

    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


def setting(default, *spec, **named):
    """A field of a Table: its default, and the arguments of its Spec."""
    return field(default=default, metadata={'spec': Spec(*spec, **named)})


class Table:
    """A frozen dataclass of settings; the order of its fields is that of the API's positional arguments."""

    @classmethod
    def specs(cls) -> dict[str, Spec]:
        """Name -> Spec, in the contract's order."""
        return {f.name: f.metadata['spec'] for f in fields(cls)}

    @classmethod
    def from_args(cls, args):
        """An instance of the table from a script's arguments: positional in the contract's order, or one object with these names.

        None means the default. What stands behind an object is ignored: the host fills it in.
        Raises Refusal for an unknown name, a wrong type, a value out of range or a pair that contradicts itself.
        """
        if args and isinstance(args[0], dict):
            return cls.from_names(args[0])
        return cls.from_names(dict(zip(cls.specs(), args)))

    @classmethod
    def from_names(cls, named: dict):
        """An instance of the table from a dict of names and values; None means the default. Raises Refusal as `from_args` does."""
        known = {f.name: f for f in fields(cls)}
        for name in named:
            if name not in known:
                raise Refusal(f'There is no setting {brief(name)}. The settings are: {", ".join(known)}.')
        settings = cls(**{name: _checked(known[name], value) for name, value in named.items() if value is not None})
        settings.check_pairs()
        return settings

    def check_pairs(self) -> None:
        """Raises Refusal where two settings contradict each other."""


def _checked(a_field: Field, value):
    spec: Spec = a_field.metadata['spec']
    if spec.choices:
        return _choice(spec, value)
    if isinstance(a_field.default, bool):
        return _bool(spec, value)
    if spec.low is None:
        return _text(spec, value) if a_field.type == 'str' else value  # a map or a curve is read and judged elsewhere
    return _number(spec, value, whole=isinstance(a_field.default, int))


def _choice(spec: Spec, value) -> str:
    if value not in spec.choices:
        raise Refusal(f'{spec.label} is {brief(value)}; it must be {" or ".join(map(repr, spec.choices))}.')
    return value


def _bool(spec: Spec, value) -> bool:
    if not isinstance(value, bool):
        raise Refusal(f'{spec.label} is {brief(value)}; it must be true or false.')
    return value


def _text(spec: Spec, value) -> str:
    if not isinstance(value, str):
        raise Refusal(f'{spec.label} is {brief(value)}; it must be text.')
    broken = UNWRITABLE.search(value)
    if broken:
        raise Refusal(f'{spec.label} contains the character {brief(broken[0])} in {brief(value)}, which cannot be saved in a picture\'s '
                      'parameters: remove it.')
    return value


def _number(spec: Spec, value, *, whole: bool):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refusal(f'{spec.label} is {brief(value)}; it must be a number from {spec.low} to {spec.high}.')
    if not spec.low <= value <= spec.high:
        raise Refusal(f'{spec.label} is {brief(value)}; it must be between {spec.low} and {spec.high}.')
    if whole and value != int(value):
        raise Refusal(f'{spec.label} is {value}; it must be a whole number.')
    return int(value) if whole else float(value)
