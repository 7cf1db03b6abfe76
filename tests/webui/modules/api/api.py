"""The HTTP API: img2img, and the questions that scripts and tests ask."""

import base64
import binascii
import io
from contextlib import closing
from threading import Lock

from fastapi import FastAPI, HTTPException, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from PIL import PngImagePlugin, UnidentifiedImageError

from modules import errors, images, infotext_utils, processing, scripts, sd_samplers, sd_schedulers, shared
from modules.api import models
from modules.shared import opts, state


def decode_base64_to_image(encoding):
    if encoding.startswith(("http://", "https://")):
        raise HTTPException(status_code=500, detail="Requests not allowed")
    if encoding.startswith("data:image/"):
        encoding = encoding.split(";")[1].split(",")[1]
    try:
        return images.read(io.BytesIO(base64.b64decode(encoding)))
    except (OSError, ValueError, binascii.Error, UnidentifiedImageError) as error:
        raise HTTPException(status_code=500, detail="Invalid encoded image") from error


def encode_pil_to_base64(image):
    """Saves a picture as PNG with its texts."""
    texts = PngImagePlugin.PngInfo()
    for key, value in image.info.items():
        if isinstance(key, str) and isinstance(value, str):
            texts.add_text(key, value)
    file = io.BytesIO()
    image.save(file, format="PNG", pnginfo=texts)
    return base64.b64encode(file.getvalue())


def answer_exception(request: Request, error: Exception):
    """Answers with what stands on the exception itself: an attribute of its class does not count."""
    own = vars(error)
    body = {
        "error": type(error).__name__,
        "detail": own.get("detail", ""),
        "body": own.get("body", ""),
        "errors": str(error),
    }
    if not isinstance(error, HTTPException):
        errors.report(f"API error: {request.method}: {request.url} {body}", exc_info=True)
    return JSONResponse(status_code=own.get("status_code", 500), content=jsonable_encoder(body))


def add_middleware(app):
    @app.middleware("http")
    async def exception_handling(request: Request, call_next):
        try:
            return await call_next(request)
        except Exception as error:  # whatever a request raises is its answer
            return answer_exception(request, error)

    @app.exception_handler(HTTPException)
    async def http_exception_handler(request: Request, error: HTTPException):
        return answer_exception(request, error)


class Api:
    """The endpoints' functions; requests that make pictures wait for each other."""

    def __init__(self, queue_lock=None):
        self.queue_lock = queue_lock or Lock()
        self.default_script_arg_img2img = self.init_default_script_args(scripts.scripts_img2img)

    def add_routes(self, app: FastAPI):
        add_middleware(app)
        routes = {
            "POST img2img": self.img2imgapi,
            "GET script-info": self.get_script_info,
            "GET scripts": self.get_scripts_list,
            "GET samplers": self.get_samplers,
            "GET schedulers": self.get_schedulers,
            "GET options": self.get_config,
            "POST options": self.set_config,
            "GET progress": self.progressapi,
            "POST interrupt": self.interruptapi,
            "POST skip": self.skip,
        }
        for route, endpoint in routes.items():
            method, name = route.split()
            app.add_api_route(f"/sdapi/v1/{name}", endpoint, methods=[method])

    def init_default_script_args(self, runner):
        """Asks every script for its components again, twice as the host does, and takes their values."""
        import gradio as gr

        args = [None] * max([1, *(script.args_to for script in runner.scripts)])
        args[0] = 0
        with gr.Blocks():
            for script in runner.scripts:
                if script.ui(script.is_img2img):
                    values = [component.value for component in script.ui(script.is_img2img)]
                    args[script.args_from : script.args_to] = values
        return args

    def init_script_args(self, request, runner, selected, from_infotext):
        """Fills each script's part of the arguments: defaults, then the infotext's, then the request's."""
        args = list(self.default_script_arg_img2img)
        for index, value in from_infotext.items():
            args[index] = value
        if selected is not None:
            script = runner.selectable_scripts[selected]
            args[script.args_from : script.args_to] = request.script_args
            args[0] = selected + 1
        for name, given in (request.alwayson_scripts or {}).items():
            script = runner.scripts[script_name_to_index(name, runner.scripts)] if name else None
            if script is None:
                raise HTTPException(status_code=422, detail=f"always on script {name} not found")
            if not script.alwayson:
                raise HTTPException(422, "Cannot have a selectable script in the always on scripts params")
            if "args" in given:
                count = min(script.args_to - script.args_from, len(given["args"]))
                for i in range(count):
                    args[script.args_from + i] = given["args"][i]
        return args

    def apply_infotext(self, request, runner):
        """Sets what the request leaves open from its infotext; returns the scripts' arguments by their index."""
        if not request.infotext:
            return {}
        fields = infotext_utils.paste_fields["img2img"]["fields"]
        params = infotext_utils.parse_generation_parameters(request.infotext)
        given = request.dict(exclude_unset=True)
        for field in fields:
            if field.api and field.api not in given:
                value = _field_value(field, params, request)
                if value is not None:
                    setattr(request, field.api, value)
        overridden = {option: value for _, option, value in infotext_utils.get_override_settings(params)}
        request.override_settings = {**overridden, **(request.override_settings or {})}
        indexes = {component: i for i, component in enumerate(runner.inputs)}
        mentioned = {}
        for field in fields:
            if field.component in indexes:
                value = _field_value(field, params, request)
                if value is not None:
                    mentioned[indexes[field.component]] = value
        return mentioned

    def img2imgapi(self, img2imgreq: models.StableDiffusionImg2ImgProcessingAPI):
        processed = self.process(img2imgreq)
        pictures = [encode_pil_to_base64(image) for image in processed.images] if img2imgreq.send_images else []
        if not img2imgreq.include_init_images:
            img2imgreq.init_images = img2imgreq.mask = None
        return models.ImageToImageResponse(images=pictures, parameters=vars(img2imgreq), info=processed.js())

    def process(self, request):
        """Turns a request into a run, waits for its turn and runs it."""
        init_images = request.init_images
        if init_images is None:
            raise HTTPException(status_code=404, detail="Init image not found")
        mask = decode_base64_to_image(request.mask) if request.mask else None
        runner = scripts.scripts_img2img
        from_infotext = self.apply_infotext(request, runner)
        selected = script_name_to_index(request.script_name, runner.selectable_scripts) if request.script_name else None
        names = request.sampler_name or request.sampler_index, request.scheduler
        sampler, scheduler = sd_samplers.get_sampler_and_scheduler(*names)
        args = vars(request.copy(update={"sampler_name": sampler, "sampler_index": None, "mask": mask}))
        for name in set(models.ADDED) - {"mask", "sampler_index"} | {"init_images"}:
            args.pop(name, None)
        if not args["scheduler"] and scheduler != "Automatic":
            args["scheduler"] = scheduler
        script_args = self.init_script_args(request, runner, selected, from_infotext)
        with self.queue_lock:
            return self._run(args, init_images, runner, script_args, selected)

    def _run(self, args, init_images, runner, script_args, selected):
        args.update(do_not_save_samples=True, do_not_save_grid=True)
        with closing(processing.StableDiffusionProcessingImg2Img(sd_model=shared.sd_model, **args)) as p:
            p.init_images = [decode_base64_to_image(image) for image in init_images]
            p.is_api = True
            p.scripts = runner
            try:
                state.begin(job="scripts_img2img")
                if selected is not None:
                    p.script_args = script_args
                    return runner.run(p, *p.script_args)
                p.script_args = tuple(script_args)
                return processing.process_images(p)
            finally:
                state.end()
                shared.total_tqdm.clear()

    def get_script_info(self) -> list[models.ScriptInfo]:
        both = scripts.scripts_txt2img.scripts + scripts.scripts_img2img.scripts
        return [script.api_info for script in both if script.api_info is not None]

    def get_scripts_list(self):
        names = {
            tab: [script.name for script in runner.scripts if script.name is not None]
            for tab, runner in (("txt2img", scripts.scripts_txt2img), ("img2img", scripts.scripts_img2img))
        }
        return names

    def get_samplers(self):
        return [{"name": s.name, "aliases": s.aliases, "options": s.options} for s in sd_samplers.all_samplers]

    def get_schedulers(self):
        names = ("name", "label", "aliases", "default_rho", "need_inner_model")
        return [{name: getattr(scheduler, name) for name in names} for scheduler in sd_schedulers.schedulers]

    def get_config(self):
        return {key: getattr(opts, key) for key in opts.data_labels}

    def set_config(self, req: dict):
        for key, value in req.items():
            opts.set(key, value, is_api=True)

    def progressapi(self):
        progress = 0.0
        if state.job_count:
            progress = 0.01 + max(state.job_no / state.job_count, 0)
            if state.sampling_steps > 0:
                progress += state.sampling_step / state.sampling_steps / abs(state.job_count)
        known = {"eta_relative": 0.0, "current_image": None, "textinfo": state.textinfo}
        return {"progress": min(progress, 1), "state": state.dict(), **known}

    def interruptapi(self):
        state.interrupt()
        return {}

    def skip(self):
        state.skip()


def script_name_to_index(name, among):
    titles = [script.title().lower() for script in among]
    if name.lower() not in titles:
        raise HTTPException(status_code=422, detail=f"Script '{name}' not found")
    return titles.index(name.lower())


def _field_value(field, params, request):
    """Casts an infotext's value by calling the target's type: any word but the empty one is True to a tick box."""
    value = field.function(params) if field.function else params.get(field.label)
    if value is None:
        return None
    known = type(request).__fields__.get(field.api)
    kind = known.type_ if known else type(field.component.value)
    if kind is type(None):
        return None
    if isinstance(value, dict) and value.get("__type__") in ("update", "generic_update"):
        value = value.get("value")
    return value if value is None or isinstance(value, kind) else kind(value)
