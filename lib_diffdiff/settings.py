"""What a user can set: one table from which the page, the API and the infotext are made.

The order of the fields is the API's contract: new settings are appended, never inserted.
"""
from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import Any, NamedTuple

from .refusal import Refusal, brief

TIMES = 'times Denoising strength'
ABSOLUTE = 'absolute'


class Spec(NamedTuple):
    """What a person needs to know of a setting: its label, one sentence of help, and its range or choices."""

    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


def _setting(default, *spec, **named):
    return field(default=default, metadata={'spec': Spec(*spec, **named)})


@dataclass(frozen=True)
class Settings:
    """All settings of a run; field order = order of the API's positional arguments."""

    enabled: bool = _setting(False, 'Differential Diffusion', 'Give every pixel its own denoising strength.')
    change_map: Any = _setting(
        '', 'Change map',
        'A grey picture: white changes, black stays, grey lies between. Stretched to the picture.')
    invert: bool = _setting(False, 'Invert', 'Black changes and white stays, as in the paper.')
    black_point: float = _setting(
        0.0, 'Black point',
        'Everything as dark as this, or darker, counts as black.', 0.0, 1.0, 0.01)
    white_point: float = _setting(
        1.0, 'White point',
        'Everything as light as this, or lighter, counts as white.', 0.0, 1.0, 0.01)
    gamma: float = _setting(1.0, 'Gamma', 'Above 1 lifts the greys, below 1 lowers them.', 0.1, 10.0, 0.05)
    grow: int = _setting(
        0, 'Grow (px)',
        'Widens the changed area by so many pixels of the picture; negative shrinks it.', -256, 256, 1)
    blur: int = _setting(
        0, 'Blur (px)',
        'Softens the map: the Gaussian\'s sigma in pixels of the picture, as the Mask blur is.', 0, 256, 1)
    min_strength: float = _setting(0.0, 'Weakest', 'The strength that black stands for.', 0.0, 1.0, 0.01)
    max_strength: float = _setting(1.0, 'Strongest', 'The strength that white stands for.', 0.0, 1.0, 0.01)
    strength_is: str = _setting(
        TIMES, 'Strength is',
        'Multiplied with the Denoising strength, or taken as it is and only capped by it.', choices=(TIMES, ABSOLUTE))
    skip_unchanged_steps: bool = _setting(
        True, 'Skip steps that change nothing',
        'Start where the strongest pixel starts: same picture, less time.')
    future_hinting: bool = _setting(
        True, 'Future hinting',
        'Show the model at every step what the rest of the picture will be. Off only to see what it does.')
    keep_original: bool = _setting(
        True, 'Keep original pixels where nothing changes',
        'Where the strength is 0 the picture keeps its own pixels, with a soft edge inside the changed area.')

    return_map: bool = _setting(False, 'Return the map', 'Appends the strengths that were used to the pictures, white for 1.')

    @classmethod
    def specs(cls) -> dict[str, Spec]:
        """Name -> Spec, in the contract's order."""
        return {f.name: f.metadata['spec'] for f in fields(cls)}

    @classmethod
    def from_args(cls, args) -> Settings:
        """Settings from a script's arguments: positional in the contract's order, or one object with these names.

        None means the default. What stands behind an object is ignored: the host fills it in.
        Raises Refusal for an unknown name, a wrong type, a value out of range or a pair that contradicts itself.
        """
        first = args[0] if args else None
        if isinstance(first, dict):
            return cls.from_names({'enabled': True, **first})
        if len(args) > 1 and isinstance(args[1], dict):
            raise Refusal(f'An object of settings has to be the first argument, not stand behind {brief(first)}: '
                          'send "args": [{...}].')
        return cls.from_names(dict(zip(cls.specs(), args)))

    @classmethod
    def from_names(cls, named: dict) -> Settings:
        """Settings from names to values. Raises Refusal as `from_args` does."""
        known = {f.name: f for f in fields(cls)}
        for name in named:
            if name not in known:
                raise Refusal(f'Differential Diffusion has no setting {brief(name)}. It has: {", ".join(known)}.')
        settings = cls(**{name: _checked(known[name], value) for name, value in named.items() if value is not None})
        settings._check_pairs()
        return settings

    def _check_pairs(self) -> None:
        if self.black_point >= self.white_point:
            raise Refusal(f'Black point {self.black_point} has to be below White point {self.white_point}.')
        if self.min_strength > self.max_strength:
            raise Refusal(f'Weakest {self.min_strength} is above Strongest {self.max_strength}: to turn the map round, use Invert.')


def is_enabled(args) -> bool:
    """Whether a script's arguments switch the extension on, without judging the rest of them."""
    first = args[0] if args else None
    if isinstance(first, dict):
        return first.get('enabled', True) is not False
    return first is not None and first is not False


def _checked(a_field: Field, value):
    spec: Spec = a_field.metadata['spec']
    if a_field.name == 'change_map':
        return value
    if spec.choices:
        return _choice(spec, value)
    if isinstance(a_field.default, bool):
        return _bool(spec, value)
    return _number(spec, value, whole=isinstance(a_field.default, int))


def _choice(spec: Spec, value) -> str:
    if value not in spec.choices:
        raise Refusal(f'{spec.label} is {brief(value)}; it can be {" or ".join(map(repr, spec.choices))}.')
    return value


def _bool(spec: Spec, value) -> bool:
    if not isinstance(value, bool):
        raise Refusal(f'{spec.label} is {brief(value)}; it has to be true or false.')
    return value


def _number(spec: Spec, value, *, whole: bool):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refusal(f'{spec.label} is {brief(value)}; it has to be a number from {spec.low} to {spec.high}.')
    if not spec.low <= value <= spec.high:
        raise Refusal(f'{spec.label} is {brief(value)}; it has to lie between {spec.low} and {spec.high}.')
    if whole and value != int(value):
        raise Refusal(f'{spec.label} is {value}; it has to be a whole number.')
    return int(value) if whole else float(value)
