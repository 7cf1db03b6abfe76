"""The host's Loopback: each round starts from the last one's picture, on the same run."""
import gradio as gr
from modules import scripts
from modules.processed import Processed
from modules.processing import process_images


class Loopback(scripts.Script):
    def title(self):
        return 'Loopback'

    def ui(self, is_img2img):
        return [gr.Slider(1, 32, step=1, label='Loops', value=2), gr.Slider(0, 1, label='Final denoising strength', value=0.5),
                gr.Dropdown(['Aggressive', 'Linear', 'Lazy'], label='Denoising strength curve', value='Linear'),
                gr.Dropdown(['None'], label='Append interrogated prompt at each iteration', value='None')]

    def run(self, p, loops, final, curve, interrogate):
        """Only the linear curve of Denoising strengths."""
        first, pictures, infotexts = p.denoising_strength, [], []
        for i in range(loops):
            p.denoising_strength = first + (final - first) * i / max(loops - 1, 1)
            processed = process_images(p)
            p.init_images = [processed.images[0]]
            pictures.append(processed.images[0])
            infotexts.append(processed.infotexts[0])
            p.seed = processed.seed + 1
        return Processed(p, pictures, infotexts=infotexts)
