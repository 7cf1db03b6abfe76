"""Hosts without `process_before_every_sampling`, A1111 before 1.10: there the sampler itself tells that sampling begins."""
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
