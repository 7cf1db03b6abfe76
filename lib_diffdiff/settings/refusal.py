"""The one exception for bad input."""
from __future__ import annotations

from contextlib import contextmanager
from reprlib import Repr

_SHORT = Repr()


class Refusal(ValueError):
    """A request that cannot be honoured, as one sentence that names the offending value and the way out."""


class Unreadable(Refusal):
    """A picture that cannot be read as what it was given for."""

    def __init__(self, predicate: str, subject: str = 'The change map'):
        super().__init__(f'{subject} {predicate}')
        self.predicate = predicate


@contextmanager
def calling_it(subject: str):
    """While it lasts, a picture that cannot be read is called this, at the start of the sentence: 'The mask'."""
    try:
        yield
    except Unreadable as refusal:
        raise Unreadable(refusal.predicate, subject) from None


def brief(value, length: int = 60) -> str:
    """A value as a user would recognise it in a sentence, cut to `length` characters."""
    if isinstance(value, str):
        start = repr(value[:length])
        return start if max(len(value), len(start)) <= length else f'{start[:length]}... ({len(value)} characters)'
    text = _SHORT.repr(value)  # however long and deep it is, only its beginning is written out
    return text if len(text) <= length else f'{text[:length]}...'
