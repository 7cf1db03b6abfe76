"""The map from words: where a word changes what the model predicts for the original, the word is to be seen (Couairon et al., DiffEdit)."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..settings.refusal import Refusal, brief
from ..settings.settings import Settings

NOISINESS = (0.65, 0.55, 0.45, 0.35)  # where on the schedule the model is asked
DRAWS = 4  # noises at each of these levels
QUIET, WHITE = 25, 98  # percentiles of the reaction that become black and white
LEAST = 0.002  # the reaction, in the noise's own unit, below which the model does not react
ALIKE = 0.25  # least correlation between the two halves of the draws; noise has 0, words that are in the picture .67 or more

MOST_WORDS = 8
LONGEST = 300
LONGEST_DESCRIPTION = 5000  # the model reads it 75 tokens at a time: a megabyte would take minutes
SYNTAX = re.compile(r'[()\[\]{}<>|\\]|\bAND\b|\bBREAK\b')


class Word(NamedTuple):
    """A word or a few, and the strength where it is to be seen, 0..1."""

    text: str
    strength: float = 1.0


class Contrast(NamedTuple):
    """Two prompts that differ in what is looked for, and the strength where that is to be seen."""

    what: str
    named: str
    plain: str
    strength: float = 1.0


def words_in(text) -> list[Word]:
    """The words of a setting such as "house" or "sky: 0.7, house: 0.2"; empty where it is blank.

    Raises Refusal for anything that is not a list of words.
    """
    if not isinstance(text, str):
        raise Refusal(f'Words is {brief(text)}; it must be text, such as "house" or "sky: 0.7, house: 0.2".')
    if not text.strip():
        return []
    parts = text.split(',')
    if len(text) > LONGEST or len(parts) > MOST_WORDS:
        raise Refusal(f'Words has {len(text)} characters in {len(parts)} parts; the limits are {LONGEST} characters and {MOST_WORDS} parts '
                      'between commas: name only what is to change.')
    return [_word(part) for part in parts]


def described(settings: Settings) -> str:
    """The description of the original, '' where none is given. Raises Refusal where it is not text, or too long."""
    if not isinstance(settings.description, str):
        raise Refusal(f'Description of the original is {brief(settings.description)}; it must be text.')
    if len(settings.description) > LONGEST_DESCRIPTION:
        raise Refusal(f'Description of the original has {len(settings.description)} characters; the limit is {LONGEST_DESCRIPTION}: '
                      'say what the picture shows in a sentence or two.')
    return settings.description.strip()


def asked_for(settings: Settings) -> bool:
    """Whether the map is to be made from words. Raises Refusal as `words_in` and `described` do."""
    return bool(words_in(settings.words) or described(settings))


def _word(part: str) -> Word:
    found = SYNTAX.search(part)
    if found:
        raise Refusal(f'Words has {brief(found.group())} in {brief(part.strip())}: write plain words, and a strength after a colon, '
                      'such as "house: 0.7".')
    text, colon, strength = part.rpartition(':') if ':' in part else (part, '', '')
    if not any(map(str.isalpha, text)):  # of "sky: 0,7" too
        raise Refusal(f'Words has {brief(part)} where a word is missing: name what is to change, such as "house" or "house: 0.7".')
    return Word(' '.join(text.split()), _strength(strength.strip(), part) if colon else 1.0)


def _strength(text: str, part: str) -> float:
    try:
        strength = float(text)
    except ValueError:
        strength = -1.0
    if not 0 <= strength <= 1:
        raise Refusal(f'Words has the strength {brief(text)} in {brief(part.strip())}; it must be a number from 0 to 1, '
                      'such as "house: 0.7".')
    return strength


def contrast(prompt: str, word: Word) -> Contrast:
    """The prompt with a word and without it, whichever of them the prompt itself is."""
    own = re.compile(rf'(?<!\w){re.escape(word.text)}(?!\w)', re.IGNORECASE)
    if own.search(prompt):
        return Contrast(word.text, prompt, ' '.join(own.sub('', prompt).split()), word.strength)
    return Contrast(word.text, f'{prompt}, {word.text}' if prompt.strip() else word.text, prompt, word.strength)


def contrasts_of(words: list[Word], description: str, prompt: str) -> list[Contrast]:
    """What the model is to be asked.

    Words are looked for in the description of the original, or without a description in the prompt. Without words it is the
    prompt against the description. Raises Refusal where these are the same.
    """
    before = description.strip() or prompt
    if words:
        return [contrast(before, word) for word in words]
    if before.strip() == prompt.strip():
        raise Refusal('The description of the original is the prompt itself, so nothing differs: describe what the picture shows now.')
    return [Contrast(prompt, prompt, before)]


def drawn(init: Tensor) -> Iterator[Tensor]:
    """DRAWS noises for an original latent (1, C, h, w): the same for all pictures and runs."""
    for seed in range(DRAWS):
        noise = torch.randn(init.shape[1:], generator=torch.Generator().manual_seed(seed))
        yield noise[None].to(init)


def reaction(ask: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], renoised: Callable[[Tensor, Tensor], Tensor], init: Tensor,
             sigmas: list[float]) -> np.ndarray:
    """How strongly the model reacts, at each level and draw: float64 (levels * draws, h, w), in units of the noise.

    ask: from a latent and its level (1,) to two predictions of the clean picture. renoised: from a noise and a level to the
    original at that level. init: (1, C, h, w). sigmas: the levels.
    """
    found = []
    for level in sigmas:
        sigma = torch.full((1,), level, dtype=init.dtype, device=init.device)
        for noise in drawn(init):
            named, plain = ask(renoised(noise, sigma), sigma)
            found.append(((named - plain).float() / level).square().mean(dim=1).sqrt()[0])  # 1Chw -> hw
    return torch.stack(found).double().cpu().numpy()


def seen(reactions: np.ndarray, what: str) -> np.ndarray:
    """The map (h, w), float64, 0..1, of the reactions (n, h, w). Raises Refusal where the model does not react."""
    mean = reactions.mean(axis=0)
    black, white = np.percentile(mean, [QUIET, WHITE])
    if not white - black > LEAST or not _alike(reactions) > ALIKE:
        raise Refusal(f'The model does not react to {brief(what)}: try another word, or say in "Description of the original" '
                      'what the picture shows.')
    return np.clip((mean - black) / (white - black), 0, 1)


def _alike(reactions: np.ndarray) -> float:
    halves = np.stack([reactions[start::2].mean(axis=0).ravel() for start in (0, 1)])
    if not np.ptp(halves, axis=1).all():
        return 0.0
    return float(np.corrcoef(halves)[0, 1])


def map_of(contrasts: list[Contrast], reactions_to: Callable[[Contrast], np.ndarray]) -> np.ndarray:
    """Where any of the contrasts is to be seen, times its strength: float64 (h, w), 0..1. Raises Refusal as `seen` does."""
    return np.max([one.strength * seen(reactions_to(one), one.what) for one in contrasts], axis=0)
