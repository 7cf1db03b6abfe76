"""Hires. fix: txt2img's second pass is an img2img run, whose original is the first pass's picture, upscaled."""
from __future__ import annotations

import numpy as np
import torch
from modules import images
from modules.processing import decode_latent_batch
from modules.shared import device, state
from PIL import Image

from ..maps.geometry import CELL, LATENT, STRETCH, Placement, placement, spread_over, unplaced
from ..maps.strength import Mask, Target, target
from ..page.checks import NO_SECOND_PASS
from ..settings.refusal import Refusal
from ..settings.settings import Settings
from . import stand_ins
from .older import tells_of_sampling
from .picture import Img2Img

SECOND_PASS = 'sample_hr_pass'
TOO_OLD = 'For Hires. fix, Differential Diffusion needs AUTOMATIC1111 1.10 or newer: update the WebUI, or untick it in txt2img.'


class Hires(Img2Img):
    """The part of a txt2img run that the map rules: the second pass of Hires. fix."""

    def __init__(self, p):
        """Raises Refusal where the run has no second pass, or the host does not tell of it."""
        if not p.enable_hr:
            raise Refusal(NO_SECOND_PASS)
        if not tells_of_sampling():
            raise Refusal(TOO_OLD)
        super().__init__(p)
        self.first = self._latent = None  # the first pass's pictures, -1..1 (B, 3, height, width), and what is made of them

    @property
    def pictures(self) -> int:
        return self.p.batch_size

    @property
    def steps(self) -> int:
        return self.p.hr_second_pass_steps or self.p.steps

    @property
    def sampler_name(self) -> str:
        return self.p.hr_sampler_name or self.p.sampler_name

    @property
    def scheduler(self) -> str:
        return getattr(self.p, 'hr_scheduler', None) or super().scheduler

    @property
    def prompts(self) -> list[str]:
        return getattr(self.p, 'hr_prompts', None) or super().prompts

    @property
    def exact_steps(self) -> bool:
        return True

    def is_now(self) -> bool:
        return self.p.is_hr_pass

    def forget_batch(self) -> None:
        self.first = self._latent = self._filled = None
        self._originals = {}
        stand_ins.put_on(self.p, SECOND_PASS, SecondPass, self)

    def begin(self, p, latent) -> None:
        super().begin(p, latent)
        self._latent = latent

    def was_left_before(self) -> bool:
        return state.interrupted and self._latent is None

    def targets(self, maps: list[np.ndarray], mask: Mask | None, settings: Settings) -> list[Target]:
        whole = self._placement()
        grid = (whole.size[1] // CELL, whole.size[0] // CELL)
        found = [target(one, mask, settings, (self.p.width, self.p.height), whole, grid, uncropped=False) for one in maps]
        (left, top), (rows, columns) = self._corner(), self.grid
        return [Target(one.values[top:top + rows, left:left + columns],
                       one.changed[top * CELL:(top + rows) * CELL, left * CELL:(left + columns) * CELL]) for one in found]

    def as_map(self, cells: np.ndarray, index: int) -> np.ndarray:
        whole = self._placement()
        (left, top), (rows, columns) = self._corner(), self.grid
        all_cells = np.zeros((whole.size[1] // CELL, whole.size[0] // CELL), dtype=cells.dtype)
        all_cells[top:top + rows, left:left + columns] = cells
        return unplaced(spread_over(all_cells, whole.size), whole, (self.p.width, self.p.height))

    def conditioning(self, latent: torch.Tensor, index: int) -> torch.Tensor:
        rows, columns = latent.shape[-2:]
        return self.p.txt2img_image_conditioning(latent, columns * CELL, rows * CELL)

    def is_uncropped(self) -> bool:
        return False

    def _placement(self) -> Placement:
        return placement(self._whole(), LATENT if self._is_latent() else STRETCH)

    def _source(self, index: int) -> int:
        return index

    def _original(self, index: int) -> Image.Image:
        return self._of_latent(index) if self._is_latent() else self._upscaled(index)

    def _is_latent(self) -> bool:
        return self.p.latent_scale_mode is not None

    def _whole(self) -> tuple[int, int]:
        return self.p.hr_upscale_to_x, self.p.hr_upscale_to_y

    def _corner(self) -> tuple[int, int]:
        # Where the host cuts the upscaled latent to the size that was asked for (modules/processing.py, sample_hr_pass).
        return self.p.truncate_x // 2, self.p.truncate_y // 2

    def _upscaled(self, index: int) -> Image.Image:
        # As the host does it; it keeps no picture of its own.
        whole = images.resize_image(STRETCH, _picture(self.first[index]), *self._whole(), upscaler_name=self.p.hr_upscaler)
        (left, top), (rows, columns) = self._corner(), self.grid
        return whole.crop((left * CELL, top * CELL, (left + columns) * CELL, (top + rows) * CELL))

    def _of_latent(self, index: int) -> Image.Image:
        # An upscaled latent has no other picture than its own decoding, whatever the sampler starts from.
        latent = self._latent if self._filled is None else self._filled.before
        return _picture(decode_latent_batch(self.p.sd_model, latent[index:index + 1].to(device), target_device=torch.device('cpu'))[0])


def _picture(decoded: torch.Tensor) -> Image.Image:
    # (3, height, width), -1..1, as the host makes pictures of it.
    values = torch.clamp((decoded.float() + 1.0) / 2.0, min=0.0, max=1.0)
    return Image.fromarray((255.0 * np.moveaxis(values.cpu().numpy(), 0, 2)).astype(np.uint8))


class SecondPass:
    """Stands in for `p.sample_hr_pass`, to see the first pass's pictures."""

    def __init__(self, hires: Hires, own, runs):
        """own, runs: as `stand_ins.put_on` gives them."""
        self.hires, self.own, self.runs = hires, own, runs

    def __call__(self, samples, decoded_samples, *rest, **named):
        take_off(self.hires.p)  # a copy of the run, which another extension may make later, has a second pass of its own
        self.hires.first = decoded_samples
        return self.runs(samples, decoded_samples, *rest, **named)


def part_of(p) -> Img2Img:
    """The part of a run that the map rules. Raises Refusal for a txt2img run without Hires. fix."""
    return Img2Img(p) if hasattr(p, 'init_images') else Hires(p)


def take_off(p) -> None:
    """Takes off a run what another run of the same `p` may have left there."""
    stand_ins.take_off(p, SECOND_PASS, SecondPass)
