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

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from models import MODELS  # noqa: E402
from modules import infotext_utils, script_callbacks, scripts, shared  # noqa: E402
from PIL import Image  # noqa: E402

api = None


class Probe(scripts.Script):
    """An always visible script without components: tests derive from it to see inside a run."""

    def title(self):
        return type(self).__name__

    def show(self, is_img2img):
        return scripts.AlwaysVisible if is_img2img else False

    def ui(self, is_img2img):
        return []


def load(model="pointwise", extension=ROOT, probes=()):
    """Starts the WebUI anew with a model, an extension's folder and the probes; returns the probes' instances."""
    global api
    from modules import ui
    from modules.api.api import Api

    shared.opts.reset()
    shared.state.__init__()
    shared.sd_model = MODELS[model]() if isinstance(model, str) else model
    scripts.load_scripts(extension, probes)
    ui.create_ui()
    api = Api()
    return [next(script for script in scripts.scripts_img2img.scripts if type(script) is probe) for probe in probes]


def img2img(**request):
    """Makes one img2img request without HTTP: what is wrong with it is raised."""
    from modules.api import models

    return api.img2imgapi(models.StableDiffusionImg2ImgProcessingAPI(**request)).dict()


def press_generate(**request):
    """Makes the same request as the page would; returns the pictures and the lines shown under them, or the error."""
    from modules import errors
    from modules.api import models

    try:
        processed = api.process(models.StableDiffusionImg2ImgProcessingAPI(**request))
    except Exception as error:  # the page shows whatever happens
        errors.report("Error completing request", exc_info=True)
        return [], f"{type(error).__name__}: {error}"
    return processed.images, processed.comments


def app():
    """Makes the FastAPI application of what was loaded last."""
    from fastapi import FastAPI

    application = FastAPI()
    api.add_routes(application)
    script_callbacks.app_started_callback(shared.demo, application)
    return application


@contextmanager
def serve(port=0, host="127.0.0.1"):
    """Serves what was loaded last over HTTP and yields its address."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app(), host=host, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise OSError(f"cannot serve on {host}:{port}")
        time.sleep(0.01)
    try:
        yield f"http://{host}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def paste(text):
    """Pastes an infotext into the img2img page; returns the pasted values by the labels of the scripts' components."""
    fields = infotext_utils.paste_fields["img2img"]["fields"]
    pairs = zip((field.component for field in fields), infotext_utils.paste_func(fields, text))
    return {component.label: up["value"] for component, up in pairs if "value" in up and hasattr(component, "label")}


def encode(image):
    """A picture as base64 of a PNG."""
    file = io.BytesIO()
    image.save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def pictures(answer):
    """The pictures of an answer."""
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in answer["images"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=sorted(MODELS), default="landscapes")
    parser.add_argument("--port", type=int, default=7860)
    options = parser.parse_args()
    load(options.model)
    with serve(options.port) as address:
        print(address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
