"""Maps that come back: every used map is stored under its hash, and a picture's parameters find it again."""
from __future__ import annotations

import logging
from pathlib import Path

from modules import paths, shared

from ..maps import store
from ..maps.reading import as_file
from ..page.infotext import map_from, unknown_keys
from .run import Run
from .script_args import TITLE

SECTION = ('diffdiff', TITLE)
MIB = 1 << 20
log = logging.getLogger(TITLE)


def add_options() -> None:
    """The extension's page in the host's Settings. Folders are hidden where the host hides its own, and none can be set by the API."""
    options = {
        'diffdiff_keep_maps': (True, 'Save every change map that is used, so that pasted parameters can restore it', {}),
        'diffdiff_kept_maps_folder': ('outputs/diffdiff-maps', 'Folder for saved change maps', shared.hide_dirs),
        'diffdiff_kept_maps_mib': (512, 'Size limit of the saved change maps in MiB; the least recently used are deleted first', {}),
        'diffdiff_xyz_maps_folder': ('', 'Folder with change maps for X/Y/Z plots', shared.hide_dirs),
    }
    for key, (default, label, arguments) in options.items():
        option = shared.OptionInfo(default, label, component_args=arguments or None, section=SECTION, restrict_api=True)
        shared.opts.add_option(key, option)


def folder(key: str) -> Path | None:
    """A folder of the settings, relative ones under the host's data; None where none is set."""
    chosen = getattr(shared.opts, key, '')
    return Path(paths.data_path, chosen) if chosen else None


def store_maps(p, run: Run) -> str:
    """Stores the run's maps, unless that is switched off or the run saves no picture; says what went wrong, or nothing."""
    home = folder('diffdiff_kept_maps_folder')
    is_asked_for = getattr(shared.opts, 'diffdiff_keep_maps', False) and home is not None
    if not (run.maps and is_asked_for and p.save_samples()):
        return ''
    given = run.settings.change_map
    for name, one, units in zip(run.names, given if isinstance(given, (list, tuple)) else [given], run.maps):
        try:
            store.add(home, name, *as_file(one, units), shared.opts.diffdiff_kept_maps_mib * MIB)
        except OSError as error:
            return f'the change map could not be saved, so pasted parameters will not restore it: {error}'
    return ''


def map_of(params: dict) -> str:
    """The map box's text for a picture's parameters: the stored map, or which one is missing; never None."""
    if unknown := unknown_keys(params):
        log.warning('These parameters are from a newer Differential Diffusion; unknown settings are ignored: %s', ', '.join(unknown))
    home = folder('diffdiff_kept_maps_folder')
    return map_from(params, lambda name: store.find(home, name) if home else None)
