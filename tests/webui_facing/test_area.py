"""Work only where something changes: what the model sees is the crop, and the laws hold in it."""
import numpy as np
import pytest
from client import Refused, difference, grey, png

LEFT, TOP, WIDTH, HEIGHT = BOX = 64, 128, 128, 64  # at a cell's corner, its sides multiples of 64
IN_BOX = np.s_[TOP:TOP + HEIGHT, LEFT:LEFT + WIDTH]
OWN = {'work_area': 'own scale', 'margin': 0}


@pytest.fixture(scope='module')
def large():
    return np.random.default_rng(5).integers(0, 256, (256, 320, 3), dtype=np.uint8)


def rectangle(value=255, box=BOX, shape=(256, 320)):
    change_map = np.zeros(shape, dtype=np.uint8)
    left, top, width, height = box
    change_map[top:top + height, left:left + width] = value
    return png(change_map)


def outside(picture):
    rest = picture.copy()
    rest[IN_BOX] = 0
    return rest


@pytest.mark.parametrize('sampler', ['Euler', 'Euler a', 'DPM++ 2M SDE', 'DDIM'])
@pytest.mark.parametrize('g', [60, 200])
def test_strength_law_in_the_box(paint, holds, large, sampler, g):
    """A box of one grey is plain img2img of the picture's own part at that strength; around it the picture stays."""
    plain = paint(init_images=[large[IN_BOX]], sampler_name=sampler, width=WIDTH, height=HEIGHT, denoising_strength=g / 255)[0]
    ours = paint({'change_map': rectangle(g), 'keep_original': False, **OWN}, init_images=[large], sampler_name=sampler)[0]
    assert ours.shape == large.shape
    holds(difference(ours[IN_BOX], plain))
    assert (outside(ours) == outside(large)).all()


def test_enlarged_is_only_masked_with_a_mask_of_the_box(paint, holds, large):
    request = dict(init_images=[large], width=256, height=128, steps=8, denoising_strength=0.8)
    ours = paint({'change_map': rectangle(200), 'work_area': 'enlarged', 'margin': 16}, **request)[0]
    padded = rectangle(255, (LEFT - 16, TOP - 16, WIDTH + 32, HEIGHT + 32))
    masked = paint({'change_map': rectangle(200)}, mask=padded, mask_blur=0, inpaint_full_res=True, inpaint_full_res_padding=0,
                   inpainting_fill=1, **request)[0]
    assert ours.shape == large.shape
    holds(difference(ours, masked))
    assert difference(ours[IN_BOX], large[IN_BOX]) > 20 and (outside(ours) == outside(large)).all()


def test_a_margin_is_seen_and_kept(paint, large):
    change_map = rectangle(200)
    with_margin, without = (paint({'change_map': change_map, **OWN, 'margin': margin}, init_images=[large], steps=8)[0] for margin in (32, 0))
    for picture in (with_margin, without):
        assert (outside(picture) == outside(large)).all()
    assert difference(with_margin[IN_BOX], without[IN_BOX]) > 0


def test_white_is_plain_img2img_at_the_picture_s_own_size(paint, holds, picture):
    holds(difference(paint({'change_map': grey(255), **OWN})[0], paint()[0]))


def test_black_keeps_the_picture_in_its_own_size(paint, large):
    for area in ('own scale', 'enlarged'):
        assert (paint({'change_map': grey(0), 'work_area': area}, init_images=[large], steps=4)[0] == large).all()


def test_all_pictures_of_a_run(paint, holds, large):
    request = dict(init_images=[large], steps=4, n_iter=2, batch_size=2)
    *_, last = paint({'change_map': rectangle(), **OWN}, **request)
    alone = paint({'change_map': rectangle(), **OWN}, init_images=[large], steps=4, seed=4)[0]
    holds(difference(last, alone), 1)


@pytest.mark.parametrize('area', ['own scale', 'enlarged'])
def test_the_parameters_are_those_that_make_it_again(webui, large, area):
    answer = webui.img2img([large], {'change_map': rectangle(), 'work_area': area, 'margin': 8}, prompt='a cat', width=192, height=192,
                           steps=4, seed=1, sampler_name='Euler', cfg_scale=7, denoising_strength=0.8)
    text = answer.infotexts[0]
    assert 'Size: 192x192' in text and f'DiffDiff work area: {area}' in text and 'DiffDiff margin: 8' in text
    assert 'The model worked on' in text and 'of 320x256 pixels' in text
    assert 'Inpaint area' not in text and 'Masked area padding' not in text and 'Mask blur' not in text
    assert answer.pictures[0].shape == large.shape and len(answer.pictures) == 1


@pytest.mark.parametrize('request_, args, named', [
    ({'mask': grey(255, 128)}, {'change_map': grey(128)}, 'Only masked'),
    ({}, {'words': 'house'}, 'From words'),
    ({'init_images': [np.zeros((64, 64, 3), dtype=np.uint8), np.zeros((72, 64, 3), dtype=np.uint8)], 'batch_size': 2},
     {'change_map': grey(128)}, 'different sizes'),
])
def test_what_cannot_be_is_refused(paint, request_, args, named):
    with pytest.raises(Refused) as refused:
        paint({**args, **OWN}, **request_)
    assert refused.value.status == 422 and named in refused.value.detail


def test_a_mask_with_nothing_painted_counts_as_none(paint, holds, large):
    request = dict(init_images=[large], steps=4)
    blank = paint({'change_map': rectangle(), **OWN}, mask=grey(0, 128), mask_blur=4, inpaint_full_res=True, inpainting_fill=1, **request)[0]
    holds(difference(blank, paint({'change_map': rectangle(), **OWN}, **request)[0]))


def test_without_the_host_s_overlay_it_is_refused(webui, paint):
    webui.post('options', overlay_inpaint=False)
    try:
        with pytest.raises(Refused, match='Overlay original for inpaint'):
            paint({'change_map': grey(128), **OWN})
    finally:
        webui.post('options', overlay_inpaint=True)


def test_in_txt2img_it_is_refused(webui):
    with pytest.raises(Refused, match='is for img2img'):
        webui.txt2img({'change_map': grey(128), **OWN}, prompt='a cat', width=64, height=64, steps=2, enable_hr=True, hr_scale=2,
                      hr_upscaler='Latent', denoising_strength=0.5)


def test_it_leaves_nothing_behind(paint, holds, large, picture):
    before = paint(steps=4)[0]
    paint({'change_map': rectangle(), **OWN}, init_images=[large], steps=4)
    holds(difference(before, paint(steps=4)[0]))
    holds(difference(paint({'change_map': grey(255)}, steps=4)[0], before))
