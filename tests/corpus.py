"""All kinds of input that a change map may be, each with what is right: the greys that it is read as, or words of the refusal.

Nothing here is a file: every kind is made by a function. KINDS are change maps, `WRONG_VALUES` are values of any setting. Run by itself
(python tests/corpus.py) it measures what each kind costs.
"""
import base64
import io
import json
import re
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from files import PIXELS, chunk, png_file, tiff_file, tiff_of

LEVELS = (0, 51, 128, 200, 230, 255)  # of two rows of three blocks, 8x8 pixels each
GREYS = np.kron(np.array(LEVELS, np.uint8).reshape(2, 3), np.ones((8, 8), np.uint8))
BLACK_AND_WHITE = 255 * (GREYS >= 128).astype(np.uint8)
MEGAPIXELS = 1_000_000
SECONDS, MEBIBYTES = 1.0, 100  # what any of them may cost


class Kind(NamedTuple):
    """make: makes what is sent. greys: what it is read as, 0 to 255 (height, width), give or take `slack`; None where it is refused.

    words: a pattern that is in the refusal; with greys too, either is right (not every Pillow reads it).
    """

    make: Callable[[], object]
    greys: np.ndarray | None = None
    words: str | None = None
    slack: float = 0


def refused(make, words: str = 'change map') -> Kind:
    return Kind(make, words=words)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def saved(picture: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def file(picture: Image.Image, format: str, **options) -> str:
    return text(saved(picture, format, **options))


# What Pillow writes.

def picture_in(mode: str) -> Image.Image:
    """The greys of LEVELS (of black and white alone in 1 bit) as a picture in a mode."""
    grey = Image.fromarray(GREYS)
    opaque = Image.new('L', grey.size, 255)
    made = {
        '1': lambda: Image.fromarray(BLACK_AND_WHITE).convert('1'),
        'LA': lambda: Image.merge('LA', (grey, opaque)),
        'P': lambda: grey.convert('P'),  # from colours it would be a web palette
        'PA': lambda: grey.convert('P').convert('PA'),
        'CMYK': lambda: Image.merge('CMYK', [opaque.point(lambda _: 0)] * 3 + [grey.point(lambda level: 255 - level)]),
        'I;16': lambda: Image.fromarray(GREYS.astype(np.uint16) * 257),
        'I': lambda: Image.fromarray(GREYS.astype(np.int32) * 257),
        'F': lambda: Image.fromarray(GREYS.astype(np.float32) / 255),
        'LAB': lambda: Image.merge('LAB', (grey.point(lambda level: LIGHTNESS[level]), *[opaque.point(lambda _: 128)] * 2)),
    }
    return made[mode]() if mode in made else grey if mode == 'L' else grey.convert('RGB').convert(mode)


LIGHTNESS = [round(2.55 * (116 * (max(level / 255 / 12.92, ((level / 255 + 0.055) / 1.055) ** 2.4)) ** (1 / 3) - 16)) if level > 10 else 0
             for level in range(256)]  # of a grey, as 8 bits of L*
MODES = {  # format: modes
    'PNG': ['1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'I;16'], 'JPEG': ['L', 'RGB', 'CMYK', 'YCbCr'], 'WEBP': ['L', 'P', 'LA', 'RGB', 'RGBA'],
    'BMP': ['1', 'L', 'P', 'RGB', 'RGBA'], 'GIF': ['1', 'L', 'P', 'LA', 'RGB', 'RGBA'],
    'TIFF': ['1', 'L', 'P', 'PA', 'LA', 'RGB', 'RGBA', 'CMYK', 'LAB', 'I', 'I;16', 'F'],
}
EXACT = {'WEBP': {'lossless': True}, 'JPEG': {'quality': 100, 'subsampling': 0}}
SLACKS = {('JPEG', 'CMYK'): 3, ('TIFF', 'LAB'): 3}
FOREIGN = {'ICO': 'RGBA', 'PPM': 'RGB', 'TGA': 'RGB', 'PCX': 'L', 'SGI': 'L', 'JPEG2000': 'RGB', 'DDS': 'RGBA', 'XBM': '1', 'MSP': '1', 'IM': 'L',
           'DIB': 'RGB', 'EPS': 'RGB', 'PDF': 'RGB', 'SPIDER': 'F'}
COMPRESSIONS = {'tiff_lzw': 'RGB', 'tiff_adobe_deflate': 'I;16', 'packbits': 'L', 'group4': '1', 'tiff_deflate': 'F'}


def of_pillow() -> Iterator[tuple[str, Kind]]:
    for format, modes in MODES.items():
        for mode in modes:
            right = BLACK_AND_WHITE if mode == '1' else GREYS
            slack = SLACKS.get((format, mode), 1 if format == 'JPEG' else 0)
            yield f'{format} {mode}', Kind(lambda f=format, m=mode: file(picture_in(m), f, **EXACT.get(f, {})), right, slack=slack)
    for compression, mode in COMPRESSIONS.items():
        yield (f'TIFF {mode}, {compression}', Kind(lambda c=compression, m=mode: file(picture_in(m), 'TIFF', compression=c),
                                                   BLACK_AND_WHITE if mode == '1' else GREYS))
    yield 'TIFF jpeg', Kind(lambda: file(picture_in('RGB'), 'TIFF', compression='jpeg', quality=100), GREYS, slack=2)
    for format, mode in FOREIGN.items():
        yield f'{format}, which is no map', refused(lambda f=format, m=mode: file(picture_in(m), f), 'are not a supported picture')
    yield 'JPEG, progressive', Kind(lambda: file(picture_in('L'), 'JPEG', quality=100, progressive=True), GREYS, slack=1)
    yield 'PNG, a palette with a transparent white', Kind(lambda: file(picture_in('P'), 'PNG', transparency=bytes([255] * 255 + [0])), dimmed(255, 0))
    yield 'PNG, a palette with a half transparent white', Kind(lambda: file(picture_in('P'), 'PNG', transparency=bytes([255] * 255 + [128])),
                                                               dimmed(255, 128))
    yield 'PNG, a grey that is transparent', Kind(lambda: file(picture_in('L'), 'PNG', transparency=128), dimmed(128, 0))
    yield 'PNG, a colour that is transparent', Kind(lambda: file(picture_in('RGB'), 'PNG', transparency=(200, 200, 200)), dimmed(200, 0))
    yield 'GIF, a transparent white', Kind(lambda: file(picture_in('L'), 'GIF', transparency=255), dimmed(255, 0))
    yield 'PNG, 16 bits of which the lower ones count', Kind(lambda: png_file([[1, 65534, 65535]], 16), np.array([[1 / 257, 255 - 1 / 257, 255]]))


def dimmed(level: int, alpha: int) -> np.ndarray:
    """The greys with one of them seen through."""
    return np.where(level == GREYS, level * alpha / 255, GREYS)


# What Pillow reads, but does not write.

ONE_ROW = np.array([LEVELS[3:]], np.uint8)


def gif_of_part(transparent: int | None = None) -> str:
    """A GIF whose only frame, a white line, leaves the lower half of its screen out; colour 0 is white, 1 is black."""
    screen = b'GIF89a' + struct.pack('<HHBBB', 2, 2, 0xf0, 1, 0) + b'\xff\xff\xff\0\0\0'
    control = b'' if transparent is None else struct.pack('<BBBBHBB', 0x21, 0xf9, 4, 1, 0, transparent, 0)
    codes = sum(code << 3 * place for place, code in enumerate((4, 0, 4, 0, 5)))  # 4 clears, 0 is a colour, 5 ends; of 3 bits each
    return text(screen + control + b',' + struct.pack('<HHHHBB', 0, 0, 2, 1, 0, 2) + b'\2' + struct.pack('<H', codes) + b'\0;')


def tiles() -> bytes:
    """A TIFF in tiles of 16x16."""
    whole = np.zeros((16, 32), np.uint8)
    whole[:, :24] = GREYS
    both = whole[:, :16].tobytes() + whole[:, 16:].tobytes()
    start = 8 + 2 + 12 * 12 + 4 + 16
    return tiff_of({256: [24], 257: [16], 258: [8], 259: [1], 262: [1], 277: [1], 322: [16], 323: [16], 324: [start, start + 256],
                    325: [256, 256], 284: [1], 339: [1]}, both)


def upside_down() -> bytes:
    """A BMP whose rows begin at the top: its height is negative."""
    data = bytearray(saved(Image.fromarray(GREYS[::-1].copy()), 'BMP'))
    data[22:26] = struct.pack('<i', -GREYS.shape[0])
    return bytes(data)


def by_hand() -> Iterator[tuple[str, Kind]]:
    row = ONE_ROW[0]
    words = '<u2', row.astype(int) * 257
    yield 'TIFF, tiled', Kind(lambda: text(tiles()), GREYS)
    yield 'TIFF, white is zero', Kind(lambda: tiff_file((255 - row).tobytes(), 3, 8, white_is_zero=True), ONE_ROW)
    yield 'TIFF, 12 bits', Kind(lambda: tiff_file(bytes([0, 0x0f, 0xff]), 2, 12), np.array([[0, 255]]))
    yield 'TIFF, 16 bits, big-endian', Kind(lambda: tiff_file(words[1].astype('>u2').tobytes(), 3, 16, order='>'), ONE_ROW)
    yield 'TIFF, 16 bits, big-endian and deflated', Kind(
        lambda: tiff_file(words[1].astype('>u2').tobytes(), 3, 16, order='>', deflated=True), ONE_ROW)
    for number, kind in {'float': '>f4', 'signed': '>i4'}.items():
        numbers = (row / 255 if number == 'float' else words[1]).astype(kind).tobytes()
        yield f'TIFF, 32 bits, {number} and big-endian', Kind(lambda b=numbers, n=number: tiff_file(b, 3, 32, order='>', number=n), ONE_ROW, slack=1e-4)
        yield f'TIFF, 32 bits, {number}, big-endian and deflated', refused(
            lambda b=numbers, n=number: tiff_file(b, 3, 32, order='>', number=n, deflated=True), 'compression 8.*wrong order')
    yield 'TIFF, 16 bits, white is zero', Kind(lambda: tiff_file((65535 - words[1]).astype('<u2').tobytes(), 3, 16, white_is_zero=True), ONE_ROW)
    yield 'TIFF, 16 bits of colours', Kind(lambda: tiff_file(np.repeat(words[1], 3).astype('<u2').tobytes(), 3, [16] * 3, photometric=2), ONE_ROW)
    yield 'TIFF, signed', refused(lambda: tiff_file(row.astype('<i2').tobytes(), 3, 16, number='signed'), 'signed with 16 bits')
    yield 'TIFF, 32 bits that may be 8', refused(lambda: tiff_file(row.astype('<u4').tobytes(), 3, 32), '8-bit greys.*16-bit greys')
    for name, value in {'not a number': np.nan, 'infinity': np.inf, 'minus infinity': -np.inf, 'more than white': 255.0, 'less than black': -0.1,
                        'hardly more than white': 1.0000001, 'the largest': 3.4e38}.items():
        yield f'TIFF, {name}', refused(lambda v=value: tiff_file(np.array([0, v], '<f4').tobytes(), 2, 32, number='float'), 'floats must be between')
    yield 'TIFF, minus zero and the smallest', Kind(lambda: tiff_file(np.array([-0.0, 1e-45], '<f4').tobytes(), 2, 32, number='float'), np.zeros((1, 2)))
    yield 'TIFF, 64 bits', Kind(lambda: tiff_file(np.array([0, 1.0]).tobytes(), 2, 64, number='float'), words='are not a supported picture')
    yield 'GIF whose frame leaves a part out', refused(gif_of_part, r'broken GIF file .it has 2 of the 4 pixels')
    yield 'GIF whose frame leaves a part transparent', Kind(lambda: gif_of_part(transparent=1), np.array([[255, 255], [0, 0]]))
    yield 'BMP from the top', Kind(lambda: text(upside_down()), GREYS)
    yield 'PNG, 1 pixel', Kind(lambda: png_file([[200]], 8), np.array([[200]]))
    yield 'PNG, 1 wide', Kind(lambda: png_file(GREYS[:, :1], 8), GREYS[:, :1])
    yield 'PNG, 1 high', Kind(lambda: png_file(GREYS[:1], 8), GREYS[:1])
    yield 'PNG, 1 wide and very high', Kind(lambda: png_file(np.full((4_000, 1), 128), 8), np.full((4_000, 1), 128))


# Broken files.

@lru_cache(None)
def noise(format: str) -> bytes:
    """A file whose every part counts."""
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8))
    return saved(picture, format, **({'lossless': True} if format == 'WEBP' else {}))


def cut(format: str, tenths: int) -> str:
    data = noise(format)
    return text(data[:len(data) * tenths // 10])


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    return b'\x89PNG\r\n\x1a\n' + b''.join(chunk(*one) for one in chunks)


def header(width=24, height=16, bits=8, kind=0) -> tuple[bytes, bytes]:
    return b'IHDR', struct.pack('>IIBBBBB', width, height, bits, kind, 0, 0, 0)


ROWS = b''.join(b'\0' + row.tobytes() for row in GREYS)
BODY, END = (b'IDAT', zlib.compress(ROWS)), (b'IEND', b'')
GARBAGE = np.random.default_rng(1).bytes(4096)


def png(*between, first=None, body=BODY, after=(), behind=b'') -> str:
    """A PNG of GREYS with other chunks before its pixels and after them, or with bytes behind it."""
    return text(png_of(first or header(), *between, *([body] if body else []), *after, END) + behind)


def first_rows(rows: int) -> np.ndarray:
    return np.where(np.arange(16)[:, None] < rows, GREYS, 0)


def changed(format: str, at: int, to: bytes, mode='L') -> str:
    data = bytearray(saved(picture_in(mode), format, **EXACT.get(format, {})))
    data[at:at + len(to)] = to
    return text(bytes(data))


def jpeg_of_size(width: int, height: int) -> str:
    data = bytearray(saved(picture_in('L'), 'JPEG'))
    at = data.index(b'\xff\xc0') + 5
    data[at:at + 4] = struct.pack('>HH', height, width)
    return text(bytes(data))


def broken() -> Iterator[tuple[str, Kind]]:
    for format in MODES:
        for tenths in range(1, 10):
            yield f'{format}, {tenths} tenths of it', refused(partial(cut, format, tenths), 'not a supported picture|is a broken')
    first = b'\x89PNG\r\n\x1a\n'
    yield 'nothing but the first bytes of a PNG', refused(lambda: text(first))
    yield 'PNG without a header', refused(lambda: text(png_of(BODY, END)))
    yield 'PNG without pixels', refused(lambda: png(body=None))
    yield 'PNG of pixels that are none', refused(lambda: png(body=(b'IDAT', GARBAGE)))
    yield 'PNG of too few pixels', Kind(lambda: png(body=(b'IDAT', zlib.compress(ROWS[:50]))), first_rows(2), 'broken')  # the rest stays
    yield 'PNG of too many pixels', Kind(lambda: png(body=(b'IDAT', zlib.compress(ROWS * 9))), GREYS)
    yield 'PNG without an end', Kind(lambda: text(png_of(header(), BODY)), GREYS, 'broken')
    yield 'PNG with something behind', Kind(lambda: png(behind=GARBAGE), GREYS)
    yield 'PNG with a second header', Kind(lambda: png(header(1, 1)), np.zeros((1, 1)), 'change map')
    yield 'PNG with an unknown chunk', Kind(lambda: png((b'ruBB', GARBAGE)), GREYS)
    yield 'PNG of 3 bits', refused(lambda: png(first=header(bits=3)))
    yield 'PNG of an unknown kind', refused(lambda: png(first=header(kind=5)))
    # What is beyond a palette's end, each Pillow reads in its own way.
    yield 'PNG of a palette that is missing', Kind(lambda: png(first=header(kind=3)), greys=GREYS, words='change map', slack=255)
    yield 'PNG whose palette is too short', Kind(lambda: png((b'PLTE', bytes(6)), first=header(kind=3)), greys=GREYS, words='change map', slack=255)
    yield 'PNG with too long a transparency', Kind(lambda: png((b'tRNS', GARBAGE)), greys=GREYS, words='change map', slack=255)
    yield 'PNG with too short a transparency', Kind(lambda: png((b'tRNS', b'\0')), greys=GREYS, words='change map', slack=255)
    yield 'PNG with a wrong checksum', refused(lambda: text(first + chunk(*header())[:-4] + bytes(4) + chunk(*BODY) + chunk(*END)))
    yield 'PNG with a chunk longer than the file', Kind(
        lambda: text(first + chunk(*header()) + struct.pack('>I', 2 ** 31 - 1) + b'IDAT' + BODY[1]), GREYS, 'change map')
    yield 'PNG with a chunk of no name', refused(lambda: text(first + chunk(*header()) + struct.pack('>I', 4) + b'\0\1\2\3' + bytes(8)))
    for format, start in {'PNG': b'\xff\xd8\xff\xe0', 'JPEG': first, 'BMP': b'GIF89a', 'GIF': b'BM', 'TIFF': b'RIFF', 'WEBP': b'II*\0'}.items():
        yield f'{format} that begins like another', refused(lambda f=format, s=start: changed(f, 0, s))
    yield 'JPEG of no height', refused(lambda: jpeg_of_size(24, 0))
    yield 'JPEG, only its first and last bytes', refused(lambda: text(b'\xff\xd8\xff\xd9'))
    yield 'BMP of 7 bits', refused(lambda: changed('BMP', 28, b'\7\0'))
    yield 'BMP of an unknown compression', refused(lambda: changed('BMP', 30, b'\x63\0\0\0'))
    yield 'BMP whose pixels lie outside it', refused(lambda: changed('BMP', 10, b'\xff\xff\xff\x7f'))
    yield 'GIF of 0x0', Kind(lambda: changed('GIF', 6, bytes(4)), GREYS, 'change map')  # the frame is larger, and counts
    yield 'GIF of no frame', refused(lambda: text(b'GIF89a' + struct.pack('<HHBBB', 24, 16, 0, 0, 0) + b';'))
    yield 'WebP of garbage', refused(lambda: text(b'RIFF' + struct.pack('<I', 4096) + b'WEBPVP8 ' + GARBAGE))
    tags = {256: [24], 257: [16], 258: [8], 259: [1], 262: [1], 273: PIXELS, 277: [1], 278: [16], 279: [384]}
    pixels = GREYS.tobytes()
    yield 'TIFF as these are made', Kind(lambda: text(tiff_of(tags, pixels)), GREYS)
    yield 'TIFF whose pixels lie outside it', refused(lambda: text(tiff_of({**tags, 273: [10 ** 6]}, pixels)))
    yield 'TIFF whose strips leave rows out', refused(lambda: text(tiff_of({**tags, 257: [17]}, pixels)), 'broken TIFF')
    yield 'TIFF whose pages go round', Kind(lambda: text(tiff_of(tags, pixels, following=8)), GREYS)
    yield 'TIFF of no tags', refused(lambda: text(tiff_of({}, b'')))
    yield 'TIFF of an unknown compression', refused(lambda: text(tiff_of({**tags, 259: [31_337]}, pixels)))
    yield 'TIFF of an unknown photometry', refused(lambda: text(tiff_of({**tags, 262: [77]}, pixels)))
    yield 'TIFF of a hundred channels', refused(lambda: text(tiff_of({**tags, 277: [100], 258: [8] * 100}, pixels)))
    yield 'TIFF of no strips', refused(lambda: text(tiff_of({tag: value for tag, value in tags.items() if tag not in (273, 279)}, pixels)))
    yield 'TIFF of deflated garbage', refused(lambda: text(tiff_of({**tags, 259: [8], 279: [4096]}, GARBAGE)))


# Sizes that are not there, and small files that become large.

def many_texts(most: int) -> list[tuple[bytes, bytes]]:
    packed = zlib.compress(bytes(900_000), 1)
    return [(b'zTXt', b'key%d\0\0' % i + packed) for i in range(most)]


def gif_of_size(width: int, height: int) -> str:
    data = bytearray(saved(picture_in('L'), 'GIF'))
    data[6:10] = struct.pack('<HH', width, height)
    return text(bytes(data))


def webp_of_size(width: int, height: int) -> str:
    canvas = struct.pack('<I', width - 1)[:3] + struct.pack('<I', height - 1)[:3]
    body = b'WEBPVP8X' + struct.pack('<IB3x', 10, 0) + canvas + saved(picture_in('L'), 'WEBP')[12:]
    return text(b'RIFF' + struct.pack('<I', len(body)) + body)


def packed_bmp(width=80_000_000) -> str:
    """Of packed rows, which ends its only row after a pixel."""
    palette = bytes(256 * 4)
    head = struct.pack('<IiiHHIIiiII', 40, width, 1, 1, 8, 1, 8, 0, 0, 256, 0)
    return text(b'BM' + struct.pack('<IHHI', 54 + 1024 + 8, 0, 0, 54 + 1024) + head + palette + bytes([1, 0, 0, 0, 0, 1, 0, 0]))


def sizes() -> Iterator[tuple[str, Kind]]:
    pixels = b'IDAT', zlib.compress(bytes(1000))
    for width, height in ((0, 16), (24, 0), (0, 0)):
        yield f'PNG of {width}x{height}', refused(lambda s=(width, height): png(first=header(*s)))
    for name, side in {'9400x9400 that are not there': 9_400, '9500x9500': 9_500, '20000x20000': 20_000, '2147483647x2147483647': 2 ** 31 - 1,
                       '4294967295x4294967295': 2 ** 32 - 1}.items():
        yield f'PNG of {name}', refused(lambda s=side: png(first=header(s, s), body=pixels), 'change map')
    yield 'PNG of 89000000x1 that are not there', refused(lambda: png(first=header(89_000_000, 1), body=pixels))
    yield 'JPEG of 65500x65500', refused(lambda: jpeg_of_size(65_500, 65_500), 'too large.*89 megapixels')
    yield 'JPEG of 1000x1000 that are not there', Kind(lambda: jpeg_of_size(1000, 1000), np.full((1000, 1000), 128), 'broken', slack=128)
    yield 'BMP of 30000x30000', refused(lambda: changed('BMP', 18, struct.pack('<ii', 30_000, 30_000)), 'too large')
    yield 'BMP, packed, of 80000000x1 that are not there', refused(packed_bmp, 'broken')
    yield 'BMP of 9400x9400 that are not there', refused(lambda: changed('BMP', 18, struct.pack('<ii', 9_400, 9_400)), 'broken')
    yield 'GIF of 65535x65535', refused(lambda: gif_of_size(65_535, 65_535), 'too large')
    yield 'WebP of 16384x16384', refused(lambda: webp_of_size(16_384, 16_384), 'change map')
    tags = {256: [30_000], 257: [30_000], 258: [8], 259: [1], 262: [1], 273: PIXELS, 277: [1], 278: [30_000], 279: [10]}
    yield 'TIFF of 30000x30000', refused(lambda: text(tiff_of(tags, bytes(10))), 'too large')
    yield 'TIFF of 9400x9400 that are not there', refused(lambda: text(tiff_of({**tags, 256: [9400], 257: [9400]}, bytes(10))), 'broken')
    yield 'TIFF of 9400x9400 deflated that are not there', refused(
        lambda: text(tiff_of({**tags, 256: [9400], 257: [9400], 278: [9400], 259: [8], 279: [20]}, zlib.compress(bytes(9400)))), 'broken')
    zeros = partial(bytes, 16 << 20)
    yield 'PNG with a text of 16 MiB', refused(lambda: png((b'zTXt', b'key\0\0' + zlib.compress(zeros(), 1))))
    yield 'PNG with a text of 16 MiB after its pixels', Kind(lambda: png(after=[(b'zTXt', b'key\0\0' + zlib.compress(zeros(), 1))]), GREYS, 'change map')
    yield 'PNG with an international text of 16 MiB', refused(lambda: png((b'iTXt', b'key\0\1\0\0\0' + zlib.compress(zeros(), 1))))
    yield 'PNG with a profile of 16 MiB', Kind(lambda: png((b'iCCP', b'icc\0\0' + zlib.compress(zeros(), 1))), GREYS, 'change map')
    yield 'PNG with a hundred texts of 1 MB', refused(lambda: png(*many_texts(100)))
    yield 'PNG of pixels that become 16 MiB', Kind(lambda: png(body=(b'IDAT', zlib.compress(ROWS + zeros(), 1))), GREYS)


# What stands beside the pixels.

def turned(format: str, orientation, **options) -> str:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(GREYS)
    if isinstance(orientation, int) and orientation in UNDO:
        stored = stored.transpose(UNDO[orientation])
    return file(stored, format, exif=exif, **EXACT.get(format, {}), **options)


TURN = Image.Transpose
UNDO = {2: TURN.FLIP_LEFT_RIGHT, 3: TURN.ROTATE_180, 4: TURN.FLIP_TOP_BOTTOM, 5: TURN.TRANSPOSE, 6: TURN.ROTATE_90, 7: TURN.TRANSVERSE,
        8: TURN.ROTATE_270}


def exif_loop() -> bytes:
    """EXIF whose directories follow each other round and round."""
    return b'Exif\0\0II*\0' + struct.pack('<IH', 8, 1) + struct.pack('<HHII', 0x8769, 4, 1, 8) + struct.pack('<I', 8)


def beside() -> Iterator[tuple[str, Kind]]:
    for format in ('PNG', 'JPEG', 'WEBP', 'TIFF'):
        for orientation in range(1, 9):
            yield f'{format}, orientation {orientation}', Kind(partial(turned, format, orientation), GREYS, slack=1 if format == 'JPEG' else 0)
        yield f'{format}, orientation 9', Kind(partial(turned, format, 9), GREYS, slack=1 if format == 'JPEG' else 0)
    for name, data in {'garbage': GARBAGE, 'no bytes': b'', 'half a header': b'Exif\0\0II', 'a loop': exif_loop()}.items():
        yield f'PNG, EXIF is {name}', Kind(lambda d=data: png((b'eXIf', d.removeprefix(b'Exif\0\0'))), GREYS)
        yield f'JPEG, EXIF is {name}', Kind(lambda d=data: file(picture_in('L'), 'JPEG', quality=100, exif=d[:60_000]), GREYS, slack=1)
        yield f'WebP, EXIF is {name}', Kind(lambda d=data: file(picture_in('L'), 'WEBP', lossless=True, exif=d), GREYS)
    yield 'PNG, orientation in a packet of XMP', Kind(
        lambda: png((b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="1"/>')), GREYS)
    yield 'PNG, orientation in a packet of XMP is no number', Kind(
        lambda: png((b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="9999999999999999999"/>')), GREYS)
    for format in ('PNG', 'JPEG', 'WEBP', 'TIFF'):
        yield f'{format}, a profile that is none', Kind(
            lambda f=format: file(picture_in('L'), f, icc_profile=GARBAGE, **EXACT.get(f, {})), GREYS, slack=1 if format == 'JPEG' else 0)
    yield 'PNG, a gamma', Kind(lambda: png((b'gAMA', struct.pack('>I', 1))), GREYS)
    yield 'PNG, a resolution of 0', Kind(lambda: png((b'pHYs', bytes(9))), GREYS)
    yield 'PNG, half a resolution', Kind(lambda: png((b'pHYs', bytes(3))), GREYS, 'change map')
    yield 'PNG, a comment', Kind(lambda: png((b'tEXt', b'parameters\0' + b'<script>alert(1)</script>' * 99)), GREYS)
    other = partial(Image.fromarray, 255 - GREYS)  # anew each time: a writer leaves its own things on it
    for format in ('GIF', 'WEBP', 'TIFF', 'PNG'):
        yield f'{format}, several pictures', Kind(
            lambda f=format: file(picture_in('L'), f, save_all=True, append_images=[other() for _ in range(3)], **EXACT.get(f, {})), GREYS)
    yield 'MPO, several pictures', Kind(lambda: file(picture_in('L'), 'MPO', save_all=True, append_images=[other()], quality=100), GREYS, slack=1)


# Texts, and what is no text.

def texts() -> Iterator[tuple[str, Kind]]:
    plain = file(picture_in('L'), 'PNG')
    spread = ' '.join(plain[i:i + 7] for i in range(0, len(plain), 7))
    ours = {
        'a space now and then': spread, 'lines': '\r\n'.join(re.findall('.{1,76}', plain)), 'tabs and blank lines': f'\n\n\t{plain}\t\n',
        'a data URL': f'data:image/png;base64,{plain}', 'another MIME': f'data:image/jpeg;base64,{plain}',
        'no picture\'s MIME': f'data:text/html;base64,{plain}', 'no MIME': f'data:;base64,{plain}',
        'too much padding': plain + '====', 'a data URL with a charset': f'data:image/png;charset=utf-8;base64,{plain}', 'a data URL in lines': f'data:image/png;base64,\n{spread}',
    }
    for name, given in ours.items():
        yield f'base64: {name}', Kind(lambda g=given: g, GREYS, 'never opened' if 'padding' in name else None)
    wide = text(saved(picture_in('L'), 'BMP').replace(bytes([0x80]), b'\xfb\xff'))  # has + and /
    foreign = {
        'the alphabet of URLs': wide.replace('+', '-').replace('/', '_') + '-_', 'no padding': plain.rstrip('=') + ('' if plain.endswith('=') else 'A'),
        'padding in its midst': plain[:8] + '==' + plain[8:], 'a comma behind': plain + ',',
        'two of them': f'{plain},{plain}', 'percents': 'data:image/png,%89PNG%0D%0A', 'a data URL of no base64': f'data:image/png,{plain}',
        'a data URL twice': f'data:image/png;base64,data:image/png;base64,{plain}', 'a letter of another script': plain[:9] + 'é' + plain[10:],
        'a zero': plain[:9] + '\0' + plain[10:], 'half a letter': plain[:9] + '\ud800' + plain[10:], 'a BOM': '\ufeff' + plain, 'quotes': f'"{plain}"',
        'hexadecimal': base64.b16decode(base64.b16encode(noise('PNG')[:16])).hex() + '!', 'the text of a base64': text(plain.encode()),
        'emptiness': 'data:image/png;base64,', 'only padding': '====', 'a comma': ',', 'one letter': 'A',
        'a very long MIME': 'data:' + 'a' * 500_000 + ',', 'very many parameters': 'data:image/png' + ';a=b' * 200_000 + ',',
        'a very long MIME in a data URL': 'data:' + 'a' * 500_000 + ';base64,AAAA',
    }
    for name, given in foreign.items():
        yield f'base64: {name}', refused(lambda g=given: g, 'change map')
    yield 'base64: SVG', refused(lambda: text(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'), 'not a supported')
    yield 'base64: HTML', refused(lambda: text(b'<script>alert(1)</script>'), 'not a supported')
    yield 'base64: a ZIP', refused(lambda: text(b'PK\3\4' + GARBAGE), 'not a supported')
    yield 'base64: a pickle', refused(lambda: text(b'\x80\4cos\nsystem\n(S"echo"\ntR.'), 'not a supported')
    yield 'base64: EPS', refused(lambda: text(b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n'), 'not a supported')
    for name, make in {'megabytes of garbage': lambda: text(np.random.default_rng(2).bytes(12 << 20)), 'megabytes of one letter': lambda: 'A' * (16 << 20),
                       'megabytes of no base64': lambda: '#' * (16 << 20), 'megabytes that begin like a PNG': lambda: text(noise('PNG')[:60] + bytes(12 << 20)),
                       'megabytes of spaces and letters': lambda: 'A ' * (4 << 20)}.items():
        yield name, refused(make, 'change map')
    yield 'megabytes of spaces', refused(lambda: ' ' * (16 << 20), 'no change map')
    for path in ('/etc/hostname', '/etc/hosts', '../../etc/hosts', '~/.bashrc', 'C:\\Windows\\win.ini', '\\\\server\\share\\map.png', '//server/share/map.png',
                 'file:///etc/hosts', 'FILE:/etc/hosts', 'http://127.0.0.1:1/map.png', 'https://example.org/map.png', 'ftp://127.0.0.1/map.png', 'map.png',
                 '/proc/self/mem', '/dev/zero', 'CON', '|id', '$(id)', '`id`', "'; DROP TABLE maps; --", '%s%n', '{0.__class__}', '${jndi:ldap://127.0.0.1/a}'):
        yield f'a path or a command: {path}', refused(lambda p=path: p, 'never opened|not a supported picture')
    yield 'missing, and a path', refused(lambda: 'missing:../../etc/hosts', r'was not found')
    yield 'missing, and lines', refused(lambda: 'missing:a\nb\n\nc', r'was not found')
    yield 'missing, and half a letter', refused(lambda: 'missing:\ud800', r'was not found')
    yield 'missing, and markup', refused(lambda: 'missing:<img src=x onerror=alert(1)>', r'was not found')


def others() -> Iterator[tuple[str, Kind]]:
    plain = file(picture_in('L'), 'PNG')
    nested = json.loads('[' * 300 + ']' * 300)
    for name, value in {
            'a number': 5, 'zero': 0, 'a float': 0.5, 'not a number': float('nan'), 'infinity': float('inf'), 'a large number': 10 ** 400, 'true': True,
            'false': False, 'an object': {'image': plain}, 'an empty object': {}, 'a list in a list': [[plain]], 'a deep list': nested,
            'a list of numbers': [1, 2, 3], 'a list of objects': [{'change_map': plain}], 'a list of a bad text': ['/etc/hosts'],
    }.items():
        yield f'no text: {name}', refused(lambda v=value: v, 'change map')
    for name, value in {'nothing': None, 'no letters': '', 'spaces': ' \n\t ', 'an empty list': []}.items():
        yield f'no text: {name}', refused(lambda v=value: v, 'no change map|0 change maps')
    for name, value in {'a list of nothing': [None], 'a list of no letters': [''], 'a list of two': [plain, plain], 'a list with a gap': [plain, None]}.items():
        yield f'no text: {name}', refused(lambda v=value: v, 'change map')
    yield 'no text: a list of a hundred thousand', refused(lambda: [plain] * 100_000, '100000 change maps')
    yield 'no text: a list of one', Kind(lambda: [plain], GREYS)


def found() -> Iterator[tuple[str, Kind]]:
    """What the fuzzer of `make soak` found: files in base64, each a channel's number and the map."""
    for path in sorted((Path(__file__).parent / 'corpus_found').glob('*.txt')):
        yield f'found: {path.stem}', refused(lambda p=path: text(base64.b64decode(p.read_text())[1:]))


KINDS: dict[str, Kind] = dict(kind for part in (of_pillow, by_hand, broken, sizes, beside, texts, others, found) for kind in part())


def is_one_sentence(sentence: str) -> bool:
    """Whether a person can read it in a line: it ends like a sentence, and has no line breaks and nothing that does not print."""
    return 20 <= len(sentence) <= 700 and sentence[-1] in '.?!' and not sentence[0].islower() and all(letter.isprintable() for letter in sentence)


def is_read_right(units, kind: Kind) -> bool:
    """Whether a map's units are the greys of its kind."""
    from lib_diffdiff.maps.exact import GREY
    return units.shape == kind.greys.shape and bool((np.abs(units / GREY - kind.greys) <= kind.slack + 1e-4).all())


# Values of settings.

WRONG_VALUES = {
    'None': None, 'true': True, 'false': False, 'the word true': 'true', 'zero': 0, 'one': 1, 'a number as text': '1', 'a half': 0.5, 'less than nothing': -1,
    'very much': 1e300, 'a large whole number': 10 ** 400, 'not a number': float('nan'), 'infinity': float('inf'), 'minus infinity': float('-inf'),
    'no letters': '', 'a word': 'something', 'a path': '/etc/hosts', 'a list': [1, 2], 'an empty list': [], 'a deep list': json.loads('[' * 200 + ']' * 200),
    'an object': {'value': 1}, 'half a letter': '\ud800', 'a zero letter': 'a\0b', 'markup': '<script>alert(1)</script>', 'a long text': 'word ' * 200_000,
    'very many pairs': '0.5:0.5,' * 200_000,
}


def fits(spec, default, name: str, value) -> bool | None:
    """Whether a setting may have a value; None where that is not for a table to say. spec, default: the setting's own."""
    if value is None:
        return True
    if spec.choices:
        return isinstance(value, str) and value in spec.choices
    if isinstance(default, bool):
        return isinstance(value, bool)
    if spec.low is not None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and spec.low <= value <= spec.high and (isinstance(default, float) or value == int(value))
    return None if isinstance(value, str) or name in ('response', 'change_map') else False


# What each of them costs.

def costs(work, given) -> tuple[float, float]:
    """Seconds of the processor and MiB of memory, at most, that it takes to work on what was given."""
    reset_peak()
    before, started = peak(), time.process_time()
    work(given)
    return time.process_time() - started, (peak() - before) / 2 ** 20


def reset_peak() -> None:
    Path('/proc/self/clear_refs').write_text('5')


def peak() -> int:
    """The most bytes that this process has had in memory since the last reset."""
    return int(re.search(r'VmHWM:\s*(\d+)', Path('/proc/self/status').read_text())[1]) << 10


def main() -> None:
    """Prints a line of JSON for each kind and way: seconds, MiB."""
    from lib_diffdiff.maps.reading import read_all
    from lib_diffdiff.page.questions import Host, answer
    from lib_diffdiff.settings.refusal import Refusal

    def by_reading(given):
        with suppress(Refusal):
            read_all(given, 'auto', 1)

    def by_question(given):
        answer(given, [], Host(None))

    for name, kind in KINDS.items():
        made = kind.make()
        asked = json.dumps({'id': 1, 'kind': 'read', 'channel': 'auto', 'file': made})
        for way, work, given in (('read', by_reading, made), ('asked', by_question, asked)):
            seconds, mebibytes = costs(work, given)
            print(json.dumps([name, way, seconds, mebibytes]), flush=True)


if __name__ == '__main__':
    main()
