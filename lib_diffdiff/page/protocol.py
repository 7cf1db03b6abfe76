"""The page's questions and their answers, by their keys. javascript/diffdiff_page_ask.js asks, page/questions.py answers.

A question is JSON text: `kind`, the page's own number `id`, and the keys below. With those that need them, all settings
of the accordion come along; the others travel alone. An answer is JSON text: the same `id`, and `ok`. Where `ok` is
false there is only a `sentence` for the user, else the keys below.
"""
from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """keys: of the question; optional: those that it may lack. answer: the keys of the answer; may_answer: those that it may lack.

    settings: whether the page's settings come along. They do not where the question brings a `file` of its own.
    """

    keys: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    may_answer: tuple[str, ...] = ()
    settings: bool = False


ALWAYS = ('id', 'kind')
MAP = ('width', 'height', 'greys')  # pixels of the map; its 16-bit greys as javascript/diffdiff_map_packed.js unpacks them

QUESTIONS = {
    # What will a run do? image, size: [width, height] of the init image and of what is painted. denoising: 0..1.
    'preview': Question(
        ('image', 'size', 'resize_mode', 'steps', 'denoising', 'sampler'),
        # mask: {file, invert, blur (pixels), only_masked, padding (pixels)}, or null. second_pass: in txt2img, whether Hires. fix is on
        ('mask', 'unseen_mask', 'second_pass', 'scheduler'),
        # scale: the strengths of a map's greys, from black to white
        # response: where a grey is its share of the change, the curve's points [strength, share]
        ('warnings',),  # [{code, ...}], the codes as diffdiff_field_preview.js words them
        # values: rows * columns strengths as 16-bit shares, base64; area: the cells' part of the picture; histogram: [{step, share}]
        ('scale', 'rows', 'columns', 'values', 'low', 'high', 'distinct', 'available', 'steps', 'run_steps', 'plain_steps', 'skipped',
         'saved', 'area', 'histogram', 'unreleased', 'too_weak', 'changed', 'coarse', 'response'), settings=True),
    # What map is in a file: in `file`, or in the page's own Change map, then by the setting Map channel?
    'read': Question(('channel',), ('file', 'image'), MAP, ('channels',), settings=True),
    # The picture's brightness, saturation or edges (`what`) as a map. threshold: 0..0.99, up to which a slope is not an edge.
    'from_picture': Question(('file', 'what'), ('image', 'threshold'), MAP),
    # The map that changes what "Resize and fill" adds; image, size as above; width: of its soft edge, in pixels of the picture.
    'border': Question(('image', 'size', 'resize_mode', 'width'), (), MAP),
    # Where the model sees words in the picture, or where `prompt` differs from `description`. size: about how large to look at it;
    # task: the host's own name for the job, by which its progress can be asked. It waits in the host's queue.
    'words': Question(('file', 'words', 'description', 'prompt', 'size', 'task'), ('image',), MAP),
    # Stops such a job, whether it waits or runs; no other.
    'stop': Question(('task',), ('image',)),
    # The colours of a flat picture. zones: [{colour, share}]; labels: the number of its zone at each pixel.
    'zones': Question(('file',), ('image',), ('zones', 'width', 'height', 'labels')),
    # The stored maps that were used last: [{name, png, used (seconds ago)}].
    'recent': Question((), ('image',), ('maps',)),
    # A stored map by its name, and the channel of its file that was the map.
    'stored': Question(('name',), ('image',), ('text', 'channel')),
}
