"""What a run returns, and the text that says how it was made."""
import json

from modules import infotext_utils

FIELDS = ('prompt', 'all_prompts', 'negative_prompt', 'all_negative_prompts', 'all_seeds', 'width', 'height', 'sampler_name', 'cfg_scale',
          'steps', 'batch_size', 'denoising_strength', 'extra_generation_params')


class Processed:
    """The pictures of a run with their infotexts, and the run's fields as they stood at its end."""

    index_of_first_image = 0

    def __init__(self, p, images_list, seed=-1, info='', infotexts=None):
        vars(self).update({name: getattr(p, name) for name in FIELDS})
        self.images, self.seed = images_list, seed
        self.infotexts = infotexts or [info or self.infotext(p, 0)]
        self.info = info or self.infotexts[0]
        self.comments = ''.join(f'{comment}\n' for comment in p.comments)

    def js(self):
        """The answer's `info`."""
        return json.dumps({name: getattr(self, name) for name in (*FIELDS, 'seed', 'infotexts', 'index_of_first_image')}, default=str)

    def infotext(self, p, index):
        return create_infotext(p, p.all_prompts, p.all_negative_prompts, p.all_seeds, index)


def _of_image(value, p, index):
    if isinstance(value, list):
        return value[index]
    return value(p=p, index=index, use_main_prompt=False) if callable(value) else value


def create_infotext(p, prompts, negative_prompts, seeds, index):
    """The prompts and a line of parameters; extensions' stand before the version, or replace the host's. Of a list the image's own."""
    parameters = {
        'Steps': p.steps,
        'Sampler': p.sampler_name,
        'Schedule type': p.scheduler,
        'CFG scale': p.cfg_scale,
        'Seed': seeds[index],
        'Size': f'{p.width}x{p.height}',
        **p.extra_generation_params,
        'Version': 'v1.10.1',
    }
    own = {key: _of_image(value, p=p, index=index) for key, value in parameters.items()}
    line = ', '.join(key if key == value else f'{key}: {infotext_utils.quote(value)}' for key, value in own.items() if value is not None)
    below = f'\nNegative prompt: {negative_prompts[index]}' if negative_prompts[index] else ''
    return f'{prompts[index]}{below}\n{line}'.strip()
