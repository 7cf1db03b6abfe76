"""Global callbacks: each kind has an on_<kind> to register with and a <kind>_callback that calls all of them."""

import inspect
from collections import namedtuple

from modules import errors

ScriptCallback = namedtuple("ScriptCallback", "script callback name")
callback_map = {}


class _Params:
    """The fields of one callback's argument, which a callback may replace."""

    fields = ()

    def __init__(self, *values, **named):
        self.__dict__.update(dict.fromkeys(self.fields), **dict(zip(self.fields, values)), **named)


def _params(name, fields):
    return type(name, (_Params,), {"fields": tuple(fields.split())})


ExtraNoiseParams = _params("ExtraNoiseParams", "noise x xi")
CFGDenoiserParams = _params(
    "CFGDenoiserParams", "x image_cond sigma sampling_step total_sampling_steps text_cond text_uncond denoiser"
)
CFGDenoisedParams = _params("CFGDenoisedParams", "x sampling_step total_sampling_steps inner_model")
AfterCFGCallbackParams = _params("AfterCFGCallbackParams", "x sampling_step total_sampling_steps")


def _pair(kind):
    """Makes the two functions of one kind of callback."""
    registered = callback_map.setdefault(f"callbacks_{kind}", [])

    def on(callback, *, name=None):
        registered.append(ScriptCallback(inspect.stack()[1].filename, callback, name or "unnamed"))

    def call(*args, **kwargs):
        for entry in list(registered):
            try:
                entry.callback(*args, **kwargs)
            except Exception:  # the host goes on without the callback
                errors.report(f"Error executing callback {kind} for {entry.script}", exc_info=True)

    return on, call


on_app_started, app_started_callback = _pair("app_started")
on_before_reload, app_reload_callback = _pair("on_reload")
on_model_loaded, model_loaded_callback = _pair("model_loaded")
on_ui_tabs, ui_tabs_callback = _pair("ui_tabs")
on_ui_settings, ui_settings_callback = _pair("ui_settings")
on_before_ui, before_ui_callback = _pair("before_ui")
on_script_unloaded, script_unloaded_callback = _pair("script_unloaded")
on_before_component, before_component_callback = _pair("before_component")
on_after_component, after_component_callback = _pair("after_component")
on_infotext_pasted, infotext_pasted_callback = _pair("infotext_pasted")
on_extra_noise, extra_noise_callback = _pair("extra_noise")
on_cfg_denoiser, cfg_denoiser_callback = _pair("cfg_denoiser")
on_cfg_denoised, cfg_denoised_callback = _pair("cfg_denoised")
on_cfg_after_cfg, cfg_after_cfg_callback = _pair("cfg_after_cfg")


def clear_callbacks():
    for registered in callback_map.values():
        registered.clear()


def remove_callbacks_for_function(function):
    for registered in callback_map.values():
        registered[:] = [entry for entry in registered if entry.callback != function]


def remove_current_script_callbacks():
    filename = inspect.stack()[1].filename
    for registered in callback_map.values():
        registered[:] = [entry for entry in registered if entry.script != filename]
