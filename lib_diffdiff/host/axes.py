"""X/Y/Z plot: an axis for every setting of the extension and for the map. Each cell's value goes into its own script arguments."""
from __future__ import annotations

from itertools import product

from modules import scripts, shared

from ..algorithm.response import parsed
from ..algorithm.words import asked_for
from ..maps import reading
from ..maps.reading import FORMATS
from ..settings.arguments import with_value
from ..settings.refusal import Refusal
from ..settings.settings import Settings, is_enabled
from ..settings.table import Spec
from . import hires
from .map_folder import folder
from .other_scripts import no_map
from .refused import DifferentialDiffusion
from .script_args import TITLE, own_args, set_value

PREFIX = f'[{TITLE}] '
BOOLEANS = {'True': True, 'False': False}


class NamedMap(str):
    """A map's base64, and the file name that a plot shows for it."""

    name = ''


def add_axes() -> None:
    """Registers the axes, once for each time that the host loads its X/Y/Z plot."""
    plot = next((data.module for data in scripts.scripts_data if data.script_class.__module__ in ('xyz_grid.py', 'scripts.xyz_grid')), None)
    if plot is not None and not any(option.label.startswith(PREFIX) for option in plot.axis_options):
        plot.axis_options.extend(_axis(plot, name, spec) for name, spec in Settings.specs().items() if name != 'mask_file')


def _axis(plot, name: str, spec: Spec):
    return plot.AxisOptionImg2Img(_label(name), _type(name), _apply(name), confirm=_confirm(name), format_value=_format(name),
                                  choices=_choices(name, spec))


def _label(name: str) -> str:
    return PREFIX + ('Enabled' if name == 'enabled' else Settings.specs()[name].label)


def _type(name: str):
    """What the plot makes of a value's text; int and float bring its syntax of ranges."""
    if name == 'change_map':
        return _read
    default = getattr(Settings, name)
    return _boolean if isinstance(default, bool) else type(default)


def _boolean(text: str) -> bool:
    if text not in BOOLEANS:
        raise DifferentialDiffusion(f'{text!r} is neither True nor False.')
    return BOOLEANS[text]


def _read(file_name: str) -> NamedMap:
    """A map of the plots' folder. Only bare file names: nothing outside it is opened."""
    home = folder('diffdiff_xyz_maps_folder')
    if home is None:
        raise DifferentialDiffusion('Set the folder with change maps for X/Y/Z plots in Settings > Differential Diffusion.')
    if file_name not in _files():
        raise DifferentialDiffusion(f'There is no change map {file_name!r} in {home}.')
    named = NamedMap(reading.to_text((home / file_name).read_bytes()))
    named.name = file_name
    return named


def _files() -> list[str]:
    home = folder('diffdiff_xyz_maps_folder')
    endings = {f'.{ending.lower()}' for ending in (*FORMATS, 'JPG', 'TIF')}
    if home is None or not home.is_dir():
        return []
    return sorted(path.name for path in home.iterdir() if path.suffix.lower() in endings and path.is_file() and not path.is_symlink())


def _choices(name: str, spec: Spec):
    if name == 'change_map':
        return _files
    if isinstance(getattr(Settings, name), bool):
        return lambda: list(BOOLEANS)
    return (lambda: list(spec.choices)) if spec.choices else None


def _apply(name: str):
    def apply(p, x, xs):
        set_value(p, name, x)
    return apply


def _confirm(name: str):
    def confirm(p, xs):
        for x in xs:
            _stopping(_check_value, {name: x})
    return confirm


def _check_value(named: dict) -> None:
    settings = Settings.from_names(named)
    asked_for(settings)
    parsed(settings.response)


def _format(name: str):
    def format_value(p, option, x):
        # The only one of the plot's hooks that knows all axes, and whose exceptions are not swallowed.
        axes = _axes_of_ours()
        if axes and x is axes[0].values[0]:
            _stopping(_check_cells, p, axes)
        return f'{option.label[len(PREFIX):]}: {x.name if isinstance(x, NamedMap) else x}'
    return format_value


def _axes_of_ours() -> list:
    axes = shared.state.xyz_plot_x, shared.state.xyz_plot_y, shared.state.xyz_plot_z
    return [axis for axis in axes if axis.axis.label.startswith(PREFIX)]


def _check_cells(p, axes: list) -> None:
    names_of = {_label(name): name for name in Settings.specs()}
    names = [names_of[axis.axis.label] for axis in axes]
    cells = [_cell(p, names, values) for values in product(*(axis.values for axis in axes))]
    used = [Settings.from_args(args) for args in cells if is_enabled(args)]
    if not used:
        raise Refusal('Tick Differential Diffusion: the plot uses one of its settings as an axis.')
    if p.image_mask is None and not all(settings.change_map or asked_for(settings) for settings in used):
        raise Refusal(no_map(p))
    different = {(id(settings.change_map), settings.channel): settings for settings in used}
    for settings in different.values():
        reading.read_all(settings.change_map, settings.channel, hires.part_of(p).pictures)


def _cell(p, names: list[str], values: tuple) -> list:
    args = own_args(p)
    for name, value in zip(names, values):
        args = with_value(args, name, value)
    return args


def _stopping(check, *args) -> None:
    """Runs a check whose refusal stops the plot before its first cell."""
    try:
        check(*args)
    except Refusal as refusal:
        raise DifferentialDiffusion(str(refusal)) from None
