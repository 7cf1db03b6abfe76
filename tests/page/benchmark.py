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
LARGE = 4096
STROKES = 200
BRUSHES = ((50, 100), (200, 0), (800, 0))
SECONDS = 4
STAGE = '.diffdiff-stage'
COUNT = """() => {
    window.frames_seen = [];
    const note = (now) => { window.frames_seen.push(now); if (window.frames_seen) requestAnimationFrame(note); };
    requestAnimationFrame(note);
}"""
STOP = '() => { const seen = window.frames_seen; window.frames_seen = null; return seen; }'
WATCH = """() => {
    window.long_tasks = [];
    new PerformanceObserver((list) => window.long_tasks.push(...list.getEntries().map(({duration}) => duration))).observe({type: 'longtask'});
}"""
LONGEST = '() => { const longest = Math.max(0, ...window.long_tasks); window.long_tasks = []; return longest; }'  # 0: none over 50 ms
TIMED = f'async () => {{ const start = performance.now(); const told = await ({ASK})(); return [performance.now() - start, told && told.ok]; }}'


def main():
    print(f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=LAUNCH)
        for version, python in PYTHONS.items():
            with served_by(python) as address:
                for side in SIDES:
                    measure(browser, address, f'gradio {version}, {side} x {side}', side)
                measure_large(browser, address, f'gradio {version}, {LARGE} x {LARGE}')


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


def measure_large(browser, address, name):
    """The longest task of the main thread in each thing that a hand does to a large map, and what the tab takes after many strokes."""
    page = browser.new_page(viewport={'width': 1400, 'height': 1200})
    hand = Hand(page, address)
    hand.open()
    hand.give('#img2img_image', picture(LARGE))
    hand.set(width=LARGE, height=LARGE)
    hand.tick()
    hand.see(STAGE).scroll_into_view_if_needed()
    page.wait_for_timeout(3000)
    page.evaluate(WATCH)
    heap = Heap(page)
    before = heap.size()
    for words, act in large_acts(hand).items():
        act()
        page.wait_for_timeout(2500)
        print(f'{name}, {words}: longest task {page.evaluate(LONGEST):.0f} ms', flush=True)
    slowest = strokes(page, hand.see(STAGE).bounding_box())
    page.wait_for_timeout(4000)
    print(f'{name}, {STROKES} strokes: longest task {page.evaluate(LONGEST):.0f} ms, slowest frame {slowest:.0f} ms, '
          f'{heap.size() - before:.0f} MB more than before', flush=True)
    print(f'{name}, undone 50 times: {undone(page, 50):.1f} s, longest task {page.evaluate(LONGEST):.0f} ms', flush=True)
    page.close()


def large_acts(hand):
    def click(name):
        return lambda: hand.see(f'.diffdiff-painter button[aria-label^="{name}"]').click()

    def drawn(key, *points):
        def act():
            hand.page.keyboard.press(key)
            hand.drag(STAGE, *points)
        hand.see(STAGE).hover()
        return act

    return {
        'a stroke': drawn('b', (0.2, 0.2), (0.8, 0.7)), 'a rectangle over all': drawn('m', (0.001, 0.001), (0.999, 0.999)),
        'a gradient': drawn('g', (0.2, 0.2), (0.8, 0.7)), 'a radial gradient': drawn('r', (0.5, 0.5), (0.95, 0.9)), 'invert': click('Invert'),
        'undo': click('Undo'), 'redo': click('Redo'), 'the wand in noise': drawn('f', (0.5, 0.5), (0.5, 0.5)), 'clear': click('Clear the map'),
        'the brush again': lambda: hand.page.keyboard.press('b'),
    }


class Heap:
    """What the page's own process holds, in MB: arrays' buffers lie beside JavaScript's heap."""

    def __init__(self, page):
        self.client = page.context.new_cdp_session(page)

    def size(self):
        self.client.send('HeapProfiler.collectGarbage')
        self.client.send('HeapProfiler.collectGarbage')
        usage = self.client.send('Runtime.getHeapUsage')
        return (usage['usedSize'] + usage.get('backingStorageSize', 0)) / 2**20


def strokes(page, box):
    """The longest frame of many strokes, each of three legs."""
    draw = random.Random(2)
    page.evaluate(COUNT)
    for _ in range(STROKES):
        for i in range(4):
            page.mouse.move(box['x'] + draw.uniform(0.05, 0.95) * box['width'], box['y'] + draw.uniform(0.05, 0.95) * box['height'], steps=4 if i else 1)
            if i == 0:
                page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(150)
    return np.diff(page.evaluate(STOP)).max()


def undone(page, times):
    """The seconds that so many undos take, until the last is seen."""
    start = time.monotonic()
    for _ in range(times):
        page.keyboard.press('z')
    page.evaluate('() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    return time.monotonic() - start


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
