"""A map from words for the page: a job of its own in the host's queue, which looks at the picture and paints nothing."""
from __future__ import annotations

import math

import numpy as np
from modules import call_queue, progress, shared
from modules.processing import StableDiffusionProcessingImg2Img, process_images
from PIL import Image

from ..algorithm.words import asked_for
from ..maps.geometry import CELL, STRETCH
from ..settings.refusal import Refusal
from ..settings.settings import Settings
from .picture import Img2Img
from .words import STOPPED, WordMaps

OURS = 'task(diffdiff-'  # what the page's names for its jobs begin with
NOTHING = 'Name what is to change, such as "house" or "sky: 0.7, house: 0.2", or describe what the picture shows now.'


def map_from_words(picture: Image.Image, size: tuple[int, int], settings: Settings, prompt: str, task: str) -> np.ndarray:
    """The map (height, width) of a picture, in units. Raises Refusal where none is found.

    size: (width, height); the picture is examined at about that many pixels, in its own shape. task: the job's name in the host's queue.
    """
    if not asked_for(settings):
        raise Refusal(NOTHING)
    width, height = _like(picture.size, size)
    p = StableDiffusionProcessingImg2Img(sd_model=shared.sd_model, init_images=[picture], resize_mode=STRETCH, width=width, height=height,
                                         prompt=prompt, seed=1, steps=20, sampler_name='Euler', cfg_scale=1.0, denoising_strength=1.0,
                                         batch_size=1, n_iter=1, do_not_save_samples=True, do_not_save_grid=True)
    p.sample = looking = Looking(p, settings)
    _in_queue(task, p)
    if looking.found is None:
        raise looking.refusal or Refusal(STOPPED)
    return looking.found


def stop(task: str) -> None:
    """Stops a job of ours by its name, whether it waits for its turn or runs; no other job."""
    if not task.startswith(OURS):
        return
    if progress.current_task == task:
        shared.state.interrupt()
    else:
        progress.pending_tasks.pop(task, None)


def _in_queue(task: str, p) -> None:
    # As the host's own buttons run a job (modules/call_queue.py).
    progress.add_task_to_queue(task)
    with call_queue.queue_lock:
        if task not in progress.pending_tasks:  # stopped while it waited
            return
        shared.state.begin(job=task)
        progress.start_task(task)
        try:
            process_images(p)
        except (RuntimeError, OSError) as error:  # too little memory, or files of the model that cannot be read
            raise Refusal(f'The model could not look at the picture: {error}') from error
        finally:
            progress.finish_task(task)
            shared.state.end()


class Looking:
    """Stands in for a run's `sample`: it looks at the originals, and gives them back."""

    def __init__(self, p, settings: Settings):
        self.p, self.settings = p, settings
        self.found: np.ndarray | None = None
        self.refusal: Refusal | None = None

    def __call__(self, *args, **named):
        part, latent = Img2Img(self.p), self.p.init_latent
        part.begin(self.p, latent)
        try:
            self.found, = WordMaps(self.settings).of_batch(self.p, part, latent)
        except Refusal as refusal:
            self.refusal = refusal
        return latent


def _like(shape: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    # Of the picture's shape and the size's area, in whole cells.
    scale = math.sqrt(size[0] * size[1] / (shape[0] * shape[1]))
    width, height = (max(CELL, round(side * scale / CELL) * CELL) for side in shape)
    return width, height
