"""Maps are kept once, found by their hash alone, and the least recently used go first."""
import base64
import os

import numpy as np
import pytest
from PIL import Image

from lib_diffdiff.maps.reading import as_file, read, to_text
from lib_diffdiff.maps.store import add, find, write

A, B, C = '0123456789', 'abcdef0123', 'ffffffffff'


def age(folder, name, seconds):
    path = next(folder.glob(f'{name}.*'))
    os.utime(path, (path.stat().st_atime - seconds, path.stat().st_mtime - seconds))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_kept_is_found_byte_for_byte(tmp_path):
    add(tmp_path / 'maps', A, b'picture', 'png', 100)
    assert base64.b64decode(find(tmp_path / 'maps', A)) == b'picture'
    assert names(tmp_path / 'maps') == [f'{A}.png']


def test_kept_once(tmp_path):
    add(tmp_path, A, b'picture', 'png', 100)
    add(tmp_path, A, b'picture', 'jpeg', 100)
    assert names(tmp_path) == [f'{A}.png']


@pytest.mark.parametrize('name', ['', 'x', '*', '../secret', '0123456789/..', '0123456789a', 'ABCDEF0123', '012345678?'])
def test_only_a_hash_touches_the_folder(tmp_path, name):
    (tmp_path / '0123456789a.png').write_bytes(b'other')
    (tmp_path.parent / 'secret.png').write_bytes(b'secret')
    assert find(tmp_path, name) is None


def test_the_least_recently_used_go_first_and_the_newest_stays(tmp_path):
    for name, seconds in ((A, 30), (B, 20)):
        add(tmp_path, name, b'x' * 40, 'png', 100)
        age(tmp_path, name, seconds)
    add(tmp_path, A, b'x' * 40, 'png', 100)  # used again
    add(tmp_path, C, b'x' * 40, 'png', 100)
    assert names(tmp_path) == [f'{A}.png', f'{C}.png']
    add(tmp_path, B, b'x' * 400, 'png', 100)
    assert names(tmp_path) == [f'{B}.png']


def test_other_files_of_the_folder_are_left_alone(tmp_path):
    (tmp_path / 'notes.txt').write_bytes(b'x' * 1000)
    add(tmp_path, A, b'x' * 40, 'png', 100)
    assert names(tmp_path) == [f'{A}.png', 'notes.txt']


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path):
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(OSError):
        add(tmp_path / 'file' / 'maps', A, b'x', 'png', 100)


def test_what_could_not_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / f'{A}.png').mkdir()
    with pytest.raises(OSError):
        write(tmp_path / f'{A}.png', b'x')
    assert names(tmp_path) == [f'{A}.png']


def test_the_file_of_a_map_reads_as_the_map():
    deep = np.array([[0, 300, 65535]], dtype=np.uint16)
    picture = Image.fromarray(np.array([[0, 128, 255]], dtype=np.uint8))
    for given in (deep, picture):
        data, ending = as_file(given, read(given))
        assert ending == 'png' and (read(to_text(data)) == read(given)).all()
    text = to_text(as_file(picture, read(picture))[0])
    assert to_text(as_file(text, read(text))[0]) == text
