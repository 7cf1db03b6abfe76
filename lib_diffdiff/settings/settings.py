"""What a user can set: one table from which the page, the API and the infotext are made.

The order of the settings is the API's contract: new settings are appended, never inserted.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .refusal import Refusal, brief
from .table import Table, setting

TIMES = 'times Denoising strength'
ABSOLUTE = 'absolute'
SHARE = 'share of the change'
AUTO, ON, OFF = 'auto', 'on', 'off'
BRIGHTNESS, ALPHA, COLOURS = 'brightness', 'alpha', ('red', 'green', 'blue')
CHANNELS = (AUTO, BRIGHTNESS, ALPHA, *COLOURS)
ORIGINAL, SURROUNDINGS, NOISE, NOTHING = FILLS = ('original', 'blurred surroundings', 'latent noise', 'latent nothing')
OWN_SCALE, ENLARGED = 'own scale', 'enlarged'
FILES = ('change_map', 'mask_file')  # settings that are a picture file
FEW_STEPS = 9  # with fewer steps than this "auto" means on; it was measured to help up to 8 (docs/results.md)


@dataclass(frozen=True)
class Settings(Table):
    """All settings of a run."""

    enabled: bool = setting(False, 'Differential Diffusion', 'Gives every pixel its own denoising strength.')
    change_map: Any = setting(
        '', 'Change map',
        'A grey picture: white areas change, black areas stay, greys are in between. It is stretched to the picture.')
    invert: bool = setting(False, 'Invert', 'Black areas change and white areas stay.')
    black_point: float = setting(
        0.0, 'Black point',
        'Everything this dark or darker counts as black.', 0.0, 1.0, 0.01)
    white_point: float = setting(
        1.0, 'White point',
        'Everything this light or lighter counts as white.', 0.0, 1.0, 0.01)
    gamma: float = setting(1.0, 'Gamma', 'Above 1 lightens the greys, below 1 darkens them.', 0.1, 10.0, 0.05)
    grow: int = setting(
        0, 'Grow (px)',
        'Widens the changed area by this many pixels of the picture; a negative value shrinks it.', -256, 256, 1)
    blur: int = setting(
        0, 'Blur (px)',
        'Softens the map: the sigma of a Gaussian in pixels of the picture, like Mask blur.', 0, 256, 1)
    min_strength: float = setting(
        0.0, 'Weakest',
        'The strength of black areas, as a share of Denoising strength; if "Strength is" is absolute, the strength itself.',
        0.0, 1.0, 0.01)
    max_strength: float = setting(
        1.0, 'Strongest',
        'The strength of white areas, as a share of Denoising strength; if "Strength is" is absolute, the strength itself.',
        0.0, 1.0, 0.01)
    strength_is: str = setting(
        TIMES, 'Strength is',
        'The strength from the map is multiplied by Denoising strength, or used directly with Denoising strength as its upper limit; '
        'or a grey is the share of what Denoising strength changes, by the response curve.',
        choices=(TIMES, ABSOLUTE, SHARE))
    skip_unchanged_steps: bool = setting(
        True, 'Skip steps that change nothing',
        'Starts at the step where the strongest pixel starts: same picture, less time.')
    future_hinting: bool = setting(
        True, 'Show the model what comes (future hinting)',
        'Shows the model at every step what the rest of the picture will be. Turn it off only to compare.')
    keep_original: bool = setting(
        True, 'Keep original pixels where nothing changes',
        'Where the strength is 0, the picture keeps its original pixels, with a soft edge inside the changed area.')

    return_map: bool = setting(False, 'Return the map', 'Adds an extra picture of the strengths that were used, with white for 1.')
    report: bool = setting(
        False, 'Report how well it follows (adherence)',
        'Adds a score to the parameters for how well the change follows the strength: 1 is a perfect match, 0 is no match.')
    smooth_release: str = setting(
        AUTO, 'Smooth release',
        'Lets soft parts of the map start between two steps, to avoid bands; auto does this in runs of up to 8 steps.',
        choices=(AUTO, ON, OFF))
    append_change: bool = setting(
        False, 'Append the change',
        'Adds extra pictures of the strengths and of how much each pixel changed, as heat maps on one scale.')
    channel: str = setting(
        AUTO, 'Map channel',
        'The channel of the file to use as the map; auto uses brightness over black, or alpha if everything visible has one colour.',
        choices=CHANNELS)
    mask_file: str = setting(
        '', 'Mask file',
        'The uploaded mask\'s own file, where the page would reduce its bit depth. The page fills this in.')
    tell_inpainting: bool = setting(
        False, 'Tell inpainting checkpoints what is being painted',
        'At every step, inpainting checkpoints are told which part is already being repainted, and shown the rest of the picture. '
        'Off: they are told that all of the picture, or of the painted mask, is repainted.')
    response: Any = setting(
        '', 'Response',
        'For "share of the change": pairs of strength and share, such as 0.2:0.05, 0.4:0.5, 1:1. Empty: the curve that the strength fan '
        'measured for this checkpoint, sampler, schedule and number of steps.')
    fill: str = setting(
        ORIGINAL, 'Strong areas start from',
        'For new content where the original has nothing to grow from. The original is forgotten in proportion to the strength: '
        'wholly at 1, not at all at 0.', choices=FILLS)
    words: str = setting(
        '', 'Words',
        'Makes the map where the model sees these words in the picture, such as: house, or sky: 0.7, house: 0.2. '
        'If there is also a map or a mask, they are multiplied.')
    description: str = setting(
        '', 'Description of the original',
        'What the picture shows now. Words are looked for in it; without words, the map is where the prompt differs from it. '
        'Empty: words are looked for in the prompt.')
    work_area: str = setting(
        OFF, 'Work only where something changes',
        'Shows the model only the part of the picture that changes, with a margin, and pastes it back: at its own scale, which takes less '
        'time, or enlarged to Width and Height, which paints finer. The picture keeps its own size.', choices=(OFF, OWN_SCALE, ENLARGED))
    margin: int = setting(
        64, 'Margin (px)',
        'How many pixels around the changed area the model also sees, when it works only on that area.', 0, 512, 8)

    @classmethod
    def from_args(cls, args) -> Settings:
        """As for any table; an object switches the extension on. Raises Refusal for a boolean followed by an object too."""
        first, *rest = args or [None]
        if any(isinstance(arg, dict) for arg in rest):
            raise Refusal(f'An object of settings must be the first and only argument, but it follows {brief(first)}: '
                          'send "args": [{...}].')
        if isinstance(first, dict):
            return cls.from_names({'enabled': True, **first})
        return super().from_args(args)

    def is_smooth(self, steps: int) -> bool:
        """Whether a run of this many steps releases smoothly."""
        return self.smooth_release == ON or (self.smooth_release == AUTO and steps < FEW_STEPS)

    def check_pairs(self) -> None:
        if self.black_point >= self.white_point:
            raise Refusal(f'Black point {self.black_point} must be below White point {self.white_point}.')
        if self.min_strength > self.max_strength:
            raise Refusal(f'Weakest {self.min_strength} is above Strongest {self.max_strength}: to reverse the map, use Invert.')


def is_enabled(args) -> bool:
    """Whether a script's arguments switch the extension on, without judging the rest of them."""
    first = args[0] if args else None
    if isinstance(first, dict):
        return first.get('enabled', True) is not False
    return first is not None and first is not False
