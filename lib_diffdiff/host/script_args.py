"""The extension's part of a run's script arguments: plots and fans change its settings only here."""
from __future__ import annotations

from ..settings.arguments import with_value

TITLE = 'Differential Diffusion'


def own_args(p) -> list:
    """Our accordion's part of a run's script arguments. Raises StopIteration where the accordion is not loaded."""
    return list(p.script_args)[_place(p)]


def set_value(p, name: str, value) -> None:
    """Gives a run another value of one setting, in a new copy of its script arguments.

    Raises StopIteration where the accordion is not loaded.
    """
    args = list(p.script_args)
    args[_place(p)] = with_value(own_args(p), name, value)
    p.script_args = args


def _place(p) -> slice:
    script = next(script for script in p.scripts.alwayson_scripts if script.title() == TITLE)
    return slice(script.args_from, script.args_to)
