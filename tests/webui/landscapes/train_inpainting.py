"""Trains the denoiser that is told a mask and the masked picture, from the other one: python tests/webui/landscapes/train_inpainting.py

An interrupted run goes on from its last checkpoint; about half an hour on one thread.
"""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import nn
from torch.nn import functional as F
from tqdm import trange

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from landscapes.drawing import SIZE, draw
from landscapes.model import INPAINTING_CHANNELS, INPAINTING_WEIGHTS, Landscapes, make_denoiser, widened, word_ids
from landscapes.packed import packed
from landscapes.train import Recipe, Stage, drop_words, run_stage, spread_timesteps, to_tensor, write_atomically

STAGE = Stage("inpainting", 7, 3_000, 250, rate=5e-4, warmup=50, constant=0.5, average=0.998)
PICTURES = 3_000
BATCH = 16
WHOLE = 0.2  # the share of masks that are the whole picture: plain img2img
WORK = Path(__file__).parent / ".work"


def drawn():
    """Pictures of bytes and the numbers of their words."""
    rng = np.random.default_rng(STAGE.seed)
    made = [draw(rng) for _ in trange(PICTURES, desc="drawing", mininterval=5)]
    return np.stack([picture for picture, _ in made]), torch.cat([word_ids(words) for _, words in made])


def masks(count, generator):
    """Random areas of whole cells, 1 where to paint: smooth noise above a random level."""
    coarse = torch.randn((count, 1, 5, 5), generator=generator)
    smooth = F.interpolate(coarse, (SIZE // 8, SIZE // 8), mode="bicubic")
    level = torch.rand((count, 1, 1, 1), generator=generator)
    order = smooth.flatten(1).argsort().argsort().view_as(smooth) / smooth[0].numel()
    whole = torch.rand((count, 1, 1, 1), generator=generator) < WHOLE
    return ((order > level) | whole).float()


@torch.no_grad()
def told(model, pictures, mask):
    """What the model is told of pictures (B, 3, H, W): the mask in cells, and the latent of the picture that is grey there."""
    pixels = F.interpolate(mask, scale_factor=8.0, mode="nearest")
    return torch.cat([mask, model.encode(pictures * (1 - pixels))], dim=1)


def loss_at(model, denoiser, pictures, ids, generator):
    """The squared error of the predicted noise."""
    index = torch.randint(len(pictures), (BATCH,), generator=generator)
    image = to_tensor(pictures[index.numpy()])
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        x = model.encode(image).float()
        condition = told(model, image, masks(BATCH, generator)).float()
    t = spread_timesteps(BATCH, len(model.alphas_cumprod), generator)
    alpha = model.alphas_cumprod[t].view(-1, 1, 1, 1)
    noise = torch.randn(x.shape, generator=generator)
    noisy = alpha.sqrt() * x + (1 - alpha).sqrt() * noise
    words = model.words(drop_words(ids[index], Recipe(), generator))
    with torch.autocast("cpu", torch.bfloat16):
        predicted = denoiser(torch.cat([noisy, condition], dim=1), t, words).sample
    return F.mse_loss(predicted.float(), noise)


def export(average, start):
    """Writes what the training added to the weights that the averaged denoiser started from."""
    trained = {name.removeprefix("denoiser."): value for name, value in average.state_dict().items()}
    content = packed({name: value - start[name] for name, value in trained.items()})
    write_atomically(INPAINTING_WEIGHTS, lambda partial: partial.write_bytes(save(content)))


def main():
    WORK.mkdir(exist_ok=True)
    model = Landscapes.load()
    pictures, ids = drawn()
    start, denoiser = widened(model.denoiser), make_denoiser(4 + INPAINTING_CHANNELS)
    denoiser.load_state_dict(start)
    run_stage(STAGE, nn.ModuleDict({"denoiser": denoiser}), WORK,
              lambda step, generator: loss_at(model, denoiser, pictures, ids, generator), lambda average: export(average, start))


if __name__ == "__main__":
    main()
