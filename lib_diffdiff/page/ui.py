"""The accordion in img2img and in txt2img. The only file that knows gradio."""
from __future__ import annotations

import json
from html import escape
from typing import NamedTuple

import gradio as gr

from ..maps.fan import Fan
from ..settings.settings import Settings
from ..settings.table import Table
from .infotext import enabled_from, fan_from, is_of_hires, scalar_from, scalars


class Tab(NamedTuple):
    """A tab of the WebUI: its name, what the element ids in it begin with, and whether the map is for the second pass of Hires. fix."""

    name: str
    prefix: str
    is_of_hires: bool = False

    def elem_id(self, name: str) -> str:
        """The element id of a control."""
        return f'{self.prefix}_{name}'

    def own(self, params: dict) -> dict:
        """A picture's parameters if they are of a run of this tab; else an empty dict."""
        return params if is_of_hires(params) == self.is_of_hires else {}


IMG2IMG = Tab('img2img', 'script_differential_diffusion')
TXT2IMG = Tab('txt2img', 'script_txt2img_differential_diffusion', is_of_hires=True)
FIELD = ('<div class="diffdiff-map" data-tab="{tab}" data-for="{change_map}" data-ask="{ask}" data-answer="{answer}" '
         'data-button="{ask_button}" data-alone="{ask_alone}" data-slow-ask="{slow_ask}" data-slow-answer="{slow_answer}" '
         'data-slow-alone="{slow_ask_alone}" data-mask="{mask_file}" data-channel="{channel}" data-levels="{levels}" '
         'data-help="{help}"></div>')
CHANNEL = ('ask', 'answer', 'ask_button', 'ask_alone')
SLOW = ('slow_ask', 'slow_answer', 'slow_ask_alone')  # for questions that take as long as a run
HIDDEN = {'elem_classes': ['diffdiff-hidden']}  # by style.css: an invisible component would not be in the page for JavaScript to fill
IN_VIEW = ('max_strength', 'blur')
LEVELS_ROWS = (('invert',), ('black_point', 'white_point'), ('gamma', 'grow'), ('min_strength',))
# what makes something else of a map than what is painted: the page shows which of them are on
ON_THE_MAP = ('invert', 'black_point', 'white_point', 'gamma', 'grow', 'blur', 'min_strength', 'max_strength', 'strength_is')
ADVANCED = ('words', 'description', 'channel', 'strength_is', 'response', 'fill', 'work_area', 'margin', 'smooth_release',
            'skip_unchanged_steps', 'future_hinting', 'keep_original', 'return_map', 'append_change', 'report')


def accordion(input_accordion, tab: Tab, map_of, answer) -> tuple[list, list]:
    """The controls, in the contract's order, and the infotext fields that a paste fills.

    input_accordion: the host's own InputAccordion. map_of: from a picture's parameters to the text of the map box.
    answer: from a question of the page and all settings to its answer.
    """
    made, elem_id = {}, tab.elem_id
    with input_accordion(False, label=Settings.specs()['enabled'].label, elem_id=elem_id('enabled')) as made['enabled']:
        made['change_map'] = _map_field(tab)
        made['mask_file'] = _hidden_box('mask_file', elem_id)
        with gr.Row():
            _place(made, IN_VIEW, elem_id)
        with gr.Accordion('Levels', open=False):
            for names in LEVELS_ROWS:
                with gr.Row():
                    _place(made, names, elem_id)
        with gr.Accordion('Advanced', open=False):
            _place(made, ADVANCED, elem_id)
            _place(made, [name for name in Settings.specs() if name not in made], elem_id)  # a new setting needs no place of its own
        controls = [made[name] for name in Settings.specs()]
        _channel(CHANNEL[:2], dict(zip(CHANNEL[2:], (controls, []))), elem_id, answer)
        _channel(SLOW[:2], {SLOW[2]: []}, elem_id, answer)
    return controls, _infotext_fields(made, tab, map_of)


def _map_field(tab: Tab) -> gr.Textbox:
    ids = {name: tab.elem_id(name) for name in ('change_map', 'mask_file', 'channel', *CHANNEL, *SLOW)}
    specs = Settings.specs()
    levels = {name: {'id': tab.elem_id(name), 'label': specs[name].label, 'value': getattr(Settings, name)} for name in ON_THE_MAP}
    gr.HTML(FIELD.format(tab=tab.name, help=escape(specs['change_map'].help), levels=escape(json.dumps(levels)), **ids))
    return _hidden_box('change_map', tab.elem_id)


def _hidden_box(name: str, elem_id) -> gr.Textbox:
    return _unsaved(gr.Textbox('', label=Settings.specs()[name].label, elem_id=elem_id(name), **HIDDEN))


def _channel(boxes, buttons: dict[str, list], elem_id, answer) -> None:
    # The page's way to Python: JavaScript fills in the question, clicks, and reads the answer. buttons: what each of them takes along.
    question, told = (_unsaved(gr.Textbox('', elem_id=elem_id(name), show_label=False, **HIDDEN)) for name in boxes)
    for name, more in buttons.items():
        button = _unsaved(gr.Button('', elem_id=elem_id(name), **HIDDEN))
        button.click(answer, [question, *more], [told], queue=False, show_progress='hidden', api_name=False)


def _unsaved(component):
    component.do_not_save_to_config = True
    return component


def fan(elem_id) -> tuple[list, list]:
    """The strength fan's controls and infotext fields, as `accordion`'s."""
    made = {}
    for row in (('strips', 'direction'), ('zoom',), ('low', 'high'), ('twins', 'measure')):
        with gr.Row():
            _place(made, row, elem_id, Fan)
    fields = [(made[name], lambda params, name=name: fan_from(name, params)) for name in Fan.specs()]
    return [made[name] for name in Fan.specs()], fields


def _place(made: dict, names, elem_id, table: type[Table] = Settings) -> None:
    for name in names:
        made[name] = _control(table, name, elem_id(name))


def _control(table: type[Table], name: str, elem_id: str):
    spec, default = table.specs()[name], getattr(table, name)
    words = {'label': spec.label, 'info': spec.help, 'elem_id': elem_id}
    if spec.choices:
        return gr.Radio(list(spec.choices), value=default, **words)
    if isinstance(default, bool):
        return gr.Checkbox(default, elem_classes=['diffdiff-tick'], **words)
    if isinstance(default, str):
        return gr.Textbox(default, **words)
    return gr.Slider(spec.low, spec.high, value=default, step=spec.step, elem_classes=['diffdiff-slider'], **words)


def _infotext_fields(made: dict, tab: Tab, map_of) -> list:
    fields = [(made['enabled'], lambda params: enabled_from(tab.own(params))), (made['change_map'], lambda params: map_of(tab.own(params)))]
    return fields + [(made[name], lambda params, name=name: scalar_from(name, tab.own(params))) for name in scalars()]
