"""A painted mask is a map like any other: read whole, under all settings, of any size; and every size of a picture obeys the laws."""
import numpy as np
import pytest
from client import difference, grey, png
from PIL import Image

WHOLE = {'inpaint_full_res': False, 'inpainting_fill': 1, 'mask_blur': 0}
ONLY = {'inpaint_full_res': True, 'inpaint_full_res_padding': 16, 'inpainting_fill': 1, 'mask_blur': 0}


def square(side=128, box=(40, 40, 88, 88), value=255):
    mask = np.zeros((side, side), dtype=np.uint8)
    left, top, right, bottom = box
    mask[top:bottom, left:right] = value
    return mask


def soft(side=128):
    return np.tile(np.linspace(0, 255, side).astype(np.uint8), (side, 1))


SETTINGS = [{'invert': True}, {'black_point': 0.2, 'white_point': 0.7, 'gamma': 1.4}, {'grow': 9}, {'grow': -6}, {'blur': 5},
            {'min_strength': 0.2}, {'max_strength': 0.3}, {'strength_is': 'absolute'}]


@pytest.mark.parametrize('settings', SETTINGS, ids=lambda settings: next(iter(settings)))
def test_a_setting_acts_on_a_painted_mask_as_on_the_same_map(paint, holds, settings):
    request = {'denoising_strength': 0.8}
    for picture in (square(), soft()):
        by_map = paint({'change_map': png(picture), **settings}, **request)[0]
        holds(difference(by_map, paint({**settings}, mask=png(picture), **WHOLE, **request)[0]))
    assert difference(by_map, paint({}, mask=png(soft()), **WHOLE, **request)[0]) > 5


@pytest.mark.parametrize('side', [8, 16, 40])
def test_a_small_white_spot_of_a_mask_has_the_strength_of_white(paint, holds, side):
    spot = square(box=(48, 48, 48 + side, 48 + side))
    by_map = paint({'change_map': png(spot)}, denoising_strength=0.75)[0]
    holds(difference(by_map, paint({}, mask=png(spot), denoising_strength=0.75, **WHOLE)[0]))


def sixteen_bit():
    return Image.fromarray(soft().astype(np.uint16) * 200 + 77)


def ink_on_alpha():
    return Image.fromarray(np.dstack([np.zeros((128, 128, 3), dtype=np.uint8), soft()]), 'RGBA')


def palette():
    return Image.fromarray(square(value=180)).convert('RGB').convert('P')


@pytest.mark.parametrize('make', [sixteen_bit, ink_on_alpha, palette])
def test_the_same_file_gives_the_same_strengths_as_mask_and_as_map(paint, holds, make):
    by_map = paint({'change_map': png(make())}, denoising_strength=0.8)[0]
    holds(difference(by_map, paint({}, mask=png(make()), denoising_strength=0.8, **WHOLE)[0]))


@pytest.mark.parametrize('area', [WHOLE, ONLY], ids=['whole', 'only masked'])
@pytest.mark.parametrize('scale', [0.5, 2])
def test_a_mask_of_another_size_is_stretched_to_the_picture(paint, picture, area, scale):
    mask = np.asarray(Image.fromarray(square()).resize((int(128 * scale),) * 2, Image.Resampling.NEAREST))
    result = paint({}, mask=png(mask), denoising_strength=0.8, **area)[0]
    kept = square(box=(36, 36, 92, 92)) == 0
    assert (result[kept] == picture[kept]).all()
    assert difference(result[56:72, 56:72], picture[56:72, 56:72]) > 5


def test_only_masked_crops_by_what_changes_not_by_what_is_painted(paint, picture):
    """Grown by 30 pixels the area reaches beyond the painted box and its padding."""
    result = paint({'grow': 30}, mask=png(square()), denoising_strength=0.9, **ONLY)[0]
    assert (result[14:18, 50:80] != picture[14:18, 50:80]).any()
    assert (result[:4] == picture[:4]).all()


def test_with_a_map_the_settings_act_on_the_map_and_the_mask_multiplies(paint, holds):
    request = {'mask': png(square()), **WHOLE}
    both = paint({'change_map': grey(51), 'invert': True}, **request)[0]
    holds(difference(both, paint({'change_map': grey(204)}, **request)[0]))


def test_pictures_of_different_sizes_are_refused_in_only_masked(paint, picture):
    with pytest.raises(Exception, match='96x160 and 128x128'):
        paint({}, init_images=[picture, np.zeros((160, 96, 3), dtype=np.uint8)], batch_size=2, mask=png(square()), **ONLY)


@pytest.mark.parametrize('width, height', [(100, 124), (133, 128), (128, 71)])
@pytest.mark.parametrize('resize_mode', [0, 1, 2, 3])
def test_sides_that_are_no_multiple_of_8_keep_their_pixels(paint, picture, width, height, resize_mode):
    half = np.zeros((128, 128), dtype=np.uint8)
    half[64:] = 255
    request = dict(width=width, height=height, resize_mode=resize_mode, denoising_strength=0.8)
    result = paint({'change_map': png(half)}, **request)[0]
    kept = paint({'change_map': grey(0)}, **request)[0]
    assert result.shape == kept.shape == (height // 8 * 8, width // 8 * 8, 3)
    top = height // 2 - 8 if resize_mode != 1 else height // 4
    assert (result[:top] == kept[:top]).all() and difference(result[-8:], kept[-8:]) > 5
    if resize_mode == 0:
        stretched = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))
        assert (kept == stretched[:height // 8 * 8, :width // 8 * 8]).all()


@pytest.mark.parametrize('resize_mode', [0, 1, 2, 3])
def test_a_painted_mask_follows_every_resize_mode(paint, resize_mode):
    large = np.random.default_rng(5).integers(0, 256, (192, 256, 3), dtype=np.uint8)
    mask = np.zeros((192, 256), dtype=np.uint8)
    mask[:, 128:] = 255
    request = dict(init_images=[large], resize_mode=resize_mode, denoising_strength=0.8)
    by_mask = paint({}, mask=png(mask), **WHOLE, **request)[0]
    assert (by_mask == paint({'change_map': png(mask)}, **request)[0]).all()


@pytest.mark.parametrize('denoising', [1.0, 1.5])
def test_more_than_full_denoising_counts_as_full(paint, holds, denoising):
    pictures = paint({'change_map': grey(128), 'return_map': True}, denoising_strength=denoising)
    holds(difference(pictures[0], paint(denoising_strength=128 / 255)[0]))
    assert (pictures[1] == 128).all()


def test_a_negative_denoising_strength_is_refused(paint):
    with pytest.raises(Exception, match=r'Denoising strength is -0.5'):
        paint({'change_map': grey(128)}, denoising_strength=-0.5)


def summary(webui, picture, args, **request):
    answer = webui.img2img([picture], args, **{'width': 128, 'height': 128, 'steps': 20, 'denoising_strength': 0.8, 'seed': 1,
                                               'sampler_name': 'Euler', **request})
    return answer.infotexts[0].split('DiffDiff summary: ')[1]


def test_what_is_said_under_the_picture_stands_in_the_answer(webui, picture):
    assert '3 of 20 steps skipped, one strength of 0.80; 0 % of the picture kept' in summary(webui, picture, {'change_map': grey(255)})
    assert 'the strength is 0 everywhere, so the picture keeps its own pixels' in summary(webui, picture, {'change_map': grey(0)})
    zero = summary(webui, picture, {'change_map': grey(255)}, denoising_strength=0)
    assert 'Denoising strength is 0, so the picture keeps its own pixels' in zero
    weak = summary(webui, picture, {'change_map': grey(20)}, sampler_name='DDIM')
    assert 'too weak for this sampler and this number of steps' in weak and 'only a VAE copy of the original' in weak


def test_a_second_object_of_settings_is_refused(webui, picture):
    with pytest.raises(Exception, match='the first and only argument'):
        webui.img2img([picture], [{'change_map': grey(9)}, {'blur': 3}], width=128, height=128, steps=2)
