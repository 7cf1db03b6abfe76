"""The Inpaint tab: the painted mask, soft, times the change map."""
import numpy as np
import pytest
from client import difference, grey, png


def painted(size=128, box=(40, 40, 88, 88), value=255):
    mask = np.zeros((size, size), dtype=np.uint8)
    left, top, right, bottom = box
    mask[top:bottom, left:right] = value
    return mask


WHOLE = {'inpaint_full_res': False, 'inpainting_fill': 1}
ONLY = {'inpaint_full_res': True, 'inpaint_full_res_padding': 8, 'inpainting_fill': 1}


@pytest.mark.parametrize('sampler_name', ['Euler', 'DPM++ 2M SDE', 'DDIM', 'Euler a'])
@pytest.mark.parametrize('denoising', [1.0, 0.75])
def test_a_uniform_mask_is_plain_img2img_at_its_grey(paint, holds, sampler_name, denoising):
    request = dict(sampler_name=sampler_name, mask=grey(128, 128), mask_blur=4, denoising_strength=denoising, **WHOLE)
    plain = paint(sampler_name=sampler_name, denoising_strength=128 / 255 * denoising)[0]
    holds(difference(plain, paint([True], **request)[0]))


def test_a_soft_mask_keeps_the_pixels_outside_and_paints_by_strength_inside(paint, picture):
    result = paint([True], mask=png(painted(box=(96, 96, 128, 128))), mask_blur=32, **WHOLE)[0]
    copy = paint({'change_map': grey(0), 'keep_original': False})[0]  # the autoencoder's own change is none of the mask's
    change = np.abs(result.astype(int) - copy).mean(axis=2)
    assert (result[:40, :40] == picture[:40, :40]).all()
    assert change[60:80, 60:80].mean() < change[100:, 100:].mean()


def test_a_soft_mask_leaves_no_ghost_inside(paint, holds):
    """The host would blend the original in a second time, by the mask's own grey."""
    ours = paint([True], mask=grey(90, 128), mask_blur=0, **WHOLE)[0]
    holds(difference(ours, paint(denoising_strength=90 / 255)[0]))
    ghost = paint([False], mask=grey(90, 128), mask_blur=0, **WHOLE, denoising_strength=90 / 255)[0]
    assert difference(ours, ghost) > 5


def test_where_the_mask_is_black_the_pixels_are_the_original_s(paint, picture):
    for area in (WHOLE, ONLY):
        result = paint([True], mask=png(painted()), mask_blur=0, denoising_strength=0.8, **area)[0]
        kept = painted() == 0
        assert (result[kept] == picture[kept]).all()
        assert (result[60:68, 60:68] != picture[60:68, 60:68]).any()


def test_the_mask_multiplies_the_map(paint, holds):
    """Half a mask is half the strength, whichever of the two says it."""
    by_mask = paint({'change_map': grey(255)}, mask=grey(102, 128), mask_blur=0, **WHOLE)[0]
    by_map = paint({'change_map': grey(102)}, mask=grey(255, 128), mask_blur=0, **WHOLE)[0]
    holds(difference(by_mask, by_map))
    both = paint({'change_map': grey(153)}, mask=grey(170, 128), mask_blur=0, **WHOLE)[0]
    holds(difference(both, paint(denoising_strength=153 / 255 * (170 / 255))[0]))


def test_a_mask_with_nothing_painted_leaves_the_map_alone(paint, holds):
    plain = paint({'change_map': grey(128)})[0]
    for area in (WHOLE, ONLY):
        holds(difference(plain, paint({'change_map': grey(128)}, mask=png(painted(value=0)), mask_blur=4, **area)[0]))


def test_inpaint_not_masked(paint, picture):
    result = paint([True], mask=png(painted()), mask_blur=0, inpainting_mask_invert=1, denoising_strength=0.8, **WHOLE)[0]
    assert (result[48:80, 48:80] == picture[48:80, 48:80]).all()
    assert (result[:32] != picture[:32]).any()


@pytest.fixture(scope='module')
def large():
    return np.random.default_rng(5).integers(0, 256, (192, 256, 3), dtype=np.uint8)


def only_masked(paint, large, settings, **request):
    mask = np.zeros(large.shape[:2], dtype=np.uint8)
    mask[64:112, 96:160] = 255
    return paint([{**settings}], init_images=[large], mask=png(mask), mask_blur=4, denoising_strength=0.8, **ONLY, **request)[0]


@pytest.mark.parametrize('keep', [True, False])
def test_only_masked_shows_the_picture_outside_the_crop(paint, large, keep):
    result = only_masked(paint, large, {'keep_original': keep})
    assert result.shape == large.shape
    assert (result[:30] == large[:30]).all() and (result[150:] == large[150:]).all() and (result[:, 200:] == large[:, 200:]).all()
    assert (result[80:96, 120:136] != large[80:96, 120:136]).any()


def test_only_masked_keeps_every_unpainted_pixel(paint, large):
    result = only_masked(paint, large, {})
    untouched = np.ones(large.shape[:2], dtype=bool)
    untouched[64 - 20:112 + 20, 96 - 20:160 + 20] = False
    assert (result[untouched] == large[untouched]).all()


def test_only_masked_crops_the_map_with_the_picture(paint, large):
    """The map belongs to the whole picture: its black left half of the painted area stays as it was."""
    change_map = np.zeros(large.shape[:2], dtype=np.uint8)
    change_map[:, 128:] = 255
    result = only_masked(paint, large, {'change_map': png(change_map)})
    assert (result[:, :128] == large[:, :128]).all()
    assert (result[72:104, 136:152] != large[72:104, 136:152]).any()


def test_only_masked_without_the_host_s_overlay_stays_the_crop(webui, paint, large):
    webui.post('options', overlay_inpaint=False)
    try:
        change_map = np.zeros(large.shape[:2], dtype=np.uint8)
        change_map[:, 128:] = 255
        result = only_masked(paint, large, {'change_map': png(change_map)})
    finally:
        webui.post('options', overlay_inpaint=True)
    assert result.shape == (128, 128, 3)


@pytest.mark.parametrize('resize_mode', [0, 1, 2, 3])
def test_the_map_follows_the_picture_s_own_resize(paint, large, resize_mode):
    """White where the map is white, the host's own picture where it is black: whichever way the picture is resized."""
    change_map = np.zeros(large.shape[:2], dtype=np.uint8)
    change_map[:, 128:] = 255
    half = paint({'change_map': png(change_map)}, init_images=[large], resize_mode=resize_mode, denoising_strength=0.8)[0]
    black = paint({'change_map': grey(0)}, init_images=[large], resize_mode=resize_mode, denoising_strength=0.8)[0]
    assert half.shape == black.shape == (128, 128, 3)
    assert (half[:, :60] == black[:, :60]).all()
    assert difference(half[:, 80:], black[:, 80:]) > 20


def test_each_of_several_pictures_of_different_sizes_gets_the_map_stretched_to_it(webui, paint, large, picture):
    change_map = np.zeros((64, 64), dtype=np.uint8)
    change_map[:, 32:] = 255
    images = [picture, large]
    both = paint({'change_map': png(change_map)}, init_images=images, batch_size=2, denoising_strength=0.8)[-2:]
    for i, image in enumerate(images):
        black = paint({'change_map': grey(0)}, init_images=[image], denoising_strength=0.8)[0]
        assert (both[i][:, :60] == black[:, :60]).all()
        assert difference(both[i][:, 80:], black[:, 80:]) > 20
