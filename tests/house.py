"""Draws the house from its imports: writes the drawing and the list of rooms into docs/house.md. python tests/run.py house"""
import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / 'lib_diffdiff'
PAGE = ROOT / 'docs/house.md'
START, END = '<!-- drawn by make house -->', '<!-- end of the drawing -->'
WINGS = {  # from the top
    'host': 'the only wing that knows the WebUI',
    'page': 'what the browser shows and asks',
    'result': 'what is made of a finished picture',
    'maps': 'from picture files to strengths',
    'algorithm': 'the method itself, on latents',
    'settings': 'what a user can set, and the one way to say no',
}


def modules(wing):
    return [path for path in sorted((PACKAGE / wing).glob('*.py')) if path.name != '__init__.py']


def uses(path):
    """The other wings whose modules a module imports."""
    nodes = (node for node in ast.walk(ast.parse(path.read_text('utf8'))) if isinstance(node, ast.ImportFrom) and node.level == 2)
    return {node.module.split('.')[0] for node in nodes}


def arrows():
    """All pairs (wing, used wing), less those that other arrows imply."""
    direct = {wing: set().union(*map(uses, modules(wing))) for wing in WINGS}
    return [(wing, used) for wing in WINGS for used in WINGS if used in direct[wing] and not any(used in direct[way] for way in direct[wing])]


def first_line(path):
    docstring = ast.get_docstring(ast.parse(path.read_text('utf8')))
    return ' '.join(docstring.split('\n\n')[0].split())


def drawing():
    lines = ['```mermaid', 'graph TD', *(f'    {wing}["{wing}/"] --> {used}["{used}/"]' for wing, used in arrows()), '```', '']
    for wing, what in WINGS.items():
        lines += [f'**`lib_diffdiff/{wing}/`**: {what}.', '']
        lines += [f'- `{path.name}`: {first_line(path)}' for path in modules(wing)] + ['']
    return '\n'.join(lines)


def page():
    """docs/house.md as it has to be."""
    text = PAGE.read_text('utf8')
    before, rest = text.split(START)
    return f'{before}{START}\n{drawing()}{END}{rest.split(END)[1]}'


if __name__ == '__main__':
    PAGE.write_text(page(), 'utf8')
    print(f'{PAGE}: written')
