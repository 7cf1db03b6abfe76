"""The host's X/Y/Z plot as an axis of an extension sees it: type, confirm, format_value, apply, and swallowed cells."""
import re
from collections import namedtuple
from copy import copy
from itertools import product

import gradio as gr
import numpy as np
from modules import errors, scripts, shared
from modules.images import get_font
from modules.processed import Processed
from modules.processing import process_images
from PIL import Image, ImageDraw

AxisInfo = namedtuple('AxisInfo', 'axis values')
NUMBER = r'\s*([+-]?\d+(?:\.\d*)?)\s*'
FROM_TO = re.compile(NUMBER + '-' + NUMBER + r'(?:\(([+-]\d+(?:\.\d*)?)\s*\))?\s*')
FROM_TO_COUNT = re.compile(NUMBER + '-' + NUMBER + r'(?:\[\s*(\d+)\s*\])\s*')
LINE, MARGIN = 18, 6


def labelled(p, option, value):
    return f'{option.label}: {round(value, 8) if isinstance(value, float) else value}'


class AxisOption:
    """One kind of axis, as extensions add them to `axis_options`."""

    def __init__(self, label, type, apply, format_value=labelled, confirm=None, cost=0.0, choices=None, prepare=None):
        self.label, self.type, self.apply = label, type, apply
        self.format_value, self.confirm, self.choices = format_value, confirm, choices


class AxisOptionImg2Img(AxisOption):
    pass


def set_field(name):
    return lambda p, value, values: setattr(p, name, value)


axis_options = [
    AxisOption('Nothing', str, lambda p, value, values: None, format_value=lambda p, option, value: ''),
    AxisOption('Seed', int, set_field('seed')),
    AxisOption('Steps', int, set_field('steps')),
    AxisOption('Denoising', float, set_field('denoising_strength')),
]


def values_of(option, text, chosen, as_text):
    """The values of one axis, with the ranges of its numbers laid out."""
    if option.label == 'Nothing':
        return [0]
    words = chosen if option.choices and not as_text else [word.strip() for word in text.split(',') if word.strip()]
    numeric = option.type in (int, float)
    return [option.type(value) for word in words for value in (laid_out(word, option.type) if numeric else [word])]


def laid_out(word, number):
    if match := FROM_TO_COUNT.fullmatch(word):
        return np.linspace(float(match[1]), float(match[2]), int(match[3])).tolist()
    if match := FROM_TO.fullmatch(word):
        step = number(match[3] or 1)
        return np.arange(number(match[1]), number(match[2]) + step, step).tolist()
    return [word]


class XYZPlot(scripts.Script):
    def title(self):
        return 'X/Y/Z plot'

    def ui(self, is_img2img):
        labels = [option.label for option in axis_options]
        axes = [(gr.Dropdown(labels, value=labels[0], type='index', label=f'{axis} type'), gr.Textbox('', label=f'{axis} values'),
                 gr.Dropdown([], multiselect=True, label=f'{axis} values')) for axis in 'XYZ']
        ticks = ('Draw legend', 'Include Sub Images', 'Include Sub Grids', 'Keep -1 for seeds', *(f'Vary seeds for {axis}' for axis in 'XYZ'))
        return [*(control for axis in axes for control in axis), *(gr.Checkbox(False, label=tick) for tick in ticks),
                gr.Slider(label='Grid margins (px)'), gr.Checkbox(False, label='Use text inputs instead of dropdowns')]

    def run(self, p, *args):
        as_text = args[-1]
        axes = []
        for number, text, chosen in (args[0:3], args[3:6], args[6:9]):
            option = axis_options[number or 0]
            axes.append(AxisInfo(option, values_of(option, text, chosen, as_text)))
            if option.confirm:
                option.confirm(p, axes[-1].values)
        shared.state.xyz_plot_x, shared.state.xyz_plot_y, shared.state.xyz_plot_z = axes
        labels = [[axis.axis.format_value(p, axis.axis, value) for value in axis.values] for axis in axes]
        cells = [cell(p, axes, (x, y, z)) for z, y, x in product(*(axis.values for axis in reversed(axes)))]
        pictures = [processed.images[0] if processed.images else Image.new('RGB', (p.width, p.height)) for processed in cells]
        result = copy(cells[0])
        result.images = [grid(pictures, labels), *pictures]
        result.infotexts = [cells[0].infotexts[0], *(one.infotexts[0] for one in cells)]
        return result


def cell(p, axes, values):
    """One cell's run, on a shallow copy; whatever it raises leaves it blank."""
    of_cell = copy(p)
    for axis, value in zip(axes, values):
        axis.axis.apply(of_cell, value, axis.values)
    try:
        return process_images(of_cell)
    except Exception:  # the host shows the grid with a blank cell
        errors.report('Error generating image for xyz plot')
        return Processed(of_cell, [], infotexts=[''])


def grid(pictures, labels):
    """The cells in rows and columns, with the labels above and at the left."""
    columns, rows = labels[0], labels[1] * len(labels[2])
    width, height = pictures[0].size
    font = get_font(LINE - 5)
    left = max(int(font.getlength(label)) for label in rows) + 2 * MARGIN
    sheet = Image.new('RGB', (left + len(columns) * (width + MARGIN), LINE + len(rows) * (height + MARGIN)), 'white')
    draw = ImageDraw.Draw(sheet)
    for i, label in enumerate(columns):
        draw.text((left + i * (width + MARGIN) + width / 2, LINE / 2), label, 'black', font, anchor='mm')
    for j, label in enumerate(rows):
        draw.text((left / 2, LINE + j * (height + MARGIN) + height / 2), label, 'black', font, anchor='mm')
    for k, picture in enumerate(pictures):
        sheet.paste(picture, (left + k % len(columns) * (width + MARGIN), LINE + k // len(columns) * (height + MARGIN)))
    return sheet
