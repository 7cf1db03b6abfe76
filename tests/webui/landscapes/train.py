"""Trains the landscape model: draws pictures, fits the autoencoder, the denoiser, the decoder.

Run `python tests/webui/landscapes/train.py`; an interrupted run goes on from its last checkpoint,
and `--export` writes the weights of that checkpoint at any time.
"""
from __future__ import annotations

import argparse
import copy
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm, trange

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from landscapes.drawing import SIZE, draw
from landscapes.model import TOKENS, WEIGHTS, Landscapes, word_ids


@dataclass(frozen=True)
class Stage:
    """How long and how fast a part of the model is trained."""

    name: str
    seed: int
    steps: int
    save_every: int
    rate: float = 1e-3
    warmup: int = 200
    constant: float = 0.4
    average: float = 0.999


@dataclass(frozen=True)
class Recipe:
    """All that the weights depend on."""

    seed: int = 1
    pictures: int = 24_000
    held_out: int = 64
    crop_steps: int = 16_000
    crop_batch: int = 8
    crop_size: int = 64
    full_steps: int = 9_000
    full_batch: int = 4
    gradient_weight: float = 0.7
    pooled_weight: float = 0.35
    kl_weight: float = 2e-4
    denoiser_steps: int = 15_000
    decoder_steps: int = 10_000
    denoiser_batch: int = 32
    prompt_dropout: float = 0.1
    word_dropout: float = 0.12

    def autoencoder_stage(self):
        """Plans the training of the autoencoder."""
        return Stage("autoencoder", self.seed + 1, self.crop_steps + self.full_steps, 2_500)

    def denoiser_stage(self):
        """Plans the training of the denoiser."""
        return Stage("denoiser", self.seed + 2, self.denoiser_steps, 1_000)

    def decoder_stage(self):
        """Plans the decoder's last training, on the latents that the denoiser learnt."""
        return Stage("decoder", self.seed + 3, self.decoder_steps, 2_500, constant=0.2)


def generator_at(stage, step):
    """Makes one step's generator, so that a resumed run repeats an uninterrupted one."""
    return torch.Generator().manual_seed(stage.seed * 10**9 + step)


def rate_at(stage, step):
    """Gives the learning rate: a warm-up, a plateau, a line to zero."""
    warm = min(1.0, (step + 1) / stage.warmup)
    left = (stage.steps - step) / (stage.steps * (1 - stage.constant))
    return stage.rate * warm * min(1.0, left)


def write_atomically(path, write):
    """Has a file written beside its place and then renamed."""
    partial = path.with_name(path.name + ".partial")
    write(partial)
    partial.replace(path)


def save_array(path, array):
    """Saves an array as exactly the named file."""
    with path.open("wb") as file:
        np.save(file, array)


def draw_set(recipe):
    """Draws the pictures and the numbers of their words."""
    rng = np.random.default_rng(recipe.seed)
    pictures = np.empty((recipe.pictures, SIZE, SIZE, 3), np.uint8)
    ids = np.zeros((recipe.pictures, TOKENS), np.int64)
    for index in trange(recipe.pictures, desc="drawing", mininterval=5):
        pictures[index], words = draw(rng)
        ids[index] = word_ids(words)[0]
    return pictures, ids


def load_set(work, recipe):
    """Loads the pictures and words, drawn on the first call."""
    files = [work / f"{kind}-{recipe.seed}-{recipe.pictures}.npy" for kind in ("pictures", "words")]
    if not all(file.exists() for file in files):
        for file, array in zip(files, draw_set(recipe)):
            write_atomically(file, lambda path, array=array: save_array(path, array))
    return np.load(files[0], mmap_mode="r"), torch.from_numpy(np.load(files[1]))


def to_tensor(pictures):
    """Turns pictures of bytes into a tensor in -1..1."""
    values = torch.from_numpy(np.array(pictures)).float() / 127.5 - 1
    return values.permute(0, 3, 1, 2).contiguous()  # BHWC -> BCHW


def pick_pictures(pictures, count, size, generator):
    """Picks pictures at random, each cropped at random to a size."""
    index = torch.randint(len(pictures), (count,), generator=generator).tolist()
    corners = torch.randint(SIZE - size + 1, (count, 2), generator=generator).tolist()
    crops = [pictures[i, y : y + size, x : x + size] for i, (y, x) in zip(index, corners)]
    return to_tensor(np.stack(crops))


def reconstruction_loss(error, recipe):
    """Weighs the error of pixels, of their gradients and of pooled pictures."""
    gradients = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    pooled = sum(F.avg_pool2d(error, size).abs().mean() for size in (2, 4, 8))
    return error.abs().mean() + recipe.gradient_weight * gradients + recipe.pooled_weight * pooled


def autoencoder_loss(model, pictures, recipe, step, generator):
    """Computes the autoencoder's loss, on crops first and on full pictures later."""
    crops = step < recipe.crop_steps
    size, count = (recipe.crop_size, recipe.crop_batch) if crops else (SIZE, recipe.full_batch)
    image = pick_pictures(pictures, count, size, generator)
    with torch.autocast("cpu", torch.bfloat16):
        posterior = model.posterior(image)
        blocks = model.autoencoder.decode(posterior.sample(generator)).sample
    error = F.pixel_shuffle(blocks.float(), 2) - image
    mean, logvar = posterior.mean.float(), posterior.logvar.float()
    kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
    return reconstruction_loss(error, recipe) + recipe.kl_weight * kl


def decoder_loss(model, pictures, latents, recipe, generator):
    """Computes the loss of pictures restored from the means of their latents."""
    index = torch.randint(len(pictures), (recipe.full_batch,), generator=generator)
    latent = latents[index].float() / model.scale + model.shift
    with torch.autocast("cpu", torch.bfloat16):
        blocks = model.autoencoder.decode(latent).sample
    error = F.pixel_shuffle(blocks.float(), 2) - to_tensor(pictures[index.numpy()])
    return reconstruction_loss(error, recipe)


def drop_words(ids, recipe, generator):
    """Drops whole prompts and single words at random."""
    whole = torch.rand((len(ids), 1), generator=generator) < recipe.prompt_dropout
    single = torch.rand(ids.shape, generator=generator) < recipe.word_dropout
    return ids.masked_fill(whole | single, 0)


def spread_timesteps(count, steps, generator):
    """Draws timesteps that cover the schedule evenly."""
    places = torch.arange(count) + torch.rand(count, generator=generator)
    return (places * steps / count).long().clamp(max=steps - 1)


def denoiser_loss(model, latents, ids, recipe, generator):
    """Computes the squared error of the predicted noise."""
    index = torch.randint(len(latents), (recipe.denoiser_batch,), generator=generator)
    x = latents[index].float()
    t = spread_timesteps(len(x), len(model.alphas_cumprod), generator)
    alpha = model.alphas_cumprod[t].view(-1, 1, 1, 1)
    noise = torch.randn(x.shape, generator=generator)
    noisy = alpha.sqrt() * x + (1 - alpha).sqrt() * noise
    with torch.autocast("cpu", torch.bfloat16):
        predicted = model(noisy, t, model.words(drop_words(ids[index], recipe, generator)))
    return F.mse_loss(predicted.float(), noise)


@torch.no_grad()
def follow(average, module, decay):
    """Moves averaged parameters towards the trained ones."""
    torch._foreach_lerp_(list(average.parameters()), list(module.parameters()), 1 - decay)


def resume(path, parts):
    """Restores a stage's parts from its checkpoint, if any, and gives the steps done."""
    if not path.exists():
        return 0
    checkpoint = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(checkpoint[name])
    return checkpoint["step"]


def save_checkpoint(path, parts, step):
    """Saves a stage's parts and the steps done."""
    state = {name: part.state_dict() for name, part in parts.items()}
    write_atomically(path, lambda partial: torch.save({**state, "step": step}, partial))


def update(module, optimizer, loss, rate):
    """Takes one step of the optimiser."""
    loss.backward()
    nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    optimizer.zero_grad()


def run_stage(stage, module, work, loss_at, on_save):
    """Trains a module by a stage's plan and leaves it with its averaged parameters."""
    path = work / f"{stage.name}.pt"
    module.requires_grad_(True)
    average = copy.deepcopy(module).requires_grad_(False)
    optimizer = torch.optim.AdamW(module.parameters(), stage.rate, betas=(0.9, 0.99))
    parts = {"module": module, "average": average, "optimizer": optimizer}
    done, recent = resume(path, parts), None
    steps = range(done, stage.steps)
    bar = tqdm(steps, stage.name, initial=done, total=stage.steps, mininterval=10)
    for step in bar:
        loss = loss_at(step, generator_at(stage, step))
        update(module, optimizer, loss, rate_at(stage, step))
        follow(average, module, min(stage.average, (step + 1) / (step + 10)))
        recent = loss.item() if recent is None else recent + 0.01 * (loss.item() - recent)
        bar.set_postfix(loss=f"{recent:.4f}", refresh=False)
        if (step + 1) % stage.save_every == 0 or step + 1 == stage.steps:
            save_checkpoint(path, parts, step + 1)
            on_save(average)
    module.load_state_dict(average.state_dict())
    module.requires_grad_(False)


@torch.no_grad()
def report_quality(model, pictures, average):
    """Tells how well the averaged autoencoder restores pictures held out of training."""
    judge = Landscapes()
    judge.load_state_dict({**model.state_dict(), **average.state_dict()})
    image = to_tensor(pictures)
    error = (judge.decode(judge.encode(image)) - image).square().mean((1, 2, 3))
    tqdm.write(f"PSNR {(10 * torch.log10(4 / error)).mean():.2f} dB", file=sys.stderr)


@torch.no_grad()
def encode_set(model, pictures):
    """Encodes all pictures and sets the model's latents to zero mean and unit variance."""
    starts = trange(0, len(pictures), 32, desc="encoding", mininterval=5)
    means = []
    for start in starts:
        with torch.autocast("cpu", torch.bfloat16):
            means.append(model.posterior(to_tensor(pictures[start : start + 32])).mean.float())
    latents = torch.cat(means)
    model.shift.copy_(latents.mean((0, 2, 3), keepdim=True))
    model.scale.copy_(1 / latents.std((0, 2, 3), keepdim=True))
    return (latents - model.shift) * model.scale


def load_latents(work, model, pictures):
    """Loads the encoded pictures, encoded on the first call, and the model's latent scale."""
    path = work / "latents.pt"
    if not path.exists():
        latents = encode_set(model, pictures).half()
        content = {"latents": latents, "shift": model.shift, "scale": model.scale}
        write_atomically(path, lambda partial: torch.save(content, partial))
    content = torch.load(path, weights_only=True)
    model.shift.copy_(content["shift"])
    model.scale.copy_(content["scale"])
    return content["latents"]


def export(model, path):
    """Writes the weights in half precision."""
    state = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    for name in ("shift", "scale"):
        state[name] = getattr(model, name).clone()
    write_atomically(path, lambda partial: partial.write_bytes(save(state)))


def export_checkpoint(work, path):
    """Writes the weights of the newest checkpoint."""
    model = Landscapes()
    latents = torch.load(work / "latents.pt", weights_only=True)
    state = {name: latents[name] for name in ("shift", "scale")}
    stages = [work / f"{name}.pt" for name in ("autoencoder", "denoiser", "decoder")]
    for stage in filter(Path.exists, stages):
        state.update(torch.load(stage, weights_only=True)["average"])
    model.load_state_dict(state)
    export(model, path)


def train_autoencoder(model, work, pictures, recipe):
    """Trains the autoencoder on all pictures but those held out."""
    seen, unseen = pictures[: -recipe.held_out], pictures[-recipe.held_out :]
    run_stage(
        recipe.autoencoder_stage(),
        nn.ModuleDict({"autoencoder": model.autoencoder}),
        work,
        lambda step, generator: autoencoder_loss(model, seen, recipe, step, generator),
        lambda average: report_quality(model, unseen, average),
    )


def train_denoiser(model, work, latents, ids, recipe):
    """Trains the denoiser and the word vectors, with a preview at each checkpoint."""
    run_stage(
        recipe.denoiser_stage(),
        nn.ModuleDict({"denoiser": model.denoiser, "words": model.words}),
        work,
        lambda step, generator: denoiser_loss(model, latents, ids, recipe, generator),
        lambda average: export_checkpoint(work, work / "preview.safetensors"),
    )


def train_decoder(model, work, pictures, latents, recipe):
    """Trains the decoder alone, which leaves the latents as they are."""
    seen, unseen = pictures[: -recipe.held_out], pictures[-recipe.held_out :]
    decoder = {name: getattr(model.autoencoder, name) for name in ("decoder", "post_quant_conv")}
    run_stage(
        recipe.decoder_stage(),
        nn.ModuleDict({"autoencoder": nn.ModuleDict(decoder)}),
        work,
        lambda step, generator: decoder_loss(model, seen, latents, recipe, generator),
        lambda average: report_quality(model, unseen, average),
    )


def train(work, recipe):
    """Trains the whole model."""
    torch.manual_seed(recipe.seed)
    model = Landscapes()
    pictures, ids = load_set(work, recipe)
    train_autoencoder(model, work, pictures, recipe)
    latents = load_latents(work, model, pictures)
    train_denoiser(model, work, latents, ids, recipe)
    train_decoder(model, work, pictures, latents, recipe)
    return model


def parse_arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    work = WEIGHTS.with_name(".work")
    parser.add_argument("--work", type=Path, default=work, help="pictures and checkpoints")
    parser.add_argument("--export", action="store_true", help="write the last checkpoint's weights")
    parser.add_argument("--threads", type=int, help="how many threads torch may use")
    return parser.parse_args()


def main():
    """Trains or exports the model."""
    arguments = parse_arguments()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.export:
        export_checkpoint(arguments.work, arguments.out)
    else:
        export(train(arguments.work, Recipe()), arguments.out)


if __name__ == "__main__":
    main()
