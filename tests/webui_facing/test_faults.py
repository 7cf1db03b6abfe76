"""What goes wrong around a run, seen from outside: the next picture is as ever."""
import json
import socket
import threading
import time
from urllib.parse import urlsplit

import numpy as np
import pytest
from client import TITLE, Refused, WebUI, difference, png
from hosts import is_real
from requests import ConnectionError

FAULTS = 'Test faults'  # of the extension in tests/samplers
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


@pytest.fixture(scope='module')
def run_with(webui, picture):
    """run_with(kind, at=0, more='', **request) -> the answer of a run with the map, in which this goes wrong."""
    if FAULTS.lower() not in webui.get('scripts')['img2img']:
        pytest.skip('this WebUI does not have the extension in tests/samplers')

    def run_with(kind, at=0, more='', **request):
        asked = dict(prompt='a cat', width=128, height=128, seed=1, denoising_strength=1.0, **{**REQUEST, **request})
        scripts = {TITLE: {'args': [{'change_map': RAMP}]}, FAULTS: {'args': [kind, at, more]}}
        return webui.img2img([picture], alwayson_scripts=scripts, **asked)
    return run_with


@pytest.mark.parametrize('sampler', ['Euler a', 'DPM++ 2M', 'DDIM'])
@pytest.mark.parametrize('kind', ['error', 'memory'])
@pytest.mark.parametrize('at', ['first', 'middle', 'last'])
def test_an_error_of_the_model(run_with, as_ever, sampler, kind, at):
    last = REQUEST['steps'] - (2 if sampler == 'DDIM' else 0)  # its family makes two calls less
    at = {'first': 1, 'middle': 3, 'last': last}[at]
    with pytest.raises(Refused, match={'error': 'RuntimeError', 'memory': 'OutOfMemoryError'}[kind]) as refused:
        run_with(kind, at, sampler_name=sampler)
    assert refused.value.status == 500


@pytest.mark.parametrize('kind', ['encode', 'decode', 'save'])
def test_an_error_of_the_autoencoder_or_the_disk(run_with, as_ever, kind):
    if kind == 'save' and not is_real():
        pytest.skip('the stand-in saves nothing')
    try:
        run_with(kind, save_images=True)
    except Refused as refused:
        assert refused.status == 500
    else:
        pytest.skip('the fault did not happen: this WebUI uses another autoencoder')


@pytest.mark.parametrize('kind', ['interrupt', 'skip'])
def test_a_stop_at_every_step(run_with, as_ever, picture, kind):
    if kind == 'skip' and not is_real():
        pytest.skip('the stand-in knows no skip')
    for at in range(1, REQUEST['steps'] + 1):
        for painted in run_with(kind, at).pictures:
            assert (painted[:, :1] == picture[:, :1]).all(), at


def test_another_checkpoint_between_two_batches(webui, run_with, as_ever, picture):
    own = webui.get('options').get('sd_model_checkpoint')
    others = [model['title'] for model in webui.get('sd-models') if model['title'] != own] if is_real() else []
    if not own or not others:
        pytest.skip('there is no other checkpoint')
    try:
        for painted in run_with('checkpoint', more=others[0], n_iter=2).pictures:
            assert (painted[:, :1] == picture[:, :1]).all()
    except Refused as refused:
        assert refused.status == 500  # A1111 takes the old model away under a run's sampler, without us too
    finally:
        webui.post('options', sd_model_checkpoint=own)


def test_reload_ui_in_mid_run(webui, run_with, as_ever, picture):
    if not is_real():
        pytest.skip('the stand-in reloads nothing')
    try:
        for painted in run_with('restart', 3).pictures:
            assert (painted[:, :1] == picture[:, :1]).all()
    except ConnectionError:
        pass  # the server was gone before it answered
    stands_again(webui, picture)


def stands_again(webui, picture, patience=240):
    """Waits until a WebUI that restarts paints with the map, twice: its old server may still answer, and its new one before it is ready."""
    end, painted = time.monotonic() + patience, 0
    while painted < 2:
        time.sleep(4)
        try:
            webui.img2img([picture], {'change_map': RAMP}, prompt='a cat', width=128, height=128, seed=1, **REQUEST)
            painted += 1
        except (ConnectionError, Refused):
            painted = 0
        assert time.monotonic() < end, 'the WebUI did not come back'
