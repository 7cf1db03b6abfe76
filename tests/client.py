"""A WebUI seen from outside: requests in, pictures out. The same for the stand-in and a real one."""
import base64
import io
import json
from typing import NamedTuple

import numpy as np
import requests
from PIL import Image

TITLE = 'Differential Diffusion'
NEEDED = {'hr_additional_modules': ['Use same choices']}  # Forge's Hires. fix ends in a TypeError without it; others do not look


class Answer(NamedTuple):
    """pictures: uint8 arrays (height, width, 3). infotexts: one a picture. parameters: as the host echoes them."""

    pictures: list
    infotexts: list
    parameters: dict


class Refused(Exception):
    """The host answered with an error."""

    def __init__(self, status: int, answer: dict):
        super().__init__(status, answer.get('error'), answer.get('detail') or answer.get('errors'))
        self.status, self.detail = status, answer.get('detail')


class WebUI:
    """A WebUI at an address."""

    def __init__(self, address: str):
        self.address = address.rstrip('/')
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers['Connection'] = 'close'  # a server may drop an idle one at the moment when it is used again

    def get(self, path: str):
        return self._answer(self.session.get(f'{self.address}/sdapi/v1/{path}', timeout=600))

    def post(self, path: str, **body):
        return self._answer(self.session.post(f'{self.address}/sdapi/v1/{path}', json=body, timeout=600))

    def img2img(self, init_images, args=None, **request) -> Answer:
        """One request; args: the extension's arguments, a list or one object. Raises Refused."""
        answer = self.post('img2img', init_images=[png(image) for image in init_images], **with_args(args, request))
        return Answer([pixels(text) for text in answer['images']], json.loads(answer['info'])['infotexts'], answer['parameters'])

    def txt2img(self, args=None, **request) -> Answer:
        """The same for txt2img."""
        answer = self.post('txt2img', **NEEDED, **with_args(args, request))
        return Answer([pixels(text) for text in answer['images']], json.loads(answer['info'])['infotexts'], answer['parameters'])

    def samplers(self) -> list[str]:
        return [item['name'] for item in self.get('samplers')]

    def _answer(self, response):
        answer = response.json()
        if response.status_code != 200:
            raise Refused(response.status_code, answer)
        return answer


def with_args(args, request: dict) -> dict:
    """A request with the extension's arguments, a list or one object; without them for None."""
    if args is None:
        return request
    return {**request, 'alwayson_scripts': {TITLE: {'args': [args] if isinstance(args, dict) else args}}}


def png(picture) -> str:
    """Base64 of a PNG of an array or a PIL picture."""
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, 'PNG')
    return base64.b64encode(buffer.getvalue()).decode()


def pixels(text: str) -> np.ndarray:
    """The RGB array of a base64 picture."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert('RGB'))


def grey(value: int, size: int = 4) -> str:
    """A uniform change map."""
    return png(np.full((size, size), value, dtype=np.uint8))


def difference(a: np.ndarray, b: np.ndarray) -> int:
    """The largest difference of two pictures, in grey levels."""
    assert a.shape == b.shape, f'{a.shape} is not {b.shape}'
    return int(np.abs(a.astype(int) - b).max())
