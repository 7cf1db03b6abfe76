"""What is automated carries the map: lists of maps, returned maps, plots, pasted parameters, the host's own scripts."""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from client import TITLE, Refused, difference, grey, pixels, png

ROOT = Path(__file__).resolve().parents[2]
PREFIX = f'[{TITLE}] '


def half(value=255):
    change_map = np.zeros((128, 128), dtype=np.uint8)
    change_map[:, 64:] = value
    return png(change_map)


def test_script_info_shows_every_setting(webui):
    infos = [script for script in webui.get('script-info') if script['name'] == TITLE.lower()]
    from lib_diffdiff.settings.settings import Settings
    assert {info['is_img2img'] for info in infos} == {False, True}
    assert all(info['is_alwayson'] and len(info['args']) == len(Settings.specs()) for info in infos)
    for arg, (name, spec) in [(arg, named) for info in infos for arg, named in zip(info['args'], Settings.specs().items())]:
        assert (arg['label'], arg['value']) == (spec.label, getattr(Settings, name))
        assert (arg['minimum'], arg['maximum'], arg['step']) == (spec.low, spec.high, spec.step)
        assert (arg['choices'] or []) == list(spec.choices)


@pytest.mark.parametrize('sampler_name', ['Euler', 'DPM++ 2M SDE', 'Euler a', 'DDIM'])
def test_a_list_gives_each_picture_of_a_batch_its_own_map(paint, holds, sampler_name):
    maps = [grey(255), half(), grey(128), grey(0)]
    request = dict(sampler_name=sampler_name, n_iter=2)
    batch = paint({'change_map': maps, 'skip_unchanged_steps': False}, batch_size=4, **request)[-8:]
    plain = paint(sampler_name=sampler_name, batch_size=4)[-4:]
    own = max(difference(a, paint(sampler_name=sampler_name, seed=1 + i)[0]) for i, a in enumerate(plain))
    for i, picture in enumerate(batch):
        single = paint({'change_map': maps[i % 4], 'skip_unchanged_steps': False}, sampler_name=sampler_name, seed=1 + i)[0]
        holds(difference(picture, single), max(1, own))


def test_a_list_belongs_to_the_init_images_where_there_are_several(paint, picture):
    images = [picture, picture[::-1].copy()]
    results = paint({'change_map': [grey(0), half()]}, init_images=images, batch_size=2)[-2:]
    assert (results[0] == images[0]).all()
    assert (results[1][:, :64] == images[1][:, :64]).all() and (results[1] != images[1]).any()


@pytest.mark.parametrize('maps, sentence', [([], '0 change maps'), ([grey(9)] * 3, '3 change maps for a batch of 2'), ([grey(9), ''], 'position 2'),
                                            ([grey(9), '/etc/hostname'], 'never opened'), ([[grey(9)], grey(9)], 'must be a picture')])
def test_lists_that_do_not_match_are_refused(paint, maps, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        paint({'change_map': maps}, batch_size=2)
    assert refused.value.status == 422


def test_each_picture_names_its_own_map(webui, picture):
    answer = webui.img2img([picture], {'change_map': [grey(9), grey(99)]}, batch_size=2, width=64, height=64, steps=3, sampler_name='Euler')
    names = [text.split('DiffDiff map: ')[1].split(',')[0] for text in answer.infotexts[-2:]]
    assert names[0] != names[1]


def test_the_strengths_come_back_on_request(webui, picture):
    request = dict(width=128, height=128, steps=3, sampler_name='Euler', denoising_strength=0.5)
    with_map = webui.img2img([picture], {'change_map': half(204), 'return_map': True}, **request)
    without = webui.img2img([picture], {'change_map': half(204)}, **request)
    assert len(with_map.pictures) == len(without.pictures) + 1 == len(with_map.infotexts)
    strengths = with_map.pictures[-1]
    assert (strengths[:, :64] == 0).all() and (strengths[:, 64:] == 102).all()
    assert 'strengths' in with_map.infotexts[-1]


def test_the_change_comes_back_on_request(webui, picture):
    request = dict(width=128, height=128, steps=3, sampler_name='Euler', denoising_strength=0.5, batch_size=2, n_iter=2)
    with_change = webui.img2img([picture], {'change_map': half(204), 'append_change': True, 'return_map': True}, **request)
    without = webui.img2img([picture], {'change_map': half(204)}, **request)
    assert len(with_change.pictures) == len(without.pictures) + 6 == len(with_change.infotexts)
    results, heat, changes = with_change.pictures[-10:-6], with_change.pictures[-5], with_change.pictures[-4:]
    assert (heat[:, :64] == 0).all() and (heat[:, 64:] == heat[0, 64]).all() and heat[0, 64].any()
    for result, change in zip(results, changes):
        assert (change.any(axis=2) == (result != picture).any(axis=2)).all() and not change[:, :64].any()
    assert 'how much' in with_change.infotexts[-1] and 'DiffDiff append change: True' in with_change.infotexts[1]


def reported(infotext):
    return infotext.split('DiffDiff adherence: ')[1].split(',')[0]


def test_each_picture_reports_how_well_it_follows_its_own_map(webui, picture):
    maps = [half(204), png(np.tile(np.arange(128, dtype=np.uint8) * 2, (128, 1)))]
    answer = webui.img2img([picture], {'change_map': maps, 'report': True}, batch_size=2, n_iter=2, width=128, height=128, steps=6, sampler_name='Euler')
    for i, (result, infotext) in enumerate(zip(answer.pictures[-4:], answer.infotexts[-4:])):
        strength = pixels(maps[i % 2])[:, :, 0].reshape(16, 8, 16, 8).mean((1, 3))
        change = np.sqrt(((result - picture.astype(float)) ** 2).sum(2)).reshape(16, 8, 16, 8).mean((1, 3))
        assert float(reported(infotext)) == pytest.approx(np.corrcoef(strength.ravel(), change.ravel())[0, 1], abs=6e-4)


def test_of_a_crop_the_report_compares_what_was_painted(webui, picture):
    mask = np.zeros((128, 128), dtype=np.uint8)
    mask[40:104, 24:56], mask[40:104, 56:88] = 80, 255
    request = dict(mask=png(mask), mask_blur=0, inpainting_fill=1, inpaint_full_res=True, inpaint_full_res_padding=0)
    answer = webui.img2img([picture], {'enabled': True, 'report': True}, width=128, height=128, steps=6, sampler_name='Euler', **request)
    result = answer.pictures[-1]
    change = np.sqrt(((result - picture.astype(float)) ** 2).sum(2))[40:104, 24:88].reshape(16, 4, 16, 4).mean((1, 3))
    strength = np.tile(np.repeat([80, 255], 8), (16, 1))  # up to the ringing of the host's resize of the mask
    assert float(reported(answer.infotexts[-1])) == pytest.approx(np.corrcoef(strength.ravel(), change.ravel())[0, 1], abs=0.01)


def test_a_uniform_map_s_report_says_that_it_is_undefined(webui, picture):
    answer = webui.img2img([picture], {'change_map': grey(128), 'report': True}, width=64, height=64, steps=3, sampler_name='Euler')
    assert reported(answer.infotexts[-1]) == 'undefined (uniform)'


def test_a_picture_s_parameters_bring_settings_and_map_back(webui, picture, saving, holds):
    request = dict(prompt='a cat', width=128, height=128, denoising_strength=0.8, save_images=True)
    first = webui.img2img([picture], {'change_map': half(187), 'blur': 6, 'gamma': 1.5}, steps=9, seed=5, sampler_name='Euler a', **request)
    again = webui.img2img([picture], infotext=first.infotexts[0], **request)
    holds(difference(first.pictures[0], again.pictures[0]))
    assert again.infotexts[0] == first.infotexts[0]
    assert difference(first.pictures[0], webui.img2img([picture], steps=9, seed=5, sampler_name='Euler a', **request).pictures[0]) > 0


@pytest.mark.parametrize('last', [0, 1])
def test_the_same_greys_of_two_channels_are_two_maps_that_come_back(webui, picture, saving, holds, last):
    """Whichever was used first: a kept map is written once."""
    noise = np.random.default_rng().integers(0, 256, (3, 8, 8), dtype=np.uint8)
    given = [{'change_map': png(noise[0])}, {'change_map': png(np.moveaxis(noise, 0, -1)), 'channel': 'red'}]
    request = dict(prompt='a cat', width=64, height=64, steps=4, seed=5, save_images=True)
    first = [webui.img2img([picture], settings, **request) for settings in (given[1 - last], given[last])]
    for answer in first:
        again = webui.img2img([picture], infotext=answer.infotexts[0], **request)
        assert again.infotexts[0] == answer.infotexts[0]
        holds(difference(answer.pictures[0], again.pictures[0]))


def test_a_map_that_is_not_kept_is_named_by_its_hash(webui, picture, saving):
    request = dict(width=64, height=64, steps=2)
    first = webui.img2img([picture], {'change_map': png(np.random.default_rng().integers(0, 256, (16, 16), dtype=np.uint8))}, **request)
    name = first.infotexts[0].split('DiffDiff map: ')[1].split(',')[0]
    with pytest.raises(Refused, match=name) as refused:
        webui.img2img([picture], infotext=first.infotexts[0], **request)
    assert refused.value.status == 422


def test_what_pasted_parameters_name_is_no_path(webui, picture):
    text = 'a\nSteps: 2, Sampler: Euler, Seed: 1, Size: 64x64, DiffDiff map: ../../config, DiffDiff blur: 0'
    with pytest.raises(Refused, match='was not found'):
        webui.img2img([picture], infotext=text, width=64, height=64)


@pytest.mark.parametrize('word, sentence', [
    ('DiffDiff blur: 3.7', r'Blur \(px\) is 3.7'), ('DiffDiff blur: abc', "is 'abc'"), ('DiffDiff invert: maybe', "Invert is 'maybe'"),
    ('DiffDiff keep original: no', "is 'no'"), ('DiffDiff blur: 4x4', "is '4x4'"), ('DiffDiff channel: luma', "'luma'"),
])
def test_a_word_in_pasted_parameters_that_means_nothing_is_refused(webui, picture, word, sentence):
    text = f'a\nSteps: 2, Sampler: Euler, Seed: 1, Size: 64x64, DiffDiff map: mask, {word}'
    with pytest.raises(Refused, match=sentence) as refused:
        webui.img2img([picture], infotext=text, width=64, height=64)
    assert refused.value.status == 422


def plot_args(webui, x, y):
    """Arguments of the host's X/Y/Z plot: two axes by label with their values, the grid first and every picture after it.

    What follows the axes is given by label: hosts differ in how much there is.
    """
    plot = next(script for script in webui.get('script-info') if script['name'] == 'x/y/z plot' and script['is_img2img'])
    labels = plot['args'][0]['choices']
    axes = [value for label, values in (x, y) for value in (labels.index(label), values, [])]
    wanted = {'Draw legend': True, 'Include Sub Images': True, 'Use text inputs instead of dropdowns': True}
    return [*axes, 0, '', [], *(wanted.get(arg['label'], arg['value']) for arg in plot['args'][len(axes) + 3:])]


@pytest.fixture
def plot(webui, picture):
    if not any(script['name'] == 'x/y/z plot' for script in webui.get('script-info')):
        pytest.skip('this WebUI has no X/Y/Z plot')

    def plot(x, y, args, **request):
        defaults = dict(prompt='a cat', width=128, height=128, steps=8, denoising_strength=1.0, seed=1, sampler_name='Euler', scheduler='Automatic')
        return webui.img2img([picture], args, script_name='x/y/z plot', script_args=plot_args(webui, x, y), **{**defaults, **request})
    return plot


@pytest.mark.parametrize('form', ['object', 'positional'])
def test_a_grid_of_nine_is_nine_single_calls(plot, paint, holds, form):
    args = {'change_map': half()} if form == 'object' else [True, half()]
    answer = plot((f'{PREFIX}Blur (px)', '0,4,9'), (f'{PREFIX}Strongest', '0.4-1.0 [3]'), args)
    assert len(answer.pictures) == 10
    cells = iter(answer.pictures[1:])
    for strongest in (0.4, 0.7, 1.0):
        for blur in (0, 4, 9):
            single = paint({'change_map': half(), 'blur': blur, 'max_strength': strongest}, steps=8, negative_prompt='')[0]
            holds(difference(next(cells), single))
    assert 'DiffDiff blur: 9' in answer.infotexts[3]


def test_a_plot_s_cells_are_of_the_channels_of_a_map(plot, paint, holds):
    thirds = np.zeros((128, 128, 3), dtype=np.uint8)
    thirds[:64, :, 0], thirds[64:, :, 2] = 255, 255
    answer = plot((f'{PREFIX}Map channel', 'red,blue'), ('Nothing', ''), {'change_map': png(thirds)})
    for cell, channel in zip(answer.pictures[1:], (0, 2), strict=True):
        holds(difference(cell, paint({'change_map': png(thirds[:, :, channel])}, steps=8, negative_prompt='')[0]))


def test_a_plots_cell_with_us_off_carries_no_key(plot, paint, holds):
    answer = plot((f'{PREFIX}Enabled', 'False,True'), ('Nothing', ''), {'change_map': half()})
    off, on = answer.pictures[1:]
    holds(difference(off, paint(steps=8, negative_prompt='')[0]))
    holds(difference(on, paint({'change_map': half()}, steps=8, negative_prompt='')[0]))
    assert 'DiffDiff' not in answer.infotexts[1] and 'DiffDiff' in answer.infotexts[2]


@pytest.mark.parametrize('x, y, args, sentence', [
    ((f'{PREFIX}Blur (px)', '0,999'), ('Nothing', ''), {'change_map': half()}, 'Blur .px. is 999'),
    ((f'{PREFIX}Invert', 'True,maybe'), ('Nothing', ''), {'change_map': half()}, 'maybe'),
    ((f'{PREFIX}Strength is', 'relative'), ('Nothing', ''), {'change_map': half()}, 'relative'),
    ((f'{PREFIX}Black point', '0.1,0.6'), (f'{PREFIX}White point', '0.5,0.9'), {'change_map': half()}, 'Black point 0.6'),
    ((f'{PREFIX}Blur (px)', '1,2'), ('Nothing', ''), {'change_map': 'no picture'}, 'no picture'),
    ((f'{PREFIX}Blur (px)', '1,2'), ('Nothing', ''), {}, 'no change map'),
    ((f'{PREFIX}Blur (px)', '1,2'), ('Nothing', ''), [False], 'Tick Differential Diffusion'),
    ((f'{PREFIX}Change map', 'a.png'), ('Nothing', ''), [True], 'folder'),
    ((f'{PREFIX}Map channel', 'brightness,red'), ('Nothing', ''), {'change_map': half()}, 'grey, so its red channel'),
    ((f'{PREFIX}Map channel', 'brightness,luma'), ('Nothing', ''), {'change_map': half()}, 'luma'),
    ((f'{PREFIX}Blur (px)', '1,2'), ('Nothing', ''), {'change_map': half(), 'channel': 'alpha'}, 'opaque everywhere'),
])
def test_what_a_plot_cannot_make_is_refused_before_its_first_cell(plot, x, y, args, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        plot(x, y, args)
    assert refused.value.status == 422


@pytest.mark.parametrize('title', ['SD upscale', "Poor man's outpainting", 'Outpainting mk2', 'img2img alternative test'])
def test_scripts_that_cannot_carry_a_map_are_refused(webui, paint, title):
    info = [script for script in webui.get('script-info') if script['name'] == title.lower() and script['is_img2img']]
    if not info:
        pytest.skip('this WebUI has no such script')
    args = [64, 4, 1, ['left']] if 'Poor' in title else [arg['value'] if arg['value'] is not None else '' for arg in info[0]['args']]  # Forge says None of an empty text
    with pytest.raises(Refused) as refused:
        paint({'change_map': half()}, script_name=title, script_args=args, steps=2)
    assert refused.value.status == 422 and title in refused.value.detail


def test_loopback_carries_the_map_through_every_round(webui, paint, picture):
    if not any(script['name'] == 'loopback' for script in webui.get('script-info')):
        pytest.skip('this WebUI has no such script')
    rounds = paint({'change_map': half()}, script_name='Loopback', script_args=[3, 0.5, 'Linear', 'None'], steps=4, denoising_strength=0.8)
    rounds = rounds[-3:]
    for result in rounds:
        assert (result[:, :64] == picture[:, :64]).all() and (result[:, 80:] != picture[:, 80:]).any()
    assert (rounds[0] != rounds[1]).any()


def test_a_prompt_matrix_carries_the_map(webui, paint, picture):
    if not any(script['name'] == 'prompt matrix' for script in webui.get('script-info')):
        pytest.skip('this WebUI has no such script')
    args = [False, False, 'positive', 'comma', 0]
    for result in paint({'change_map': half()}, script_name='Prompt matrix', script_args=args, prompt='a cat|red', steps=4)[-2:]:
        assert (result[:, :64] == picture[:, :64]).all()


def test_prompts_from_a_text_carry_the_map(webui, paint, picture):
    if not any(script['name'] == 'prompts from file or textbox' for script in webui.get('script-info')):
        pytest.skip('this WebUI has no such script')
    args = [False, False, 'start', 'a cat\na house']
    results = paint({'change_map': half()}, script_name='Prompts from file or textbox', script_args=args, steps=4)[-2:]
    for result in results:
        assert (result[:, :64] == picture[:, :64]).all() and (result[:, 80:] != picture[:, 80:]).any()
    assert (results[0] != results[1]).any()


def blocks(language):
    return (ROOT / 'docs/api.md').read_text(encoding='utf8').split(f'```{language}\n')[1:]


@pytest.mark.parametrize('example', range(4))
def test_the_python_examples_of_the_page_run_as_they_stand(webui, tmp_path, example):
    code = blocks('python')[example].split('```')[0]
    assert '127.0.0.1:7860' in code or "port=7860" in code
    host, port = webui.address.split('//')[1].split(':')
    code = code.replace('127.0.0.1:7860', f'{host}:{port}').replace('port=7860', f'port={port}')
    (tmp_path / 'tests').symlink_to(ROOT / 'tests')
    subprocess.run([sys.executable, '-c', code], cwd=tmp_path, check=True)
    assert list(tmp_path.glob('*.png'))


def test_the_curl_example_of_the_page_runs_as_it_stands(webui, tmp_path):
    code = blocks('bash')[0].split('```')[0].replace('127.0.0.1:7860', webui.address.split('//')[1])
    (tmp_path / 'tests').symlink_to(ROOT / 'tests')
    subprocess.run(['bash', '-ec', code], cwd=tmp_path, check=True)
    answer = json.loads((tmp_path / 'answer.json').read_text())
    assert pixels(answer['images'][0]).shape == (128, 128, 3)
