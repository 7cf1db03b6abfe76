"""The response curve as the strength fan measures it."""
import json
from types import SimpleNamespace

import numpy as np
import pytest
import standin
from client import difference, png
from modules import processing
from PIL import Image

from .conftest import CELLS, Standin

FOLDER = 'diffdiff_kept_maps_folder'
MEASURE = dict(script_name='Strength fan', script_args=[{'measure': True}], steps=6)


class Stop(standin.Probe):
    """Interrupts the third run."""

    runs = 0

    def process(self, p):
        self.runs += 1
        if self.runs == 3:
            standin.shared.state.interrupt()


def test_a_measurement_that_was_stopped_keeps_no_curve(tmp_path):
    """What is there by then would be scaled to a strength that is no full repaint."""
    stand_in = Standin('convolved', probes=[Stop])
    setattr(standin.shared.opts, FOLDER, str(tmp_path))
    pictures, under = standin.press_generate(**stand_in.request(**MEASURE))
    assert not pictures and 'The measurement was stopped' in under
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('run, pictures', [(1, 0), (2, 1)])
def test_a_fan_that_was_stopped_shows_what_is_whole(run, pictures):
    stand_in = Standin('convolved', probes=[Stop])
    stand_in.others[0].runs = 3 - run
    made, under = standin.press_generate(**stand_in.request(script_name='Strength fan', script_args=[{'twins': True}], steps=6))
    assert len(made) == pictures and 'Error' not in under


class Appends(standin.Probe):
    """Appends a picture to every run, as ControlNet does."""

    size = None

    def postprocess(self, p, processed):
        if self.size is not None:
            processed.images.append(Image.new('RGB', self.size, 'red'))
            processed.infotexts.append('red')


@pytest.mark.parametrize('batch_size', [1, 2])
def test_pictures_that_others_append_are_not_measured(batch_size):
    stand_in = Standin('convolved', probes=[Appends])
    request = stand_in.request(**MEASURE, batch_size=batch_size)
    alone = standin.img2img(**request)
    for size in ((CELLS * 8, CELLS * 8), (32, 32)):
        stand_in.others[0].size = size
        assert curve_of(standin.img2img(**request)) == curve_of(alone)


@pytest.mark.parametrize('sampler', ['Euler', 'DDIM', 'DPM fast'])
def test_every_strength_that_is_measured_is_a_run(convolved, sampler):
    convolved.run(**{**MEASURE, 'steps': 8}, sampler_name=sampler)
    assert all(calls for calls in convolved.probe.calls)


def test_measuring_begins_where_the_sampler_can():
    from lib_diffdiff.host.measuring import strengths
    assert [int(strength * 20) for strength in strengths(20)] == [2, 4, 6, 8, 11, 13, 15, 17, 20]
    assert [int(strength * 20) for strength in strengths(20, 3)] == [3, 4, 6, 8, 11, 13, 15, 17, 20]
    assert [int(strength * 8) for strength in strengths(8, 2)] == [2, 3, 4, 5, 6, 8]
    assert strengths(3, 3) == [1.0]


@pytest.mark.parametrize('args', [{'strips': 2, 'twins': True}, {'measure': True}])
def test_settings_that_a_request_overrides_count_for_what_lies_outside_the_run_too(convolved, args):
    half = np.dstack([convolved.picture, np.zeros_like(convolved.picture[:, :, 0])])
    half[:, :64, 3] = 255
    request = convolved.request(init_images=[png(half)], script_name='Strength fan', script_args=[args], steps=6)
    standin.shared.opts.img2img_background_color = '#ff0000'
    red = standin.img2img(**request)
    standin.shared.opts.img2img_background_color = '#0000ff'
    assert standin.img2img(**request)['images'] != red['images']
    again = standin.img2img(**request, override_settings={'img2img_background_color': '#ff0000'})
    for one, other in zip(standin.pictures(again), standin.pictures(red), strict=True):
        assert difference(np.asarray(one), np.asarray(other)) == 0
    assert standin.shared.opts.img2img_background_color == '#0000ff'


@pytest.mark.parametrize('args', [{'strips': 2}, {'measure': True}])
def test_without_a_picture_in_the_tab_it_is_refused(convolved, args):
    from lib_diffdiff.host.fan import paint_fan
    p = processing.StableDiffusionProcessingImg2Img(init_images=[None], width=64, height=64)
    with pytest.raises(Exception, match='no picture in the current img2img tab') as error:
        paint_fan(p, [args])
    assert vars(error.value)['status_code'] == 422


def test_a_twin_weaker_than_any_run_of_the_sampler_is_the_strip_itself(convolved):
    """DDIM makes no call from a start of one step."""
    args = {'strips': 4, 'zoom': 'own ends', 'high': 0.3, 'twins': True}
    request = convolved.request(script_name='Strength fan', script_args=[args], steps=8, sampler_name='DDIM')
    strips, twins = (np.asarray(made).astype(int)[20:, 64:96] for made in standin.pictures(standin.img2img(**request)))
    assert np.abs(strips - twins).mean() < 2


def test_twins_keep_no_map_beside_the_fan_s(convolved, tmp_path):
    setattr(standin.shared.opts, FOLDER, str(tmp_path))
    standin.img2img(**convolved.request(script_name='Strength fan', script_args=[{'twins': True}], steps=6, save_images=True))
    assert len(list(tmp_path.iterdir())) == 1


def curve_of(answer):
    return json.loads(answer['info'])['infotexts'][0].split('\n')[0]


def test_a_damaged_file_of_curves_is_named_and_the_measurement_is_shown(convolved, tmp_path):
    (tmp_path / 'responses.json').write_text('{')
    setattr(standin.shared.opts, FOLDER, str(tmp_path))
    pictures, under = standin.press_generate(**convolved.request(**MEASURE))
    assert len(pictures) > 3 and 'responses.json' in under and 'is damaged' in under


@pytest.mark.parametrize('size', [(130, 128), (128, 135)])
def test_a_picture_that_did_not_change_has_not_changed_at_any_size(size):
    """Of a side that is no multiple of 8 the autoencoder leaves the rest out; a stretched original would differ everywhere."""
    from lib_diffdiff.host.measuring import change_of
    from lib_diffdiff.host.picture import Img2Img
    width, height = size
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8))
    p = SimpleNamespace(init_images=[picture], batch_size=1, width=width, height=height, resize_mode=0, paste_to=None)
    run = SimpleNamespace(images=[picture.crop((0, 0, width // 8 * 8, height // 8 * 8))], index_of_first_image=0)
    assert change_of(Img2Img(p), run) == 0
