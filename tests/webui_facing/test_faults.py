"""What goes wrong around a run, seen from outside: the next picture is as ever."""
import json
import socket
import threading
import time
from urllib.parse import urlsplit

import numpy as np
import pytest
from client import TITLE, Refused, WebUI, difference, png

RAMP = png(np.tile(np.linspace(0, 255, 128).astype(np.uint8), (128, 1)))
REQUEST = {'sampler_name': 'Euler a', 'steps': 6}


@pytest.fixture
def as_ever(paint, holds):
    """Around a test: the pictures with the map and without it are the same before and after."""
    def both():
        return paint({'change_map': RAMP}, **REQUEST)[0], paint(**REQUEST)[0]
    before = both()
    yield before
    for now, then in zip(both(), before):
        holds(difference(now, then))


def test_a_client_that_goes_away(webui, picture, as_ever):
    body = json.dumps({'init_images': [png(picture)], 'prompt': 'a cat', 'width': 128, 'height': 128, 'steps': 20, 'seed': 1,
                       'alwayson_scripts': {TITLE: {'args': [{'change_map': RAMP}]}}}).encode()
    address = urlsplit(webui.address)
    for part in (len(body) // 2, len(body)):  # in the midst of its own request, and before the answer
        with socket.create_connection((address.hostname, address.port or 80), timeout=60) as connection:
            connection.sendall(b'POST /sdapi/v1/img2img HTTP/1.1\r\nHost: webui\r\nContent-Type: application/json\r\n'
                               b'Content-Length: %d\r\n\r\n' % len(body) + body[:part])
            time.sleep(0.05)


def test_requests_at_once(webui, picture, as_ever, holds):
    with_map, plain = as_ever
    wanted = [({'change_map': RAMP}, with_map), (None, plain), ({'change_map': '/etc/hosts'}, None), ([False, RAMP], plain), ({'change_map': RAMP}, with_map)]
    found = [None] * len(wanted)

    def send(place):
        request = dict(prompt='a cat', negative_prompt='a dog', width=128, height=128, denoising_strength=1.0, cfg_scale=7, seed=1,
                       scheduler='Automatic', **REQUEST)
        try:
            found[place] = WebUI(webui.address).img2img([picture], wanted[place][0], **request).pictures[0]
        except Refused as refused:
            found[place] = refused.status
    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(wanted))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (_, right), got in zip(wanted, found):
        if right is None:
            assert got == 422
        else:
            holds(difference(got, right))


@pytest.mark.parametrize('after', [0.0, 0.03, 0.1, 0.3])
def test_an_interrupt_at_some_moment(webui, picture, as_ever, after):
    timer = threading.Timer(after, webui.post, ['interrupt'])
    timer.start()
    answer = webui.img2img([picture], {'change_map': RAMP}, prompt='a cat', width=128, height=128, seed=1, steps=40, n_iter=2)
    timer.join()
    for painted in answer.pictures:
        assert (painted[:, :1] == picture[:, :1]).all()  # black is kept, wherever the run was stopped
