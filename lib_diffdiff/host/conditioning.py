"""What inpainting checkpoints are told: at each call the part that is painted by now, and the picture with that part grey."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from . import stand_ins

NAME = 'inpainting_image_conditioning'


class Conditioning:
    """Stands in for `p.inpainting_image_conditioning`, which only inpainting checkpoints call, and makes what they are told anew."""

    def __init__(self, p, own, makes):
        """own, makes: as `stand_ins.put_on` gives them."""
        self.p, self.own, self.makes = p, own, makes
        self.source = self.latent = None
        self.free: Tensor | None = None
        self.told: Tensor | None = None

    def __call__(self, source_image, latent_image, *rest, **named) -> Tensor:
        take_off(self.p)  # a copy of the run, which another extension may make later, is told by itself
        self.source, self.latent, self.free = source_image, latent_image, None
        return self.makes(source_image, latent_image, *rest, **named)

    def at(self, free: Tensor | None, given: Tensor) -> Tensor:
        """What the checkpoint is told while these cells (1 or B, 1, h, w; None for all) run free: (B, 5, h, w), as `given`.

        Of a picture that is free as a whole that is what plain img2img tells.
        """
        if self.source is None or given.shape[-2:] != self.latent.shape[-2:]:
            return given
        free = given.new_ones(1, 1, *given.shape[-2:], dtype=torch.bool) if free is None else free
        if self.free is None or not torch.equal(free, self.free):
            self.free, self.told = free, self._made(free).to(given)
        return self.told

    def _made(self, free: Tensor) -> Tensor:
        mask = interpolate(free.float(), size=self.source.shape[-2:], mode='nearest')
        devices = [self.source.device] if self.source.device.type == 'cuda' else []
        with torch.random.fork_rng(devices):  # the autoencoder draws, and nothing else of the run may notice
            return self.makes(self.source, self.latent, image_mask=mask)


def put_on(p) -> Conditioning | None:
    """Puts it on a run; None where the host has no such function."""
    if not hasattr(p, NAME):
        return None
    stand_ins.put_on(p, NAME, Conditioning, p)
    return getattr(p, NAME)


def take_off(p) -> None:
    """Takes it off a run."""
    stand_ins.take_off(p, NAME, Conditioning)
