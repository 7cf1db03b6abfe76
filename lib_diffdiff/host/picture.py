"""Pictures and masks of an img2img run: where they lie, which pixels change, and the original to keep."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from modules import images, shared
from PIL import Image
from torch import Tensor

from ..maps.geometry import CELL, FILL, LATENT, Placement, placement, spread_over, unplaced
from ..maps.strength import Mask, Target, target
from ..result.adherence import over_cells, rgb_distance
from ..settings.settings import Settings


class Filled(NamedTuple):
    """The host's own tensor of original latents, and what was in it before it was filled."""

    latent: Tensor
    before: Tensor


class Img2Img:
    """The part of a run that the map rules: all of img2img's. `Hires` is the other kind."""

    def __init__(self, p):
        self.p = p
        self.grid: tuple[int, int] = (0, 0)  # (rows, columns) of the latent, once it is there
        self._filled: Filled | None = None
        self._originals: dict[int, Image.Image] = {}  # the host may upscale one with a model

    @property
    def pictures(self) -> int:
        """How many pictures a batch has."""
        return len(self.p.init_images) if len(self.p.init_images) > 1 else self.p.batch_size

    @property
    def steps(self) -> int:
        """The steps that the user asked for."""
        return self.p.steps

    @property
    def sampler_name(self) -> str:
        """The host's name of the sampler."""
        return self.p.sampler_name

    @property
    def scheduler(self) -> str:
        """The host's name of the schedule; samplers of A1111 before 1.9 have it in their own."""
        return getattr(self.p, 'scheduler', None) or 'Automatic'

    @property
    def prompts(self) -> list[str]:
        """The prompts of the batch's pictures, without what the host took out of them."""
        return self.p.prompts

    @property
    def exact_steps(self) -> bool:
        """Whether the host makes exactly this many, of a longer schedule."""
        return shared.opts.img2img_fix_steps

    def is_now(self) -> bool:
        """Whether the sampling that begins is of this part."""
        return True

    def forget_batch(self) -> None:
        """Before each batch."""

    def begin(self, p, latent: Tensor) -> None:
        """Takes the original latents (B, C, h, w) of a batch; p: the run's own, which may be a copy by now."""
        self.p, self.grid = p, tuple(latent.shape[-2:])
        if self._filled is not None and self._filled.latent is latent:
            latent.copy_(self._filled.before)  # all batches of a run share it

    def fill(self, latent: Tensor, filled: Tensor) -> None:
        """Gives the sampler, which holds `latent`, another one to start from."""
        if filled is not latent:
            self._filled = Filled(latent, latent.clone())
            latent.copy_(filled)

    def was_left_before(self) -> bool:
        """Whether the run was interrupted before this part of it began."""
        return False

    def targets(self, maps: list[np.ndarray], mask: Mask | None, settings: Settings) -> list[Target]:
        """What each place of each picture is to do: one target for all, or one per picture where their maps or sizes differ."""
        maps, sizes = maps or [None], [image.size for image in self.p.init_images]
        if len(set(sizes)) == 1:
            sizes = sizes[:1]
        return [target(item(maps, i), mask, settings, item(sizes, i), self._placement(), self.grid, uncropped=self.is_uncropped())
                for i in range(max(len(maps), len(sizes)))]

    def as_map(self, cells: np.ndarray, index: int) -> np.ndarray:
        """Cells of the latent (rows, columns) as a map at the size of this picture's init image; black where it is not shown."""
        placed = self._placement()
        return unplaced(spread_over(cells, placed.size), placed, item(self.p.init_images, index).size)

    def conditioning(self, latent: Tensor, index: int) -> Tensor:
        """What an inpainting checkpoint is told of one original (1, C, h, w) of the batch."""
        told = self.p.image_conditioning
        return told[index:index + 1] if len(told) > 1 else told

    def is_uncropped(self) -> bool:
        """Whether the picture that comes out is the whole init image with the painted crop pasted in."""
        return self.p.paste_to is not None and shared.opts.overlay_inpaint

    def original(self, index: int) -> Image.Image:
        """The picture that stays where nothing changes: the init image as the host flattens, crops and resizes it."""
        index = self._source(index)
        if index not in self._originals:
            self._originals[index] = self._original(index)
        return self._originals[index]

    def change(self, original: Image.Image, picture: Image.Image) -> np.ndarray:
        """How far each cell of a finished picture is from its original, in RGB."""
        if self.is_uncropped():
            x, y, width, height = self.p.paste_to
            original, picture = (image.crop((x, y, x + width, y + height)) for image in (original, picture))
        change = rgb_distance(*(np.asarray(image.convert('RGB')) for image in (original, picture)))
        return over_cells(change, self.grid)

    def outside_crop(self, index: int) -> Image.Image:
        """An overlay that only fills in the picture outside the crop; the host's own would leave ghosts in soft masks."""
        original = self.original(index).convert('RGBA')
        transparent = Image.new('RGBA', original.size)
        if not self.is_uncropped():
            return transparent
        x, y, width, height = self.p.paste_to
        original.paste(transparent.crop((0, 0, width, height)), (x, y))
        return original

    def _placement(self) -> Placement:
        return placement((self.p.width, self.p.height), self.p.resize_mode, self.p.paste_to)

    def _source(self, index: int) -> int:
        return last_for_all(self.p.init_images, index)

    def _original(self, index: int) -> Image.Image:
        image = images.flatten(self.p.init_images[index], shared.opts.img2img_background_color)
        if self.is_uncropped():
            return image
        rows, columns = self.grid
        return self._resized(image).crop((0, 0, columns * CELL, rows * CELL))

    def _resized(self, image: Image.Image) -> Image.Image:
        placed = self._placement()
        if placed.crop is not None:
            x, y, width, height = placed.crop
            return images.resize_image(FILL, image.crop((x, y, x + width, y + height)), *placed.size)
        if self.p.resize_mode == LATENT:
            return image.resize(placed.size, Image.Resampling.LANCZOS)
        return images.resize_image(self.p.resize_mode, image, *placed.size)


def item(of_pictures: list, index: int):
    """What belongs to a picture of the batch, of a list that has one for each or a single one for all."""
    return of_pictures[last_for_all(of_pictures, index)]


def last_for_all(of_pictures: list, index: int) -> int:
    """Where in such a list that is."""
    return min(index, len(of_pictures) - 1)
