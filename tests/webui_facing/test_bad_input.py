"""Bad input never yields a picture made without the map: HTTP 422, and a sentence that names the value."""
import base64
import io

import numpy as np
import pytest
from client import Refused, grey, png
from PIL import Image


def half_a_file():
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    data = base64.b64decode(png(noise))
    return base64.b64encode(data[:len(data) // 2]).decode()


def enormous():
    buffer = io.BytesIO()
    Image.new('1', (20000, 20000)).save(buffer, 'PNG')
    return base64.b64encode(buffer.getvalue()).decode()


OBJECTS = {
    'no map': ({}, 'no change map'),
    'empty map': ({'change_map': ''}, 'no change map'),
    'no picture': ({'change_map': base64.b64encode(b'hello world').decode()}, '11 bytes'),
    'truncated': ({'change_map': half_a_file()}, 'broken PNG'),
    'no bytes': ({'change_map': 'data:image/png;base64,'}, 'empty file'),
    'enormous': ({'change_map': enormous()}, '89 megapixels'),
    'path': ({'change_map': '/etc/hostname'}, 'never opened'),
    'address': ({'change_map': 'http://127.0.0.1:1/map.png'}, 'never opened'),
    'pasted': ({'change_map': 'missing:0123456789'}, '0123456789'),
    'number for a map': ({'change_map': 5}, 'The change map is 5'),
    'list for a map': ({'change_map': [1]}, 'The change map is 1;'),
    'unknown name': ({'change_map': grey(9), 'blurr': 3}, "'blurr'"),
    'wrong type': ({'change_map': grey(9), 'blur': '3'}, "Blur (px) is '3'"),
    'boolean for a number': ({'change_map': grey(9), 'gamma': True}, 'Gamma is True'),
    'number for a boolean': ({'change_map': grey(9), 'invert': 1}, 'Invert is 1'),
    'out of range': ({'change_map': grey(9), 'max_strength': 1.5}, 'Strongest is 1.5'),
    'not whole': ({'change_map': grey(9), 'grow': 2.5}, 'Grow (px) is 2.5'),
    'unknown choice': ({'change_map': grey(9), 'strength_is': 'relative'}, "'relative'"),
    'unknown channel': ({'change_map': grey(9), 'channel': 'luma'}, "Map channel is 'luma'"),
    'no such channel': ({'change_map': grey(9), 'channel': 'red'}, 'grey, so its red channel'),
    'black over white': ({'change_map': grey(9), 'black_point': 0.6, 'white_point': 0.4}, 'Black point 0.6'),
    'black on white': ({'change_map': grey(9), 'black_point': 0.5, 'white_point': 0.5}, 'Black point 0.5'),
    'weakest over strongest': ({'change_map': grey(9), 'min_strength': 0.9, 'max_strength': 0.2}, 'Weakest 0.9'),
    'enabled is no boolean': ({'change_map': grey(9), 'enabled': 'yes'}, "'yes'"),
}
LISTS = {
    'no map': ([True], 'no change map'),
    'a boolean and an object': ([True, {'change_map': grey(9)}], 'first and only argument'),
    'a string for the tick': (['on', grey(9)], "'on'"),
    'wrong type': ([True, grey(9), False, 'dark'], "Black point is 'dark'"),
    'nothing but Nones': ([True, None, None, None], 'no change map'),
}


@pytest.mark.parametrize('args, sentence', [*OBJECTS.values(), *LISTS.values()], ids=[*OBJECTS, *[f'list: {name}' for name in LISTS]])
def test_refused_with_422_and_a_sentence(paint, args, sentence):
    with pytest.raises(Refused) as refused:
        paint(args)
    assert refused.value.status == 422
    assert sentence in refused.value.detail


def test_none_means_the_default(paint, holds):
    from client import difference
    whole = paint([True, grey(128), None, None, None, None, None, None, None, None, None, None, None, None])[0]
    holds(difference(whole, paint({'change_map': grey(128), 'gamma': None, 'strength_is': None})[0]))
    holds(difference(whole, paint([True, grey(128)])[0]))


def test_what_stands_behind_an_object_is_ignored(paint, holds):
    from client import difference
    holds(difference(paint([{'change_map': grey(128)}, 'x', 7, None])[0], paint({'change_map': grey(128)})[0]))


def test_a_painted_nothing_without_a_map_is_refused(paint, picture):
    for whole_picture in (True, False):
        with pytest.raises(Refused, match='the mask is empty') as refused:
            paint([True], mask=png(np.zeros_like(picture)), inpaint_full_res=not whole_picture)
        assert refused.value.status == 422


def test_a_picture_of_another_size_is_stretched_to_the_picture(paint, holds):
    from client import difference
    small, wide = np.zeros((2, 2), dtype=np.uint8), np.zeros((16, 64), dtype=np.uint8)
    small[:, 1], wide[:, 32:] = 255, 255
    large = np.zeros((128, 128), dtype=np.uint8)
    large[:, 64:] = 255
    holds(difference(paint({'change_map': png(np.repeat(np.repeat(small, 64, 0), 64, 1))})[0], paint({'change_map': png(large)})[0]))
    stretched = paint({'change_map': png(wide)})[0]
    assert stretched.shape == (128, 128, 3)
    assert (stretched[:, :56] == paint({'change_map': png(large)})[0][:, :56]).all()
