"""Numbers of every depth stand for the grey that their file says; what has two meanings is refused with both."""
import base64
import io

import numpy as np
import pytest
from files import COLOURS, COLOURS_AND_ALPHA, GREY_AND_ALPHA, png_file, tiff_file
from PIL import Image

from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.maps.reading import read
from lib_diffdiff.settings.refusal import Refusal


def saved(picture, format):
    buffer = io.BytesIO()
    picture.save(buffer, format)
    return base64.b64encode(buffer.getvalue()).decode()


def greys(change_map, channel='auto'):
    return (read(change_map, channel) / WHITE).tolist()


def numbers(kind, *values):
    return np.array(values, kind).tobytes()


@pytest.mark.parametrize('bits', [1, 2, 4, 8, 16])
def test_a_png_s_white_is_the_highest_number_of_its_bits(bits):
    white = 2 ** bits - 1
    assert greys(png_file([[0, 1, white]], bits)) == [[0, 1 / white, 1]]


@pytest.mark.parametrize('file, expected', [
    (tiff_file(bytes([0b00011011]), 4, 2), [0, 1 / 3, 2 / 3, 1]),
    (tiff_file(bytes([0, 1, 255]), 3, 8), [0, 1 / 255, 1]),
    (tiff_file(bytes([0x00, 0x0f, 0xff, 0x80, 0x10, 0x00]), 4, 12), [0, 1, 2049 / 4095, 0]),
    (tiff_file(numbers('<u2', 0, 300, 65535), 3, 16), [0, 300 / 65535, 1]),
    (tiff_file(numbers('>u2', 0, 300, 65535), 3, 16, order='>'), [0, 300 / 65535, 1]),
    (tiff_file(numbers('<u4', 0, 300, 65535), 3, 32), [0, 300 / 65535, 1]),
    (tiff_file(numbers('<i4', 0, 300, 65535), 3, 32, number='signed'), [0, 300 / 65535, 1]),
    (tiff_file(numbers('<f4', 0, 0.25, 1), 3, 32, number='float'), [0, 0.25, 1]),
    (tiff_file(numbers('>f4', 0, 0.25, 1), 3, 32, number='float', order='>'), [0, 0.25, 1]),
    (tiff_file(numbers('<u2', 0x3300, 0x3300, 0x3300), 1, [16] * 3, photometric=2), [51 / 255]),
], ids=['2', '8', '12', '16', '16 big-endian', '32', '32 signed', 'float', 'float big-endian', '16 of colours'])
def test_a_tiff_s_white_is_the_highest_number_of_its_bits(file, expected):
    assert greys(file) == [pytest.approx(expected, abs=1e-7)]


@pytest.mark.parametrize('file, expected', [
    (tiff_file(bytes([0b00011011]), 4, 2, white_is_zero=True), [1, 2 / 3, 1 / 3, 0]),
    (tiff_file(bytes([0, 1, 255]), 3, 8, white_is_zero=True), [1, 254 / 255, 0]),
    (tiff_file(numbers('<u2', 0, 300, 65535), 3, 16, white_is_zero=True), [1, 65235 / 65535, 0]),
    (tiff_file(numbers('<f4', 0, 0.25, 1), 3, 32, white_is_zero=True, number='float'), [1, 0.75, 0]),
], ids=['2', '8', '16', 'float'])
def test_a_tiff_whose_white_is_zero_is_turned_round(file, expected):
    assert greys(file) == [pytest.approx(expected, abs=1e-7)]


@pytest.mark.parametrize('given', [
    saved(Image.fromarray(np.array([[0, 128, 255]], np.int32)), 'TIFF'),
    tiff_file(numbers('<u4', 0, 1, 255), 3, 32),
    tiff_file(numbers('<u4', 7, 7, 7), 3, 32),
    Image.fromarray(np.array([[0, 1]], np.int32)),
], ids=['by PIL', 'unsigned', 'one grey', 'picture'])
def test_wide_numbers_that_may_be_8_bit_greys_are_refused_with_both_meanings(given):
    with pytest.raises(Refusal, match='may be 8-bit greys, where 255 is white, or 16-bit greys, where 65535 is white'):
        read(given)


def test_wide_numbers_that_are_all_black_have_one_meaning():
    assert greys(Image.new('I', (2, 1))) == [[0, 0]]


@pytest.mark.parametrize('file, number', [
    (tiff_file(numbers('<u4', 5, 65536), 2, 32), '65536'),
    (tiff_file(numbers('<u4', 5, 2 ** 32 - 1), 2, 32), str(2 ** 32 - 1)),
    (tiff_file(numbers('<i4', -3, 1000), 2, 32, number='signed'), '-3'),
    (tiff_file(numbers('<i4', 5, 2 ** 31 - 1), 2, 32, number='signed'), str(2 ** 31 - 1)),
])
def test_wide_numbers_that_are_no_greys_are_refused_instead_of_clipped(file, number):
    with pytest.raises(Refusal, match=f'whole number {number};'):
        read(file)


@pytest.mark.parametrize('kind, bits, sentence', [
    ('<i2', 16, 'white may be 32767, .* or 65535'),
    ('i1', 8, 'white may be 127, .* or 255|bytes are not'),  # PIL 9 opens none of these
])
def test_signed_numbers_are_refused_with_both_meanings(kind, bits, sentence):
    with pytest.raises(Refusal, match=sentence):
        read(tiff_file(numbers(kind, 0, 3, 100), 3, bits, number='signed'))


@pytest.mark.parametrize('values', [(0, 128, 255), (0, 1.5), (-0.1, 1), (0, np.nan)])
def test_floats_that_are_not_from_black_to_white_are_refused(values):
    with pytest.raises(Refusal, match='between 0 for black and 1 for white: divide them by the value of white'):
        read(tiff_file(numbers('<f4', *values), len(values), 32, number='float'))


def test_dark_greys_of_16_bits_stay_dark():
    dark = np.array([[0, 1, 255]], np.uint16)
    for given in (dark, Image.fromarray(dark), saved(Image.fromarray(dark), 'PNG'), saved(Image.fromarray(dark), 'TIFF')):
        assert greys(given) == [[0, 1 / 65535, 255 / 65535]]


@pytest.mark.parametrize('bits, number', [(1, 0), (1, 1), (2, 2), (4, 15), (8, 255), (16, 300)])
def test_a_png_s_transparent_grey_is_transparent_at_every_depth(bits, number):
    row = [0, number, 2 ** bits - 1]
    alpha = [0 if level == number else 1 for level in row]
    assert greys(png_file([row], bits, transparent=number), 'alpha') == [alpha]
    assert greys(png_file([row], bits, transparent=number), 'brightness') == [[level / (2 ** bits - 1) * a for level, a in zip(row, alpha)]]


@pytest.mark.parametrize('bits, level', [(8, 9), (16, 0x0908)])
def test_a_png_s_transparent_colour_is_transparent_at_every_depth(bits, level):
    assert greys(png_file([[[0, 1, 2], [level] * 3]], bits, COLOURS, [level] * 3), 'alpha') == [[1, 0]]


def test_colours_and_alpha_of_16_bits_are_read_with_their_upper_8():
    grey = png_file([[[0x3355, 0x66ff], [0xffff, 0xffff]]], 16, GREY_AND_ALPHA)
    colours = png_file([[[0x3355, 0, 0, 0x66ff], [0xffff, 0, 0, 0xffff]]], 16, COLOURS_AND_ALPHA)
    assert greys(colours, 'red') == [[0x33 / 255, 1]]
    assert greys(grey, 'alpha') == greys(colours, 'alpha') == [[0x66 / 255, 1]]


def test_a_turned_tiff_is_turned_once():
    turned = tiff_file(numbers('<u2', 0, 300, 65535), 3, 16, orientation=6)
    assert greys(turned) == [[0], [300 / 65535], [1]]
