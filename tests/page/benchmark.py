"""How fast the page is: frames a second while painting, and how soon a preview is answered. python tests/run.py benchmark"""
import os
import random
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests')]
from page.conftest import LAUNCH, PYTHONS, Hand, chromium, served_by
from page.test_preview import ASK

SIDES = (512, 2048)
BRUSHES = ((50, 100), (200, 0), (800, 0))
SECONDS = 4
STAGE = '.diffdiff-stage'
COUNT = """() => {
    window.frames_seen = [];
    const note = (now) => { window.frames_seen.push(now); if (window.frames_seen) requestAnimationFrame(note); };
    requestAnimationFrame(note);
}"""
STOP = '() => { const seen = window.frames_seen; window.frames_seen = null; return seen; }'
TIMED = f'async () => {{ const start = performance.now(); const told = await ({ASK})(); return [performance.now() - start, told && told.ok]; }}'


def main():
    print(f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=LAUNCH)
        for version, python in PYTHONS.items():
            with served_by(python) as address:
                for side in SIDES:
                    measure(browser, address, f'gradio {version}, {side} x {side}', side)


def measure(browser, address, name, side):
    page = browser.new_page(viewport={'width': 1400, 'height': 1200})
    hand = Hand(page, address)
    hand.open()
    hand.give('#img2img_image', picture(side))
    hand.set(width=side, height=side)
    hand.tick()
    hand.see(STAGE).scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    for size, hardness in BRUSHES:
        set_brush(hand, size=size, hardness=hardness)
        before = hand.text()
        rate, slowest = painted(page, hand.see(STAGE).bounding_box())
        hand.wait_for_text(before)
        print(f'{name}, brush {size} px, hardness {hardness} %: {rate:.0f} frames a second, slowest frame {slowest:.0f} ms', flush=True)
    print(f'{name}: a preview takes {asked(page):.0f} ms', flush=True)
    page.close()


def picture(side):
    return Image.effect_noise((side // 8, side // 8), 60).resize((side, side)).convert('RGB')


def set_brush(hand, **numbers):
    for name, number in numbers.items():
        box = hand.see(f'.diffdiff-painter input[type=number][aria-label^="{name.capitalize()} ("]')
        box.fill(str(number))
        box.press('Enter')


def painted(page, box):
    """Frames a second, and the longest frame, of a long stroke to and fro."""
    at = np.array([box['x'], box['y']]) + np.multiply(0.5, [box['width'], box['height']])
    page.mouse.move(*at)
    page.mouse.down()
    page.evaluate(COUNT)
    end, draw = time.monotonic() + SECONDS, random.Random(1)
    while time.monotonic() < end:
        goal = np.array([box['x'] + draw.uniform(0.1, 0.9) * box['width'], box['y'] + draw.uniform(0.1, 0.9) * box['height']])
        for share in np.linspace(0, 1, 20)[1:]:
            page.mouse.move(*(at + share * (goal - at)))
        at = goal
    frames = np.diff(page.evaluate(STOP))
    page.mouse.up()
    return 1000 / frames.mean(), frames.max()


def asked(page):
    """The milliseconds from a question to its answer."""
    page.wait_for_timeout(2000)
    times = [taken for taken, told in (page.evaluate(TIMED) for _ in range(7)) if told]
    return median(times) if times else float('nan')


if __name__ == '__main__':
    main()
