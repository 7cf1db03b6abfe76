"""The README's pictures of the page: docs/accordion.png and docs/studio.png. python tests/run.py screenshots

Of the WebUI at WEBUI_URL, where one is named: the stand-in has not the WebUI's own style.
"""
import os
import sys
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests')]
from page.conftest import LAUNCH, PYTHONS, SCRIPT, Hand, chromium, file_of, served_by

STAGE = '.diffdiff-stage'
WIDE = 1400
GAP = 16


def main():
    url = os.environ.get('WEBUI_URL')
    with sync_playwright() as playwright, nullcontext(url) if url else served_by(PYTHONS['3.41.2']) as address:
        browser = playwright.chromium.launch(executable_path=chromium(), args=LAUNCH)
        light, dark = (painted(opened(browser, address, theme)) for theme in ('light', 'dark'))
        beside([light, dark]).save(ROOT / 'docs/accordion.png', optimize=True)
        studio(opened(browser, address, 'dark')).save(ROOT / 'docs/studio.png', optimize=True)
        browser.close()


def opened(browser, address, theme):
    hand = Hand(browser.new_page(viewport={'width': WIDE, 'height': 3000}, device_scale_factor=1), address)
    hand.page.goto(f'{address}/?__theme={theme}')
    hand.page.locator('#tabs > .tab-nav > button:text-is("img2img")').click()
    hand.see('.diffdiff-map > *').first.wait_for(state='attached')
    hand.set(width=128, height=128)
    hand.give('#img2img_image', Image.open(ROOT / 'tests/pictures/original.png').resize((128, 128)))
    hand.tick()
    hand.see(STAGE).wait_for()
    return hand


def studio(hand):
    """The whole window, with a result."""
    hand.page.set_viewport_size({'width': WIDE, 'height': 880})
    painted(hand)
    hand.page.keyboard.press('w')
    hand.see('.diffdiff-main').click()
    hand.see('.diffdiff-wipe').wait_for()
    hand.page.mouse.move(0, 0)
    hand.page.wait_for_timeout(1500)
    return Image.open(BytesIO(hand.page.screenshot()))


def painted(hand):
    """The accordion with a file, a stroke of 50 % over it, and the pointer where it tells its numbers."""
    hand.choose_map(file_of(Image.open(ROOT / 'tests/pictures/map.png')))
    text = hand.wait_for_text()
    hand.see('.diffdiff-painter input[type=number][aria-label^="Strength ("]').fill('50')
    hand.page.keyboard.press('Enter')
    hand.drag(STAGE, (0.1, 0.2), (0.25, 0.12), (0.42, 0.2))
    hand.wait_for_text(text)
    hand.see('.diffdiff-chart').first.wait_for()
    hand.page.wait_for_timeout(1500)
    hand.see(f'{SCRIPT}_enabled').scroll_into_view_if_needed()
    box = hand.see(STAGE).bounding_box()
    hand.page.mouse.move(box['x'] + 0.75 * box['width'], box['y'] + 0.55 * box['height'])
    hand.page.wait_for_timeout(500)
    return shot(hand)


def shot(hand):
    hand.page.wait_for_timeout(700)
    return Image.open(BytesIO(hand.see(f'{SCRIPT}_enabled').screenshot())).convert('RGB')


def beside(pictures):
    whole = Image.new('RGB', (sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1), max(picture.height for picture in pictures)), 'white')
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + GAP
    return whole


if __name__ == '__main__':
    main()
