"""The requests and answers of the API, made from the fields of a run."""

from dataclasses import MISSING, fields
from typing import Any, Optional

from pydantic import BaseModel, create_model

from modules.processing import StableDiffusionProcessingImg2Img

HIDDEN = {"sd_model", "outpath_samples", "outpath_grids", "extra_generation_params", "overlay_images"}
ADDED = {
    "sampler_index": (Optional[str], "Euler"),
    "mask": (Optional[str], None),
    "include_init_images": (Optional[bool], False),
    "script_name": (Optional[str], None),
    "script_args": (Optional[list], []),
    "send_images": (Optional[bool], True),
    "save_images": (Optional[bool], False),
    "alwayson_scripts": (Optional[dict], {}),
    "force_task_id": (Optional[str], None),
    "infotext": (Optional[str], None),
}


def _field(field):
    default = None if field.default is MISSING or isinstance(field.default, property) else field.default
    return Optional[field.type], default


StableDiffusionImg2ImgProcessingAPI = create_model(
    "StableDiffusionProcessingImg2Img",
    **{f.name: _field(f) for f in fields(StableDiffusionProcessingImg2Img) if f.init and f.name not in HIDDEN} | ADDED,
)


class ImageToImageResponse(BaseModel):
    images: list[str] = None
    parameters: dict
    info: str


class ScriptArg(BaseModel):
    label: Optional[str] = None
    value: Optional[Any] = None
    minimum: Optional[Any] = None
    maximum: Optional[Any] = None
    step: Optional[Any] = None
    choices: Optional[list[str]] = None


class ScriptInfo(BaseModel):
    name: Optional[str] = None
    is_alwayson: Optional[bool] = None
    is_img2img: Optional[bool] = None
    args: list[ScriptArg]


def script_info(script):
    """Describes a script and its arguments as its components show them."""
    args = [script_arg(control) for control in script.controls]
    return ScriptInfo(name=script.name, is_alwayson=script.alwayson, is_img2img=script.is_img2img, args=args)


def script_arg(control):
    known = {name: getattr(control, name, None) for name in ("value", "minimum", "maximum", "step")}
    choices = getattr(control, "choices", None)
    names = choices and [choice[0] if isinstance(choice, tuple) else choice for choice in choices]
    return ScriptArg(label=control.label or "", choices=names, **known)
