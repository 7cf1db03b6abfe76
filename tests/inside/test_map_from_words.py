"""The map from words, in runs: it is an ordinary map, and on drawn pictures it lies where the word is to be seen."""
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import standin
import torch
from client import grey, png
from landscapes import drawing
from modules import call_queue, processing, progress, sd_samplers_kdiffusion, shared
from PIL import Image

from .conftest import CELLS, Standin, blocks

SAMPLERS_OF_ALL_KINDS = ['Euler', 'Euler a', 'Heun', 'DPM++ 2M', 'DPM++ 2M SDE', 'LMS', 'DPM fast', 'DDIM']
SCENE = drawing.Scene('summer', 'day', 'clear', frozenset({'mountains', 'house'}))


def greys_of(picture):
    """The grey of each cell of a picture of the map."""
    return np.asarray(picture.convert('L'))[::8, ::8]


def infotext(answer):
    return json.loads(answer['info'])['infotexts'][0]


def summary(answer, index):
    return re.search(r'DiffDiff summary: ("[^"]*"|[^,]*)', json.loads(answer['info'])['infotexts'][index])[1]


class Painting(Standin):
    """The model that paints, and a drawn picture; a random model reacts to no word."""

    def __init__(self):
        super().__init__('landscapes')
        self.picture = drawing.paint(SCENE, np.random.default_rng(7))

    def request(self, args=None, **request):
        return super().request(args, **{'prompt': SCENE.words(), 'steps': 6, 'cfg_scale': 3, **request})


@pytest.fixture(scope='module')
def painting():
    return Painting()


@pytest.fixture(scope='module')
def words_of(painting):
    """words_of(args, **request) -> the cells of the map that came out."""
    def words_of(args, **request):
        painting.run({'return_map': True, **args}, **request)
        return greys_of(standin.pictures(painting.answer)[-1])
    return words_of


@pytest.mark.parametrize('sampler', SAMPLERS_OF_ALL_KINDS)
@pytest.mark.parametrize('skip', [True, False])
def test_a_run_by_words_is_the_run_by_the_map_that_came_out(painting, words_of, sampler, skip):
    """So all laws hold for it, and the random numbers are the run's own."""
    args = {'words': 'house', 'skip_unchanged_steps': skip}
    greys = words_of(args, sampler_name=sampler)
    assert greys.min() == 0 and greys.max() == 255
    by_words = painting.run(args, sampler_name=sampler)[0]
    by_map = painting.run({'change_map': blocks(greys), 'skip_unchanged_steps': skip}, sampler_name=sampler)[0]
    assert torch.equal(by_words, by_map)


def test_it_does_not_depend_on_sampler_seed_steps_or_denoising(words_of):
    first = words_of({'words': 'house', 'smooth_release': 'off'})
    for request in ({'sampler_name': 'DDIM'}, {'seed': 7}, {'steps': 9}, {'scheduler': 'Karras'}, {'cfg_scale': 1.5}):
        assert (words_of({'words': 'house', 'smooth_release': 'off'}, **request) == first).all()
    halved = words_of({'words': 'house'}, denoising_strength=0.5)
    assert np.abs(halved - first / 2).max() <= 0.5 + 1e-9


def test_it_depends_on_the_word_and_on_what_is_described(words_of):
    maps = [words_of(args) for args in ({'words': 'house'}, {'words': 'trees'}, {'words': 'house', 'description': 'winter night'}, {'description': 'winter night'})]
    assert all((one != other).any() for i, one in enumerate(maps) for other in maps[:i])


def test_a_word_of_the_prompt_is_taken_from_it(words_of):
    assert (words_of({'words': 'house'}, prompt='summer, house') == words_of({'words': 'house'}, prompt='summer,')).all()


def test_a_strength_is_what_white_becomes(words_of):
    whole, half = words_of({'words': 'house'}), words_of({'words': 'house: 0.5'})
    assert half.max() == 128 and np.abs(half - whole / 2).max() <= 0.5


def test_a_map_multiplies_and_so_does_a_mask(painting, words_of):
    ramp = np.tile(np.linspace(0, 255, CELLS).astype(np.uint8), (CELLS, 1))
    words = words_of({'words': 'house'}).astype(float)
    product = words_of({'words': 'house', 'change_map': blocks(ramp)})
    assert np.abs(product - words * ramp / 255).max() <= 1
    mask = Image.fromarray(np.kron(ramp, np.ones((8, 8), dtype=np.uint8)))
    masked = words_of({'words': 'house'}, mask=png(np.asarray(mask)), mask_blur=0, inpaint_full_res=False, inpainting_fill=1)
    assert np.abs(masked - words * ramp / 255).max() <= 1


def test_the_settings_of_a_map_act_on_it(words_of):
    words = words_of({'words': 'house'})
    assert (words_of({'words': 'house', 'invert': True}) == 255 - words).all()
    assert words_of({'words': 'house', 'min_strength': 0.2}).min() == 51


def test_a_batch_is_its_pictures(painting):
    """Also where each picture of a batch has another prompt, or is another picture."""
    args = {'words': 'house'}
    pictures = [painting.picture, drawing.paint(SCENE, np.random.default_rng(8))]
    painting.run({**args, 'return_map': True}, init_images=[png(picture) for picture in pictures], batch_size=2)
    batch = [greys_of(picture) for picture in standin.pictures(painting.answer)[-2:]]
    for picture, greys in zip(pictures, batch):
        painting.run({**args, 'return_map': True}, init_images=[png(picture)])
        assert (greys_of(standin.pictures(painting.answer)[-1]) == greys).all()
    assert (batch[0] != batch[1]).any()
    several = painting.run(args, n_iter=2)[0]
    assert torch.equal(several[1:], painting.run(args, seed=2)[0])


@pytest.mark.parametrize('mode', [0, 1, 2])
def test_pictures_of_different_sizes_have_their_own_maps(painting, mode):
    wide = np.asarray(Image.fromarray(drawing.paint(SCENE, np.random.default_rng(8))).resize((192, 128)))
    pictures = [painting.picture, wide]
    args = {'words': 'house', 'return_map': True}
    painting.run(args, init_images=[png(picture) for picture in pictures], batch_size=2, resize_mode=mode)
    batch = [greys_of(picture) for picture in standin.pictures(painting.answer)[-2:]]
    for picture, greys in zip(pictures, batch):
        painting.run(args, init_images=[png(picture)], resize_mode=mode)
        assert np.abs(greys_of(standin.pictures(painting.answer)[-1]).astype(int) - greys).max() <= 1


def test_every_batch_brings_its_own_maps_and_line(painting):
    """In a second pass each batch has another original."""
    def run(**request):
        answer = standin.txt2img(
            prompt=SCENE.words(), width=64, height=64, steps=8, enable_hr=True, hr_scale=2, hr_upscaler='Lanczos', denoising_strength=1.0,
            **request, alwayson_scripts={'Differential Diffusion': {'args': [{'words': 'house', 'return_map': True, 'append_change': True}]}})
        return [np.asarray(picture) for picture in standin.pictures(answer)], [summary(answer, index) for index in range(request.get('n_iter', 1))]

    (one, his_map, his_heat, his_change), (his_line,) = run(seed=1)
    (other, her_map, her_heat, her_change), (her_line,) = run(seed=2)
    pictures, lines = run(seed=1, n_iter=2)
    assert (his_map != her_map).any() and lines == [his_line, her_line]
    right = [one, other, his_map, her_map, his_heat, her_heat, his_change, her_change]
    assert len(pictures) == len(right) and all((picture == wanted).all() for picture, wanted in zip(pictures, right))


def test_only_masked_looks_at_what_is_painted(painting):
    mask = np.zeros((128, 128), dtype=np.uint8)
    mask[32:96, 32:96] = 255
    request = dict(mask=png(mask), mask_blur=0, inpaint_full_res=True, inpaint_full_res_padding=0, inpainting_fill=1)
    shown = painting.pictures({'words': 'house', 'return_map': True}, **request)
    words, plain = shown[-1], painting.picture
    assert (shown[0][:32] == plain[:32]).all()
    assert np.ptp(words) > 100


@pytest.mark.parametrize('upscaler', ['Lanczos', 'Latent'])
def test_in_a_second_pass_it_looks_at_the_upscaled_picture(painting, upscaler):
    request = {'prompt': SCENE.words(), 'width': 64, 'height': 64, 'steps': 8, 'enable_hr': True, 'hr_scale': 2, 'hr_upscaler': upscaler,
               'denoising_strength': 1.0, 'seed': 1, 'sampler_name': 'Euler'}

    def run(args, **more):
        return [np.asarray(picture.convert('RGB')) for picture in standin.pictures(standin.txt2img(
            **{**request, **more}, alwayson_scripts={'Differential Diffusion': {'args': [args]}}))]

    picture, words = run({'words': 'house', 'return_map': True})
    assert words.shape == (128, 128, 3) and np.ptp(words) > 240
    by_map = run({'change_map': png(words[..., 0])})[0]
    assert np.abs(picture.astype(int) - by_map).mean() < 12  # the map is stretched from 64 pixels
    cropped = run({'words': 'house', 'return_map': True}, hr_resize_x=96, hr_resize_y=144)
    assert cropped[1].shape == (144, 96, 3)


def test_what_is_asked_leaves_no_trace(painting):
    """Neither in the parameters, nor in what the host shows of the run, nor in the next one."""
    plain = painting.run(sampler_name='Euler a')[0]
    painting.run({'words': 'house'}, sampler_name='Euler a')
    text = infotext(painting.answer)
    assert 'DiffDiff map: words' in text and 'DiffDiff words: house' in text and 'Steps: 6,' in text
    assert torch.equal(painting.run(sampler_name='Euler a')[0], plain)


def test_a_refiner_is_not_asked(painting, monkeypatch):
    """At these levels the host would switch to it, and the run would begin with it."""
    asked = []

    class Looked(sd_samplers_kdiffusion.KDiffusionSampler):
        def sample_img2img(self, p, *args, **named):
            if type(self.func).__name__ == 'Asking':
                asked.append(p.refiner_checkpoint_info)
            return super().sample_img2img(p, *args, **named)

    monkeypatch.setattr(processing.StableDiffusionProcessingImg2Img, 'refiner_checkpoint_info', 'a refiner', raising=False)
    monkeypatch.setattr(sd_samplers_kdiffusion, 'KDiffusionSampler', Looked)
    painting.run({'words': 'house'})
    assert asked == [None]
    assert painting.probe.runs[0].refiner_checkpoint_info == 'a refiner'


def test_only_the_last_batch_is_remembered(painting):
    """Each batch of a second pass has an original of its own."""
    painting.run({'words': 'house'}, n_iter=3)
    maps, = (value for value in vars(vars(painting.probe.runs[0])['differential_diffusion']).values() if type(value).__name__ == 'WordMaps')
    assert len(maps._last) == 1


def test_stopped_while_asking_no_picture_is_made(painting, monkeypatch):
    embed, made = shared.sd_model.embed, []

    def embedding(text):
        made.append(text)
        if len(made) > 2:  # the run's own prompts are read
            shared.state.interrupt()
        return embed(text)

    monkeypatch.setattr(shared.sd_model, 'embed', embedding)
    pictures, under = standin.press_generate(**painting.request({'words': 'house'}))
    shared.state.__init__()
    assert not pictures and 'The map from words was stopped' in under


@pytest.mark.parametrize('args, named', [
    ({'words': '(house)'}, "'('"), ({'words': 'house: 3'}, "'3'"), ({'words': ','}, 'missing'), ({'words': 5}, 'Words is 5'),
    ({'description': ['x']}, "Description of the original is ['x']"), ({'description': SCENE.words()}, 'nothing differs')])
def test_what_is_no_word_is_refused_in_a_sentence(painting, args, named):
    pictures, under = standin.press_generate(**painting.request(args))
    assert not pictures and named in under


def drawn(word, seed):
    """A landscape, its words, and the cells (share, 0..1) that a word of it covers."""
    with_it, without = (drawing.paint(replace(SCENE, elements=elements), np.random.default_rng(seed)).astype(int)
                        for elements in (SCENE.elements, SCENE.elements - {word}))
    covered = (np.abs(with_it - without).sum(axis=2) > 24).reshape(CELLS, 8, CELLS, 8).mean(axis=(1, 3))
    return with_it.astype(np.uint8), SCENE.words(), covered


@pytest.mark.parametrize('word', ['house', 'mountains'])
def test_the_map_lies_where_the_word_is_drawn(painting, word):
    """By far better than by brightness, which knows nothing of words."""
    inside, outside, by_brightness = [], [], []
    for seed in range(4):
        picture, prompt, covered = drawn(word, seed)
        asked = painting.request({'words': word, 'return_map': True}, init_images=[png(picture)], prompt=prompt, steps=2)
        greys = greys_of(standin.pictures(standin.img2img(**asked))[-1]) / 255
        brightness = picture.mean(axis=2).reshape(CELLS, 8, CELLS, 8).mean(axis=(1, 3)) / 255
        inside.append(greys[covered > 0.5].mean())
        outside.append(greys[covered == 0].mean())
        by_brightness.append(brightness[covered > 0.5].mean() - brightness[covered == 0].mean())
    assert np.mean(inside) > 0.5 and np.mean(outside) < 0.25
    assert np.mean(inside) - np.mean(outside) > 0.3 + np.mean(by_brightness)


def test_an_unknown_word_is_refused(painting):
    picture, prompt, _ = drawn('house', 0)
    asked = painting.request({'words': 'xyzzy'}, init_images=[png(picture)], prompt=prompt)
    pictures, under = standin.press_generate(**asked)
    assert not pictures and "The model does not react to 'xyzzy'" in under


def test_share_fill_and_words_go_together(painting):
    args = {'words': 'house', 'strength_is': 'share of the change', 'response': '0.4:0.5, 1:1', 'fill': 'latent noise', 'return_map': True}
    painting.run(args)
    assert np.ptp(greys_of(standin.pictures(painting.answer)[-1])) == 255
    assert len(painting.pictures({'change_map': grey(200), 'words': 'house'})) == 1


def asked_alone(picture, prompt, task='task(diffdiff-ours)'):
    """The page's question for a map from words."""
    from lib_diffdiff.host.answers import answer
    question = {'id': 1, 'kind': 'words', 'file': png(picture), 'words': 'house', 'description': '', 'prompt': prompt, 'size': [128, 128], 'task': task}
    return json.loads(answer(json.dumps(question)))


def stopped(task):
    from lib_diffdiff.host.answers import answer
    return json.loads(answer(json.dumps({'id': 2, 'kind': 'stop', 'task': task})))


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_stopped_while_it_waits_its_turn_it_never_begins_and_the_other_job_goes_on(painting):
    picture, prompt, _ = drawn('house', 0)
    with ThreadPoolExecutor(1) as pool:
        with call_queue.queue_lock:  # somebody else's job
            waiting = pool.submit(asked_alone, picture, prompt, 'task(diffdiff-waiting)')
            until(lambda: 'task(diffdiff-waiting)' in progress.pending_tasks)
            assert stopped('task(diffdiff-waiting)')['ok'] and stopped('of nobody')['ok']
            assert not shared.state.interrupted
        answered = waiting.result(30)
    assert not answered['ok'] and 'stopped' in answered['sentence']
    assert 'task(diffdiff-waiting)' not in progress.finished_tasks and not progress.pending_tasks
    assert asked_alone(picture, prompt, 'after it')['ok']


def test_stopped_while_it_runs(painting, monkeypatch):
    picture, prompt, _ = drawn('house', 0)
    embed = shared.sd_model.embed

    def embedding(text):
        stopped('task(diffdiff-ours)')
        return embed(text)

    monkeypatch.setattr(shared.sd_model, 'embed', embedding)
    answered = asked_alone(picture, prompt)
    assert not answered['ok'] and 'stopped' in answered['sentence']


def test_a_model_that_fails_is_told(painting, monkeypatch):
    def fail(text):
        raise torch.OutOfMemoryError('too little memory')
    monkeypatch.setattr(shared.sd_model, 'embed', fail)
    picture, prompt, _ = drawn('house', 0)
    answered = asked_alone(picture, prompt)
    assert not answered['ok'] and answered['sentence'] == 'The model could not look at the picture: too little memory'
    assert not progress.pending_tasks and progress.current_task is None


def test_no_job_of_anybody_else_is_stopped():
    shared.state.__init__()
    progress.add_task_to_queue('task(of another)')
    stopped('task(of another)')
    assert 'task(of another)' in progress.pending_tasks
    progress.start_task('task(of another)')
    stopped('task(of another)')
    progress.finish_task('task(of another)')
    assert not shared.state.interrupted


class Twice(standin.Probe):
    """Tells of a second pass twice, as Forge does."""

    def process_before_every_sampling(self, p, **named):
        ours = next(script for script in p.scripts.alwayson_scripts if script.title() == 'Differential Diffusion')
        ours.process_before_every_sampling(p, *p.script_args[ours.args_from:ours.args_to], **named)


def test_told_of_twice_the_map_comes_once():
    standin.load('landscapes', probes=[Twice])
    answer = standin.txt2img(prompt=SCENE.words(), width=64, height=64, steps=8, enable_hr=True, hr_scale=2, hr_upscaler='Lanczos', seed=1,
                             alwayson_scripts={'Differential Diffusion': {'args': [{'words': 'house', 'return_map': True}]}})
    assert len(answer['images']) == 2
