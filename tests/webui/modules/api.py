"""The HTTP API: img2img, txt2img, and the questions that scripts and tests ask."""
import base64
import io
from threading import Lock
from typing import Optional

import gradio as gr
from fastapi import FastAPI, HTTPException, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from PIL import Image, ImageOps, PngImagePlugin
from pydantic import create_model

from modules import errors, infotext_utils, processing, processing_txt2img, sd_samplers, shared
from modules.processing_img2img import ASKED

ADDED = {'script_name': '', 'script_args': [], 'alwayson_scripts': {}, 'infotext': ''}
WITHOUT_DEFAULT = {'mask_blur': int, 'mask': str, 'hr_sampler_name': str}


def request_of(name, fields):
    """A model of a request."""
    types = {key: Optional[WITHOUT_DEFAULT.get(key, type(default))] for key, default in fields.items()}  # noqa: UP045
    return create_model(name, **{key: (types[key], default) for key, default in fields.items()})


Img2ImgRequest = request_of('Img2ImgRequest', {**ASKED, **ADDED, 'mask': ''})
Txt2ImgRequest = request_of('Txt2ImgRequest', {**processing_txt2img.ASKED, **ADDED})


class Api:
    """The endpoints' functions; requests that make pictures wait for each other."""

    def __init__(self, runner, txt2img_runner):
        self.runner, self.txt2img_runner, self.lock = runner, txt2img_runner, Lock()
        self.defaults = {one: default_script_args(one) for one in (runner, txt2img_runner)}

    def add_routes(self, app: FastAPI):
        app.middleware('http')(answer_exceptions)
        app.add_exception_handler(HTTPException, answer_exception)
        for method, name, endpoint in (
            ('POST', 'img2img', self.img2img), ('POST', 'txt2img', self.txt2img), ('POST', 'interrupt', self.interrupt), ('POST', 'options', self.set_options),
            ('GET', 'options', self.options), ('GET', 'samplers', self.samplers), ('GET', 'scripts', self.scripts),
            ('GET', 'script-info', self.script_info),
        ):
            app.add_api_route(f'/sdapi/v1/{name}', endpoint, methods=[method])

    def img2img(self, request: Img2ImgRequest):
        processed = self.process(request)
        request.init_images = request.mask = None
        return {'images': [encoded(image) for image in processed.images], 'parameters': request.dict(), 'info': processed.js()}

    def txt2img(self, request: Txt2ImgRequest):
        processed = self.process_txt2img(request)
        return {'images': [encoded(image) for image in processed.images], 'parameters': request.dict(), 'info': processed.js()}

    def process_txt2img(self, request):
        """Turns a request into a run."""
        args = self.script_args(request, self.txt2img_runner)
        asked = {name: getattr(request, name) for name in processing_txt2img.ASKED}
        return self.run_on(self.txt2img_runner, processing.StableDiffusionProcessingTxt2Img, asked, args)

    def process(self, request):
        """Turns a request into a run."""
        if not request.init_images:
            raise HTTPException(404, 'Init image not found')
        images = [decoded(image) for image in request.init_images]
        mask = decoded(request.mask) if request.mask else None
        args = self.script_args(request, self.runner)  # its infotext may set the rest of the request
        asked = {name: getattr(request, name) for name in ASKED}
        return self.run({**asked, 'init_images': images, 'mask': mask}, args)

    def run(self, asked, args):
        """As `run_on`, img2img's."""
        return self.run_on(self.runner, processing.StableDiffusionProcessingImg2Img, asked, args)

    def run_on(self, runner, kind, asked, args):
        """Waits for its turn and runs what was asked for, the selected script or the host's own run; args[0] is that script's number."""
        with self.lock:
            p = kind(**asked)
            p.scripts, p.script_args = runner, tuple(args)
            shared.state.__init__()
            return runner.run(p, *args) if args[0] else processing.process_images(p)

    def script_args(self, request, runner):
        """All scripts' arguments: defaults, then the infotext's, then the request's."""
        args = list(self.defaults[runner])
        for index, value in infotext_utils.applied(request, runner).items():
            args[index] = value
        if request.script_name:
            script = named(request.script_name, runner.selectable_scripts)
            args[0] = runner.selectable_scripts.index(script) + 1
            args[script.args_from:script.args_to] = request.script_args
        for name, given in (request.alwayson_scripts or {}).items():
            script = named(name, runner.scripts)
            if not script.alwayson:
                raise HTTPException(422, 'Cannot have a selectable script in the always on scripts params')
            for i in range(min(script.args_to - script.args_from, len(given.get('args', [])))):
                args[script.args_from + i] = given['args'][i]
        return args

    def interrupt(self):
        shared.state.interrupt()

    def options(self):
        return {key: getattr(shared.opts, key) for key in shared.opts.data_labels}

    def set_options(self, request: dict):
        for key, value in request.items():
            shared.opts.set(key, value, is_api=True)

    def samplers(self):
        return [{'name': sampler.name, 'aliases': sampler.aliases, 'options': sampler.options} for sampler in sd_samplers.all_samplers]

    def scripts(self):
        return {tab: [script.name for script in runner.scripts if script.controls is not None]
                for tab, runner in (('txt2img', self.txt2img_runner), ('img2img', self.runner))}

    def script_info(self):
        return [{'name': script.name, 'is_alwayson': script.alwayson, 'is_img2img': runner.is_img2img, 'args': [described(one) for one in controls]}
                for runner in (self.txt2img_runner, self.runner) for script in runner.scripts if (controls := script.controls) is not None]


def default_script_args(runner):
    """Asks every script for its components again, as the host does, and takes their values."""
    args = [0]
    with gr.Blocks():
        for script in runner.scripts:
            args += [component.value for component in script.ui(runner.is_img2img) or ()]
    return args


def named(name, among):
    """The script of that title, in any case."""
    for script in among:
        if script.title().lower() == name.lower():
            return script
    raise HTTPException(422, f"Script '{name}' not found")


def described(control):
    """An argument as its component shows it."""
    known = {name: getattr(control, name, None) for name in ('label', 'value', 'minimum', 'maximum', 'step', 'choices')}
    if known['choices']:
        known['choices'] = [choice[0] if isinstance(choice, tuple) else choice for choice in known['choices']]
    return known


def decoded(text):
    """A picture of base64 or a data URL."""
    try:
        return ImageOps.exif_transpose(Image.open(io.BytesIO(base64.b64decode(text.split(';base64,')[-1]))))
    except (OSError, ValueError) as error:
        raise HTTPException(500, 'Invalid encoded image') from error


def encoded(image):
    """A picture as base64 of a PNG with its parameters."""
    file, texts = io.BytesIO(), PngImagePlugin.PngInfo()
    if 'parameters' in image.info:
        texts.add_text('parameters', image.info['parameters'])
    image.save(file, 'PNG', pnginfo=texts)
    return base64.b64encode(file.getvalue()).decode()


async def answer_exceptions(request: Request, call_next):
    try:
        return await call_next(request)
    except Exception as error:  # whatever a request raises is its answer
        return await answer_exception(request, error)


async def answer_exception(request: Request, error: Exception):
    """Answers with what stands on the exception itself: an attribute of its class does not count."""
    own = vars(error)
    body = {'error': type(error).__name__, 'detail': own.get('detail', ''), 'body': own.get('body', ''), 'errors': str(error)}
    if not isinstance(error, HTTPException):
        errors.report(f'API error: {request.method}: {request.url} {body}')
    return JSONResponse(jsonable_encoder(body), own.get('status_code', 500))
