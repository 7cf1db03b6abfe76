"""What a user can set: one table from which the page, the API and the infotext are made.

The order of the fields is the API's contract: new settings are appended, never inserted.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .refusal import Refusal, brief
from .table import Table, setting

TIMES = 'times Denoising strength'
ABSOLUTE = 'absolute'
AUTO, ON, OFF = 'auto', 'on', 'off'
BRIGHTNESS, ALPHA, COLOURS = 'brightness', 'alpha', ('red', 'green', 'blue')
CHANNELS = (AUTO, BRIGHTNESS, ALPHA, *COLOURS)
FILES = ('change_map', 'mask_file')  # settings that are a picture file
FEW_STEPS = 12  # below it "auto" means on


@dataclass(frozen=True)
class Settings(Table):
    """All settings of a run."""

    enabled: bool = setting(False, 'Differential Diffusion', 'Give every pixel its own denoising strength.')
    change_map: Any = setting(
        '', 'Change map',
        'A grey picture: white changes, black stays, grey lies between. Stretched to the picture.')
    invert: bool = setting(False, 'Invert', 'Black changes and white stays, as in the paper.')
    black_point: float = setting(
        0.0, 'Black point',
        'Everything as dark as this, or darker, counts as black.', 0.0, 1.0, 0.01)
    white_point: float = setting(
        1.0, 'White point',
        'Everything as light as this, or lighter, counts as white.', 0.0, 1.0, 0.01)
    gamma: float = setting(1.0, 'Gamma', 'Above 1 lifts the greys, below 1 lowers them.', 0.1, 10.0, 0.05)
    grow: int = setting(
        0, 'Grow (px)',
        'Widens the changed area by so many pixels of the picture; negative shrinks it.', -256, 256, 1)
    blur: int = setting(
        0, 'Blur (px)',
        'Softens the map: the Gaussian\'s sigma in pixels of the picture, as the Mask blur is.', 0, 256, 1)
    min_strength: float = setting(0.0, 'Weakest', 'The strength that black stands for.', 0.0, 1.0, 0.01)
    max_strength: float = setting(1.0, 'Strongest', 'The strength that white stands for.', 0.0, 1.0, 0.01)
    strength_is: str = setting(
        TIMES, 'Strength is',
        'Multiplied with the Denoising strength, or taken as it is and only capped by it.', choices=(TIMES, ABSOLUTE))
    skip_unchanged_steps: bool = setting(
        True, 'Skip steps that change nothing',
        'Start where the strongest pixel starts: same picture, less time.')
    future_hinting: bool = setting(
        True, 'Future hinting',
        'Show the model at every step what the rest of the picture will be. Off only to see what it does.')
    keep_original: bool = setting(
        True, 'Keep original pixels where nothing changes',
        'Where the strength is 0 the picture keeps its own pixels, with a soft edge inside the changed area.')

    return_map: bool = setting(False, 'Return the map', 'Appends the strengths that were used to the pictures, white for 1.')
    report: bool = setting(
        False, 'Report adherence',
        'Adds to the parameters how well the change follows the strength: 1 is perfectly, 0 not at all.')
    smooth_release: str = setting(
        AUTO, 'Smooth release',
        'Lets soft parts of the map lie between two steps, against bands; auto does so below 12 steps.', choices=(AUTO, ON, OFF))
    append_change: bool = setting(
        False, 'Append the change',
        'Appends the strengths and how far each pixel changed to the pictures, as heat maps on one scale.')
    channel: str = setting(
        AUTO, 'Map channel',
        'What of the file is the map; auto takes its brightness over black, or its alpha where all that is visible has one colour.',
        choices=CHANNELS)
    mask_file: Any = setting(
        '', 'Mask file',
        'The file of the uploaded mask, where the page would lose its depth; the page fills it in.')

    @classmethod
    def from_args(cls, args) -> Settings:
        """As for any table; an object implies that we are on. Raises Refusal for a boolean followed by an object too."""
        first, *rest = args or [None]
        if any(isinstance(arg, dict) for arg in rest):
            raise Refusal(f'An object of settings has to be the first argument and the only one, not stand behind {brief(first)}: '
                          'send "args": [{...}].')
        if isinstance(first, dict):
            return cls.from_names({'enabled': True, **first})
        return super().from_args(args)

    def is_smooth(self, steps: int) -> bool:
        """Whether a run of so many steps releases smoothly."""
        return self.smooth_release == ON or (self.smooth_release == AUTO and steps < FEW_STEPS)

    def check_pairs(self) -> None:
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
