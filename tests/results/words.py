"""The map from words on drawn pictures, whose true areas are known, beside maps that know no words."""
from dataclasses import replace

import numpy as np
import torch
from landscapes import drawing
from measures import less, mean
from modules import shared
from PIL import Image
from studio import Studio

from lib_diffdiff.algorithm.words import DRAWS, NOISINESS, Contrast, Word, contrast, contrasts_of, map_of, reaction
from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.maps.sources import edges
from lib_diffdiff.settings.refusal import Refusal

CELL, COVERED = 8, 0.5  # of a cell, from which on it counts as the word's
FINE = 1000
SEEN = 24  # how far, in RGB, a pixel must differ for the word to be drawn there
OTHER_PROMPT = 'summer day clear'  # says nothing of the picture
WAYS = {'words': 'words, with a description', 'undescribed': 'words, with another prompt', 'brightness': 'brightness', 'edges': 'edges', 'random': 'random'}


def words(studio: Studio, pictures: int) -> dict:
    """Average precision and soft IoU by word and way; and with fewer levels and draws."""
    rng = np.random.default_rng(2025)
    found = {word: {way: [] for way in WAYS} for word in drawing.ELEMENTS}
    thinned = {name: [] for name in ways_to_ask()}
    silent, shown = [], []
    for index in range(pictures):
        scene = drawing.random_scene(rng)
        picture = drawing.paint(scene, np.random.default_rng(index))
        init = shared.sd_model.encode((torch.from_numpy(picture.copy()).float() / 127.5 - 1).permute(2, 0, 1)[None])
        for word in sorted(scene.elements):
            truth = covered(scene, word, index)
            if truth.max() <= COVERED:  # it is behind something
                continue
            reactions = reactions_to(init, contrast(scene.words(), Word(word)))
            made = {'words': made_of(reactions, word), 'undescribed': made_of(reactions_to(init, contrast(OTHER_PROMPT, Word(word))), word),
                    'brightness': over_cells(picture.mean(axis=2)) / 255, 'edges': over_cells(edges(Image.fromarray(picture)) / WHITE),
                    'random': rng.random(truth.shape)}
            for way, values in made.items():
                found[word][way].append(scores(values, truth))
            for name, chosen in ways_to_ask().items():
                thinned[name].append(scores(made_of(reactions[chosen], word), truth))
            if len(shown) < 8 and word == ('house', 'trees', 'mountains', 'water')[len(shown) % 4]:
                shown.append((word, picture, made['words'], truth))
        silent.append(is_refused(init, scene.words()))
        studio.progress(1, 1)
    return {'words': rows_of(found), 'words_fewer': fewer_of(thinned), 'words_unknown': float(np.mean(silent)), 'words_shown': shown}


def reactions_to(init: torch.Tensor, asked: Contrast) -> np.ndarray:
    """The extension's own asking, of the model itself: (levels * draws, rows, columns)."""
    model = shared.sd_model
    denoiser = model.create_denoiser()
    levels = [denoiser.t_to_sigma(torch.tensor((FINE - 1) * share)).item() for share in NOISINESS]
    embedded = [model.embed(prompt) for prompt in (asked.named, asked.plain)]
    with torch.no_grad():
        return reaction(lambda x, sigma: [denoiser(x, sigma, one, None) for one in embedded], lambda noise, sigma: init + sigma * noise, init, levels)


def made_of(reactions: np.ndarray, word: str) -> np.ndarray:
    try:
        return map_of([Contrast(word, '', '')], lambda asked: reactions)
    except Refusal:
        return np.zeros(reactions.shape[1:])


def is_refused(init: torch.Tensor, prompt: str) -> bool:
    """Whether a word that the model does not know gives no map."""
    try:
        map_of(contrasts_of([Word('xyzzy')], prompt, prompt), lambda asked: reactions_to(init, asked))
    except Refusal:
        return True
    return False


def covered(scene: drawing.Scene, word: str, seed: int) -> np.ndarray:
    """The share of each cell on which a word of a scene is to be seen."""
    if word == 'house':  # without it trees would stand in its place
        scene = replace(scene, elements=scene.elements - {'trees'})
    with_it, without = (drawing.paint(replace(scene, elements=elements), np.random.default_rng(seed)).astype(int)
                        for elements in (scene.elements, scene.elements - {word}))
    return over_cells(np.abs(with_it - without).sum(axis=2) > SEEN)


def over_cells(pixels: np.ndarray) -> np.ndarray:
    rows, columns = (side // CELL for side in pixels.shape)
    return pixels.reshape(rows, CELL, columns, CELL).mean(axis=(1, 3))


def scores(values: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Average precision over the cells that are covered by more than half; and the soft IoU with the covered shares."""
    hit = (truth > COVERED).ravel()[np.argsort(-values.ravel(), kind='stable')]
    precision = (np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean()
    return float(precision), float(np.minimum(values, truth).sum() / np.maximum(values, truth).sum())


def ways_to_ask() -> dict[str, np.ndarray]:
    """Which of all reactions, levels times draws, remain with fewer of them."""
    places = np.arange(len(NOISINESS) * DRAWS).reshape(len(NOISINESS), DRAWS)
    chosen = {'all four levels': slice(None), 'the two noisier': slice(0, 2), 'the noisiest': slice(0, 1), 'the least noisy': slice(3, 4)}
    return {f'{name}, {draws} draws each': places[levels, :draws].ravel() for name, levels in chosen.items() for draws in (4, 2)}


def rows_of(found: dict) -> list[dict]:
    rows = []
    for word, ways in found.items():
        for way, pairs in ways.items():
            precision, overlap = (mean(np.array(column)) for column in zip(*pairs))
            ahead = less(mean(np.array([pair[0] for pair in ways['words']])), precision)
            rows.append({'word': word, 'way': way, 'n': len(pairs), 'precision': precision.value, 'low': precision.low, 'high': precision.high,
                         'overlap': overlap.value, 'overlap_low': overlap.low, 'overlap_high': overlap.high, 'ahead': ahead.value,
                         'ahead_low': ahead.low, 'ahead_high': ahead.high})
    return rows


def fewer_of(thinned: dict) -> list[dict]:
    chosen = ways_to_ask()
    return [{'way': name, 'predictions': 2 * len(chosen[name]), 'precision': float(np.mean([pair[0] for pair in pairs])),
             'overlap': float(np.mean([pair[1] for pair in pairs]))} for name, pairs in thinned.items()]
