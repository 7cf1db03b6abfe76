"""Settings of the host that a run overrides: in force, outside the host's own run too, where we look at its pictures."""
from __future__ import annotations

from contextlib import contextmanager

from modules import shared


@contextmanager
def overridden(p):
    """While it lasts, the host's settings are the run's, as the host sets them in `process_images`; not for what loads a checkpoint."""
    data = shared.opts.data
    before = {key: data[key] for key in p.override_settings if key in data}
    try:
        for key, value in p.override_settings.items():
            shared.opts.set(key, value, is_api=True, run_callbacks=False)
        yield
    finally:
        for key in p.override_settings:
            data.pop(key, None)
        data.update(before)
