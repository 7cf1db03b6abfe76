"""Picture files made byte by byte, of kinds that PIL reads but does not write."""
import base64
import struct
import zlib

import numpy as np

GREY, COLOURS, GREY_AND_ALPHA, COLOURS_AND_ALPHA = 0, 2, 4, 6  # the kinds of a PNG
PIXELS = [0]  # in a TIFF's tags: where its pixels lie


def png_file(rows, bits: int, kind: int = GREY, transparent=None) -> str:
    """Base64 of a PNG of whole numbers (height, width) or (height, width, channels); transparent: the pixel that is so."""
    rows = np.asarray(rows)
    lines = b''.join(b'\0' + _packed(row.ravel(), bits) for row in rows)
    header = struct.pack('>IIBBBBB', rows.shape[1], rows.shape[0], bits, kind, 0, 0, 0)
    levels = np.atleast_1d([] if transparent is None else transparent).astype('>u2').tobytes()
    chunks = [(b'IHDR', header), *([(b'tRNS', levels)] if levels else []), (b'IDAT', zlib.compress(lines)), (b'IEND', b'')]
    return base64.b64encode(b'\x89PNG\r\n\x1a\n' + b''.join(chunk(*one) for one in chunks)).decode()


def _packed(numbers, bits: int) -> bytes:
    if bits == 16:
        return numbers.astype('>u2').tobytes()
    return np.packbits((numbers[:, None] >> np.arange(bits)[::-1]) & 1).tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack('>I', len(body)) + name + body + struct.pack('>I', zlib.crc32(name + body))


def tiff_file(pixels: bytes, width: int, bits, *, order: str = '<', white_is_zero: bool = False, number: str = 'unsigned', **tags) -> str:
    """Base64 of a TIFF of one row.

    bits: of each channel. number: unsigned, signed or float. tags: photometric, extra, orientation, deflated.
    """
    bits, deflated = np.atleast_1d(bits).tolist(), tags.get('deflated', False)
    pixels = zlib.compress(pixels) if deflated else pixels
    values = {256: [width], 257: [1], 258: bits, 259: [8 if deflated else 1], 262: [tags.get('photometric', 0 if white_is_zero else 1)], 273: PIXELS,
              274: [tags.get('orientation', 1)], 277: [len(bits)], 278: [1], 279: [len(pixels)],
              339: [{'unsigned': 1, 'signed': 2, 'float': 3}[number]] * len(bits)}
    if 'extra' in tags:
        values[338] = [tags['extra']]
    return base64.b64encode(tiff_of(values, pixels, order)).decode()


def tiff_of(values: dict, pixels: bytes, order: str = '<', following: int = 0) -> bytes:
    """A TIFF of any tags, whole numbers each; PIXELS: where the pixels lie. following: where the next page's tags lie, 0 for none."""
    behind = 8 + 2 + 12 * len(values) + 4
    start = behind + sum(4 * len(value) for value in values.values() if len(value) > 1)
    entries, lists = b'', b''
    for tag, value in sorted(values.items()):
        value = [start] if value is PIXELS else value
        packed = struct.pack(f'{order}{len(value)}I', *value)
        entries += struct.pack(f'{order}HHI', tag, 4, len(value))
        entries += packed if len(value) == 1 else struct.pack(f'{order}I', behind + len(lists))
        lists += packed if len(value) > 1 else b''
    head = (b'II*\0' if order == '<' else b'MM\0*') + struct.pack(f'{order}IH', 8, len(values))
    return head + entries + struct.pack(f'{order}I', following) + lists + pixels
