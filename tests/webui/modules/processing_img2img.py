"""The img2img run before and while it samples: masks, init latent, noise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps

from modules import devices, images, masking, rng, scripts, sd_samplers, sd_samplers_common, shared
from modules.processing_fields import StableDiffusionProcessing, made_later
from modules.shared import opts


@dataclass(repr=False)
class StableDiffusionProcessingImg2Img(StableDiffusionProcessing):
    """A run that starts from pictures, with an inpaint mask or without."""

    init_images: list = None
    resize_mode: int = 0
    denoising_strength: float = 0.75
    image_cfg_scale: float = None
    mask: Any = None
    mask_blur_x: int = 4
    mask_blur_y: int = 4
    mask_blur: int = None
    mask_round: bool = True
    inpainting_fill: int = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: int = 0
    inpainting_mask_invert: int = 0
    initial_noise_multiplier: float = None
    latent_mask: Any = None

    image_mask: Any = made_later()
    nmask: Any = made_later()
    image_conditioning: Any = made_later()
    init_img_hash: str = made_later()
    mask_for_overlay: Any = made_later()
    init_latent: Any = made_later()

    def __post_init__(self):
        super().__post_init__()
        self.image_mask, self.mask = self.mask, None
        if self.initial_noise_multiplier is None:
            self.initial_noise_multiplier = opts.initial_noise_multiplier

    def init(self, all_prompts, all_seeds, all_subseeds):
        """Makes the sampler, the masks and the init latent."""
        self.extra_generation_params["Denoising strength"] = self.denoising_strength
        self.image_cfg_scale = None
        self.sampler = sd_samplers.create_sampler(self.sampler_name, self.sd_model)
        mask, crop = self._prepare_mask()
        latent_mask = self.latent_mask if self.latent_mask is not None else mask
        pictures = [self._prepare_picture(image, mask, latent_mask, crop) for image in self.init_images]
        picture = torch.from_numpy(self._fit_batch(pictures)).to(shared.device, devices.dtype_vae)
        self.init_latent = sd_samplers_common.images_tensor_to_samples(picture, model=self.sd_model)
        if self.resize_mode == 3:
            size = self.height // 8, self.width // 8
            self.init_latent = torch.nn.functional.interpolate(self.init_latent, size=size, mode="bilinear")
        if mask is not None:
            self._mask_latent(latent_mask, all_seeds)
        source = picture * 2 - 1
        self.image_conditioning = self.img2img_image_conditioning(source, self.init_latent, mask, self.mask_round)

    def _prepare_mask(self):
        """Returns the mask at the size of the run and the crop of Only masked; None each where there is none."""
        if self.image_mask is None:
            return None, None
        self.overlay_images = []
        mask = self._blurred_mask()
        if not self.inpaint_full_res:
            mask = images.resize_image(self.resize_mode, mask, self.width, self.height)
            doubled = np.clip(np.asarray(mask, dtype=np.float32) * 2, 0, 255).astype(np.uint8)
            self.mask_for_overlay = Image.fromarray(doubled)
            return mask, None
        self.mask_for_overlay = mask
        crop = masking.get_crop_region_v2(mask.convert("L"), self.inpaint_full_res_padding)
        if not crop:
            self.mask_for_overlay, self.inpaint_full_res = None, False
            self.comment('Unable to perform "Inpaint Only mask" because mask is blank, switch to img2img mode.')
            return None, None
        left, top, right, bottom = crop = masking.expand_crop_region(crop, self.width, self.height, *mask.size)
        self.paste_to = (left, top, right - left, bottom - top)
        self.extra_generation_params["Inpaint area"] = "Only masked"
        self.extra_generation_params["Masked area padding"] = self.inpaint_full_res_padding
        return images.resize_image(2, mask.convert("L").crop(crop), self.width, self.height), crop

    def _blurred_mask(self):
        mask = masking.create_binary_mask(self.image_mask, round=self.mask_round)
        if self.inpainting_mask_invert:
            mask = ImageOps.invert(mask)
            self.extra_generation_params["Mask mode"] = "Inpaint not masked"
        for sigma, axis in ((self.mask_blur_x, 1), (self.mask_blur_y, 0)):
            if sigma > 0:
                mask = masking.gaussian_blur(mask, sigma, axis)
                self.extra_generation_params["Mask blur"] = self.mask_blur
        return mask

    def _prepare_picture(self, image, mask, latent_mask, crop):
        """Takes an init image to the run's size, 3HW in 0..1, and keeps what lies outside its mask as its overlay."""
        image = images.flatten(image, opts.img2img_background_color)
        if crop is None and self.resize_mode != 3:
            image = images.resize_image(self.resize_mode, image, self.width, self.height)
        if mask is not None:
            self.overlay_images.append(self._overlay(image))
        if crop is not None:
            image = images.resize_image(2, image.crop(crop), self.width, self.height)
        if mask is not None and self.inpainting_fill != 1:
            image = masking.fill(image, latent_mask)
            if self.inpainting_fill == 0:
                self.extra_generation_params["Masked content"] = "fill"
        return np.moveaxis(np.asarray(image, dtype=np.float32) / 255.0, 2, 0)

    def _overlay(self, image):
        if self.mask_for_overlay.size != image.size:
            self.mask_for_overlay = images.resize_image(self.resize_mode, self.mask_for_overlay, *image.size)
        overlay = Image.new("RGBa", image.size)
        overlay.paste(image.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(self.mask_for_overlay.convert("L")))
        return overlay.convert("RGBA")

    def _fit_batch(self, pictures):
        """Repeats a single picture for the whole batch, or takes the batch size from a list of them."""
        if len(pictures) == 1:
            if self.overlay_images is not None:
                self.overlay_images = self.overlay_images * self.batch_size
            return np.stack(pictures * self.batch_size)
        if len(pictures) > self.batch_size:
            raise RuntimeError(f"bad number of images passed: {len(pictures)}; expecting {self.batch_size} or less")
        self.batch_size = len(pictures)
        return np.stack(pictures)

    def _mask_latent(self, latent_mask, all_seeds):
        """Makes mask (1 keeps) and nmask (1 repaints) at the size of the latent, and fills the latent as asked."""
        channels, height, width = self.init_latent.shape[1:]
        grey = np.asarray(latent_mask.convert("RGB").resize((width, height)), dtype=np.float32)[:, :, 0] / 255
        grey = np.tile(np.around(grey) if self.mask_round else grey, (channels, 1, 1))
        self.mask = torch.from_numpy(1.0 - grey).to(shared.device, devices.dtype)
        self.nmask = torch.from_numpy(grey).to(shared.device, devices.dtype)
        if self.inpainting_fill == 2:
            noise = rng.ImageRNG(self.init_latent.shape[1:], all_seeds[: len(self.init_latent)]).next()
            self.init_latent = self.init_latent * self.mask + noise * self.nmask
            self.extra_generation_params["Masked content"] = "latent noise"
        elif self.inpainting_fill == 3:
            self.init_latent = self.init_latent * self.mask
            self.extra_generation_params["Masked content"] = "latent nothing"

    def img2img_image_conditioning(self, source_image, latent_image, image_mask=None, round_image_mask=True):
        """Returns the empty condition of a checkpoint that takes none from the picture."""
        return latent_image.new_zeros(len(latent_image), 5, 1, 1)

    def sample(self, conditioning, unconditional_conditioning, seeds, subseeds, subseed_strength, prompts):
        """Draws the start's noise, runs the sampler, and blends the inpaint mask a last time."""
        x = self.rng.next()
        if self.initial_noise_multiplier != 1.0:
            self.extra_generation_params["Noise multiplier"] = self.initial_noise_multiplier
            x *= self.initial_noise_multiplier
        conds = conditioning, unconditional_conditioning
        if self.scripts is not None:
            self.scripts.process_before_every_sampling(p=self, x=self.init_latent, noise=x, c=conds[0], uc=conds[1])
        image_cond = {"image_conditioning": self.image_conditioning}
        samples = self.sampler.sample_img2img(self, self.init_latent, x, *conds, **image_cond)
        if self.mask is None:
            return samples
        blended = samples * self.nmask + self.init_latent * self.mask
        args = scripts.MaskBlendArgs(samples, self.nmask, self.init_latent, self.mask, blended)
        if self.scripts is not None:
            self.scripts.on_mask_blend(self, args)
        return args.blended_latent


def _set_mask_blur(self, value):
    if isinstance(value, int):
        self.mask_blur_x = self.mask_blur_y = value


StableDiffusionProcessingImg2Img.mask_blur = property(
    lambda self: self.mask_blur_x if self.mask_blur_x == self.mask_blur_y else None, _set_mask_blur
)
