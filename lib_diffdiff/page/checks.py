"""The values of a question from the page, each checked: an invalid value is refused by name."""
from __future__ import annotations

from ..maps.geometry import inner_size
from ..maps.reading import MAX_PIXELS, read
from ..maps.strength import MOST_BLUR, Mask
from ..settings.refusal import Refusal, brief, calling_it
from ..settings.table import UNWRITABLE
from .preview import Situation

STEPS = 1000
LONGEST_SIDE = 65_535
NO_SECOND_PASS = 'In txt2img the change map is for the second pass of Hires. fix: switch "Hires. fix" on, or untick Differential Diffusion.'


def situation_in(request: dict, channel: str) -> Situation:
    """The situation of a run that a question describes; channel: which channel of the painted mask counts.

    Raises Refusal for an invalid value.
    """
    situation = Situation(size_in(request, 'image'), size_in(request, 'size', 8), whole_in(request, 'resize_mode', 0, 3),
                          whole_in(request, 'steps', 1, STEPS), number_in(request, 'denoising', 0, 1),
                          unseen_mask=request.get('unseen_mask') is True)
    _check_pixels(inner_size(situation.image, situation.size, situation.resize_mode))
    mask = mask_in(request, channel)
    if mask is None or mask.is_blank:
        return situation
    padding = whole_in(request['mask'], 'padding', 0, MAX_PIXELS) if request['mask'].get('only_masked') is True else None
    return situation._replace(mask=mask, padding=padding)


def is_second_pass(request: dict) -> bool:
    """Whether a question is of txt2img. Raises Refusal where Hires. fix is off."""
    if request.get('second_pass') is False:
        raise Refusal(NO_SECOND_PASS)
    return request.get('second_pass') is True


def mask_in(request: dict, channel: str) -> Mask | None:
    """The painted mask of a question: its file, and the host's controls `invert` and `blur`; None for a question without a mask."""
    value = request.get('mask')
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _foreign('mask', value, 'a file with its controls')
    sigma = number_in(value, 'blur', 0, MOST_BLUR)
    with calling_it('The mask'):
        units = read(text_in(value, 'file'), channel)
    return None if units is None else Mask(units, value.get('invert') is True, (sigma, sigma))


def size_in(request: dict, name: str, least: int = 1) -> tuple[int, int]:
    """A value [width, height], each at least `least`."""
    value = request.get(name)
    if not isinstance(value, list) or len(value) != 2:
        raise _foreign(name, value, 'a width and a height')
    size = tuple(whole_in({name: side}, name, least, LONGEST_SIDE) for side in value)
    _check_pixels(size)
    return size


def _check_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise Refusal(f'{size[0]}x{size[1]} pixels are too many: the limit is {MAX_PIXELS // 1_000_000} megapixels.')


def whole_in(request: dict, name: str, low: int, high: int) -> int:
    """A whole number in a range."""
    value = number_in(request, name, low, high)
    if value != int(value):
        raise _foreign(name, value, 'a whole number')
    return int(value)


def number_in(request: dict, name: str, low: float, high: float) -> float:
    """A number in a range."""
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise _foreign(name, value, f'a number from {low} to {high}')
    return value


def text_in(request: dict, name: str) -> str:
    """A text."""
    value = request.get(name)
    if not isinstance(value, str):
        raise _foreign(name, value, 'text')
    return value


def words_in(request: dict, name: str) -> str:
    """A text that a person wrote."""
    value = text_in(request, name)
    if UNWRITABLE.search(value):
        raise _foreign(name, value, 'text without broken characters')
    return value


def _foreign(name: str, value, wanted: str) -> Refusal:
    return Refusal(f'The page sent {brief(value)} for "{name}"; it must be {wanted}.')
