"""What all runs have: what was asked for, and the calling of scripts."""
import random
from types import SimpleNamespace

import numpy as np
import torch

from modules import shared
from modules.sd_samplers_cfg_denoiser import conditions
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
    is_hr_pass = do_not_save_samples = False

    def __init__(self, **asked):
        vars(self).update(asked)
        self.extra_generation_params, self.comments = {}, {}

    def comment(self, text):
        """Shows a line under the picture."""
        self.comments[text] = 1

    def save_samples(self):
        return opts.samples_save and self.save_images and not self.do_not_save_samples

    def event(self, hook, *payload, **named):
        """Calls a hook of the scripts."""
        if self.scripts is not None:
            self.scripts.call(hook, self, *payload, **named)

    def offer(self, hook, **fields):
        """Calls a hook that may replace what it is given; returns the fields as they are then."""
        given = SimpleNamespace(**fields)
        self.event(hook, given)
        return given

    def setup_conds(self):
        """What the model is told of the batch's prompts and negative prompts."""
        self.c, self.uc = conditions(self.prompts), torch.cat([shared.sd_model.embed(prompt) for prompt in self.negative_prompts])

    def inpainting_image_conditioning(self, source_image, latent_image, image_mask=None, round_image_mask=True):
        """What an inpainting checkpoint is told: the mask in cells, and the latent of the picture that is grey there."""
        mask = source_image.new_ones(1, 1, *source_image.shape[-2:]) if image_mask is None else image_mask
        if not torch.is_tensor(mask):
            mask = torch.from_numpy(np.array(mask.convert('L'), dtype=np.float32) / 255)[None, None]
            mask = mask.round() if round_image_mask else mask
        pictures = torch.cat([shared.sd_model.encode(picture[None]) for picture in source_image * (1 - mask)])
        cells = torch.nn.functional.interpolate(mask, size=latent_image.shape[-2:])
        return torch.cat([cells.expand(len(pictures), -1, -1, -1), pictures], dim=1)

    def txt2img_image_conditioning(self, x, width=None, height=None):
        """What an inpainting checkpoint is told where there is no picture: paint everything, over grey."""
        grey = x.new_zeros(len(x), 3, x.shape[-2] * 8, x.shape[-1] * 8)
        return self.img2img_image_conditioning(grey, x)

    def img2img_image_conditioning(self, source_image, latent_image, image_mask=None, round_image_mask=True):
        """The same; of other checkpoints nothing, in its shape."""
        if not shared.sd_model.is_inpainting:
            return latent_image.new_zeros(len(latent_image), 5, 1, 1)
        return self.inpainting_image_conditioning(source_image, latent_image, image_mask, round_image_mask)

    def lay_out(self):
        """The prompts and seeds of all pictures."""
        count = self.batch_size * self.n_iter
        seed = fixed_seed(self.seed)
        self.all_prompts, self.all_negative_prompts = [self.prompt] * count, [self.negative_prompt] * count
        self.all_seeds = [seed + i for i in range(count)]
