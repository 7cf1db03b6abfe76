"""Remote workers: what is packed as stable-diffusion-webui-distributed packs it makes the same picture elsewhere."""
import json

import numpy as np
import pytest
import standin
from client import WebUI, difference
from hosts import stand_in_elsewhere

from .conftest import CELLS, Standin, blocks

FIELDS = ['prompt', 'seed', 'steps', 'cfg_scale', 'width', 'height', 'denoising_strength', 'sampler_name']


class Pack(standin.Probe):
    """Packs the arguments of every always visible script under its title, as JSON, before the host begins."""

    def before_process(self, p):
        scripts = {script.title(): {'args': list(p.script_args[script.args_from:script.args_to])} for script in p.scripts.alwayson_scripts}
        self.payload = json.dumps({**{name: getattr(p, name) for name in FIELDS}, 'alwayson_scripts': scripts})
        self.ours = {name for name in vars(p) if 'diff' in name}


@pytest.mark.parametrize('form', ['object', 'positional'])
def test_a_worker_makes_the_same_picture(form):
    stand_in = Standin('convolved', probes=[Pack])
    pack, = stand_in.others
    greys = np.linspace(0, 255, CELLS * CELLS).astype(np.uint8).reshape(CELLS, CELLS)
    here = stand_in.pictures({'change_map': blocks(greys), 'blur': 5} if form == 'object' else [True, blocks(greys), False, 0.1])[0]
    assert not pack.ours
    with stand_in_elsewhere() as address:
        webui = WebUI(address)
        request = json.loads(pack.payload)
        known = {script['name'] for script in webui.get('script-info')}
        request['alwayson_scripts'] = {title: args for title, args in request['alwayson_scripts'].items() if title.lower() in known}
        there = webui.img2img([stand_in.picture], **request).pictures[0]
    assert difference(here, there) == 0
