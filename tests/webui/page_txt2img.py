"""The stand-in's txt2img tab: sizes, steps and Hires. fix as the host lays them out, the extension, and the result."""
import gradio as gr
import standin
from modules import processing, sd_samplers
from modules.ui_components import InputAccordion

SLIDERS = {  # element id, label, lowest, highest, step, value
    'steps': ('txt2img_steps', 'Sampling steps', 1, 150, 1, 20), 'width': ('txt2img_width', 'Width', 64, 2048, 8, 64),
    'height': ('txt2img_height', 'Height', 64, 2048, 8, 64), 'batch_size': ('txt2img_batch_size', 'Batch size', 1, 8, 1, 1),
    'cfg_scale': ('txt2img_cfg_scale', 'CFG Scale', 1, 30, 0.5, 3),
}
HIRES = {
    'hr_second_pass_steps': ('txt2img_hires_steps', 'Hires steps', 0, 150, 1, 0),
    'denoising_strength': ('txt2img_denoising_strength', 'Denoising strength', 0, 1, 0.01, 0.7),
    'hr_scale': ('txt2img_hr_scale', 'Upscale by', 1, 4, 0.05, 2), 'hr_resize_x': ('txt2img_hr_resize_x', 'Resize width to', 0, 2048, 8, 0),
    'hr_resize_y': ('txt2img_hr_resize_y', 'Resize height to', 0, 2048, 8, 0),
}


class Txt2Img:
    """The tab: its components by the request's names, and its button."""

    def __init__(self, runner, prompt, generate, gallery):
        """generate(make): what the button does, from a function that makes the pictures. gallery: what a gallery is made with."""
        self.runner, self.asked = runner, {}
        with gr.Row():
            self.asked['prompt'] = gr.Textbox(prompt, elem_id='txt2img_prompt', show_label=False, lines=3, scale=3)
            button = gr.Button('Generate', elem_id='txt2img_generate', variant='primary')
        with gr.Row(equal_height=False):
            with gr.Column(variant='compact', elem_id='txt2img_settings'):
                self.settings()
            with gr.Column(variant='panel', elem_id='txt2img_results'):
                outputs = [gr.Gallery(show_label=False, elem_id='txt2img_gallery', columns=4, preview=True, **gallery),
                           gr.HTML(elem_id='html_info_txt2img'), gr.HTML(elem_id='html_log_txt2img')]
        button.click(generate(self.processed), [*self.asked.values(), *runner.inputs[1:]], outputs)

    def settings(self):
        names = [sampler.name for sampler in sd_samplers.all_samplers]
        self.asked['sampler_name'] = gr.Dropdown(names, value='DPM++ 2M', label='Sampling method', elem_id='txt2img_sampling')
        self.add(SLIDERS)
        self.asked['seed'] = gr.Number(1, label='Seed', elem_id='txt2img_seed', precision=0)
        with InputAccordion(False, label='Hires. fix', elem_id='txt2img_hr') as self.asked['enable_hr']:
            self.asked['hr_upscaler'] = gr.Dropdown(['Latent', 'Lanczos', 'Nearest'], value='Lanczos', label='Upscaler', elem_id='txt2img_hr_upscaler')
            self.add(HIRES)
            self.asked['hr_sampler_name'] = gr.Dropdown(['Use same sampler', *names], value='Use same sampler', label='Hires sampling method', elem_id='hr_sampler')
        self.runner.setup_ui()

    def add(self, sliders):
        for name, (elem_id, label, low, high, step, value) in sliders.items():
            self.asked[name] = gr.Slider(low, high, value=value, step=step, label=label, elem_id=elem_id)

    def processed(self, *values):
        asked, args = dict(zip(self.asked, values)), values[len(self.asked):]
        asked['hr_sampler_name'] = None if asked['hr_sampler_name'] == 'Use same sampler' else asked['hr_sampler_name']
        kind = processing.StableDiffusionProcessingTxt2Img
        return standin.api.run_on(self.runner, kind, asked, [0, *args])
