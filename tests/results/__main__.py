"""The paper's evidence on the small model: writes docs/results.md, docs/results.json and their figures.

    make results
"""
import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / 'webui'), str(HERE.parent), str(ROOT)]

import figures
import sections
from document import document
from few_steps import HARD, SMOOTH, WAYS
from parts import AREAS, INPAINTING, outpainting, work_area
from patterns import PATTERNS
from PIL import ImageFont
from rivals import METHODS, OURS, UNHINTED
from studio import Studio
from tqdm import tqdm
from words import words

from lib_diffdiff.result.chart import response_chart


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pictures', type=int, default=96, help='how many pictures each cell of a table is made of')
    parser.add_argument('--only', choices=['inpainting', 'parts', 'share', 'skipping', 'words'], help='measures this section alone, and keeps the others of the results.json that is there')
    parser.add_argument('--out', type=Path, default=ROOT / 'docs')
    options = parser.parse_args()
    with tqdm(total=expected(options.pictures), unit='step', unit_scale=True, smoothing=0.05) as bar:
        def told(pictures, steps):
            bar.update(pictures * steps)
        found, results = {}, options.out / 'results.json'
        if options.only is None:
            studio = Studio(options.pictures, told)
            found = measured(studio, bar.set_description)
            draw(options.out, studio, found)
        if options.only == 'share':
            studio = Studio(options.pictures, told)
            ours = {(pattern, OURS.name): studio.paint(OURS, change_map) for pattern, change_map in PATTERNS.items()}
            found = sections.share(studio, ours, studio.everything())
            draw_response(options.out, found['response'])
        if options.only == 'skipping':
            found = sections.skipping(Studio(8, told))
            figures.skipping(options.out / 'results-skipping.png', found['skipping'])
        if options.only in (None, 'words'):
            bar.set_description('map from words')
            found |= words(Studio(0, told), options.pictures)
            figures.seen(options.out / 'results-words.png', found['words_shown'])
        if options.only in (None, 'parts'):
            bar.set_description('outpainting, parts of pictures')
            studio = Studio(0, told)
            found |= outpainting(studio, options.pictures // 2) | work_area(studio, options.pictures // 4)
            figures.sheet(options.out / 'results-outpainting.jpg', list(found['outpainted'].items()))
        if options.only in (None, 'inpainting'):
            bar.set_description('inpainting checkpoint')
            studio = Studio(options.pictures // 2, told, 'inpainting_landscapes')
            found |= sections.inpainting(studio)
            draw_inpainting(options.out, studio, found['inpainting_pictures'])
    rows = {name: value for name, value in found.items() if name not in PICTURED}
    if options.only is not None:
        rows = {**json.loads(results.read_text()), **rows}
    results.write_text(json.dumps(rounded(rows), indent=1) + '\n')
    (options.out / 'results.md').write_text(document(rows))
    print(f'Written: {options.out / "results.md"}, {options.out / "results.json"} and their figures.')


PICTURED = ('curves', 'ceilings', 'scores', 'few_pictures', 'painted', 'inpainting_pictures', 'response', 'words_shown', 'outpainted')


def expected(n: int) -> int:
    """About how many steps of single pictures the whole takes."""
    methods, patterns = len(METHODS), len(PATTERNS)
    few = sum(steps * (len(WAYS) + 2) for steps in sections.FEW) + 2 * sections.MANY
    inpainting = n // 2 * 20 * (2 * (patterns + 1) + 1)
    parts = 20 * (n // 2 * (len(INPAINTING) + 2) + n // 4 * (len(AREAS) + 2))
    return inpainting + parts + n * (20 * (methods * patterns + 1) + 210 + few) + 8 * 20 * (9 * methods + 4 + 6 * 3 * 2 + 8 * 8)


def measured(studio: Studio, say) -> dict:
    """All sections' rows, and the pictures for the figures."""
    say('adherence')
    everything = studio.everything()
    painted = {(pattern, method.name): studio.paint(method, change_map) for pattern, change_map in PATTERNS.items() for method in METHODS}
    found = {'painted': painted, **sections.adherence(studio, painted, everything), **sections.hinting(studio, painted)}
    for name, section in (('share', lambda: sections.share(studio, painted, everything)), ('reliability', lambda: sections.reliability(studio, painted['gradient', 'ours'], everything)),
                          ('level', lambda: sections.level(studio)), ('few steps', lambda: sections.few_steps(studio)),
                          ('other samplers', lambda: sections.other_samplers(studio)),
                          ('skipping', lambda: sections.skipping(studio)), ('laws', lambda: sections.laws(studio))):
        say(name)
        found |= section()
    return found


def draw(out: Path, studio: Studio, found: dict) -> None:
    """All figures."""
    figures.curves(out / 'results-curves.png', found['curves'], found['ceilings'], found['scores'])
    figures.patterns(out / 'results-maps.png')
    figures.cams(out / 'results-cam.png', found['adherence'])
    figures.levels(out / 'results-level.png', found['level'])
    draw_response(out, found['response'])
    figures.skipping(out / 'results-skipping.png', found['skipping'])
    shapes = {method.name: found['painted']['complex shapes', method.name] for method in (OURS, UNHINTED)}
    figures.sheet(out / 'results-hinting.jpg', [('originals', studio.originals), ('future hinting on', shapes[OURS.name]),
                                                ('future hinting off', shapes[UNHINTED.name])])
    few = found['few_pictures']
    few_rows = [(f'4 steps, {way.name}', few[4, way.name]) for way in WAYS if way is not SMOOTH]
    figures.sheet(out / 'results-few-steps.jpg', [*few_rows, ('4 steps, ours', few[4, SMOOTH.name]), ('40 steps, hard', few[sections.MANY, HARD.name])])


def draw_response(out: Path, response: tuple) -> None:
    """The response curve, as the strength fan shows it."""
    response_chart(*response, ImageFont.load_default).save(out / 'results-response.png')


def draw_inpainting(out: Path, studio: Studio, pictures: dict) -> None:
    """The inpainting checkpoint's figure: the map of two halves."""
    named = [(f'told {name}', result) for name, result in pictures['two halves'].items()]
    figures.sheet(out / 'results-inpainting.jpg', [('originals', studio.originals), *named])


def rounded(value):
    """Numbers as they are read: six digits."""
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value if isinstance(value, (str, int)) else float(f'{value:.6g}')


if __name__ == '__main__':
    main()
