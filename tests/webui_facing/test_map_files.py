"""A file means what it says: the same map in another kind of file, or in one of its channels, gives the same picture."""
import base64
import io

import numpy as np
import pytest
from client import TITLE, Refused, difference, grey, png
from files import tiff_file
from PIL import Image

RAMP = np.repeat(np.arange(0, 256, 17, dtype=np.uint8)[None], 16, axis=0)
ZEROS = np.zeros_like(RAMP)


def file(picture, format, **options):
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return base64.b64encode(buffer.getvalue()).decode()


INK = np.dstack([ZEROS, ZEROS, ZEROS, RAMP])
SAME = {
    'black ink': (png(INK), {}),
    'black ink, grey and alpha': (png(np.dstack([ZEROS, RAMP])), {}),
    'black ink, WebP': (file(Image.fromarray(INK), 'WEBP', lossless=True), {}),
    'black ink, TIFF': (file(Image.fromarray(INK), 'TIFF'), {}),
    'red ink': (png(np.dstack([ZEROS + 255, ZEROS, ZEROS, RAMP])), {}),
    'alpha': (png(np.dstack([RAMP[:, ::-1]] * 3 + [RAMP])), {'channel': 'alpha'}),
    'red': (png(np.dstack([RAMP, ZEROS, ZEROS])), {'channel': 'red'}),
    'green': (png(np.dstack([ZEROS, RAMP, ZEROS + 9])), {'channel': 'green'}),
    'blue': (png(np.dstack([ZEROS, ZEROS, RAMP, RAMP])), {'channel': 'blue'}),
    'brightness': (png(np.dstack([RAMP, RAMP, RAMP])), {'channel': 'brightness'}),
    '16 bits': (png(RAMP.astype(np.uint16) * 257), {}),
    '16 bits, TIFF': (file(Image.fromarray(RAMP.astype(np.uint16) * 257), 'TIFF'), {}),
    '32 bits, TIFF': (file(Image.fromarray(RAMP.astype(np.int32) * 257), 'TIFF'), {}),
    'floats, TIFF': (file(Image.fromarray((RAMP / 255).astype(np.float32)), 'TIFF'), {}),
    'white is zero, TIFF': (tiff_file((65535 - RAMP[0].astype('<u2') * 257).tobytes(), 16, 16, white_is_zero=True), {}),
}
DARK_INKS = np.dstack([ZEROS + np.tile([0, 9], 8).astype(np.uint8)] * 3 + [RAMP])
REFUSED = {
    '32 bits from 0 to 255': (file(Image.fromarray(RAMP.astype(np.int32)), 'TIFF'), {}, ['8-bit greys', '16-bit greys']),
    '32 bits above white': (file(Image.fromarray(RAMP.astype(np.int32) * 1000), 'TIFF'), {}, ['whole number 255000', '65535']),
    '32 bits below black': (file(Image.fromarray(RAMP.astype(np.int32) - 300), 'TIFF'), {}, ['whole number -300']),
    'floats from 0 to 255': (file(Image.fromarray(RAMP.astype(np.float32)), 'TIFF'), {}, ['the value 17.0', '0 for black and 1 for white']),
    'two dark inks': (png(DARK_INKS), {}, ['nearly black', 'its alpha goes up to 255', 'channel brightness or alpha']),
    'no alpha': (png(RAMP), {'channel': 'alpha'}, ['opaque everywhere, so its alpha channel']),
}


@pytest.fixture(scope='module')
def of_ramp(paint):
    return paint({'change_map': png(RAMP)}, steps=5)[0]


@pytest.mark.parametrize('change_map, settings', SAME.values(), ids=SAME)
def test_the_same_greys_in_another_file_give_the_same_picture(paint, of_ramp, holds, change_map, settings):
    holds(difference(of_ramp, paint({'change_map': change_map, **settings}, steps=5)[0]))


def test_one_alpha_everywhere_of_black_ink_is_that_grey(paint, holds):
    ink = np.dstack([np.zeros((4, 4, 3), np.uint8), np.full((4, 4), 128, np.uint8)])
    holds(difference(paint({'change_map': png(ink)}, steps=5)[0], paint({'change_map': grey(128)}, steps=5)[0]))


@pytest.mark.parametrize('change_map, settings, words', REFUSED.values(), ids=REFUSED)
def test_a_file_of_two_meanings_or_none_is_refused_with_both(paint, change_map, settings, words):
    with pytest.raises(Refused) as refused:
        paint({'change_map': change_map, **settings}, steps=5)
    assert refused.value.status == 422
    assert all(word in refused.value.detail for word in words)


def test_the_channel_is_given_by_its_place_too_and_stands_in_the_parameters(webui, picture, of_ramp, holds):
    coloured = png(np.dstack([ZEROS, RAMP, ZEROS]))
    info = next(script for script in webui.get('script-info') if script['name'] == TITLE.lower())
    place = [argument['label'] for argument in info['args']].index('Map channel')
    args = [True, coloured, *[None] * (place - 2), 'green']
    answer = webui.img2img([picture], args, prompt='a cat', negative_prompt='a dog', width=128, height=128, steps=5, denoising_strength=1.0,
                           cfg_scale=7, seed=1, sampler_name='Euler', scheduler='Automatic')
    holds(difference(answer.pictures[0], of_ramp))
    assert 'DiffDiff channel: green' in answer.infotexts[0]
