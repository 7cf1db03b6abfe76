"""Plots and the Batch tab, seen from inside: maps from a folder, blank cells, many pictures with many masks on one run."""
import json

import batch_tab
import numpy as np
import pytest
import standin
from client import png
from modules import processing, scripts, shared
from PIL import Image

from lib_diffdiff.settings.settings import Settings

from .conftest import CELLS, Standin, blocks

SIZE = CELLS * 8
PREFIX = '[Differential Diffusion] '


def plot(stand_in, x, args, chosen=False, y=None, **request):
    labels = [option.label for option in plot_module().axis_options]
    axes = [part for label, values in (x, y or (labels[0], [] if chosen else ''))
            for part in (labels.index(label), '' if chosen else values, values if chosen else [])]
    request = stand_in.request(args, script_name='x/y/z plot', steps=6, **request)
    request['script_args'] = [*axes, 0, '', [], *[False] * 7, 0, not chosen]
    return standin.img2img(**request)


def plot_module():
    return next(data.module for data in scripts.scripts_data if data.script_class.__name__ == 'XYZPlot')


@pytest.fixture
def maps(tmp_path):
    """The plots' folder, with two maps of commas and all."""
    left = np.zeros((SIZE, SIZE), dtype=np.uint8)
    left[:, :SIZE // 2] = 255
    Image.fromarray(left).save(tmp_path / 'left, soft.png')
    Image.fromarray(255 - left).save(tmp_path / 'right.png')
    (tmp_path / 'notes.txt').write_text('no map')
    return tmp_path


def test_maps_of_a_folder_are_an_axis(convolved, maps):
    shared.opts.diffdiff_xyz_maps_folder = str(maps)
    option = next(option for option in plot_module().axis_options if option.label == f'{PREFIX}Change map')
    assert option.choices() == ['left, soft.png', 'right.png']
    answer = plot(convolved, (f'{PREFIX}Change map', option.choices()), [True], chosen=True)
    _, left, right = (np.asarray(picture.convert('RGB')) for picture in standin.pictures(answer))
    half = SIZE // 2
    assert (left[:, half:] == convolved.picture[:, half:]).all() and (left[:, :half - 8] != convolved.picture[:, :half - 8]).any()
    assert (right[:, :half] == convolved.picture[:, :half]).all()


def test_a_map_that_no_cell_takes_is_not_asked_for(convolved, maps):
    """Pasted parameters whose map is gone leave such a text in the accordion."""
    shared.opts.diffdiff_xyz_maps_folder = str(maps)
    args = {'change_map': 'missing:0123456789'}
    assert len(plot(convolved, (f'{PREFIX}Change map', 'right.png'), args, y=(f'{PREFIX}Blur (px)', '0,4'))['images']) == 3
    for x in ((f'{PREFIX}Blur (px)', '0,4'), (f'{PREFIX}Map channel', 'auto,red')):
        with pytest.raises(Exception, match='0123456789'):
            plot(convolved, x, args)


def test_a_map_is_read_once_and_may_then_vanish(convolved, maps):
    shared.opts.diffdiff_xyz_maps_folder = str(maps)

    class Vanish(standin.Probe):
        def process(self, p):
            (maps / 'right.png').unlink(missing_ok=True)

    stand_in = Standin('convolved', probes=[Vanish])
    shared.opts.diffdiff_xyz_maps_folder = str(maps)
    answer = plot(stand_in, (f'{PREFIX}Change map', ['left, soft.png', 'right.png']), [True], chosen=True)
    assert 'DiffDiff map' in json.loads(answer['info'])['infotexts'][2]


@pytest.mark.parametrize('name', ['../right.png', 'notes.txt', 'none.png', '/etc/hostname'])
def test_only_bare_names_of_maps_in_the_folder_are_read(convolved, maps, name):
    shared.opts.diffdiff_xyz_maps_folder = str(maps)
    with pytest.raises(Exception, match='There is no change map'):
        plot(convolved, (f'{PREFIX}Change map', name), [True])


def test_a_refused_cell_of_a_plot_without_our_axis_is_blank_and_says_why(convolved, capsys):
    answer = plot(convolved, ('Denoising', '0.4,0.6'), [True])
    blank = np.asarray(standin.pictures(answer)[1].convert('RGB'))
    assert not blank.any()
    assert 'There is no change map' in capsys.readouterr().err


def test_axes_are_registered_once_also_after_reloading_the_page(convolved):
    from lib_diffdiff.host import events
    events.add_axes()
    labels = [option.label for option in plot_module().axis_options if option.label.startswith(PREFIX)]
    assert len(labels) == len(set(labels)) == len(Settings.specs()) - 1  # the uploaded mask's file is the page's own


def test_a_plot_does_not_write_into_the_request_s_own_arguments(convolved):
    args = {'change_map': blocks(np.full((CELLS, CELLS), 128)), 'blur': 1}
    plot(convolved, (f'{PREFIX}Blur (px)', '0,5'), args)
    assert args['blur'] == 1


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(11)
    (tmp_path / 'pictures').mkdir()
    (tmp_path / 'masks').mkdir()
    for i in range(20):
        Image.fromarray(rng.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)).save(tmp_path / f'pictures/{i:02}.png')
        soft = np.kron(rng.integers(0, 256, (CELLS, CELLS)), np.ones((8, 8))).astype(np.uint8)
        soft[:, :8 * (i % 5)] = 0
        Image.fromarray(soft).save(tmp_path / f'masks/{i:02}.png')
    return tmp_path


def run_of(stand_in, **fields):
    """A run as the Batch tab makes it: no picture yet, our tick on, the page's inpaint settings."""
    p = processing.StableDiffusionProcessingImg2Img(**{**dict(
        prompt='a cat', width=SIZE, height=SIZE, steps=6, seed=4, denoising_strength=0.9, sampler_name='Euler a', scheduler='Automatic',
        mask_blur=0, inpainting_fill=1, inpaint_full_res=False, init_images=[None]), **fields})
    p.scripts, args = standin.api.runner, list(standin.api.defaults[standin.api.runner])
    args[next(script for script in p.scripts.alwayson_scripts if script.title() == 'Differential Diffusion').args_from] = True
    p.script_args = tuple(args)
    return p


def single(stand_in, folder, name):
    mask = png(Image.open(folder / 'masks' / name))
    request = stand_in.request([True], mask=mask, mask_blur=0, inpainting_fill=1, inpaint_full_res=False, steps=6, seed=4,
                               denoising_strength=0.9, sampler_name='Euler a')
    request['init_images'] = [png(Image.open(folder / 'pictures' / name))]
    return np.asarray(standin.pictures(standin.img2img(**request))[0].convert('RGB'))


def test_twenty_pictures_with_twenty_masks_are_twenty_single_calls(convolved, folders):
    results = batch_tab.process_batch(run_of(convolved), folders / 'pictures', folders / 'masks')
    assert len(results) == 20
    for name, processed in results.items():
        assert (np.asarray(processed.images[0].convert('RGB')) == single(convolved, folders, name)).all()


def test_a_picture_without_a_mask_is_skipped_with_the_host_s_own_warning(convolved, folders, capsys):
    (folders / 'masks/07.png').unlink()
    results = batch_tab.process_batch(run_of(convolved), folders / 'pictures', folders / 'masks')
    assert len(results) == 19 and '07.png' not in results
    assert 'mask is not found' in capsys.readouterr().out
    assert (np.asarray(results['08.png'].images[0].convert('RGB')) == single(convolved, folders, '08.png')).all()


def test_one_map_of_ours_serves_all_pictures_of_the_batch_tab(convolved, folders):
    p = run_of(convolved)
    ours = next(script for script in p.scripts.alwayson_scripts if script.title() == 'Differential Diffusion')
    greys = np.zeros((CELLS, CELLS))
    greys[:, 8:] = 200
    p.script_args = (*p.script_args[:ours.args_from + 1], blocks(greys), *p.script_args[ours.args_from + 2:])
    results = batch_tab.process_batch(p, folders / 'pictures', None)
    for name, processed in results.items():
        original = np.asarray(Image.open(folders / 'pictures' / name))
        assert (np.asarray(processed.images[0].convert('RGB'))[:, :64] == original[:, :64]).all()


def test_a_maps_folder_that_cannot_be_written_is_named_once_and_the_picture_is_made(convolved, tmp_path):
    (tmp_path / 'file').write_bytes(b'')
    shared.opts.diffdiff_kept_maps_folder = str(tmp_path / 'file' / 'maps')
    request = convolved.request({'change_map': [blocks(np.full((CELLS, CELLS), grey)) for grey in (90, 120)]}, batch_size=2, save_images=True)
    answer = standin.img2img(**request)
    assert len(answer['images']) == 2
    assert [text.count('could not be saved') for text in json.loads(answer['info'])['infotexts']] == [1, 1]


def test_a_run_that_saves_no_picture_keeps_no_map(convolved, tmp_path):
    shared.opts.diffdiff_kept_maps_folder = str(tmp_path / 'maps')
    settings = {'change_map': blocks(np.full((CELLS, CELLS), 90))}
    standin.img2img(**convolved.request(settings))
    assert not (tmp_path / 'maps').exists()
    shared.opts.diffdiff_keep_maps = False
    standin.img2img(**convolved.request(settings, save_images=True))
    assert not (tmp_path / 'maps').exists()
    shared.opts.diffdiff_keep_maps = True
    standin.img2img(**convolved.request(settings, save_images=True))
    assert len(list((tmp_path / 'maps').iterdir())) == 1


def test_without_a_folder_no_map_is_kept_and_the_picture_is_made(convolved):
    shared.opts.diffdiff_kept_maps_folder = ''
    answer = standin.img2img(**convolved.request({'change_map': blocks(np.full((CELLS, CELLS), 90)), 'return_map': True}, save_images=True))
    assert len(answer['images']) == 2 and 'could not be saved' not in answer['info']


def test_folders_of_ours_cannot_be_set_by_the_api(convolved):
    standin.api.set_options({'diffdiff_kept_maps_folder': '/somewhere', 'diffdiff_xyz_maps_folder': '/somewhere'})
    assert shared.opts.diffdiff_kept_maps_folder == 'outputs/diffdiff-maps' and shared.opts.diffdiff_xyz_maps_folder == ''


def test_tiles_through_the_host_s_crop_box_get_their_piece_of_the_map(convolved):
    """Ultimate SD Upscale: one run, the whole picture, and for each tile a mask of that tile, Only masked."""
    greys = np.zeros((CELLS, CELLS))
    greys[:, 8:] = 220
    p = run_of(convolved, inpaint_full_res=True, inpaint_full_res_padding=0, width=64, height=64, init_images=[Image.fromarray(convolved.picture)])
    ours = next(script for script in p.scripts.alwayson_scripts if script.title() == 'Differential Diffusion')
    p.script_args = (*p.script_args[:ours.args_from + 1], blocks(greys), *p.script_args[ours.args_from + 2:])
    for left, top in ((0, 0), (64, 0), (0, 64), (64, 64)):
        p.image_mask = Image.new('L', (SIZE, SIZE))
        p.image_mask.paste(255, (left, top, left + 64, top + 64))
        p.init_images = [processing.process_images(p).images[0]]
    result = np.asarray(p.init_images[0].convert('RGB'))
    assert (result[:, :64] == convolved.picture[:, :64]).all()
    for top in (0, 64):
        assert (result[top + 10:top + 54, 74:118] != convolved.picture[top + 10:top + 54, 74:118]).any(axis=2).mean() > 0.9
