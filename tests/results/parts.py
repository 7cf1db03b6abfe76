"""Pictures made wider, and runs that work only where something changes."""
import time

import numpy as np
from few_steps import cells
from landscapes.drawing import draw
from measures import less, mean, seams
from modules import images
from patterns import SIZE
from PIL import Image
from rivals import Method
from studio import BATCH, STEPS, Studio

from lib_diffdiff.algorithm.release import t_enc
from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.maps.geometry import FILL
from lib_diffdiff.maps.sources import border

NARROW, RIM = 96, 12  # pixels: of the picture that is made wider, and of the border's soft edge
LEFT, RIGHT = (SIZE - NARROW) // 2, (SIZE + NARROW) // 2
LARGE = 2 * SIZE
PLACE, INNER, OUTER = (176, 168), 16, 28  # a soft disc in a large picture: white inside, black outside
REPEATS = 5
NEAR = (-8, 0, 8, 16)  # pixels from the edge of the known picture into it: a soft edge may move the seam
SOFT = Method('ours, soft border', {'fill': 'latent noise'})
HARD = Method('ours, hard border', {'fill': 'latent noise'})
INPAINTED = {'mask_round': True, 'inpainting_fill': 2}
INPAINTING = (Method('inpainting, latent noise', inpaint=INPAINTED), Method('inpainting, latent noise, Mask blur 4', inpaint={**INPAINTED, 'mask_blur': 4}))
WHOLE = Method('the whole picture', {})
AREAS = (*(Method(f'own scale, margin {margin}', {'work_area': 'own scale', 'margin': margin}) for margin in (0, 24, 56)),
         Method('enlarged, margin 24', {'work_area': 'enlarged', 'margin': 24}))


def outpainting(studio: Studio, pictures: int) -> dict:
    """How much the edge of the known picture shows after it was made wider, by the border as a map and by inpainting."""
    rng = np.random.default_rng(2026)
    scenes = [draw(rng) for _ in range(pictures)]
    hard = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    hard[:, LEFT:RIGHT] = 0
    soft = np.rint(border((NARROW, SIZE), (SIZE, SIZE), RIM) * (65535 / WHITE)).astype(np.uint16)
    ratios = {'drawn so': mean(worst_seams(np.array([picture for picture, _ in scenes])))}
    shown = {'drawn so': np.array([picture for picture, _ in scenes[:BATCH]])}
    for method in (SOFT, HARD, *INPAINTING):
        results = np.concatenate([_widened(studio, method, soft if method is SOFT else hard, *scene) for scene in scenes])
        ratios[method.name], shown[method.name] = mean(worst_seams(results)), results[:BATCH]
    best = ratios[SOFT.name]
    rows = [{'method': name, 'n': pictures, 'seam': ratio.value, 'seam_low': ratio.low, 'seam_high': ratio.high,
             **({} if name in ('drawn so', SOFT.name) else _gap(less(ratio, best)))} for name, ratio in ratios.items()]
    return {'outpainting': rows, 'outpainted': shown}


def worst_seams(results: np.ndarray) -> np.ndarray:
    """For each picture the strongest of the lines at and beside the edge of what was known: its steps of colour by those of all cell edges."""
    jumps = np.abs(np.diff(results.astype(float), axis=2)).sum(axis=(1, 3))  # nhw3 -> nw
    lines = np.stack([jumps[:, LEFT + near - 1] + jumps[:, RIGHT - near - 1] for near in NEAR], axis=1)
    return lines.max(axis=1) / (2 * jumps[:, 7::8].mean(axis=1))


def _gap(more) -> dict:
    return {'more': more.value, 'more_low': more.low, 'more_high': more.high}


def _widened(studio: Studio, method: Method, change_map: np.ndarray, picture: np.ndarray, words: str) -> np.ndarray:
    narrow = picture[:, LEFT:RIGHT]
    if method is SOFT:
        request = {'originals': narrow[None], 'resize_mode': FILL}
    else:  # the picture as "Resize and fill" leaves it
        request = {'originals': np.asarray(images.resize_image(FILL, Image.fromarray(narrow), SIZE, SIZE))[None]}
    return studio.paint(method, change_map, prompt=words, **request)


def work_area(studio: Studio, pictures: int, repeats: int = REPEATS) -> dict:
    """Time and seams of a small change in a large picture, when the model sees the whole and when it sees the part that changes."""
    rng = np.random.default_rng(2027)
    originals = np.array([np.asarray(Image.fromarray(draw(rng)[0]).resize((LARGE, LARGE), Image.Resampling.BICUBIC)) for _ in range(pictures)])
    change_map = disc()
    contours = t_enc(cells(change_map)[0], STEPS)
    request = {'width': LARGE, 'height': LARGE}
    times = _times(studio, originals[:1], change_map, (WHOLE, *AREAS), repeats, request)
    results = {method.name: studio.paint(method, change_map, originals=originals, **request) for method in (WHOLE, *AREAS)}
    whole = results[WHOLE.name]
    other = np.roll(studio.paint(WHOLE, change_map, originals=np.roll(originals, 1, axis=0), **request), -1, axis=0)  # a seed goes with the place
    changed = change_map > 0
    far = {name: mean(_distance(whole, result, changed)) for name, result in {**results, 'the whole picture, another seed': other}.items() if name != WHOLE.name}
    rows = []
    for name, result in results.items():
        seam = mean(seams(result, contours))
        rows.append({'works_on': name, 'n': pictures, 'time': times[name], 'seam': seam.value, 'seam_low': seam.low, 'seam_high': seam.high,
                     **({'far': far[name].value} if name in far else {})})
    return {'work_area': rows, 'work_area_other_seed': far['the whole picture, another seed'].value,
            'work_area_originals': mean(seams(originals, contours)).value}


def disc() -> np.ndarray:
    """The map: a soft white disc."""
    y, x = np.indices((LARGE, LARGE)) + 0.5
    far = np.hypot(x - PLACE[0], y - PLACE[1])
    return np.rint(255 * ((OUTER - far) / (OUTER - INNER)).clip(0, 1)).astype(np.uint8)


def _times(studio: Studio, originals: np.ndarray, change_map: np.ndarray, methods, repeats: int, request: dict) -> dict[str, float]:
    # Of the whole's in the same round; every way once a round, so that a busy minute weighs on all of them.
    seconds = {method.name: [] for method in methods}
    for _ in range(repeats):
        for method in methods:
            start = time.perf_counter()
            studio.paint(method, change_map, originals=originals, **request)
            seconds[method.name].append(time.perf_counter() - start)
    of_whole = np.array(seconds[WHOLE.name])
    return {name: float(np.median(np.array(of_one) / of_whole)) for name, of_one in seconds.items()}


def _distance(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> np.ndarray:
    # For each picture, the mean difference of its pixels there.
    return np.abs(one.astype(float) - other)[:, where].mean(axis=(1, 2))
