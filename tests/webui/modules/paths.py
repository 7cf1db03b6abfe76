"""The folder of the host."""

from pathlib import Path

script_path = data_path = str(Path(__file__).resolve().parents[1])
