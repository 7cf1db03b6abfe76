"""The one exception for bad input."""
from reprlib import Repr

_SHORT = Repr()


class Refusal(ValueError):
    """A request that cannot be honoured, as one sentence that names the offending value and the way out."""


def brief(value, length: int = 60) -> str:
    """A value as a user would recognise it in a sentence, cut to `length` characters."""
    if isinstance(value, str):
        start = repr(value[:length])
        return start if max(len(value), len(start)) <= length else f'{start[:length]}... ({len(value)} characters)'
    text = _SHORT.repr(value)  # however long and deep it is, only its beginning is written out
    return text if len(text) <= length else f'{text[:length]}...'
