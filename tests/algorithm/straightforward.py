"""What maps and composites are, written straight from their definitions and without regard to time: the fast ones have to equal them."""
import itertools
import math

import numpy as np

from lib_diffdiff.maps.exact import WHITE, box_widths, gaussian_weights
from lib_diffdiff.maps.transforms import output_levels

KERNEL_SUM = 2 ** 24


def up(total, by):
    return -(-np.asarray(total) // by)


def down_and_across(work, units, down, across):
    return work(work(np.asarray(units, dtype=np.int64), down).T, across).T


def resample(units, size):
    return down_and_across(lambda rows, n: shrink(rows, n) if n < len(rows) else stretch(rows, n), units, *size)


def shrink(rows, n):
    # Everything in n-ths of a row: output row j covers those from j * len(rows) on, as many as there are rows.
    count = len(rows)
    shares = [[max(0, min((j + 1) * count, (i + 1) * n) - max(j * count, i * n)) for i in range(count)] for j in range(n)]
    return up(np.array(shares) @ rows, count)


def stretch(rows, n):
    count, stretched = len(rows), []
    for j in range(n):
        below, part = divmod((2 * j + 1) * count - n, 2 * n)
        first, second = (rows[min(max(i, 0), count - 1)] for i in (below, below + 1))
        stretched.append(up(first * (2 * n - part) + second * part, 2 * n))
    return np.stack(stretched)


def blur(units, across, down):
    return down_and_across(blur_rows, units, down, across)


def blur_rows(rows, sigma):
    if sigma <= 0:
        return rows
    if sigma < 4:
        return weigh(rows, gaussian_weights(sigma), KERNEL_SUM)
    for width in box_widths(sigma):
        rows = weigh(rows, np.ones(width, dtype=np.int64), width)
    return rows


def weigh(rows, weights, total):
    radius = len(weights) // 2
    around = np.clip(np.arange(len(rows))[:, None] + np.arange(-radius, radius + 1), 0, len(rows) - 1)
    return up(np.stack([weights @ rows[those] for those in around]), total)


def grow(units, radius):
    if radius < 0:
        return WHITE - grow(WHITE - units, -radius)
    height, width = units.shape
    padded = np.pad(units, radius)
    return np.max([padded[radius + y:radius + y + height, radius + x:radius + x + width] for y, x in octagon(radius)], axis=0)


def octagon(radius):
    diagonal = round(radius / (2 + math.sqrt(2)))
    straight = radius - 2 * diagonal
    sides = [range(-reach, reach + 1) for reach in (straight, straight, diagonal, diagonal)]
    return {(y + c + d, x + c - d) for y, x, c, d in itertools.product(*sides)}


def changed(units, settings):
    return output_levels(units / WHITE, settings) > 0


def edge(inside, width=8):
    depth = values = inside.astype(int)
    for i in range(1, width):
        values = neighbours(np.minimum, values, diagonal=i % 2 == 0)
        depth = depth + values
    thickness = depth
    for i in range(width):
        thickness = neighbours(np.maximum, thickness, diagonal=i % 2 == 1)
    return depth.astype(np.uint8) / np.maximum(thickness, 1).astype(np.float32)


def neighbours(pick, values, *, diagonal):
    height, width = values.shape
    padded = np.pad(values, 1, mode='edge')
    return pick.reduce([padded[1 + y:1 + y + height, 1 + x:1 + x + width]
                        for y, x in itertools.product((-1, 0, 1), repeat=2) if diagonal or not (y and x)], axis=0)


def composited(ours, theirs, inside):
    ours, theirs = (pixels.astype(np.float32) for pixels in (ours, theirs))
    return np.rint(theirs + (ours - theirs) * edge(inside)[:, :, None]).astype(np.uint8)
