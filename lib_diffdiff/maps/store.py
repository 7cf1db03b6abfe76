"""A folder of change maps, each stored once under its hash: what a picture's parameters name can come back."""
from __future__ import annotations

import base64
import os
import re
import tempfile
from pathlib import Path

HASH = re.compile(r'[0-9a-f]{10}')


def add(folder: Path, name: str, data: bytes, ending: str, limit: int) -> None:
    """Stores a map's file under its hash, marks it as used now, and removes the least recently used beyond `limit` bytes.

    A map appears whole or not at all. Raises OSError where the folder cannot be written.
    """
    stored = _path(folder, name)
    if stored is None:
        stored = folder / f'{name}.{ending}'
        write(stored, data)
    os.utime(stored)
    _trim(folder, limit, stored)


def write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all, and makes its folder. Raises OSError where it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix='writing-', delete=False) as part:
        try:
            part.write(data)
            part.close()
            Path(part.name).replace(path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise


def find(folder: Path, name: str) -> str | None:
    """The stored map of this hash as base64; None where none is stored. Only a hash ever touches the folder.

    Raises OSError where its file cannot be read.
    """
    path = _path(folder, name)
    return None if path is None else base64.b64encode(path.read_bytes()).decode()


def recent(folder: Path, most: int) -> list[tuple[str, bytes, float]]:
    """The last used maps, newest first, at most `most`: hash, file and when it was used (as time.time() counts).

    Raises OSError where the folder or a file cannot be read.
    """
    maps = [(path.stat().st_mtime, path) for path in folder.iterdir() if _is_map(path)] if folder.is_dir() else []
    return [(path.stem, path.read_bytes(), used) for used, path in sorted(maps, reverse=True)[:most]]


def _path(folder: Path, name: str) -> Path | None:
    return next(filter(_is_map, folder.glob(f'{name}.*')), None) if HASH.fullmatch(name) else None


def _is_map(path: Path) -> bool:
    # A link leads out of the folder, and none is ever put here by us.
    return bool(HASH.fullmatch(path.stem)) and not path.is_symlink()


def _trim(folder: Path, limit: int, used: Path) -> None:
    maps = [path for path in folder.iterdir() if _is_map(path) and path != used]
    total = used.stat().st_size + sum(path.stat().st_size for path in maps)
    for path in sorted(maps, key=lambda path: path.stat().st_mtime):
        if total <= limit:
            return
        total -= path.stat().st_size
        path.unlink(missing_ok=True)
