"""The page of a host that speaks Korean: nothing of ours is left in English."""
import re

import pytest

from .conftest import SCRIPT, file_of

TEXTS = '''(root) => {
    const texts = [];
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walk.currentNode; node; node = walk.nextNode()) {
        if ((node.closest ? node : node.parentElement).closest('.diffdiff-hidden')) continue;
        if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent);
        else for (const name of ['title', 'placeholder', 'aria-label']) texts.push(node.getAttribute(name) ?? '');
    }
    return texts.map((text) => text.trim()).filter((text) => text);
}'''
# Names of keys, of file types, of people's and the extension's own, and gradio's labels of its number boxes.
SAME_IN_KOREAN = re.compile(r'Differential Diffusion|img2img|picture\.png|PNG|JPEG|WebP|BMP|TIFF|GIF|[KM]iB|px|Shift|Ctrl|Alt|Enter|Backspace|Esc|Space|'
                            r'(number input|range slider|slider) for .*', re.IGNORECASE)
ENGLISH = re.compile('[A-Za-z]{2,}')


def english(webui):
    webui.page.wait_for_timeout(1000)
    texts = webui.page.evaluate(TEXTS, webui.see(f'{SCRIPT}_enabled').element_handle())
    assert any('가' <= letter <= '힣' for text in texts for letter in text)
    return sorted({text for text in texts if ENGLISH.search(SAME_IN_KOREAN.sub('', text))})


@pytest.fixture
def opened(korean_webui, original):
    """All of the accordion open."""
    korean_webui.give('#img2img_image', original)
    korean_webui.tick()
    for label in korean_webui.see(f'{SCRIPT}_enabled .label-wrap').all()[1:]:
        label.click()
    korean_webui.page.evaluate("document.querySelectorAll('.diffdiff-map details').forEach((details) => { details.open = true; })")
    return korean_webui


def test_no_english_in_the_accordion(opened):
    assert english(opened) == []


def test_no_english_after_painting_and_previewing(opened):
    opened.drag('.diffdiff-stage', (0.2, 0.2), (0.8, 0.7))
    opened.wait_for_text()
    opened.see('.diffdiff-run').wait_for()
    assert english(opened) == []


@pytest.mark.parametrize('denoising, grey', [(0, 255), (1, 0), (1, 252)])
def test_no_english_in_warnings(opened, ramp, denoising, grey):
    opened.set(steps=8, denoising_strength=denoising)
    opened.choose_map(file_of((ramp / 255 * grey).astype('uint8')[:100]))
    opened.wait_for_text()
    opened.see('.diffdiff-warnings > *').first.wait_for()
    assert english(opened) == []


def test_no_english_in_a_refusal(opened):
    opened.choose_map({'name': 'picture.png', 'mimeType': 'text/plain', 'buffer': b'words'})
    opened.page.wait_for_function("document.querySelector('.diffdiff-map').classList.contains('diffdiff-warning')")
    assert english(opened) == []
