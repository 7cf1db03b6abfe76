"""The stand-in WebUI behaves as the real one where an extension can see it."""

import json
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import standin
from modules import masking, processing, script_callbacks, scripts, sd_samplers, shared

SAMPLERS = [sampler.name for sampler in sd_samplers.all_samplers]
EVENTS = [hook for hook in scripts.HOOKS if hook not in ("setup", "before_hr", "before_component", "after_component")]
PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((64, 64))


class Recorder(standin.Probe):
    """Writes down every event and keeps the run."""

    def __init__(self):
        self.events = []


def _record(event):
    def hook(self, p, *args, **kwargs):
        self.events.append(event)
        self.p = p

    return hook


for _event in EVENTS:
    setattr(Recorder, _event, _record(_event))


class Watcher(standin.Probe):
    """Keeps what the denoiser is called with."""

    def process_batch(self, p, **kwargs):
        self.p, self.sampler, self.calls = p, p.sampler, []  # the host takes p.sampler away in the end
        p.sampler.model_wrap_cfg.register_forward_pre_hook(self.look)

    def look(self, denoiser, args):
        self.calls.append((args[0].clone(), args[1][0].item()))

    def process_before_every_sampling(self, p, x, noise, c, uc):
        self.init, self.noise = x, noise


def ask(**request):
    defaults = {"init_images": [standin.encode(PICTURE)], "width": 64, "height": 64, "steps": 10, "seed": 7}
    return {**defaults, "sampler_name": "Euler", "denoising_strength": 0.6, "prompt": "a", **request}


def paint(**request):
    return [np.asarray(picture) for picture in standin.pictures(standin.img2img(**ask(**request)))]


def infotext(answer):
    return json.loads(answer["info"])["infotexts"][0]


def square_mask(box=(16, 24, 40, 48)):
    mask = Image.new("L", PICTURE.size)
    mask.paste(255, box)
    return mask


def test_events_come_in_the_host_s_order():
    (recorder,) = standin.load(extension=None, probes=[Recorder])
    for kind in ("cfg_denoiser", "cfg_denoised", "cfg_after_cfg"):
        getattr(script_callbacks, f"on_{kind}")(lambda params, kind=kind: recorder.events.append(kind))
    paint(mask=standin.encode(square_mask()), inpaint_full_res=False, steps=2, denoising_strength=0.5)
    call = "cfg_denoiser cfg_denoised on_mask_blend cfg_after_cfg".split()
    assert recorder.events == [
        *"before_process process before_process_batch after_extra_networks_activate process_batch".split(),
        *"process_before_every_sampling".split(),
        *call * 2,
        *"on_mask_blend post_sample postprocess_batch postprocess_batch_list".split(),
        *"postprocess_image postprocess_maskoverlay postprocess_image_after_composite postprocess".split(),
    ]


def test_timestep_samplers_blend_the_mask_before_the_call():
    (recorder,) = standin.load(extension=None, probes=[Recorder])
    script_callbacks.on_cfg_denoiser(lambda params: recorder.events.append("cfg_denoiser"))
    paint(mask=standin.encode(square_mask()), inpaint_full_res=False, sampler_name="DDIM")
    call = recorder.events.index("cfg_denoiser")
    assert recorder.events[call - 1] == "on_mask_blend"


def test_the_model_sees_a_longer_copy_of_the_sampler_s_latent():
    (watcher,) = standin.load(extension=None, probes=[Watcher])
    seen = []
    script_callbacks.on_cfg_denoiser(lambda params: seen.append(params))
    paint(batch_size=2, prompt="a AND b")
    x, (params, *_) = watcher.calls[0][0], seen
    assert torch.equal(params.x, x[[0, 0, 1, 1, 0, 1]])
    assert len(params.text_cond) == 4 and len(params.text_uncond) == 2 and len(params.sigma) == 6


def test_ddim_starts_one_timestep_above_its_first_call():
    (watcher,) = standin.load(extension=None, probes=[Watcher])
    paint(sampler_name="DDIM")
    timesteps = watcher.sampler.get_timesteps(watcher.p, 10)
    level = shared.sd_model.alphas_cumprod[timesteps[6]]
    expected = watcher.init * level.sqrt() + watcher.noise * (1 - level).sqrt()
    assert [t for _, t in watcher.calls] == timesteps[1:6].flip(0).tolist()
    assert torch.equal(watcher.calls[0][0], expected)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_batch_equals_its_images_made_alone(sampler):
    if sampler == "DPM adaptive":
        pytest.skip("its error norm spans the batch")
    standin.load(extension=None)
    batch = paint(sampler_name=sampler, batch_size=2, n_iter=2)
    for i, picture in enumerate(batch):
        assert np.array_equal(picture, paint(sampler_name=sampler, seed=7 + i)[0])
    assert not np.array_equal(batch[0], batch[1])


@pytest.mark.parametrize("model", ["pointwise", "convolved"])
def test_a_request_repeated_gives_the_same_picture(model):
    standin.load(model, extension=None)
    first = standin.img2img(**ask())
    paint(seed=99)
    assert standin.img2img(**ask())["images"] == first["images"]
    assert standin.img2img(**ask(prompt="b"))["images"] != first["images"]
    assert standin.img2img(**ask(cfg_scale=1.0))["images"] != first["images"]


@pytest.mark.parametrize("sampler, calls", [("Euler", 7), ("Heun", 13), ("DPM2", 13), ("DPM++ SDE", 13), ("DDIM", 5)])
def test_denoiser_calls_are_not_steps(sampler, calls):
    (watcher,) = standin.load(extension=None, probes=[Watcher])
    paint(sampler_name=sampler)
    assert len(watcher.calls) == calls
    assert watcher.sampler.config.options.get("second_order", False) == (calls == 13)


def test_pointwise_cells_do_not_see_each_other():
    (watcher,) = standin.load(extension=None, probes=[Watcher])
    other = PICTURE.copy()
    other.paste((200, 10, 90), (32, 32, 40, 40))
    before, after = paint()[0], paint(init_images=[standin.encode(other)])[0]
    changed = np.argwhere((before != after).any(-1))
    assert changed.min() >= 32 and changed.max() < 40


class Thrower(standin.Probe):
    pass


def _throw(self, *args, **kwargs):
    raise ValueError("thrown by a hook")


for _event in EVENTS:
    setattr(Thrower, _event, _throw)


def test_exceptions_of_hooks_are_printed_and_swallowed(capsys):
    standin.load(extension=None)
    expected = paint()[0]
    standin.load(extension=None, probes=[Thrower])
    assert np.array_equal(paint()[0], expected)
    assert "Error running postprocess_image_after_composite" in capsys.readouterr().err


def test_an_interrupt_returns_the_last_prediction_and_goes_on():
    class Stopper(Recorder):
        def process_batch(self, p, **kwargs):
            p.sampler.model_wrap_cfg.register_forward_hook(lambda *_: shared.state.interrupt())

    (stopper,) = standin.load(extension=None, probes=[Stopper])
    assert len(paint(n_iter=3)) == 1
    assert stopper.p.iteration == 1
    assert "post_sample" in stopper.events and stopper.events[-1] == "postprocess"


def test_only_masked_crops_and_pastes_back():
    (recorder,) = standin.load(extension=None, probes=[Recorder])
    mask = square_mask()
    only_masked = {"inpaint_full_res": True, "inpaint_full_res_padding": 4, "inpainting_fill": 1, "mask_blur": 0}
    picture = paint(mask=standin.encode(mask), **only_masked)[0]
    assert recorder.p.paste_to == (12, 20, 32, 32)
    outside = np.asarray(mask) == 0
    assert np.array_equal(picture[outside], np.asarray(PICTURE)[outside])
    assert not np.array_equal(picture[~outside], np.asarray(PICTURE)[~outside])


@pytest.mark.parametrize("resize_mode, fill", [(0, 0), (1, 1), (2, 2), (3, 1), (0, 3)])
def test_every_masked_content_and_resize_mode_makes_a_picture(resize_mode, fill):
    (recorder,) = standin.load(extension=None, probes=[Recorder])
    mask = standin.encode(square_mask())
    wide = {"width": 96, "resize_mode": resize_mode, "mask": mask, "inpaint_full_res": False, "inpainting_fill": fill}
    assert paint(**wide, mask_blur=2)[0].shape == (64, 96, 3)
    assert recorder.p.nmask.shape == (4, 8, 12) and set(recorder.p.nmask.unique().tolist()) == {0.0, 1.0}


def test_the_blur_of_a_mask_is_opencv_s():
    row = np.zeros((1, 13), dtype=np.uint8)
    row[0, 6] = 255
    blurred = np.asarray(masking.gaussian_blur(Image.fromarray(row), 1, axis=1))
    assert blurred[0].tolist() == [0, 0, 0, 1, 14, 62, 102, 62, 14, 1, 0, 0, 0]


def test_a_list_of_init_images_lowers_the_batch_size():
    (recorder,) = standin.load(extension=None, probes=[Recorder])
    two = [standin.encode(PICTURE), standin.encode(PICTURE.rotate(90))]
    assert len(paint(init_images=two, batch_size=3)) == 2
    with pytest.raises(RuntimeError, match="bad number of images"):
        paint(init_images=two, batch_size=1)


def test_a_run_inside_a_hook_leaves_the_outer_run_alone():
    class Nested(standin.Probe):
        depth = 0

        def postprocess_image(self, p, pp):
            if self.depth:
                return
            self.depth = 1
            inner = processing.StableDiffusionProcessingImg2Img(init_images=[pp.image], width=64, height=64, steps=5)
            self.inner = processing.process_images(inner).images[0]
            self.depth = 0

    standin.load(extension=None)
    expected = paint(batch_size=2)
    (nested,) = standin.load(extension=None, probes=[Nested])
    assert np.array_equal(paint(batch_size=2), expected)
    assert nested.inner.size == (64, 64)


EXTENSION = '''
import gradio as gr
from modules import scripts
from modules.ui_components import InputAccordion
import beside

class Tinted(scripts.Script):
    def title(self):
        return "Tinted Glass"
    def show(self, is_img2img):
        return scripts.AlwaysVisible if is_img2img else False
    def ui(self, is_img2img):
        with InputAccordion(False, label="Tinted Glass", elem_id=self.elem_id("on")) as on:
            shade = gr.Slider(0, 1, 0.5, label="Shade")
            word = gr.Textbox("", label="Word")
        self.infotext_fields = [(on, "Tint"), (shade, "Tint shade"), (word, "Tint word")]
        return [on, shade, word]
    def process(self, p, on, shade, word):
        self.got = on, shade, word
        if on:
            p.extra_generation_params.update({"Tint": on, "Tint shade": shade, "Tint word": word})

class Chosen(scripts.Script):
    def title(self):
        return "Chosen"
    def run(self, p, *args):
        from modules import processing
        return processing.process_images(p)
'''


@pytest.fixture
def tinted(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "tinted.py").write_text(EXTENSION)
    (tmp_path / "beside.py").write_text("")
    standin.load(extension=tmp_path)
    return next(script for script in scripts.scripts_img2img.scripts if script.title() == "Tinted Glass")


@pytest.mark.parametrize(
    "given, got",
    [
        ({}, (False, 0.5, "")),
        ({"args": []}, (False, 0.5, "")),
        ({"args": [True]}, (True, 0.5, "")),
        ({"args": [True, None, "x", "cut"]}, (True, None, "x")),
        ({"args": "ab"}, ("a", "b", "")),
    ],
)
def test_arguments_are_filled_from_the_defaults(tinted, given, got):
    standin.img2img(**ask(alwayson_scripts={"tinted GLASS": given}))
    assert tinted.got == got


def test_infotext_goes_round(tinted):
    answer = standin.img2img(**ask(alwayson_scripts={"Tinted Glass": {"args": [True, 0.25, 'a, "b": c']}}))
    text = infotext(answer)
    assert standin.paste(text) == {"Tinted Glass": True, "Shade": 0.25, "Word": 'a, "b": c'}
    assert standin.pictures(answer)[0].info["parameters"] == text
    standin.img2img(**ask(infotext=text))
    assert tinted.got == (True, 0.25, 'a, "b": c')
    off = infotext(standin.img2img(**ask()))
    assert "Tint" not in off and standin.paste(off) == {}


def test_the_page_shows_comments_and_errors():
    class Speaker(standin.Probe):
        def process(self, p):
            p.comment("first line")
            if p.steps == 1:
                p.init = _throw

    standin.load(extension=None, probes=[Speaker])
    assert standin.press_generate(**ask())[1] == "first line\n"
    assert standin.press_generate(**ask(steps=1)) == ([], "ValueError: thrown by a hook")


def test_infotext_takes_lists_functions_and_survives_errors():
    class Keys(standin.Probe):
        def process(self, p):
            p.extra_generation_params.update(
                {"Each": ["x", "y"], "Called": lambda p, index, **_: f"{index}/{p.steps}", "Broken": lambda **_: 1 / 0}
            )

    standin.load(extension=None, probes=[Keys])
    texts = json.loads(standin.img2img(**ask(batch_size=2))["info"])["infotexts"]
    assert "Each: x, Called: 0/10, Version" in texts[0] and "Each: y, Called: 1/10, Version" in texts[1]


def test_a_selectable_script_runs_instead(tinted):
    assert standin.img2img(**ask(script_name="chosen"))["images"] == standin.img2img(**ask())["images"]


def test_an_option_never_set_before_leaks_out_of_a_request():
    standin.load(extension=None)
    paint(override_settings={"eta_ddim": 0.5})
    assert shared.opts.eta_ddim == 0.5
    shared.opts.set("eta_ddim", 0.0)
    paint(override_settings={"eta_ddim": 0.5})
    assert shared.opts.eta_ddim == 0.0


class Refusal(Exception):
    def __init__(self, sentence):
        super().__init__(sentence)
        self.status_code, self.detail = 422, sentence


class Refuser(standin.Probe):
    def process(self, p):
        def refuse(*args):
            raise Refusal("no picture") if p.prompt == "refuse" else KeyError("oops")

        if p.prompt != "a":
            p.init = refuse


def call(address, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}/sdapi/v1/{path}", data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_api_over_http(capsys):
    standin.load(extension=None, probes=[Refuser])
    expected = standin.img2img(**ask())["images"]
    with standin.serve() as address:
        status, refused = call(address, "img2img", ask(prompt="refuse"))
        assert (status, refused["error"], refused["detail"]) == (422, "Refusal", "no picture")
        assert call(address, "img2img", ask(prompt="break"))[0] == 500
        status, refused = call(address, "img2img", ask(alwayson_scripts={"nobody": {}}))
        assert (status, refused["detail"]) == (422, "Script 'nobody' not found")
        assert call(address, "img2img", ask(steps="many"))[0] == 422
        assert call(address, "img2img", ask(init_images=["?"]))[0] == 500
        assert call(address, "img2img", ask(alwayson_scripts={"refuser": {"args": 5}}))[0] == 500
        status, answer = call(address, "img2img", ask())
        assert status == 200 and answer["images"] == expected
        assert answer["parameters"]["init_images"] is None and answer["parameters"]["steps"] == 10
        info = {"name": "refuser", "is_alwayson": True, "is_img2img": True, "args": []}
        assert info in call(address, "script-info")[1]
        assert "Euler a" in [sampler["name"] for sampler in call(address, "samplers")[1]]
        assert call(address, "options", {"eta_ddim": 0.25})[0] == 200
        assert call(address, "options")[1]["eta_ddim"] == 0.25
        assert call(address, "progress")[1]["progress"] == 0
    assert "API error" in capsys.readouterr().err


def test_requests_wait_for_each_other_and_can_be_interrupted():
    (watcher,) = standin.load(extension=None, probes=[Watcher])
    with standin.serve() as address:
        answers = []
        request = ask(steps=150, denoising_strength=1.0, n_iter=100)
        thread = threading.Thread(target=lambda: answers.append(call(address, "img2img", request)))
        thread.start()
        while not call(address, "progress")[1]["state"]["sampling_step"]:
            assert thread.is_alive()
        call(address, "interrupt", {})
        thread.join()
    assert answers[0][0] == 200 and len(answers[0][1]["images"]) < 100


def test_skipped_negatives_shorten_what_the_model_sees():
    standin.load(extension=None)
    rows = []
    script_callbacks.on_cfg_denoised(lambda params: rows.append(params.x.clone()))
    shared.opts.set("skip_early_cond", 0.5)
    text = infotext(standin.img2img(**ask()))
    assert "Skip Early CFG: 0.5" in text
    assert torch.equal(rows[0][0], rows[0][1]) and not torch.equal(rows[-1][0], rows[-1][1])


@pytest.mark.parametrize("option", ["img2img_extra_noise", "s_churn", "img2img_fix_steps", "eta_noise_seed_delta"])
def test_options_that_change_the_run_do(option):
    standin.load(extension=None)
    before = paint(sampler_name="Euler a" if "eta" in option else "Euler")[0]
    shared.opts.set(option, 1)
    assert not np.array_equal(paint(sampler_name="Euler a" if "eta" in option else "Euler")[0], before)
