"""Infotexts read back: their grammar, and what is made of them in the page."""

import json
import re

from modules import errors, script_callbacks, sd_samplers, shared

QUOTED = r'"(?:[^"\\]|\\.)+"'
PARAMETER = re.compile(rf"\s*(\w[\w /-]+):\s*({QUOTED}|[^,]*)(?:,|$)")
SIZE = re.compile(r"(\d+)x(\d+)")
WHEN_MISSING = {
    "Clip skip": "1",
    "Hires resize-1": 0,
    "Hires resize-2": 0,
    "Mask mode": "Inpaint masked",
    "Masked content": "original",
    "Inpaint area": "Whole picture",
    "Masked area padding": 32,
    "RNG": "GPU",
    "Schedule type": "Automatic",
    "Schedule max sigma": 0,
    "Schedule min sigma": 0,
    "Schedule rho": 0,
}
paste_fields = {}


class PasteField(tuple):
    """A component with its infotext key, or with a function of all keys; api is the request's name for it."""

    def __new__(cls, component, target, *, api=None):
        return super().__new__(cls, (component, target))

    def __init__(self, component, target, *, api=None):
        self.component, self.api = component, api
        self.label = target if isinstance(target, str) else None
        self.function = target if callable(target) else None


class Field:
    """The value of one of the host's own components."""

    def __init__(self, value):
        self.value = value


def host_fields():
    """The fields that the API's infotext sets in img2img; prompt, size and strength are not among them."""
    named = [
        ("Steps", "steps", 20),
        (sd_samplers.get_sampler_from_infotext, "sampler_name", ""),
        (sd_samplers.get_scheduler_from_infotext, "scheduler", ""),
        ("Seed", "seed", -1),
        ("Variation seed", "subseed", -1),
        ("Variation seed strength", "subseed_strength", 0.0),
    ]
    return [PasteField(Field(value), target, api=api) for target, api, value in named]


def add_paste_fields(tabname, init_img, fields, override_settings_component=None):
    fields = [field if isinstance(field, PasteField) else PasteField(*field) for field in fields]
    paste_fields[tabname] = {"init_img": init_img, "fields": fields}


def quote(text):
    """Puts what would break the line of parameters in quotes, as JSON does."""
    if any(mark in str(text) for mark in ",\n:"):
        return json.dumps(text, ensure_ascii=False)
    return text


def unquote(text):
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def parse_generation_parameters(x, skip_fields=None):
    """Splits an infotext into prompts and parameters, all strings, and fills in what its absence means."""
    *lines, last = x.strip().split("\n")
    found = PARAMETER.findall(last)
    if len(found) < 3:
        lines, found = [*lines, last], []
    result = {}
    for key, value in found:
        if not value:  # the host stumbles over an empty value and leaves the key out
            continue
        value = unquote(value)
        size = SIZE.fullmatch(value)
        if size:
            result[f"{key}-1"], result[f"{key}-2"] = size.groups()
        else:
            result[key] = value
    prompts = {"Prompt": [], "Negative prompt": []}
    side = "Prompt"
    for line in (line.strip() for line in lines):
        if line.startswith("Negative prompt:"):
            side, line = "Negative prompt", line.removeprefix("Negative prompt:").strip()
        prompts[side].append(line)
    result.update({side: "\n".join(text) for side, text in prompts.items()})
    for key in skip_fields or shared.opts.infotext_skip_pasting:
        result.pop(key, None)
    return {**WHEN_MISSING, **result}


def get_override_settings(params, *, skip_fields=None):
    """Lists (key, option, value) of the settings that an infotext names and that differ from the current ones."""
    result = []
    for option, info in shared.opts.data_labels.items():
        if info.infotext and info.infotext in params and info.infotext not in (skip_fields or ()):
            value = shared.opts.cast_value(option, params[info.infotext])
            if value != getattr(shared.opts, option):
                result.append((info.infotext, option, value))
    return result


def paste_func(fields, prompt):
    """Pastes an infotext as the page's button does: one gradio update a field, an empty one where nothing fits."""
    import gradio as gr

    params = parse_generation_parameters(prompt)
    script_callbacks.infotext_pasted_callback(prompt, params)
    updates = []
    for component, target in fields:
        value = _value(target, params)
        if value is not None and not (isinstance(value, dict) and value.get("__type__") == "update"):
            value = _as_update(gr, component, value)
        updates.append(gr.update() if value is None else value)
    return updates


def _value(target, params):
    if not callable(target):
        return params.get(target)
    try:
        return target(params)
    except Exception:  # the host pastes the rest
        errors.report(f"Error executing {target}", exc_info=True)
        return None


def _as_update(gr, component, value):
    """Casts a value to the type of the component's own; what cannot be cast leaves the component as it is."""
    kind = type(component.value)
    try:
        if kind is bool and value == "False":
            return gr.update(value=False)
        return gr.update(value=float(value) if kind is int else kind(value))
    except Exception:  # the host pastes the rest
        return gr.update()
