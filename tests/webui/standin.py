"""The stand-in WebUI: loads an extension as the host does and answers its API, in this process or over HTTP."""
import argparse
import base64
import io
import os
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault('GRADIO_ANALYTICS_ENABLED', 'False')
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

import gradio as gr
import uvicorn
from fastapi import FastAPI
from models import MODELS
from modules import errors, infotext_utils, script_callbacks, scripts, shared
from modules.api import Api, Img2ImgRequest, Txt2ImgRequest
from PIL import Image

api = None


class Probe(scripts.Script):
    """An always visible script without components: tests derive from it to see inside a run."""

    def title(self):
        return type(self).__name__

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def ui(self, is_img2img):
        return []


def components_alone(*runners):
    """The scripts' components in a page with nothing else."""
    with gr.Blocks(analytics_enabled=False):
        for runner in runners:
            runner.setup_ui()


def load(model='pointwise', extension=ROOT, probes=(), page=components_alone, others=()):
    """Starts the WebUI anew with a model, an extension's folder and others', the probes and a page; returns the probes' instances."""
    global api
    shared.opts.__init__()
    shared.state.__init__()
    shared.sd_model = MODELS[model]()
    scripts.load_scripts([*others, HERE, extension] if extension else [], probes)
    runners = scripts.scripts_img2img, scripts.scripts_txt2img
    script_callbacks.before_ui_callback()
    script_callbacks.ui_settings_callback()
    page(*runners)
    api = Api(*runners)
    return [next(script for script in runners[0].scripts if type(script) is probe) for probe in probes]


def img2img(**request):
    """Makes one img2img request without HTTP: what is wrong with it is raised."""
    return api.img2img(Img2ImgRequest(**request))


def txt2img(**request):
    """The same for txt2img."""
    return api.txt2img(Txt2ImgRequest(**request))


def press_generate(**request):
    """Makes the same request as the page would; returns the pictures and the lines shown under them, or the error."""
    try:
        processed = api.process(Img2ImgRequest(**request))
    except Exception as error:  # the page shows whatever happens
        errors.report('Error completing request')
        return [], f'{type(error).__name__}: {error}'
    return processed.images, processed.comments


def paste(text):
    """Pastes an infotext into the img2img page; returns the pasted values by the labels of the scripts' components."""
    fields = scripts.scripts_img2img.infotext_fields
    updates = zip(fields, infotext_utils.pasted(fields, text))
    return {component.label: update['value'] for (component, _), update in updates if 'value' in update}


def pictures(answer):
    """The pictures of an answer."""
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in answer['images']]


@contextmanager
def serve(port=0, host='127.0.0.1', more=None):
    """Serves what was loaded last over HTTP, and what `more` adds to the app, and yields its address."""
    app = FastAPI()
    api.add_routes(app)
    if more is not None:
        more(app)
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level='warning'))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise OSError(f'cannot serve on {host}:{port}')
        time.sleep(0.01)
    try:
        yield f'http://{host}:{server.servers[0].sockets[0].getsockname()[1]}'
    finally:
        server.should_exit = True
        thread.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', choices=sorted(MODELS), default='landscapes')
    parser.add_argument('--port', type=int, default=7860)
    parser.add_argument('--extension', type=Path, action='append', default=[], help='the folder of one more extension')
    options = parser.parse_args()
    load(options.model, others=options.extension)
    with serve(options.port) as address:
        print(address, flush=True)
        threading.Event().wait()


if __name__ == '__main__':
    main()
