"""A script that goes wrong, or stops the run, where a request says so. Any WebUI loads it, the stand-in too."""
import gradio as gr
import torch
from modules import scripts, shared

ERRORS = {'error': lambda: RuntimeError('injected'), 'memory': lambda: torch.cuda.OutOfMemoryError('injected: out of memory')}
PARTS = {'encode': ('encode_first_stage', 'encode'), 'decode': ('decode_first_stage', 'decode')}  # A1111's names, and the stand-in's


class Faults(scripts.Script):
    def title(self):
        return 'Test faults'

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def ui(self, is_img2img):
        with gr.Group(visible=False):
            return [gr.Textbox('', label='Test fault'), gr.Number(0, label='Test fault at call', precision=0), gr.Textbox('', label='Test fault with')]

    def process(self, p, kind='', at=0, more=''):
        if kind in PARTS:
            Once(shared.sd_model, next(name for name in PARTS[kind] if hasattr(shared.sd_model, name)))
        if kind == 'save':
            p.outpath_samples = f'{__file__}/no-folder'

    def process_batch(self, p, kind='', at=0, more='', batch_number=0, **kwargs):
        if kind in (*ERRORS, 'interrupt', 'skip', 'restart') and batch_number == 0:
            calls = iter(range(1, 10_000))
            p.sampler.model_wrap_cfg.register_forward_pre_hook(lambda denoiser, args: act(kind) if next(calls) == at else None)

    def postprocess_batch(self, p, kind='', at=0, more='', batch_number=0, **kwargs):
        if kind == 'checkpoint' and batch_number == 0:
            shared.opts.data['sd_model_checkpoint'] = more

    def postprocess(self, p, processed, kind='', at=0, more=''):
        for name in PARTS.get(kind, ()):
            vars(shared.sd_model).pop(name, None)  # of a WebUI that used another autoencoder, it would wait for a later run


def act(kind):
    if kind in ERRORS:
        raise ERRORS[kind]()
    getattr(shared.state, {'restart': 'request_restart'}.get(kind, kind))()


class Once:
    """Stands in for a model's function, once, and fails."""

    def __init__(self, model, name):
        self.model, self.name = model, name
        vars(model)[name] = self

    def __call__(self, *args, **kwargs):
        del vars(self.model)[self.name]
        raise RuntimeError(f'injected: {self.name}')
