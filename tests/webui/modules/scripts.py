"""The Script class, the loading of script files, and the runner that calls the scripts' hooks."""
import importlib.util
import inspect
import re
import sys
from collections import namedtuple
from pathlib import Path

import gradio as gr

from modules import errors, script_callbacks

AlwaysVisible = object()
HOOKS = ('before_process', 'process', 'before_process_batch', 'process_batch', 'process_before_every_sampling', 'post_sample',
         'postprocess_image', 'postprocess_maskoverlay', 'postprocess_image_after_composite', 'postprocess')
ScriptClassData = namedtuple('ScriptClassData', 'script_class path basedir module')
scripts_data = []
scripts_img2img = scripts_txt2img = None


class Script:
    """What an extension derives from, with those of HOOKS that it wants."""

    name = filename = group = controls = infotext_fields = args_from = args_to = None
    alwayson = is_img2img = False

    def title(self):
        raise NotImplementedError

    def ui(self, is_img2img):
        """Makes the components whose values are the script's arguments."""

    def show(self, is_img2img):
        return True

    def process_before_every_sampling(self, p, *args, **kwargs):
        """New in 1.10: extensions look here whether the host has it."""

    def run(self, p, *args):
        """Does the whole job of a selected script and returns its Processed."""

    def elem_id(self, item_id):
        """Names an element after the script."""
        title = re.sub(r'[^a-z_0-9]', '', re.sub(r'\s', '_', self.title().lower()))
        tab = ('img2img_' if self.is_img2img else 'txt2img_') if self.show(True) == self.show(False) else ''
        return f'script_{tab}{title}_{item_id}'


def load_scripts(folders, extra_classes=()):
    """Executes the script files of these folders afresh and makes a new runner; extra classes come last."""
    global scripts_img2img, scripts_txt2img
    script_callbacks.clear_callbacks()
    scripts_data.clear()
    for folder in folders:
        for path in sorted(Path(folder, 'scripts').glob('*.py')):
            _load_file(path, str(folder))
    scripts_data.extend(ScriptClassData(extra, inspect.getfile(extra), None, None) for extra in extra_classes)
    scripts_img2img, scripts_txt2img = ScriptRunner(True), ScriptRunner(False)


def _load_file(path, folder):
    """Executes one script file with its extension's folder in front of sys.path, as long as that takes."""
    before = sys.path
    sys.path = [folder, *sys.path]
    try:
        spec = importlib.util.spec_from_file_location(path.name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception:  # the host starts without the script
        errors.report(f'Error loading script: {path.name}')
        return
    finally:
        sys.path = before
    classes = [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, Script)]
    scripts_data.extend(ScriptClassData(found, str(path), folder, module) for found in classes)


class ScriptRunner:
    """The scripts of a tab, img2img or txt2img, their components, and the calling of their hooks."""

    def __init__(self, is_img2img):
        self.is_img2img = is_img2img
        self.alwayson_scripts, self.selectable_scripts = [], []
        self.inputs, self.infotext_fields = [None], []  # argument 0 is the number of the selected script
        for data in scripts_data:
            script = data.script_class()
            script.filename, script.is_img2img = data.path, is_img2img
            visibility = script.show(is_img2img)
            script.alwayson = visibility is AlwaysVisible
            if visibility:
                (self.alwayson_scripts if script.alwayson else self.selectable_scripts).append(script)
        self.scripts = self.alwayson_scripts + self.selectable_scripts

    def setup_ui(self):
        """Makes the components of all scripts, inside the page that is being built."""
        for script in self.scripts:
            script.args_from = script.args_to = len(self.inputs)
            try:
                with gr.Group(visible=script.alwayson) as script.group:
                    script.controls = script.ui(self.is_img2img)
            except Exception:  # the host shows the page without the script
                errors.report(f'Error calling: {script.filename}/ui')
            if script.controls is not None:
                self._register(script)

    def _register(self, script):
        script.name = script.title().lower()
        self.infotext_fields += script.infotext_fields or []
        self.inputs += script.controls
        script.args_to = len(self.inputs)

    def run(self, p, *args):
        """Runs the script selected by args[0], counted from 1."""
        script = self.selectable_scripts[args[0] - 1]
        return script.run(p, *args[script.args_from:script.args_to])

    def call(self, hook, p, *payload, **named):
        """Calls one hook of every always visible script in order, each with its own slice of the arguments."""
        for script in self.alwayson_scripts:
            if not hasattr(script, hook):
                continue
            try:
                getattr(script, hook)(p, *payload, *p.script_args[script.args_from:script.args_to], **named)
            except Exception:  # the host goes on as if the script had no such hook
                errors.report(f'Error running {hook}: {script.filename}')
