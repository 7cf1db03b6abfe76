"""The sections of the report: each paints and measures, and returns rows for the JSON and what its figure needs."""
import time

import numpy as np
import torch
from few_steps import HARD, SMOOTH, WAYS, cells
from landscapes.drawing import draw
from measures import changes, columns, correlation, distance, less, mean, pearsons, seams, straight
from patterns import PATTERNS, SIZE, uniform
from rivals import METHODS, OURS, UNHINTED, Method, Rule
from studio import BATCH, PLAIN, STEPS, Studio

from lib_diffdiff.algorithm.release import plan, t_enc
from lib_diffdiff.algorithm.response import fitted
from lib_diffdiff.host.measuring import strengths as measured_strengths
from lib_diffdiff.result.adherence import rgb_distance
from lib_diffdiff.result.chart import QUARTERS
from lib_diffdiff.settings.settings import SHARE

GREYS = (16, 48, 80, 112, 144, 176, 208, 240)
STRONGEST = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
OTHER_PICTURES = 16  # that the response curve is measured on
FEW, MANY = (4, 6, 8), 40
OTHERS = {'Euler a': {'sampler_name': 'Euler a'}, 'DPM++ 2M, Exponential': {'scheduler': 'Exponential'}}
GRADIENT = PATTERNS['gradient']
HALVES = np.where(np.arange(SIZE) < SIZE // 2, 0, np.full((SIZE, SIZE), 255)).astype(np.uint8)
TOLD = (Method('what is painted by now', {'tell_inpainting': True}), Method('the whole picture', {}))
UNSKIPPED = Method('ours', {'skip_unchanged_steps': False})


def reliability(studio: Studio, ours: np.ndarray, everything: np.ndarray) -> dict:
    """The first version's score on single pictures, beside the ceiling: columns cut from plain img2img at their strength."""
    base = columns(studio.originals, everything)
    strength = GRADIENT[0] / 255
    curves = columns(studio.originals, ours) - base
    best = columns(studio.originals, assembled(studio)) - base
    scores, ceilings = pearsons(curves, strength), pearsons(best, strength)
    difference = mean(scores - ceilings)
    row = {'mean': scores.mean(), 'sd': scores.std(), 'lowest': scores.min(), 'n': len(scores), 'ceiling': ceilings.mean(),
           'difference': difference.value, 'difference_low': difference.low, 'difference_high': difference.high,
           'averaged': pearsons(curves.mean(axis=0)[None], strength)[0]}
    return {'reliability': row, 'curves': curves, 'ceilings': best, 'scores': scores}


def assembled(studio: Studio) -> np.ndarray:
    """Each column of cells from the plain img2img run of its own strength, with the same seed."""
    starts = t_enc(cells(GRADIENT)[0, 0], STEPS)
    results = np.empty_like(studio.originals)
    for start in np.unique(starts):
        at = np.repeat(starts == start, 8)
        results[:, :, at] = studio.paint(PLAIN, denoising=(start + 0.5) / STEPS)[:, :, at]
    return results


def adherence(studio: Studio, painted: dict, everything: np.ndarray) -> dict:
    """CAM and DAM of every method on every pattern; ahead: ours minus it, in pairs. painted: (pattern, method) -> results."""
    rows = []
    for pattern, change_map in PATTERNS.items():
        strength = change_map / 255
        of = {method.name: correlation(strength, changes(studio.originals, painted[pattern, method.name], everything)) for method in METHODS}
        for name, cam in of.items():
            ahead, dam = less(of['ours'], cam), distance(strength, cam)
            rows.append({'pattern': pattern, 'method': name, 'cam': cam.value, 'cam_low': cam.low, 'cam_high': cam.high, 'dam': dam.value,
                         'n': len(studio.originals), 'ahead': ahead.value, 'ahead_low': ahead.low})
    return {'adherence': rows}


def level(studio: Studio) -> dict:
    """Mean difference of a uniform map to plain img2img at its strength, and of black to the original."""
    plain = {grey: studio.paint(PLAIN, denoising=grey / 255, pictures=BATCH) for grey in GREYS}
    rows = []
    for method in METHODS:
        for grey in (0, *GREYS):
            wanted = plain[grey] if grey else studio.originals[:BATCH]
            result = studio.paint(method, uniform(grey), pictures=BATCH)
            rows.append({'method': method.name, 'grey': grey, 'difference': np.abs(result.astype(float) - wanted).mean()})
    return {'level': rows}


def hinting(studio: Studio, painted: dict) -> dict:
    """How much the release contours show, with future hinting and without."""
    change_map = PATTERNS['complex shapes']
    steps = t_enc(cells(change_map)[0], STEPS)
    on, off = (mean(seams(painted['complex shapes', method.name], steps)) for method in (OURS, UNHINTED))
    gap = less(off, on)
    own = mean(seams(studio.originals, steps))
    row = {'on': on.value, 'on_low': on.low, 'on_high': on.high, 'off': off.value, 'off_low': off.low, 'off_high': off.high,
           'difference_low': gap.low, 'originals': own.value}
    return {'hinting': row}


def few_steps(studio: Studio) -> dict:
    """The gradient in few steps, by every way tried, and by the hard rule in many."""
    rows, pictures, found = [], {}, {}
    for steps, ways in (*((steps, WAYS) for steps in FEW), (MANY, (HARD,))):
        contours = t_enc(cells(GRADIENT)[0], steps)
        shared = studio.everything(steps=steps)
        for way in ways:
            everything = shared if way.schedule is None else _everything(studio, way, steps)
            result = studio.paint(way, GRADIENT, steps=steps)
            change = changes(studio.originals, result, everything)
            cam, by_columns = correlation(GRADIENT / 255, change), correlation(GRADIENT[0] / 255, change.mean(axis=1))
            pictures[steps, way.name] = result
            found[steps, way.name] = cam, by_columns
            rows.append(_few_row(steps, way.name, cam, by_columns) | {'dam_straight': straight(GRADIENT / 255, change),
                                                                      'banding': seams(result, contours).mean()})
    gaps = [_gap(steps, found) for steps in FEW]
    return {'few_steps': rows, 'few_steps_gaps': gaps, 'few_pictures': pictures}


def other_samplers(studio: Studio, pictures: int = 32) -> dict:
    """The hard rule and smooth release in few steps with samplers and schedules that take weak strengths otherwise."""
    rows = []
    for name, request in OTHERS.items():
        for steps, ways in (*((steps, (HARD, SMOOTH)) for steps in FEW), (MANY, (HARD,))):
            everything = studio.everything(pictures, steps=steps, **request)
            for way in ways:
                result = studio.paint(way, GRADIENT, pictures=pictures, steps=steps, **request)
                change = changes(studio.originals[:pictures], result, everything)
                row = _few_row(steps, way.name, correlation(GRADIENT / 255, change), correlation(GRADIENT[0] / 255, change.mean(axis=1)))
                rows.append({'sampler': name, **row, 'n': pictures, 'banding': seams(result, t_enc(cells(GRADIENT)[0], steps)).mean()})
    return {'other_samplers': rows}


def _everything(studio: Studio, way: Method, steps: int) -> np.ndarray:
    # Of the way's own schedule.
    return studio.paint(Method('all', {}, schedule=lambda change_map: way.schedule(GRADIENT)), uniform(255), steps=steps)


def _few_row(steps, name, cam, by_columns) -> dict:
    dam, of_columns = distance(GRADIENT / 255, cam), distance(GRADIENT / 255, by_columns)
    return {'steps': steps, 'method': name, 'dam': dam.value, 'dam_low': dam.low, 'dam_high': dam.high, 'cam': cam.value,
            'dam_columns': of_columns.value, 'dam_columns_low': of_columns.low, 'dam_columns_high': of_columns.high}


def _gap(steps: int, found: dict) -> dict:
    # Of the whole map, and of its columns alone: what lies between the rows of a column is not the release's.
    row = {'steps': steps}
    for i, key in enumerate(('', '_columns')):
        hard, many, ours = (distance(GRADIENT / 255, found[which][i]) for which in ((steps, 'hard'), (MANY, 'hard'), (steps, 'ours')))
        gap, closed = less(hard, many), less(hard, ours)
        row |= {f'gap{key}': gap.value, f'gap{key}_low': gap.low, f'closed{key}': closed.value}
    return row


def share(studio: Studio, painted: dict, everything: np.ndarray) -> dict:
    """A grey as its share of the change, by the curve of other pictures, beside a grey as its strength."""
    others = np.array([draw(np.random.default_rng(900 + i))[0] for i in range(OTHER_PICTURES)])
    points = measured_strengths(STEPS)
    changed = [_change(others, studio.paint(PLAIN, denoising=point, originals=others)) for point in points]
    curve = fitted(points, changed)
    by_share = Method('share of the change', {'strength_is': SHARE, 'response': curve.text()})
    rows = []
    for pattern, change_map in PATTERNS.items():
        ways = {'strength': painted[pattern, 'ours'], 'share': studio.paint(by_share, change_map)}
        cams = {name: correlation(change_map / 255, changes(studio.originals, result, everything)) for name, result in ways.items()}
        errors = {name: mean(_share_errors(studio.originals, result, everything, change_map)) for name, result in ways.items()}
        ahead = less(cams['share'], cams['strength'])
        rows += [{'pattern': pattern, 'grey': name, 'cam': cams[name].value, 'cam_low': cams[name].low, 'cam_high': cams[name].high,
                  'off': _share_off(studio.originals, result, everything, change_map), 'single': errors[name].value, 'ahead': ahead.value,
                  'ahead_low': ahead.low, 'ahead_high': ahead.high} for name, result in ways.items()]
    quarters = {f'{share:g}': float(curve.strength(share)) for share in QUARTERS}
    return {'share': rows, 'share_curve': {'points': curve.text(), 'pictures': OTHER_PICTURES, **quarters},
            'response': (curve, points, [change / max(changed) for change in changed])}


def _change(originals: np.ndarray, results: np.ndarray) -> float:
    return float(np.mean([rgb_distance(o, r).mean() for o, r in zip(originals, results)]))


def _by_grey(originals, results, everything, change_map) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # For each grey the share that was painted, and each picture's change there, by the run and by a full repaint: (n, greys).
    ours, full = (np.array([rgb_distance(o, r) for o, r in zip(originals, made)]) for made in (results, everything))
    greys = [grey for grey in np.unique(change_map // 16) * 16 if grey > 0]
    areas = [change_map // 16 == grey // 16 for grey in greys]
    wanted = np.array([change_map[area].mean() / 255 for area in areas])
    return wanted, *(np.stack([made[:, area].mean(axis=1) for area in areas], axis=1) for made in (ours, full))


def _share_off(*args) -> float:
    # The mean error of "share painted against share changed" over the greys, of all pictures together.
    wanted, ours, full = _by_grey(*args)
    return float(np.abs(ours.mean(axis=0) / full.mean(axis=0) - wanted).mean())


def _share_errors(*args) -> np.ndarray:
    wanted, ours, full = _by_grey(*args)
    return np.abs(ours / np.maximum(full, 1e-9) - wanted).mean(axis=1)


def inpainting(studio: Studio) -> dict:
    """An inpainting checkpoint that is told the part that is painted by now, and one that is told the whole picture all the time."""
    everything = studio.everything()
    rows, pictures = [], {}
    for pattern, change_map in {**PATTERNS, 'two halves': HALVES}.items():
        steps = t_enc(cells(change_map)[0], STEPS)
        painted = {way.name: studio.paint(way, change_map) for way in TOLD}
        cams = {name: correlation(change_map / 255, changes(studio.originals, result, everything)) for name, result in painted.items()}
        seam = {name: mean(seams(result, steps)) for name, result in painted.items()}
        now, always = (way.name for way in TOLD)
        for name in painted:
            rows.append({'pattern': pattern, 'told': name, 'cam': cams[name].value, 'cam_low': cams[name].low, 'cam_high': cams[name].high,
                         'seam': seam[name].value, 'seam_low': seam[name].low, 'seam_high': seam[name].high, 'n': len(studio.originals)})
        ahead, smoother = less(cams[now], cams[always]), less(seam[always], seam[now])
        rows[-1] |= {'ahead': ahead.value, 'ahead_low': ahead.low, 'ahead_high': ahead.high,
                     'smoother': smoother.value, 'smoother_low': smoother.low, 'smoother_high': smoother.high}
        pictures[pattern] = painted
    return {'inpainting': rows, 'inpainting_pictures': pictures}


def skipping(studio: Studio, repeats: int = 3) -> dict:
    """Time of a map whose strongest value is s, as a share of the same map's with skipping off."""
    rows = []
    for strongest in STRONGEST:
        settings = {'max_strength': strongest}
        pair = (Method('ours', settings), Method('ours', {**settings, 'skip_unchanged_steps': False}))
        times = [[_timed(studio, method) for method in pair] for _ in range(repeats)]
        rows.append({'strongest': strongest, 'ratio': float(np.median([own / whole for own, whole in times])),
                     'calls': (int(min(strongest, 0.999) * STEPS) + 1) / STEPS})
    return {'skipping': rows}


def _timed(studio: Studio, method: Method) -> float:
    start = time.process_time()  # which other work on the machine lengthens less
    studio.paint(method, PATTERNS['complex shapes'], pictures=BATCH)
    return time.process_time() - start


class Counting(Rule):
    """Counts the denoiser's calls."""

    calls = 0

    def after(self, run, output, sigma, step):
        self.calls += 1
        return output


def laws(studio: Studio) -> dict:
    """The worst of eight greys for each law, in grey levels or whole numbers of cells and calls."""
    found = [_laws_at(studio, grey) for grey in GREYS]
    return {'laws': {name: max(at[name] for at in found) for name in found[0]}}


def _laws_at(studio: Studio, grey: int) -> dict:
    originals, s = studio.originals[:BATCH], grey / 255
    plain = studio.paint(PLAIN, denoising=s, pictures=BATCH)
    by_grey, skipped = (studio.paint(method, uniform(grey), pictures=BATCH) for method in (UNSKIPPED, OURS))
    half = uniform(grey)
    half[:, :SIZE // 2] = 0
    return {'strength': _worst(by_grey, plain), 'strength, skipping': _worst(skipped, plain),
            'white': _worst(studio.paint(OURS, uniform(255), denoising=s, pictures=BATCH), plain),
            'black': _worst(studio.paint(OURS, half, pictures=BATCH)[:, :, :SIZE // 2], originals[:, :, :SIZE // 2]),
            'suffix': _others_moved(grey), 'start': abs(_calls(studio, grey) - int(s * STEPS) - 1),
            'batch': _worst(studio.paint(OURS, half, pictures=1), studio.paint(OURS, half, pictures=BATCH)[:1]),
            'off': _worst(studio.paint(Method('off', {'enabled': False}), uniform(grey), denoising=s, pictures=BATCH), plain)}


def _worst(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b).max())


def _others_moved(grey: int) -> int:
    strength = np.random.default_rng(grey).integers(1, 256, (1, 16, 16)) / 255
    strength[0, 0, 0] = 1.0
    raised = strength.copy()
    raised[0, 8, 8] = grey / 255
    before, after = (plan(values, STEPS, 1.0, skip=True, least_t_enc=0, timesteps=False).release for values in (strength, raised))
    return int((before != after).sum() - (before != after)[0, 8, 8])


def _calls(studio: Studio, grey: int) -> int:
    counting = Counting()
    with torch.no_grad():
        studio.paint(Method('ours', {}, rule=counting), uniform(grey), pictures=BATCH)
    return counting.calls
