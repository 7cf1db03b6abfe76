"""What the README says is true."""
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / 'README.md').read_text(encoding='utf8')


def test_the_api_example_runs_as_it_stands(webui, tmp_path):
    example, = re.findall(r'```python\n(.*?)```', README, re.DOTALL)
    assert 'http://127.0.0.1:7860' in example
    edited = tmp_path / 'edited.png'
    example = example.replace('http://127.0.0.1:7860', webui.address).replace("'edited.png'", repr(str(edited)))
    subprocess.run([sys.executable, '-c', example], cwd=ROOT, check=True)
    assert Image.open(edited).size == (128, 128)


def test_every_picture_is_there_and_small():
    pictures = re.findall(r'!\[([^\]]+)\]\(([^)]+)\)', README)
    assert pictures
    for words, path in pictures:
        assert words and (ROOT / path).stat().st_size < 400_000


def test_the_table_of_settings_is_the_contract():
    from lib_diffdiff.settings.settings import Settings
    rows = re.findall(r'^\| (.+?) \| `(\w+)` \| (.+?) \| (.*?) \| (.+?) \|$', README, re.MULTILINE)
    specs = Settings.specs()
    assert [name for _, name, *_ in rows] == list(specs)
    for label, name, _, allowed, help in rows:
        assert label in (specs[name].label, '(the checkbox)')
        assert help == specs[name].help
        if specs[name].low is not None:
            assert allowed == f'{specs[name].low:g} to {specs[name].high:g}'
