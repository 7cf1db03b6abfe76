"""The latent diffusion model that paints landscapes."""
from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from .drawing import WORDS
from .packed import unpacked
from .schedule import alphas_cumprod

WEIGHTS = Path(__file__).with_name("weights.safetensors")
INPAINTING_WEIGHTS = Path(__file__).with_name("inpainting.safetensors")
INPAINTING_CHANNELS = 5  # a mask, 1 where to paint, and the latent of the masked picture
TOKENS = 8
WIDTH = 64
STEPS = 1000


def make_autoencoder():
    """Builds the autoencoder of pictures whose 2x2 blocks are channels."""
    return AutoencoderKL(
        in_channels=12,
        out_channels=12,
        latent_channels=4,
        block_out_channels=(32, 48, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=8,
        mid_block_add_attention=False,
    )


def make_denoiser(in_channels=4):
    """Builds the denoiser; attention at full size would more than double its time."""
    return UNet2DConditionModel(
        in_channels=in_channels,
        out_channels=4,
        block_out_channels=(48, 64, 72),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=4,
        cross_attention_dim=WIDTH,
    )


def word_ids(text):
    """Numbers the known words of a prompt in the vocabulary's order; 0 pads."""
    named = set(text.lower().replace(",", " ").split())
    known = [number for number, word in enumerate(WORDS, 1) if word in named][:TOKENS]
    return torch.tensor([known + [0] * (TOKENS - len(known))])


class Landscapes(nn.Module):
    """Paints landscapes: an autoencoder, a denoiser and a vector for each word."""

    def __init__(self):
        super().__init__()
        self.autoencoder = make_autoencoder()
        self.denoiser = make_denoiser()
        self.words = nn.Embedding(len(WORDS) + 1, WIDTH)
        self.register_buffer("shift", torch.zeros(1, 4, 1, 1))
        self.register_buffer("scale", torch.ones(1, 4, 1, 1))
        self.register_buffer("alphas_cumprod", alphas_cumprod(STEPS), persistent=False)

    @classmethod
    def load(cls, path=WEIGHTS):
        """Loads the trained model, in float32 and for evaluation."""
        model = cls()
        model.load_state_dict(load_file(path))
        return model.float().eval().requires_grad_(False)

    def encode_prompt(self, text):
        """Turns a prompt's words into vectors; the empty prompt is the unconditional one."""
        return self.words(word_ids(text).to(self.words.weight.device))  # 1LC

    def posterior(self, image):
        """Encodes pictures into a distribution of latents of any scale."""
        return self.autoencoder.encode(F.pixel_unshuffle(image, 2)).latent_dist

    def encode(self, image):
        """Encodes pictures in -1..1 into latents of zero mean and unit variance, by whole cells of 8x8 pixels."""
        image = image[..., :image.shape[-2] // 8 * 8, :image.shape[-1] // 8 * 8]
        return (self.posterior(image).mean - self.shift) * self.scale

    def decode(self, latent):
        """Decodes latents into pictures in -1..1."""
        blocks = self.autoencoder.decode(latent / self.scale + self.shift).sample
        return F.pixel_shuffle(blocks, 2).clamp(-1, 1)

    def forward(self, x, t, cond):
        """Predicts the noise in latents at timesteps that need not be whole."""
        return self.denoiser(x, t, cond).sample


def widened(denoiser):
    """A denoiser's weights with more input channels, which at first count for nothing."""
    state = denoiser.state_dict()
    state["conv_in.weight"] = F.pad(state["conv_in.weight"], (0, 0, 0, 0, 0, INPAINTING_CHANNELS))
    return state


class InpaintingLandscapes(Landscapes):
    """The same, with a denoiser that is told what is to be painted, as inpainting checkpoints are."""

    def __init__(self):
        super().__init__()
        self.denoiser = make_denoiser(4 + INPAINTING_CHANNELS)

    @classmethod
    def load(cls, path=INPAINTING_WEIGHTS):
        """Loads the trained model: the other one, and what its training added to the denoiser."""
        other, model = Landscapes.load(), cls()
        start, added = widened(other.denoiser), unpacked(load_file(path))
        denoiser = {f"denoiser.{name}": value + added[name] for name, value in start.items()}
        model.load_state_dict({**other.state_dict(), **denoiser})
        return model.eval().requires_grad_(False)

    def forward(self, x, t, cond, told):
        """Predicts the noise; told: what the model is told, the mask and the masked picture's latent (B, 5, h, w)."""
        return self.denoiser(torch.cat([x, told], dim=1), t, cond).sample
