"""The Script class, the loading of script files, and the runner that calls the scripts' hooks."""

import importlib.util
import inspect
import re
import sys
from collections import namedtuple
from pathlib import Path

from modules import errors, paths, script_callbacks

AlwaysVisible = object()
ScriptClassData = namedtuple("ScriptClassData", "script_class path basedir module")
scripts_data = []
scripts_txt2img = scripts_img2img = scripts_current = None
current_basedir = paths.script_path


class MaskBlendArgs:
    """A blend of the inpaint mask: at a denoiser call, or the final one, which has no denoiser."""

    def __init__(self, current_latent, nmask, init_latent, mask, blended_latent, denoiser=None, sigma=None):
        self.current_latent, self.init_latent, self.blended_latent = current_latent, init_latent, blended_latent
        self.nmask, self.mask = nmask, mask
        self.denoiser, self.sigma = denoiser, sigma
        self.is_final_blend = denoiser is None


class PostSampleArgs:
    def __init__(self, samples):
        self.samples = samples


class PostprocessImageArgs:
    def __init__(self, image):
        self.image = image


class PostProcessMaskOverlayArgs:
    def __init__(self, index, mask_for_overlay, overlay_image):
        self.index, self.mask_for_overlay, self.overlay_image = index, mask_for_overlay, overlay_image


class PostprocessBatchListArgs:
    def __init__(self, images):
        self.images = images


class Script:
    """What an extension derives from; a hook it does not override is not called."""

    name = section = filename = args_from = args_to = tabname = group = None
    infotext_fields = paste_field_names = api_info = controls = None
    alwayson = is_txt2img = is_img2img = setup_for_ui_only = False
    create_group = True

    def title(self):
        raise NotImplementedError

    def ui(self, is_img2img):
        """Makes the components whose values are the script's arguments."""

    def show(self, is_img2img):
        return True

    def run(self, p, *args):
        """Does the whole job of a selected script and returns its Processed."""

    def elem_id(self, item_id):
        """Names an element after the script, and after the tab where the script is in both."""
        title = re.sub(r"[^a-z_0-9]", "", re.sub(r"\s", "_", self.title().lower()))
        tab = ("img2img_" if self.is_img2img else "txt2img_") if self.show(True) == self.show(False) else ""
        return f"script_{tab}{title}_{item_id}"

    def describe(self):
        return ""


HOOKS = (
    "setup before_process process before_process_batch after_extra_networks_activate process_batch "
    "process_before_every_sampling on_mask_blend post_sample postprocess_batch postprocess_batch_list "
    "postprocess_image postprocess_maskoverlay postprocess_image_after_composite postprocess before_hr "
    "before_component after_component"
).split()


def _idle(self, *args, **kwargs):
    """Does nothing: the hook of a script that has none."""


for _hook in HOOKS:
    setattr(Script, _hook, _idle)


def basedir():
    """Returns the folder of the extension whose script file is being loaded."""
    return current_basedir


def load_scripts(extension=None, extra_classes=()):
    """Executes the script files of an extension's folder afresh and makes new runners; extra classes come last."""
    global scripts_txt2img, scripts_img2img
    script_callbacks.script_unloaded_callback()
    script_callbacks.clear_callbacks()
    scripts_data.clear()
    for path in sorted(Path(extension, "scripts").glob("*.py")) if extension else ():
        _load_file(path, str(extension))
    for script_class in extra_classes:
        scripts_data.append(ScriptClassData(script_class, inspect.getfile(script_class), paths.script_path, None))
    scripts_txt2img, scripts_img2img = ScriptRunner(), ScriptRunner()


def _load_file(path, folder):
    """Executes one script file with its extension's folder in front of sys.path, as long as that takes."""
    global current_basedir
    before = sys.path
    sys.path, current_basedir = [folder, *sys.path], folder
    try:
        spec = importlib.util.spec_from_file_location(path.name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for value in vars(module).values():
            if inspect.isclass(value) and issubclass(value, Script):
                scripts_data.append(ScriptClassData(value, str(path), folder, module))
    except Exception:  # the host starts without the script
        errors.report(f"Error loading script: {path.name}", exc_info=True)
    finally:
        sys.path, current_basedir = before, paths.script_path


class ScriptRunner:
    """The scripts of one tab, their components, and the calling of their hooks."""

    def __init__(self):
        self.scripts, self.selectable_scripts, self.alwayson_scripts = [], [], []
        self.titles, self.title_map = [], {}
        self.prepare_ui()

    def prepare_ui(self):
        self.inputs, self.infotext_fields, self.paste_field_names = [None], [], []

    def initialize_scripts(self, is_img2img):
        """Makes an instance of every script class that wants to be in this tab."""
        for scripts in (self.scripts, self.selectable_scripts, self.alwayson_scripts):
            scripts.clear()
        for data in scripts_data:
            try:
                script = data.script_class()
            except Exception:  # the host goes on without the script
                errors.report(f"Error # failed to initialize Script {data.module}: ", exc_info=True)
                continue
            script.filename = data.path
            script.is_img2img, script.is_txt2img = is_img2img, not is_img2img
            script.tabname = "img2img" if is_img2img else "txt2img"
            self._place(script, script.show(is_img2img))

    def _place(self, script, visibility):
        if not visibility:
            return
        script.alwayson = visibility is AlwaysVisible
        self.scripts.append(script)
        (self.alwayson_scripts if script.alwayson else self.selectable_scripts).append(script)

    def setup_ui(self):
        """Makes the components of all scripts, inside the page being built; a selectable one's come last."""
        import gradio as gr

        self.title_map = {script.title().lower(): script for script in self.scripts}
        self.titles = [script.title() for script in self.selectable_scripts]
        in_sections = [script for script in self.alwayson_scripts if script.section is not None]
        in_place = [script for script in self.alwayson_scripts if script.section is None]
        for script in in_sections + in_place + self.selectable_scripts:
            with gr.Group(visible=script.alwayson) as script.group:
                self.create_script_ui(script)
        self.inputs[0] = gr.Dropdown(label="Script", choices=["None", *self.titles], value="None", type="index")
        return self.inputs

    def create_script_ui(self, script):
        script.args_from = script.args_to = len(self.inputs)
        try:
            script.controls = script.ui(script.is_img2img)
            if script.controls is not None:
                self._register(script)
        except Exception:  # the host shows the page without the script
            errors.report(f"Error calling: {script.filename}/ui", exc_info=True)

    def _register(self, script):
        from modules.api import models

        script.name = script.title().lower()
        script.api_info = models.script_info(script)
        self.infotext_fields += script.infotext_fields or []
        self.paste_field_names += script.paste_field_names or []
        self.inputs += script.controls
        script.args_to = len(self.inputs)

    def script(self, title):
        return self.title_map.get(title.lower())

    def run(self, p, *args):
        """Runs the script selected by args[0], counted from 1; returns None where none is."""
        if not args[0]:
            return None
        script = self.selectable_scripts[args[0] - 1]
        return script.run(p, *args[script.args_from : script.args_to])

    def setup_scrips(self, p, *, is_ui=True):
        self._call("setup", p, scripts=[s for s in self.alwayson_scripts if is_ui or not s.setup_for_ui_only])

    def postprocess_batch(self, p, images, **kwargs):
        self._call("postprocess_batch", p, images=images, **kwargs)

    def _call(self, hook, p, *payload, scripts=None, **kwargs):
        """Calls one hook of every always-visible script in order, each with its own slice of the arguments."""
        for script in self.alwayson_scripts if scripts is None else scripts:
            if getattr(type(script), hook) is _idle:
                continue
            try:
                args = p.script_args[script.args_from : script.args_to]
                getattr(script, hook)(p, *payload, *args, **kwargs)
            except Exception:  # the host goes on as if the script had no such hook
                errors.report(f"Error running {hook}: {script.filename}", exc_info=True)


def _runner_method(hook):
    def call(self, p, *payload, **kwargs):
        self._call(hook, p, *payload, **kwargs)

    return call


for _hook in set(HOOKS) - {"setup", "postprocess_batch", "before_component", "after_component"}:
    setattr(ScriptRunner, _hook, _runner_method(_hook))
