"""Every way to give a change map reads right, and everything else is refused in words."""
import base64
import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageFile

from lib_diffdiff.maps.channels import CHANNELS
from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.maps.reading import MAX_PIXELS, as_file, read, read_all, short_hash
from lib_diffdiff.settings.refusal import Refusal

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
TURN = Image.Transpose
UNDO = {2: TURN.FLIP_LEFT_RIGHT, 3: TURN.ROTATE_180, 4: TURN.FLIP_TOP_BOTTOM, 5: TURN.TRANSPOSE, 6: TURN.ROTATE_90, 7: TURN.TRANSVERSE,
        8: TURN.ROTATE_270}


def data_url(picture, format='PNG', **options):
    buffer = io.BytesIO()
    try:
        picture.save(buffer, format, **options)
    except OSError as error:  # PIL 13 writes no I as PNG
        pytest.skip(str(error))
    return f'data:image/{format.lower()};base64,' + base64.b64encode(buffer.getvalue()).decode()


def greys(change_map):
    return read(change_map) / WHITE


@pytest.mark.parametrize('picture', [
    Image.fromarray(RAMP),
    Image.fromarray(RAMP).convert('RGB'),
    Image.fromarray(RAMP).convert('RGBA'),
    Image.fromarray(RAMP).convert('LA'),
    Image.fromarray(RAMP).convert('P'),
    Image.fromarray(RAMP.astype(np.uint16) * 257),
    Image.fromarray(RAMP.astype(np.int32) * 257),
], ids=lambda picture: picture.mode)
def test_every_mode_of_png_reads_the_same_greys(picture):
    assert (greys(data_url(picture)) == RAMP / 255).all()
    assert (greys(picture) == RAMP / 255).all()


DEEP = {'I': (np.int32, 51 * 257), 'I;16': (np.uint16, 51 * 257), 'F': (np.float32, 0.2)}
WRITES = {  # what PIL writes without making another mode of it first
    'PNG': ['1', 'L', 'P', 'LA', 'RGB', 'RGBA', 'I', 'I;16'], 'JPEG': ['L', 'RGB', 'CMYK', 'YCbCr'], 'WEBP': ['L', 'P', 'LA', 'RGB', 'RGBA'],
    'BMP': ['1', 'L', 'RGB', 'RGBA'], 'GIF': ['1', 'L', 'P', 'LA', 'RGB', 'RGBA'],
    'TIFF': ['1', 'L', 'P', 'PA', 'LA', 'RGB', 'RGBA', 'CMYK', 'LAB', 'I', 'I;16', 'F'],
}


def in_mode(mode):
    """A picture of the grey 51 of 255 in a mode; in 1 bit it is white."""
    if mode in DEEP:
        dtype, level = DEEP[mode]
        return Image.fromarray(np.full((16, 16), level, dtype))
    if mode == 'LAB':
        return Image.new('LAB', (16, 16), (53, 128, 128))
    return Image.new('L', (16, 16), 255 if mode == '1' else 51).convert('RGB').convert({'PA': 'P'}.get(mode, mode)).convert(mode)


@pytest.mark.parametrize('format, mode', [(format, mode) for format, modes in WRITES.items() for mode in modes])
@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_every_mode_of_every_format_reads_the_same_grey(format, mode):
    picture = in_mode(mode)
    assert picture.mode == mode and greys(picture) == pytest.approx(1 if mode == '1' else 0.2, abs=2 / 255)
    assert greys(data_url(picture, format)) == pytest.approx(greys(picture), abs=2 / 255)


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'La', 'P', 'PA', 'RGB', 'RGBX', 'RGBA', 'RGBa', 'CMYK', 'YCbCr', 'LAB', 'HSV', 'I', 'F',
                                  'I;16', 'I;16L', 'I;16B', 'I;16N', 'BGR;15', 'BGR;16', 'BGR;24'])
@pytest.mark.parametrize('channel', CHANNELS)
@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_every_mode_of_a_picture_is_read_or_refused(mode, channel):
    try:
        picture = Image.new(mode, (3, 2))
    except ValueError:
        pytest.skip('this PIL has no such mode')
    try:
        assert read(picture, channel).shape == (2, 3)
    except Refusal as refusal:
        assert channel not in ('auto', 'brightness') or (mode.startswith('BGR') and mode in str(refusal))


def test_sixteen_bits_are_kept():
    deep = np.array([[0, 1, 32767, 65535]], dtype=np.uint16)
    assert (greys(data_url(Image.fromarray(deep))) == deep / 65535).all()


@pytest.mark.parametrize('order', ['>u2', '<u2'])
def test_sixteen_bits_of_either_byte_order(order):
    deep = np.array([[0, 300, 65535]], dtype=np.uint16)
    mode = 'I;16B' if order == '>u2' else 'I;16'
    picture = Image.frombytes(mode, (3, 1), deep.astype(order).tobytes())
    assert (greys(data_url(picture, 'TIFF')) == deep / 65535).all()


def test_colour_is_read_as_luma():
    picture = Image.new('RGB', (1, 1), (255, 0, 0))
    assert greys(data_url(picture))[0, 0] == 76 / 255


def test_cmyk_is_read_as_the_colour_it_shows():
    grey = Image.new('CMYK', (4, 4), (0, 0, 0, 155))
    assert greys(data_url(grey, 'JPEG', quality=100))[0, 0] == pytest.approx(100 / 255, abs=2 / 255)


@pytest.mark.parametrize('alpha, expected', [(255, 200 / 255), (0, 0), (51, 200 / 255 / 5)])
def test_transparency_is_black(alpha, expected):
    assert greys(data_url(Image.new('RGBA', (2, 2), (200, 200, 200, alpha))))[0, 0] == pytest.approx(expected, abs=1e-7)


def test_a_palettes_transparent_colour_is_black():
    picture = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8), 'P')
    picture.putpalette([255, 255, 255, 100, 100, 100, 200, 200, 200])
    assert greys(data_url(picture, transparency=0)).tolist() == [[0, 100 / 255, 200 / 255]]


def test_exif_rotation_is_applied():
    picture = Image.fromarray(np.array([[0, 255], [0, 255], [0, 255]], dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise to show
    shown = greys(data_url(picture, 'PNG', exif=exif))
    assert shown.shape == (2, 3)
    assert shown[0].tolist() == [0, 0, 0] and shown[1].tolist() == [1, 1, 1]


@pytest.mark.parametrize('array, expected', [
    (np.array([[0, 128]], dtype=np.uint8), [[0, 128 / 255]]),
    (np.array([[0, 65535]], dtype=np.uint16), [[0, 1]]),
    (np.array([[False, True]]), [[0, 1]]),
    (np.array([[0.0, 0.5, 1.0]], dtype=np.float32), [[0, 0.5, 1]]),
    (np.full((1, 1, 3), 255, dtype=np.uint8), [[1]]),
    (np.full((1, 1, 1), 51, dtype=np.uint8), [[0.2]]),
])
def test_arrays(array, expected):
    assert read(array) / WHITE == pytest.approx(np.array(expected), abs=1e-7)


@pytest.mark.parametrize('format, options', [
    ('GIF', {}), ('TIFF', {}), ('TIFF', {'compression': 'tiff_lzw'}), ('PNG', {}), ('WEBP', {'lossless': True}),
])
def test_of_several_pictures_in_a_file_the_first_is_the_map(format, options):
    first, second = (Image.fromarray(np.full((8, 8), grey, np.uint8)) for grey in (60, 200))
    assert (greys(data_url(first, format, save_all=True, append_images=[second], **options)) == 60 / 255).all()


def test_a_photograph_with_a_second_picture_is_the_first():
    first, second = (Image.fromarray(np.full((8, 8), grey, np.uint8)) for grey in (60, 200))
    buffer = io.BytesIO()
    first.save(buffer, 'MPO', save_all=True, append_images=[second])
    text = base64.b64encode(buffer.getvalue()).decode()
    assert greys(text) == pytest.approx(60 / 255, abs=2 / 255)
    assert as_file(text, read(text))[0] == buffer.getvalue()


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('format', ['PNG', 'JPEG', 'TIFF', 'WEBP'])
def test_a_turned_picture_is_turned_once_in_every_format(format, orientation):
    upright = np.zeros((16, 24, 3), dtype=np.uint8)
    upright[:8], upright[:, :8] = 200, 100
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(upright).transpose(UNDO[orientation]) if orientation > 1 else Image.fromarray(upright)
    read_back = greys(data_url(stored, format, exif=exif, **({} if format in ('PNG', 'TIFF') else {'quality': 100})))
    assert read_back.shape == (16, 24) and np.abs(read_back - upright[:, :, 0] / 255).max() < 8 / 255


def test_bare_base64_and_line_breaks_are_read():
    url = data_url(Image.fromarray(RAMP))
    bare = url.split(',')[1]
    broken = '\n'.join(bare[i:i + 60] for i in range(0, len(bare), 60))
    assert (read(bare) == read(url)).all() and (read(broken) == read(url)).all()


def test_a_single_pixel_is_a_map():
    assert (greys(data_url(Image.new('L', (1, 1), 128))) == 128 / 255).all()


@pytest.mark.parametrize('nothing', [None, '', '  \n'])
def test_nothing_is_none(nothing):
    assert read(nothing) is None


def truncated():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    data = base64.b64decode(data_url(noise).split(',')[1])
    return base64.b64encode(data[:len(data) // 2]).decode()


def huge():
    # A PNG that says it has 20000x20000 pixels, in a few kilobytes.
    return data_url(Image.new('1', (20000, 20000)))


@pytest.mark.parametrize('bad, sentence', [
    ('/etc/passwd', 'paths and addresses are never opened'),
    ('C:\\maps\\map.png', 'paths and addresses are never opened'),
    ('https://example.com/map.png', 'paths and addresses are never opened'),
    ('file:///tmp/map.png', 'paths and addresses are never opened'),
    ('data:image/png;base64,', 'empty file'),
    (base64.b64encode(b'this is no picture').decode(), '18 bytes are not'),
    ('abcd', '3 bytes are not'),
    ('missing:0123456789', '0123456789'),
    (truncated(), 'broken PNG file'),
    (huge(), '400000000 pixels'),
    (data_url(Image.new('1', (9500, 9500))), '9500x9500'),
    (17, '17'),
    ({'image': 1}, 'image'),
    ([], r'\[\]'),
    (Image.new('L', (0, 4)), '0x4 pixels'),
    (np.array([[0.0, np.nan]]), 'nan'),
    (np.array([[0.0, np.inf]]), 'inf'),
    (np.array([[0.0, 1.5]]), '1.5'),
    (np.zeros((2, 2), dtype=np.int64), 'int64'),
    (np.zeros((0, 4), dtype=np.uint8), r'\(0, 4\)'),
    (np.zeros((2, 2, 7), dtype=np.uint8), r'\(2, 2, 7\)'),
    (np.zeros(4, dtype=np.uint8), r'\(4,\)'),
])
def test_what_is_no_picture_is_refused_by_name(bad, sentence):
    with pytest.raises(Refusal, match=sentence):
        read(bad)


def test_a_file_that_exists_is_not_opened(tmp_path):
    path = tmp_path / 'map.png'
    Image.fromarray(RAMP).save(path)
    for text in (str(path), path.as_uri()):
        with pytest.raises(Refusal):
            read(text)


def test_a_large_picture_is_refused_before_it_is_decoded(monkeypatch):
    url = huge()
    monkeypatch.setattr(Image.Image, 'load', lambda self: pytest.fail('decoded'))
    with pytest.raises(Refusal, match=f'{MAX_PIXELS // 1_000_000} megapixels'):
        read(url)


def test_the_hash_names_greys_size_and_channel():
    a, b = read(RAMP), read(RAMP.reshape(8, 32))
    assert short_hash(a) == short_hash(a.copy()) != short_hash(b)
    assert len(short_hash(a)) == 10 and int(short_hash(a), 16) >= 0
    assert short_hash(a) == short_hash(a, 'auto') != short_hash(a, 'red') != short_hash(a, 'green')


def test_the_limit_of_pixels_does_not_depend_on_pil_s_own(monkeypatch):
    """Forge switches that off."""
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', None)
    header = b'BM' + struct.pack('<IHHIIiiHHIIiiII', 58, 0, 0, 54, 40, 30000, 30000, 1, 24, 0, 0, 0, 0, 0, 0)
    with pytest.raises(Refusal, match=r'too large .30000x30000 pixels.'):
        read(base64.b64encode(header + bytes(1400)).decode())


@pytest.mark.parametrize('format', ['PNG', 'JPEG', 'WEBP', 'BMP', 'GIF', 'TIFF'])
def test_half_a_file_is_refused_where_another_extension_has_told_pil_to_take_it(monkeypatch, format):
    monkeypatch.setattr(ImageFile, 'LOAD_TRUNCATED_IMAGES', True)
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 60).save(buffer, format)
    data = buffer.getvalue()
    assert read(base64.b64encode(data).decode()).shape == (64, 64)
    with pytest.raises(Refusal, match=r'broken|cannot be read'):
        read(base64.b64encode(data[:len(data) // 2]).decode())
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True  # and it is that extension's all the same


def test_a_bad_map_of_a_list_is_named_by_its_position():
    with pytest.raises(Refusal, match='At position 2 of the list: The change map'):
        read_all([data_url(Image.new('L', (1, 1))), 'nonsense!'], 'auto', 2)
