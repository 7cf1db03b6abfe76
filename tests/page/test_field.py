"""The map's field: a file chosen, dropped or pasted, and Generate with it."""
import base64

import numpy as np
import pytest

from .conftest import SCRIPT, file_of

TRANSFER = '''({base64, type, where}) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], 'dropped.png', {type: 'image/png'}));
    const target = document.querySelector(where);
    const event = type === 'paste' ? new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true})
        : new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true});
    target.dispatchEvent(event);
}'''


def test_the_page_opens(webui):
    assert webui.see('.diffdiff-map').count() == 1
    webui.tick()
    assert webui.see('.diffdiff-map').is_visible()
    webui.page.wait_for_timeout(500)


def choose(webui, file):
    webui.see('.diffdiff-map > input[type=file]').set_input_files(file)


def transfer(webui, type, file):
    where = '.diffdiff-map'
    webui.see(where).hover()
    webui.page.evaluate(TRANSFER, {'base64': base64.b64encode(file['buffer']).decode(), 'type': type, 'where': where})


@pytest.mark.parametrize('way', ['choose', 'drop', 'paste'])
def test_a_file_is_the_map_byte_for_byte(webui, ramp, way):
    webui.tick()
    file = file_of(ramp)
    choose(webui, file) if way == 'choose' else transfer(webui, way, file)
    text = webui.wait_for_text()
    assert base64.b64decode(text.split(',')[-1]) == file['buffer']


def test_generate_gives_what_the_api_gives(webui, original, ramp):
    webui.give('#img2img_image', original)
    webui.set(seed=1)
    plain, = webui.generate()
    webui.tick()
    choose(webui, file_of(ramp))
    webui.wait_for_text()
    picture, = webui.generate()
    assert np.array_equal(picture, webui.api(original, [True, webui.text()])[0])
    assert np.array_equal(plain, webui.api(original)[0])
    assert not np.array_equal(plain, picture)
    assert 'DiffDiff' in webui.see('#html_info_img2img').last.inner_text()


def test_the_last_run_tells_what_was_held(webui, original, ramp):
    webui.give('#img2img_image', original)
    webui.set(seed=1, denoising_strength=1)
    webui.tick()
    choose(webui, file_of(ramp))
    webui.wait_for_text()
    webui.generate()
    run = webui.last_run()
    assert run['steps'] == 20 and run['held'][0] == 1 and run['held'] == sorted(run['held'], reverse=True)


def test_without_a_map_the_page_says_so(webui, original):
    webui.give('#img2img_image', original)
    webui.tick()
    assert webui.generate() == []
    assert webui.see('#html_log_img2img .error').is_visible()
    assert webui.see(f'{SCRIPT}_enabled').is_visible()
