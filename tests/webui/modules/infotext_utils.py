"""Infotexts read back: their grammar, and what is made of them in the page and the API."""
import json
import re

import gradio as gr

from modules import errors

PARAMETER = re.compile(r'\s*(\w[\w /-]+):\s*("(?:[^"\\]|\\.)+"|[^,]*)(?:,|$)')
SIZE = re.compile(r'(\d+)x(\d+)\n?')
# What the API's infotext sets in a request; prompt, size and strength are not among them.
HOST_FIELDS = {'steps': ('Steps', int), 'sampler_name': ('Sampler', str), 'scheduler': ('Schedule type', str), 'seed': ('Seed', int)}


def quote(text):
    """Puts what would break the line of parameters in quotes, as JSON does."""
    return json.dumps(text, ensure_ascii=False) if any(mark in str(text) for mark in ',\n:') else text


def unquote(text):
    """Takes the quotes off again; what only looks like JSON stays as it is."""
    if text[0] != '"' or text[-1] != '"':
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse_generation_parameters(text):
    """The parameters of an infotext's last line, and what the host adds of its own; all that was in it as strings."""
    found = PARAMETER.findall(text.strip().split('\n')[-1])
    result = {'Schedule type': 'Automatic', 'Hires resize-1': 0, 'Hires resize-2': 0}
    for key, value in found if len(found) > 2 else ():
        if value:  # the host stumbles over an empty value and leaves the key out
            result.update(_in_halves(key, unquote(value)))
    return result


def _in_halves(key, value):
    """A key and its value; of a value like 64x48 each number under a key of its own, whatever the key is."""
    halves = SIZE.fullmatch(value)
    return {key: value} if halves is None else {f'{key}-1': halves[1], f'{key}-2': halves[2]}


def pasted(fields, text):
    """Pastes an infotext as the page's button does: one gradio update a field, an empty one where nothing fits."""
    params = parse_generation_parameters(text)
    return [_update(component, _found(target, params)) for component, target in fields]


def _found(target, params):
    """As `_looked_up`; nothing where that fails."""
    try:
        return _looked_up(target, params)
    except Exception:  # the host pastes the rest
        errors.report(f'Error executing {target}')
        return None


def _looked_up(target, params):
    """A field's value: of a key what the parameters have, of a function what it makes of all of them."""
    return target(params) if callable(target) else params.get(target)


def _update(component, value):
    """Casts a value to the type of the component's own; what cannot be cast leaves the component as it is."""
    kind = type(component.value)
    if value is None:
        return gr.update()
    try:
        return gr.update(value=value != 'False' and bool(value) if kind is bool else float(value) if kind is int else kind(value))
    except Exception:  # the host pastes the rest
        return gr.update()


def applied(request, runner):
    """Sets what a request leaves open from its infotext; returns the values of the scripts' arguments by their index.

    Casts by calling the argument's type: to a tick box every word but the empty one is True.
    """
    if not request.infotext:
        return {}
    params, given = parse_generation_parameters(request.infotext), request.dict(exclude_unset=True)
    for name, (key, kind) in HOST_FIELDS.items():
        if name not in given and key in params:
            setattr(request, name, kind(params[key]))
    values = {runner.inputs.index(component): _looked_up(target, params) for component, target in runner.infotext_fields}
    kinds = {i: type(runner.inputs[i].value) for i in values}
    return {i: value if isinstance(value, kinds[i]) else kinds[i](value) for i, value in values.items() if value is not None}
