"""New content: where the strength is 1 nothing of the original is left, where it is 0 all of it; and a border that was added."""
import numpy as np
import pytest
from client import difference, grey, png

from lib_diffdiff.maps.exact import WHITE
from lib_diffdiff.maps.sources import border

FILLS = ('latent noise', 'latent nothing')
RESIZE_AND_FILL = 2


def halves():
    change_map = np.zeros((128, 128), dtype=np.uint8)
    change_map[:, 64:] = 255
    return png(change_map)


@pytest.mark.parametrize('fill', FILLS)
@pytest.mark.parametrize('sampler', ['Euler a', 'DPM++ 2M SDE', 'DDIM'])
def test_at_strength_1_the_original_is_wholly_forgotten(paint, picture, holds, fill, sampler):
    request = dict(sampler_name=sampler, steps=8)
    mine, others = ({'change_map': grey(255), 'fill': fill}, {'change_map': grey(255)})
    holds(difference(paint(mine, **request)[0], paint(mine, init_images=[255 - picture], **request)[0]))
    assert difference(paint(others, **request)[0], paint(others, init_images=[255 - picture], **request)[0]) > 0


@pytest.mark.parametrize('fill', (*FILLS, 'blurred surroundings'))
def test_at_strength_0_the_original_is_wholly_kept(paint, picture, fill):
    painted = paint({'change_map': halves(), 'fill': fill}, steps=8)[0]
    assert (painted[:, :64] == picture[:, :64]).all()
    assert (painted[:, 72:] != paint({'change_map': halves()}, steps=8)[0][:, 72:]).any()


def test_by_default_nothing_is_forgotten(paint, holds):
    holds(difference(paint({'change_map': grey(128), 'fill': 'original'}, steps=8)[0], paint(denoising_strength=128 / 255, steps=8)[0]))


def test_only_the_border_that_was_added_changes(paint, picture):
    narrow, request = picture[:, 16:112], dict(resize_mode=RESIZE_AND_FILL, steps=8)
    soft = np.rint(border((96, 128), (128, 128), 8) * (65535 / WHITE)).astype(np.uint16)
    kept = paint({'change_map': grey(0)}, init_images=[narrow], **request)[0]
    wider = paint({'change_map': png(soft), 'fill': 'latent noise'}, init_images=[narrow], **request)[0]
    assert (wider[:, 24:104] == kept[:, 24:104]).all() and (kept[:, 24:104] == narrow[:, 8:88]).all()
    assert (wider[:, :8] != kept[:, :8]).any() and (wider[:, 120:] != kept[:, 120:]).any()
