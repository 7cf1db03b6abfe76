"""The models behind shared.sd_model: two that are random and exact, and one that paints."""
import hashlib
import math
from types import SimpleNamespace

import torch
from landscapes.schedule import alphas_cumprod

CELL = 8


class Checkpoint(torch.nn.Module):
    """What the host asks of a model: conditions (embed), the autoencoder (encode, decode) and the noise (predict).

    An inpainting checkpoint is told a mask and the masked picture's latent (B, 5, h, w); the others get it and do not look.
    """

    is_inpainting = False

    def __init__(self):
        super().__init__()
        self.register_buffer('alphas_cumprod', alphas_cumprod())

    def create_denoiser(self):
        return SigmaDenoiser(self)

    @property
    def sd_checkpoint_info(self):
        """The checkpoint's name, as it has no file."""
        return SimpleNamespace(name_for_extra=type(self).__name__.lower())


class SigmaDenoiser(torch.nn.Module):
    """The noise model as a denoiser in k-diffusion's terms; between the model's levels log sigma is linear in time."""

    def __init__(self, model):
        super().__init__()
        self.inner_model = model
        self.sigmas = ((1 - model.alphas_cumprod) / model.alphas_cumprod) ** 0.5
        self.log_sigmas = self.sigmas.log()

    def sigma_to_t(self, sigma):
        """Works in float64, so that the result does not depend on how many rows are asked for."""
        levels = self.log_sigmas.double()
        log_sigma = sigma.double().log()
        below = torch.searchsorted(levels, log_sigma, right=True).sub(1).clamp(0, len(levels) - 2)
        share = (log_sigma - levels[below]) / (levels[below + 1] - levels[below])
        return (below + share.clamp(0, 1)).to(sigma.dtype)

    def t_to_sigma(self, t):
        below = t.double().floor().long().clamp(0, len(self.sigmas) - 2)
        levels = self.log_sigmas.double()
        return torch.lerp(levels[below], levels[below + 1], t.double() - below).exp().float()

    def get_sigmas(self, n):
        t = torch.linspace(len(self.sigmas) - 1, 0, n, device=self.sigmas.device)
        return torch.cat([self.t_to_sigma(t), t.new_zeros(1)])

    def forward(self, x, sigma, cond, told):
        level = sigma[:, None, None, None]
        return x - level * self.inner_model.predict(x / (level ** 2 + 1) ** 0.5, self.sigma_to_t(sigma), cond, told)


class Random(Checkpoint):
    """A small random denoiser that takes one image at a time, and an autoencoder that takes one cell at a time."""

    width, words, kernel = 32, 4, 1

    def __init__(self, seed=0):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)

        def weights(outputs, inputs, gain=1.0):
            return torch.randn(outputs, inputs, generator=generator) * gain / inputs ** 0.5

        taps = 4 * self.kernel ** 2
        self.register_buffer('inner', weights(self.width, taps, 1.5))
        self.register_buffer('from_time', weights(self.width, 8))
        self.register_buffer('from_prompt', weights(self.width, 16, 0.7))
        self.register_buffer('middle', weights(self.width, self.width, 1.5))
        self.register_buffer('outer', weights(4, self.width))
        colours = torch.eye(3).repeat_interleave(CELL * CELL, dim=1)
        basis = torch.cat([colours, torch.randn(1, 3 * CELL * CELL, generator=generator)])
        self.register_buffer('cells', torch.linalg.qr(basis.T).Q.T)

    def embed(self, text):
        """Draws a prompt's vectors from its own hash."""
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], 'big')
        return torch.randn(1, self.words, 16, generator=torch.Generator().manual_seed(seed)).to(self.cells.device)

    def encode(self, image):
        """Reads four numbers of every whole cell: its colours, and one random pattern."""
        image = image[..., :image.shape[-2] // CELL * CELL, :image.shape[-1] // CELL * CELL]
        blocks = torch.nn.functional.pixel_unshuffle(image, CELL)
        height, width = blocks.shape[-2:]
        return (self.cells @ blocks.reshape(-1, height * width) * 0.25).reshape(1, 4, height, width)

    def decode(self, latent):
        height, width = latent.shape[-2:]
        blocks = (self.cells.T @ latent.reshape(4, -1) * 4).reshape(1, -1, height, width)
        return torch.tanh(torch.nn.functional.pixel_shuffle(blocks, CELL))

    def predict(self, x, t, cond, told):
        return torch.stack([self.predict_one(*row) for row in zip(x, t, cond)])

    def predict_one(self, x, t, cond):
        """Predicts the noise of one image, 4HW: what a picture of unit variance would have, and a nonlinear rest."""
        phases = t * math.pi / 1000 * torch.tensor([0.5, 1.0, 2.0, 4.0], device=t.device)
        time = torch.cat([phases.sin(), phases.cos()])
        bias = (self.from_time @ time + self.from_prompt @ cond.mean(0))[:, None]
        hidden = torch.tanh(self.inner @ self.neighbours(x) + bias)
        rest = self.outer @ torch.tanh(self.middle @ hidden)
        return ((1 - self.alphas_cumprod[t.long()]) ** 0.5 * x.reshape(4, -1) + 0.5 * rest).reshape(x.shape)


class Pointwise(Random):
    """Sees no neighbours: every cell is painted by itself, so cells can be compared with runs of their own."""

    def neighbours(self, x):
        return x.reshape(4, -1)


class Convolved(Random):
    """Sees its neighbours, so that what is painted here depends on what is kept there."""

    kernel = 3

    def neighbours(self, x):
        padded = torch.nn.functional.pad(x[None], (1, 1, 1, 1), mode='replicate')
        return torch.nn.functional.unfold(padded, 3)[0]


class Landscapes(Checkpoint):
    """The trained model that paints landscapes."""

    def __init__(self):
        super().__init__()
        from landscapes import model

        self.painter = model.Landscapes.load()

    def embed(self, text):
        return self.painter.encode_prompt(text)

    def encode(self, image):
        return self.painter.encode(image)

    def decode(self, latent):
        return self.painter.decode(latent)

    def predict(self, x, t, cond, told):
        return self.painter(x, t, cond)


class ConvolvedInpainting(Convolved):
    """Random, and told what is to be painted."""

    is_inpainting = True

    def predict(self, x, t, cond, told):
        pull = told[:, :1] * 0.2 + told[:, 1:] * 0.1
        return super().predict(x + pull, t, cond, told)


class InpaintingLandscapes(Landscapes):
    """The landscape painter that is told what is to be painted."""

    is_inpainting = True

    def __init__(self):
        Checkpoint.__init__(self)
        from landscapes import model

        self.painter = model.InpaintingLandscapes.load()

    def predict(self, x, t, cond, told):
        return self.painter(x, t, cond, told)


MODELS = {'pointwise': Pointwise, 'convolved': Convolved, 'landscapes': Landscapes, 'convolved_inpainting': ConvolvedInpainting,
          'inpainting_landscapes': InpaintingLandscapes}
