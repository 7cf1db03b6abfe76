"""One img2img run: its masks and its latent."""
import numpy as np
import torch
from PIL import ImageOps

from modules import images, masking, processing_base, rng, sd_samplers, shared
from modules.processing_base import StableDiffusionProcessing
from modules.shared import opts

STRETCH, CROP, FILL, LATENT = range(4)  # Resize mode
FILLED, ORIGINAL, LATENT_NOISE, LATENT_NOTHING = range(4)  # Masked content
ASKED = {
    **processing_base.ASKED, 'initial_noise_multiplier': 1.0,
    'resize_mode': STRETCH, 'init_images': [], 'mask': None, 'mask_blur': None, 'mask_blur_x': 4, 'mask_blur_y': 4, 'mask_round': True,
    'inpainting_fill': FILLED, 'inpaint_full_res': True, 'inpaint_full_res_padding': 0, 'inpainting_mask_invert': 0,
}


class StableDiffusionProcessingImg2Img(StableDiffusionProcessing):
    """A run that starts from pictures, with an inpaint mask or without."""

    init_latent = None

    def __init__(self, sd_model=None, **asked):
        asked = {**ASKED, **asked}
        blur = asked.pop('mask_blur')
        super().__init__(**asked)
        self.mask_blur = blur
        self.image_mask, self.mask = self.mask, None

    @property
    def mask_blur(self):
        return self.mask_blur_x if self.mask_blur_x == self.mask_blur_y else None

    @mask_blur.setter
    def mask_blur(self, value):
        if isinstance(value, int):
            self.mask_blur_x = self.mask_blur_y = value

    def init(self, all_prompts, all_seeds):
        """Makes the sampler, the masks and the init latent."""
        self.extra_generation_params['Denoising strength'] = self.denoising_strength
        self.sampler = sd_samplers.create_sampler(self.sampler_name, shared.sd_model)
        mask, crop = self._mask_and_crop()
        pictures = torch.stack(self._as_batch([self._picture(image, mask, crop) for image in self.init_images])) * 2 - 1
        self.init_latent = torch.cat([shared.sd_model.encode(picture[None]) for picture in pictures])
        if self.resize_mode == LATENT:
            self.init_latent = torch.nn.functional.interpolate(self.init_latent, (self.height // 8, self.width // 8), mode='bilinear')
        if mask is not None:
            self._mask_latent(mask, all_seeds)
        self.image_conditioning = self.img2img_image_conditioning(pictures, self.init_latent, mask, self.mask_round)

    def sample(self):
        """Draws the start's noise, runs the sampler, and blends the inpaint mask a last time."""
        noise = self.rng.next()
        if self.initial_noise_multiplier != 1:
            self.extra_generation_params['Noise multiplier'] = self.initial_noise_multiplier
            noise *= self.initial_noise_multiplier
        self.event('process_before_every_sampling', x=self.init_latent, noise=noise, c=self.c, uc=self.uc)
        samples = self.sampler.sample_img2img(self, self.init_latent, noise, self.c, self.uc, image_conditioning=self.image_conditioning)
        return samples if self.mask is None else samples * self.nmask + self.init_latent * self.mask

    def _mask_and_crop(self):
        """The mask at the size of the run and the crop of Only masked; None each where there is none."""
        if self.image_mask is None:
            return None, None
        self.overlay_images = []
        mask = images.binary_mask(self.image_mask, self.mask_round)
        if self.inpainting_mask_invert:
            mask = ImageOps.invert(mask)
            self.extra_generation_params['Mask mode'] = 'Inpaint not masked'
        mask = images.blurred(mask, self.mask_blur_x, self.mask_blur_y)
        if self.mask_blur_x > 0 or self.mask_blur_y > 0:
            self.extra_generation_params['Mask blur'] = self.mask_blur
        if not self.inpaint_full_res:
            mask = images.resize_image(self.resize_mode, mask, self.width, self.height).convert('L')
            self.mask_for_overlay = mask.point(lambda grey: min(2 * grey, 255))
            return mask, None
        if not mask.getbbox():
            self.mask_for_overlay, self.inpaint_full_res = None, False
            return None, None
        crop = masking.get_crop_region(mask, self.inpaint_full_res_padding)
        crop = masking.expand_crop_region(crop, self.width, self.height, mask.width, mask.height)
        self.mask_for_overlay = mask
        left, top, right, bottom = crop
        self.paste_to = (left, top, right - left, bottom - top)
        return images.resize_image(FILL, mask.crop(crop), self.width, self.height).convert('L'), crop

    def _picture(self, image, mask, crop):
        """Takes an init image to the run's size, 3HW in 0..1, and keeps what lies outside its mask as its overlay."""
        image = images.flatten(image, opts.img2img_background_color)
        if crop is None and self.resize_mode != LATENT:
            image = images.resize_image(self.resize_mode, image, self.width, self.height)
        if mask is not None:
            self.overlay_images.append(self._overlay(image))
        if crop is not None:
            image = images.resize_image(FILL, image.crop(crop), self.width, self.height)
        if mask is not None and self.inpainting_fill != ORIGINAL:
            image = images.filled(image, mask)
        return torch.from_numpy(np.array(image, dtype=np.float32) / 255).permute(2, 0, 1)

    def _overlay(self, image):
        if self.mask_for_overlay.size != image.size:
            self.mask_for_overlay = images.resize_image(self.resize_mode, self.mask_for_overlay, *image.size).convert('L')
        overlay = image.convert('RGBA')
        overlay.putalpha(ImageOps.invert(self.mask_for_overlay))
        return overlay

    def _as_batch(self, pictures):
        """Repeats a single picture for the whole batch, or takes the batch size from a list of them."""
        if len(pictures) == 1:
            self.overlay_images = self.overlay_images and self.overlay_images * self.batch_size
            return pictures * self.batch_size
        if len(pictures) > self.batch_size:
            raise RuntimeError(f'bad number of images passed: {len(pictures)}; expecting {self.batch_size} or less')
        self.batch_size = len(pictures)
        return pictures

    def _mask_latent(self, mask, all_seeds):
        """Makes mask (1 keeps) and nmask (1 repaints) at the size of the latent, and fills the latent as asked."""
        channels, height, width = self.init_latent.shape[1:]
        grey = torch.from_numpy(np.array(mask.resize((width, height)), dtype=np.float32) / 255)
        self.nmask = (grey.round() if self.mask_round else grey).expand(channels, height, width)
        self.mask = 1 - self.nmask
        if self.inpainting_fill in (LATENT_NOISE, LATENT_NOTHING):
            self.init_latent = self.init_latent * self.mask
        if self.inpainting_fill == LATENT_NOISE:
            noise = rng.ImageRNG((channels, height, width), all_seeds[:len(self.init_latent)]).next()
            self.init_latent = self.init_latent + noise * self.nmask
