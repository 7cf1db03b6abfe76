"""A1111 before 1.10 and 1.9: it does not tell that sampling begins, and parameters are texts, not functions."""
from __future__ import annotations

from modules import scripts


def tells_of_sampling() -> bool:
    """Whether the host tells its scripts before every sampling."""
    return hasattr(scripts.Script, 'process_before_every_sampling')


class OfPicture(str):
    """A parameter whose value each picture has its own of, once it is finished: the host calls it for each picture's parameters.

    A1111 before 1.9 takes it for the text that it is: what was known when it was made, of one picture of the batch.
    """

    def __new__(cls, value, index: int = 0):
        """value(index): the text of a picture of the batch, or None for none."""
        made = super().__new__(cls, value(index) or '')
        made.value, made.index = value, index
        return made

    def __reduce__(self):
        return str, (self.value(self.index) or '',)  # a copy that another extension makes is the text of now

    def __call__(self, index, use_main_prompt=False, **rest):
        return None if use_main_prompt else self.value(index)  # a grid's parameters are of no picture
