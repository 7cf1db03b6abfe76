"""Tests the model that the test WebUI paints with."""
from __future__ import annotations

import numpy as np
import pytest
import torch
from landscapes.drawing import SIZE, WORDS, draw, draw_scene, scene_of
from landscapes.model import INPAINTING_WEIGHTS, WEIGHTS, InpaintingLandscapes, Landscapes
from landscapes.packed import packed, unpacked
from safetensors.torch import load_file


@pytest.fixture(scope="module")
def model():
    return Landscapes.load()


def drawn(words, seed):
    """Draws a scene as the model's picture tensor."""
    pixels = draw_scene(words, np.random.default_rng(seed)).astype(np.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1


def psnr(a, b):
    """Measures how near pictures in -1..1 are, in dB."""
    return float(10 * torch.log10(4 / (a - b).square().mean()))


def test_drawing_is_seeded():
    (a, words_a), (b, words_b) = (draw(np.random.default_rng(7)) for _ in range(2))
    assert words_a == words_b
    assert (a == b).all()
    assert not (a == draw(np.random.default_rng(8))[0]).all()


def test_drawing_is_a_picture_of_its_words():
    picture, words = draw(np.random.default_rng(3))
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture.dtype == np.uint8
    assert set(words.split()) <= set(WORDS)


def test_scene_follows_the_words():
    scene = scene_of("house, winter clear night", np.random.default_rng(0))
    assert scene.words() == "winter night clear house"


def test_weights_are_small():
    assert WEIGHTS.stat().st_size <= 6 * 2**20
    assert INPAINTING_WEIGHTS.stat().st_size <= 2.25 * 2**20


def test_packed_differences_are_off_by_half_a_unit_at_most():
    added = {"weight": torch.tensor([[[1.0, -127.0]], [[0.3, 0.1]], [[0.0, 0.0]]]), "bias": torch.tensor([2.54, -0.03])}
    found = unpacked(packed(added))
    assert found["weight"].shape == (3, 1, 2)
    assert torch.equal(found["weight"][0], added["weight"][0])
    assert torch.equal(found["weight"][2], added["weight"][2])
    assert (found["weight"][1] - added["weight"][1]).abs().max() <= 0.3 / 127 / 2
    assert torch.allclose(found["bias"], torch.tensor([2.54, -0.04]))


def test_the_inpainting_denoiser_is_the_other_one_and_what_was_added(model):
    told, added = InpaintingLandscapes.load(), unpacked(load_file(INPAINTING_WEIGHTS))
    name = "conv_in.weight"
    first, more = told.denoiser.state_dict()[name].split([4, 5], dim=1)
    assert torch.equal(first, model.denoiser.state_dict()[name] + added[name][:, :4])
    assert torch.equal(more, added[name][:, 4:])
    assert torch.equal(told.words.weight, model.words.weight)


@pytest.mark.parametrize("words", ["summer day clear mountains trees", "winter night clear house"])
def test_autoencoder_restores_a_picture(model, words):
    image = drawn(words, 11)
    assert psnr(model.decode(model.encode(image)), image) > 25


def test_autoencoder_takes_other_sizes(model):
    image = torch.zeros(1, 3, 128, 192)
    latent = model.encode(image)
    assert latent.shape == (1, 4, 16, 24)
    assert model.decode(latent).shape == image.shape


def test_latents_have_unit_scale(model):
    images = torch.cat([drawn("", seed) for seed in range(16)])
    assert 0.8 < model.encode(images).std() < 1.25


def test_prompt_is_a_set_of_known_words(model):
    one = model.encode_prompt("winter night trees")
    assert one.shape == (1, 8, 64)
    assert torch.equal(one, model.encode_prompt("Trees, of a winter night"))
    assert not torch.equal(one, model.encode_prompt("winter night"))
    assert torch.equal(model.encode_prompt(""), model.encode_prompt("nothing known"))


@pytest.mark.parametrize(("height", "width"), [(16, 16), (16, 24), (24, 8)])
def test_forward_predicts_noise_at_any_size(model, height, width):
    x = torch.zeros(2, 4, height, width)
    t = torch.tensor([0.5, 998.7])
    eps = model(x, t, model.encode_prompt("summer").expand(2, -1, -1))
    assert eps.shape == x.shape
    assert torch.isfinite(eps).all()


def test_batch_members_are_independent(model):
    x = torch.randn(3, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    t = torch.tensor([900.0, 500.0, 20.5])
    cond = torch.cat([model.encode_prompt(words) for words in ("summer day", "winter night", "")])
    together = model(x, t, cond)
    for i in range(3):
        alone = model(x[i : i + 1], t[i : i + 1], cond[i : i + 1])
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-4, rtol=0)


def test_noise_is_recognised(model):
    latent = model.encode(drawn("autumn day clear mountains house", 5))
    noise = torch.randn(latent.shape, generator=torch.Generator().manual_seed(1))
    alpha = model.alphas_cumprod[500]
    noisy = alpha.sqrt() * latent + (1 - alpha).sqrt() * noise
    eps = model(noisy, torch.tensor([500]), model.encode_prompt("autumn day clear mountains house"))
    assert (eps - noise).square().mean() < 0.25
