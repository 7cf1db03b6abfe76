"""Global callbacks: each kind has an on_<kind> to register with and a <kind>_callback that calls all of them."""
from modules import errors

callback_map = {}


def _pair(kind):
    """Makes the two functions of one kind of callback."""
    registered = callback_map.setdefault(f'callbacks_{kind}', [])

    def on(callback, *, name=None):
        registered.append(callback)

    def call(*args):
        for callback in list(registered):
            try:
                callback(*args)
            except Exception:  # the host goes on without the callback
                errors.report(f'Error executing callback {kind} for {callback.__module__}')

    return on, call


on_before_ui, before_ui_callback = _pair('before_ui')
on_ui_settings, ui_settings_callback = _pair('ui_settings')
on_cfg_denoiser, cfg_denoiser_callback = _pair('cfg_denoiser')


def clear_callbacks():
    for registered in callback_map.values():
        registered.clear()
