"""Small files for weights that do not differ much from others: the differences, each in one byte."""
from __future__ import annotations

import torch

UNIT = "/unit"


def packed(added):
    """Packs differences, by the weights' names: rows of int8, and the unit of each row."""
    content = {}
    for name, value in added.items():
        rows = _rows(value.float())
        unit = rows.abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
        content[name] = (rows / unit).round().to(torch.int8).view_as(value)
        content[name + UNIT] = unit.flatten()
    return content


def unpacked(content):
    """Unpacks the differences, float32."""
    names = [name for name in content if not name.endswith(UNIT)]
    return {name: (_rows(content[name]) * content[name + UNIT][:, None]).view_as(content[name]) for name in names}


def _rows(value):
    # A weight's output channels; what has no others, a bias, is one row.
    return value.flatten(1) if value.ndim > 1 else value[None]
