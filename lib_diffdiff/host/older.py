"""A1111 before 1.10 and 1.9: there the sampler itself tells that sampling begins, and parameters are texts, not functions."""
from __future__ import annotations

from modules import scripts


def tells_of_sampling() -> bool:
    """Whether the host tells its scripts before every sampling."""
    return hasattr(scripts.Script, 'process_before_every_sampling')


def tell(p, begin_sampling) -> None:
    """begin_sampling(p, init, noise): called when the run's sampler begins."""
    if not isinstance(p.sampler.sample_img2img, Telling):
        p.sampler.sample_img2img = Telling(p.sampler.sample_img2img, begin_sampling)


class Telling:
    """Stands in for a sampler's `sample_img2img`."""

    def __init__(self, own, begin_sampling):
        self.own, self.begin_sampling = own, begin_sampling

    def __call__(self, p, x, noise, *rest, **named):
        self.begin_sampling(p, x, noise)
        return self.own(p, x, noise, *rest, **named)


class OfPicture(str):
    """A parameter whose value each picture has its own of, once it is finished: the host calls it for each picture's parameters.

    A1111 before 1.9 takes it for the text that it is: what was known when it was made, of one picture of the batch.
    """

    def __new__(cls, value, index: int = 0):
        """value(index): the text of a picture of the batch, or None for none."""
        made = super().__new__(cls, value(index) or '')
        made.value = value
        return made

    def __call__(self, index, use_main_prompt=False, **rest):
        return None if use_main_prompt else self.value(index)  # a grid's parameters are of no picture
