"""What all runs have: what was asked for, and the calling of scripts."""
import random
from types import SimpleNamespace

from modules.shared import opts

ASKED = {
    'prompt': '', 'negative_prompt': '', 'seed': -1, 'steps': 50, 'cfg_scale': 7.0, 'sampler_name': 'Euler', 'scheduler': 'Automatic',
    'width': 512, 'height': 512, 'batch_size': 1, 'n_iter': 1, 'denoising_strength': 0.75, 'override_settings': {}, 'save_images': False,
}


def fixed_seed(seed):
    """A seed drawn now for -1."""
    return random.randrange(2 ** 32) if seed == -1 else seed


class StableDiffusionProcessing:
    """A run. Holds all that was asked for, and what is made on the way."""

    scripts, script_args = None, ()
    sampler = rng = c = uc = None
    sampler_noise_scheduler_override = None
    mask = nmask = mask_for_overlay = overlay_images = paste_to = None
    iteration = batch_index = 0
    is_hr_pass = False

    def __init__(self, **asked):
        vars(self).update(asked)
        self.extra_generation_params, self.comments = {}, {}

    def comment(self, text):
        """Shows a line under the picture."""
        self.comments[text] = 1

    def save_samples(self):
        return opts.samples_save and self.save_images

    def event(self, hook, *payload, **named):
        """Calls a hook of the scripts."""
        if self.scripts is not None:
            self.scripts.call(hook, self, *payload, **named)

    def offer(self, hook, **fields):
        """Calls a hook that may replace what it is given; returns the fields as they are then."""
        given = SimpleNamespace(**fields)
        self.event(hook, given)
        return given

    def lay_out(self):
        """The prompts and seeds of all pictures."""
        count = self.batch_size * self.n_iter
        seed = fixed_seed(self.seed)
        self.all_prompts, self.all_negative_prompts = [self.prompt] * count, [self.negative_prompt] * count
        self.all_seeds = [seed + i for i in range(count)]
