"""The one exception for bad input."""


class Refusal(ValueError):
    """A request that cannot be honoured, as one sentence that names the offending value and the way out."""


def brief(value, length: int = 60) -> str:
    """A value as a user would recognise it in a sentence, cut to `length` characters."""
    text = repr(value)
    return text if len(text) <= length else f'{text[:length]}... ({len(text)} characters)'
