"""One txt2img run, and the second pass of Hires. fix: an img2img run over the first pass's picture, upscaled."""
import numpy as np
import torch
from PIL import Image

from modules import images, processing_base, rng, sd_samplers, shared
from modules.processing_base import StableDiffusionProcessing

ASKED = {
    **processing_base.ASKED, 'enable_hr': False, 'hr_scale': 2.0, 'hr_upscaler': 'Latent', 'hr_second_pass_steps': 0, 'hr_resize_x': 0,
    'hr_resize_y': 0, 'hr_sampler_name': None,
}
CELL = 8
LATENT_MODES = {'Latent': 'bilinear', 'Latent (nearest)': 'nearest'}


class DecodedSamples(list):
    """Pictures that need no decoder any more, -1..1."""

    already_decoded = True


def decode_latent_batch(model, batch, target_device=None, check_for_nans=False):
    return DecodedSamples(model.decode(sample[None])[0] for sample in batch)


class StableDiffusionProcessingTxt2Img(StableDiffusionProcessing):
    """A run that starts from noise."""

    hr_upscale_to_x = hr_upscale_to_y = truncate_x = truncate_y = 0
    latent_scale_mode = None

    def __init__(self, sd_model=None, **asked):
        super().__init__(**{**ASKED, **asked})
        self.sd_model = shared.sd_model

    def init(self, all_prompts, all_seeds):
        """Sizes alone: a sampler is only made where it is used."""
        if not self.enable_hr:
            return
        self.extra_generation_params['Denoising strength'] = self.denoising_strength
        self.extra_generation_params['Hires upscaler'] = self.hr_upscaler
        if self.hr_upscaler in LATENT_MODES:
            self.latent_scale_mode = {'mode': LATENT_MODES[self.hr_upscaler], 'antialias': False}
        self._target_resolution()

    def _target_resolution(self):
        """The size that the first picture is scaled to, and by how many cells that is too much."""
        across, down = self.hr_resize_x, self.hr_resize_y
        if not across and not down:
            self.extra_generation_params['Hires upscale'] = self.hr_scale
            self.hr_upscale_to_x, self.hr_upscale_to_y = int(self.width * self.hr_scale), int(self.height * self.hr_scale)
            return
        self.extra_generation_params['Hires resize'] = f'{across}x{down}'
        wide = down == 0 or (across and self.width / self.height < across / down)
        self.hr_upscale_to_x = across if wide else down * self.width // self.height
        self.hr_upscale_to_y = across * self.height // self.width if wide else down
        if across and down:
            self.truncate_x, self.truncate_y = (self.hr_upscale_to_x - across) // CELL, (self.hr_upscale_to_y - down) // CELL

    def sample(self):
        """The first pass, and where it is asked for the second."""
        self.sampler = sd_samplers.create_sampler(self.sampler_name, shared.sd_model)
        noise = self.rng.next()
        self.event('process_before_every_sampling', x=noise, noise=noise, c=self.c, uc=self.uc)
        samples = self.sampler.sample(self, noise, self.c, self.uc, image_conditioning=self.img2img_image_conditioning(torch.zeros(
            len(noise), 3, self.height, self.width), noise))
        if not self.enable_hr:
            return samples
        decoded = None if self.latent_scale_mode else torch.stack(decode_latent_batch(shared.sd_model, samples))
        return self.sample_hr_pass(samples, decoded, self.seeds, None, None, self.prompts)

    def sample_hr_pass(self, samples, decoded_samples, seeds, subseeds, subseed_strength, prompts):
        """The second pass; returns its pictures, decoded."""
        if shared.state.interrupted:
            return samples
        self.is_hr_pass = True
        self.sampler = sd_samplers.create_sampler(self.hr_sampler_name or self.sampler_name, shared.sd_model)
        samples, conditioning = self._upscaled(samples, decoded_samples)
        rows, columns = samples.shape[2:]
        samples = samples[:, :, self.truncate_y // 2:rows - (self.truncate_y + 1) // 2, self.truncate_x // 2:columns - (self.truncate_x + 1) // 2]
        self.rng = rng.ImageRNG(samples.shape[1:], self.seeds)
        noise = self.rng.next()
        self.event('process_before_every_sampling', x=samples, noise=noise, c=self.c, uc=self.uc)
        steps = self.hr_second_pass_steps or self.steps
        samples = self.sampler.sample_img2img(self, samples, noise, self.c, self.uc, steps=steps, image_conditioning=conditioning)
        self.sampler = None
        self.is_hr_pass = False
        return decode_latent_batch(shared.sd_model, samples)

    def _upscaled(self, samples, decoded_samples):
        size = self.hr_upscale_to_x, self.hr_upscale_to_y
        if self.latent_scale_mode is not None:
            samples = torch.nn.functional.interpolate(samples, size=(size[1] // CELL, size[0] // CELL), mode=self.latent_scale_mode['mode'])
            return samples, self.img2img_image_conditioning(torch.stack(decode_latent_batch(shared.sd_model, samples)), samples)
        pictures = []
        for decoded in (decoded_samples + 1) / 2:
            picture = Image.fromarray((255.0 * np.moveaxis(decoded.clamp(0, 1).numpy(), 0, 2)).astype(np.uint8))
            picture = images.resize_image(0, picture, *size, upscaler_name=self.hr_upscaler)
            pictures.append(torch.from_numpy(np.moveaxis(np.array(picture, dtype=np.float32) / 255, 2, 0)))
        pictures = torch.stack(pictures) * 2 - 1
        samples = torch.cat([shared.sd_model.encode(picture[None]) for picture in pictures])
        return samples, self.img2img_image_conditioning(pictures, samples)
