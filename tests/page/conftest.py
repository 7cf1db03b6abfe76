"""The stand-in's real page on both gradio versions, and a hand that works in it through a headless Chromium."""
import base64
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest
from client import WebUI
from PIL import Image
from playwright.sync_api import TimeoutError, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = {'3.41.2': os.environ.get('GRADIO_3_PYTHON', str(ROOT / '.venv/bin/python')), '4.40.0': sys.executable}
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
LAUNCH = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--no-first-run']
SIZE = 128
ASKED = {'steps': 20, 'cfg_scale': 3, 'denoising_strength': 0.75, 'seed': 1, 'sampler_name': 'DPM++ 2M', 'scheduler': 'Automatic'}
LOG = "(document.querySelector('#html_log_img2img .performance')?.textContent ?? '')"
FAILED = "Boolean(document.querySelector('#html_log_img2img .error'))"
ADDRESSES = "[...new Set([...document.querySelectorAll('#img2img_gallery img')].map(image => image.src))]"
SCRIPT = '#script_differential_diffusion'


def pytest_collection_modifyitems(items):
    """Where there are several processes, each takes one version of gradio."""
    for item in items:
        params = item.callspec.params
        item.add_marker(pytest.mark.xdist_group(params.get('address') or params.get('korean')))


def chromium():
    return os.environ.get('CHROMIUM') or next(filter(None, map(shutil.which, BROWSERS)))


@pytest.fixture(scope='session')
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope='session', params=PYTHONS)
def address(request):
    """A stand-in in a process of its own, on each version of gradio."""
    with served_by(PYTHONS[request.param]) as address:
        yield address


@pytest.fixture(scope='session', params=PYTHONS)
def korean(request):
    with served_by(PYTHONS[request.param], '--localization', 'ko_KR') as address:
        yield address


@contextmanager
def served_by(python, *options):
    command = [python, str(ROOT / 'tests/webui/page.py'), '--port', '0', *options]
    with TemporaryFile('w+') as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as server:
        line = server.stdout.readline()
        log.seek(0)
        assert line, log.read()
        try:
            yield line.split()[0]
        finally:
            server.terminate()  # else an error would wait for it for ever


@pytest.fixture
def webui(browser, address):
    """The page, freshly opened; whatever stands in its console as an error fails the test."""
    yield from opened(browser, address)


@pytest.fixture
def korean_webui(browser, korean):
    yield from opened(browser, korean)


def opened(browser, address, **options):
    context = browser.new_context(**{'viewport': {'width': 1400, 'height': 1200}, **options})
    hand = Hand(context.new_page(), address)
    hand.open()
    yield hand
    context.close()
    assert hand.wrong == []


def is_local(url):
    return url.startswith(('http://127.0.0.1:', 'ws://127.0.0.1:', 'data:', 'blob:'))


class Hand:
    """What a person does in the page; lengths in CSS pixels."""

    def __init__(self, page, address):
        self.page, self.address, self.wrong = page, address, []
        page.set_default_timeout(20_000)
        page.on('console', lambda message: message.type == 'error' and self.wrong.append(f'{message.text} ({message.location["url"]})'))
        page.on('pageerror', lambda error: self.wrong.append(str(error)))
        page.route(lambda url: not is_local(url), self.refuse)

    def refuse(self, route):
        self.wrong.append(f'asks for {route.request.url}')
        route.abort()

    def open(self, query=''):
        self.page.goto(f'{self.address}/{query}')
        self.page.wait_for_selector(f'{SCRIPT}_enabled-visible-checkbox')
        self.page.wait_for_selector('.diffdiff-map > *', state='attached')

    tab = '#tab_img2img'  # what is looked at: the extension is in another one too

    def see(self, selector, **more):
        return self.page.locator(self.tab).locator(selector, **more)

    def tick(self):
        """Opens the accordion, which ticks it."""
        self.see(f'{SCRIPT}_enabled > .label-wrap').click()
        self.page.wait_for_function(f"document.querySelector('{SCRIPT}_enabled-checkbox input').checked")

    def give(self, component, picture):
        """Uploads a picture to one of the host's components."""
        self.see(f'{component} input[type=file]').set_input_files(file_of(picture))
        self.see(f'{component} img').first.wait_for()

    def set(self, **values):
        """Sets the host's numbers: set(steps=8, denoising_strength=1)."""
        for name, value in values.items():
            box = self.see(f'#img2img_{name} input[type=number]')
            box.fill(str(value))
            box.press('Tab')

    def choose_sampler(self, name):
        box = self.see('#img2img_sampling input')
        box.click()
        box.fill(name)
        box.press('Enter')

    def open_tab(self, number):
        """One of the host's tabs for the picture, counted from 0."""
        self.see('#mode_img2img button[role=tab], #mode_img2img > .tab-nav > button').nth(number).click()
        self.page.wait_for_function(f"document.querySelector('#standin_tab input').value === '{number}'")  # the server has answered
        self.page.wait_for_timeout(300)

    def choose_map(self, file):
        """Chooses a file in the field of the map."""
        self.see('.diffdiff-map > input[type=file]').set_input_files(file)

    def drag(self, selector, *points, first=False):
        """Presses the mouse and moves it through points, in shares of an element."""
        self.page.wait_for_function("!document.querySelector('.diffdiff-painter-place')?.inert")  # while a file is being read
        element = self.see(selector).first if first else self.see(selector)
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        for i, (x, y) in enumerate(points):
            self.page.mouse.move(round(box['x'] + x * box['width']), round(box['y'] + y * box['height']), steps=5 if i else 1)
            if i == 0:
                self.page.mouse.down()
        self.page.mouse.up()

    def text(self):
        """The text that is the change map."""
        return self.see(f'{SCRIPT}_change_map textarea').input_value()

    def wait_for_text(self, other=''):
        """Waits until the change map is another than it was; returns it."""
        self.page.wait_for_function(f"other => document.querySelector('{SCRIPT}_change_map textarea').value !== other", arg=other)
        return self.text()

    def map(self):
        """The change map's 16-bit greys."""
        return greys(self.text())

    def generate(self):
        """Presses Generate and waits; returns the gallery's pictures, as their files hold them."""
        log, shown = self.log(), self.addresses()
        self.see('#img2img_generate').click()
        self.page.wait_for_function(f'before => {LOG} !== before', arg=log, timeout=180_000)
        if self.page.evaluate(FAILED):
            print(self.page.evaluate("document.querySelector('#html_log_img2img').textContent"))
            return []
        with suppress(TimeoutError):  # the same picture may have the same address, and gradio 4 shows it after the log
            self.page.wait_for_function(f'before => {ADDRESSES}.join() !== before', arg=','.join(shown), timeout=2_000 if shown else 20_000)
        return [np.asarray(Image.open(BytesIO(self.page.request.get(url).body())).convert('RGB')) for url in self.addresses()]

    def addresses(self):
        return self.page.evaluate(ADDRESSES)

    def log(self):
        return self.page.evaluate(LOG)

    def last_run(self):
        """What the denoiser calls of the last run met: {steps, held: [share of cells a call], kept: share}."""
        return self.page.request.get(f'{self.address}/standin/last-run').json()

    def api(self, picture, args=None, **request):
        """The API's pictures for what the page asks for as it is opened."""
        prompt = self.see('#img2img_prompt textarea').input_value()
        size = {'width': SIZE, 'height': SIZE, 'inpainting_fill': 1, 'inpaint_full_res': False}
        return WebUI(self.address).img2img([picture], args, **{**ASKED, **size, 'prompt': prompt, **request}).pictures


def greys(text):
    """The 16-bit greys of a map's file; of an 8-bit one, its levels' whole bytes."""
    picture = Image.open(BytesIO(base64.b64decode(text.split(',')[-1])))
    return np.asarray(picture).astype(int) * (257 if picture.mode == 'L' else 1)


def percent(whole):
    """The grey that a painted percentage becomes: the next 65535th."""
    return -(-whole * 65535 // 100)


def file_of(picture, name='picture.png'):
    """A picture, or bytes, as the browser takes a file."""
    if isinstance(picture, bytes):
        return {'name': name, 'mimeType': 'image/png', 'buffer': picture}
    buffer = BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(buffer, 'PNG')
    return {'name': name, 'mimeType': 'image/png', 'buffer': buffer.getvalue()}


@pytest.fixture(scope='session')
def original():
    return Image.open(ROOT / 'tests/pictures/original.png').convert('RGB').resize((SIZE, SIZE))


@pytest.fixture(scope='session')
def ramp():
    """A change map from black to white."""
    return np.tile(np.linspace(0, 255, SIZE).round().astype(np.uint8), (SIZE, 1))

