"""How many frames a second the painter keeps while a large brush moves: python tests/page/painter_speed.py [--side 2048] [--size 400]."""
import argparse
import math
import os
import shutil
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
PAGE = '<!doctype html><div class="diffdiff-map" data-for=""><div id="painter" style="width: 720px"></div></div>'
PAINTER = '''async ({side, size, flow, tool}) => {
    const canvas = new OffscreenCanvas(side, side), context = canvas.getContext('2d');
    for (let i = 0; i < 400; i++) {
        context.fillStyle = `hsl(${i * 47}, 60%, 50%)`;
        context.fillRect(i * 97 % side, i * 61 % side, side / 5, side / 5);
    }
    const painter = new diffdiff.Painter(document.getElementById('painter'));
    painter.setPicture(canvas.transferToImageBitmap(), side, side);
    painter.choose({tool, size, flow, strength: 60});
    window.frames_drawn = [];
    const draw = painter.draw.bind(painter);
    painter.draw = () => { draw(); window.frames_drawn.push(performance.now()); };
}'''


def main():
    options = arguments()
    with sync_playwright() as playwright:
        path = os.environ.get('CHROMIUM') or next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=path, args=['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'])
        page = browser.new_page(viewport={'width': 1200, 'height': 1000})
        open_painter(page, options)
        gaps = paint(page, options.seconds)
        browser.close()
    print(f'{options.side} x {options.side}, {options.tool} of {options.size} px, flow {options.flow:g}: '
          f'{1000 * len(gaps) / sum(gaps):.0f} frames a second; longest pauses {", ".join(f"{gap:.0f}" for gap in sorted(gaps)[-3:])} ms')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--side', type=int, default=2048)
    parser.add_argument('--size', type=int, default=400)
    parser.add_argument('--flow', type=float, default=1)
    parser.add_argument('--tool', default='brush')
    parser.add_argument('--seconds', type=float, default=5)
    return parser.parse_args()


def open_painter(page, options):
    page.set_content(PAGE)
    page.add_style_tag(path=ROOT / 'style.css')
    for script in sorted((ROOT / 'javascript').glob('diffdiff_*.js')):
        if script.stem.split('_')[1] in ('bytes', 'paint', 'painter', 'words', 'greys'):
            page.add_script_tag(path=script)
    page.evaluate(PAINTER, {'side': options.side, 'size': options.size, 'flow': options.flow, 'tool': options.tool})
    page.wait_for_timeout(1000)


def paint(page, seconds):
    """Draws circles, as fast as the page takes them; returns the milliseconds between frames."""
    box = page.locator('.diffdiff-stage').bounding_box()
    page.mouse.move(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    page.mouse.down()
    page.evaluate('window.frames_drawn = []')
    start = time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        page.mouse.move(box['x'] + box['width'] * (0.5 + 0.4 * math.cos(5 * now)), box['y'] + box['height'] * (0.5 + 0.4 * math.sin(7 * now)))
    page.mouse.up()
    frames = page.evaluate('window.frames_drawn')
    return [after - before for before, after in pairwise(frames)]


if __name__ == '__main__':
    main()
