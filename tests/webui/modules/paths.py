"""The host's folder for all that it writes: gone with the process."""
from tempfile import TemporaryDirectory

_folder = TemporaryDirectory(prefix='standin-')
data_path = _folder.name
