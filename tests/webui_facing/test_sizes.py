"""Whatever the sizes of the pictures, the resize mode and the inpaint area: the laws hold, or the run is refused in words."""
from typing import NamedTuple

import numpy as np
import pytest
from client import Refused, difference, grey, png
from hosts import is_real
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

EXAMPLES = 6 if is_real() else 40
STRETCH, CROP, FILL, LATENT = range(4)
REACH = 17  # pixels around what changes that a resize may still touch
sides = st.integers(64, 168)
sizes = st.tuples(sides, sides)


class Sizes(NamedTuple):
    """One place in the space: the painted size, the init images' (width, height), the resize mode."""

    size: tuple
    pictures: list
    resize_mode: int

    def request(self, **more):
        width, height = self.size
        return dict(width=width, height=height, init_images=[noise(size) for size in self.pictures], batch_size=len(self.pictures),
                    resize_mode=self.resize_mode, steps=6, denoising_strength=0.8, **more)


places = st.builds(Sizes, sizes, st.lists(sizes, min_size=1, max_size=2), st.integers(STRETCH, LATENT + 1))  # the last is none of the host's own


def somewhere(test):
    return settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))(test)


def noise(size):
    return np.random.default_rng(size[0]).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)


def right_half(size):
    """A map: black on the left, soft greys on the right."""
    values = np.zeros(size[::-1], dtype=np.uint8)
    width = size[0] - size[0] // 2
    values[:, size[0] // 2:] = np.linspace(120, 255, width).astype(np.uint8)
    return values


def box(size):
    values = np.zeros(size[::-1], dtype=np.uint8)
    values[size[1] // 3:size[1] // 2, size[0] // 3:size[0] // 2] = 255
    return values


def widened(values):
    return np.asarray(Image.fromarray(values).filter(ImageFilter.MaxFilter(2 * REACH + 1)))


def painted(paint, place, args=None, **more):
    """The pictures; none where the host cannot make any, which we say in words."""
    if place.resize_mode != LATENT or len(set(place.pictures)) == 1:
        return paint(args, **place.request(**more))
    with pytest.raises(Refused, match='different sizes' if args is not None else None):
        paint(args, **place.request(**more))
    return []


@somewhere
@given(place=places)
def test_one_strength_everywhere_is_plain_img2img_at_it(paint, holds, place):
    for ours, plain in zip(painted(paint, place, {'change_map': grey(255)}), painted(paint, place), strict=True):
        holds(difference(ours, plain))


@somewhere
@given(place=places)
def test_what_is_black_keeps_its_pixels_and_the_rest_changes(paint, place):
    size = place.pictures[0]
    place = place._replace(pictures=[size])
    result, = paint({'change_map': png(right_half(size))}, **place.request())
    original, = paint({'change_map': grey(0)}, **place.request())
    reached, = paint({'change_map': grey(0)}, **{**place.request(), 'init_images': [np.dstack([widened(right_half(size))] * 3)]})
    assert result.shape == (place.size[1] // 8 * 8, place.size[0] // 8 * 8, 3)
    assert (result == original)[reached == 0].all()
    assert difference(result[:, -8:], original[:, -8:]) > 5


@somewhere
@given(place=places)
def test_a_mask_does_what_the_same_map_does(paint, holds, place):
    mask = png(right_half(place.pictures[0]))
    of_mask = painted(paint, place, {}, mask=mask, mask_blur=0, inpaint_full_res=False, inpainting_fill=1)
    for ours, of_map in zip(of_mask, painted(paint, place, {'change_map': mask}), strict=True):
        holds(difference(ours, of_map))


@somewhere
@given(place=places, padding=st.integers(0, 64))
def test_only_masked_keeps_all_around_what_is_painted(paint, place, padding):
    mask = png(box(place.pictures[0]))
    request = place.request(mask=mask, mask_blur=0, inpaint_full_res=True, inpaint_full_res_padding=padding, inpainting_fill=1)
    if len(set(place.pictures)) > 1:
        with pytest.raises(Refused, match='different sizes'):
            paint({}, **request)
        return
    for size, result in zip(place.pictures, paint({}, **request), strict=True):
        kept = widened(box(size)) == 0
        assert (result[kept] == noise(size)[kept]).all()
        assert (result[box(size) > 0] != noise(size)[box(size) > 0]).any()


@somewhere
@given(size=sizes, picture=sizes)
def test_only_masked_without_the_host_s_overlay_gives_the_crop(webui, paint, size, picture):
    place = Sizes(size, [picture], STRETCH)
    webui.post('options', overlay_inpaint=False)
    try:
        result, = paint({}, **place.request(mask=png(box(picture)), mask_blur=0, inpaint_full_res=True, inpaint_full_res_padding=8, inpainting_fill=1))
    finally:
        webui.post('options', overlay_inpaint=True)
    assert result.shape == (size[1] // 8 * 8, size[0] // 8 * 8, 3)
