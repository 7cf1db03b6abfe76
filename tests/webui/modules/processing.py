"""The order in which everything of a run happens."""

import random

import numpy as np
import torch
from PIL import Image

from modules import images, rng, scripts, sd_samplers, sd_samplers_common, shared
from modules.processed import Processed, create_infotext, program_version  # noqa: F401
from modules.processing_fields import StableDiffusionProcessing  # noqa: F401
from modules.processing_img2img import StableDiffusionProcessingImg2Img  # noqa: F401
from modules.shared import opts, state

opt_C, opt_f = 4, 8


def get_fixed_seed(seed):
    """Draws a seed where none is given."""
    return random.randrange(4294967294) if seed in (None, "", -1) else int(seed)


def fix_seed(p):
    p.seed, p.subseed = get_fixed_seed(p.seed), get_fixed_seed(p.subseed)


def process_images(p):
    """Runs p under its own settings; as in the host, a setting that was never set before is not put back."""
    if p.scripts is not None:
        p.scripts.before_process(p)
    before = {key: opts.data[key] for key in p.override_settings if key in opts.data}
    try:
        for key, value in p.override_settings.items():
            opts.set(key, value, is_api=True, run_callbacks=False)
        sd_samplers.fix_p_invalid_sampler_and_scheduler(p)
        return process_images_inner(p)
    finally:
        if p.override_settings_restore_afterwards:
            opts.data.update(before)


def process_images_inner(p):
    """Prepares the run, makes its batches and gathers their pictures."""
    assert p.prompt is not None
    seed, subseed = get_fixed_seed(p.seed), get_fixed_seed(p.subseed)
    p.restore_faces, p.tiling = bool(p.restore_faces), bool(p.tiling)
    p.sd_model_name = shared.sd_model.sd_checkpoint_info.name_for_extra
    p.sd_model_hash = shared.sd_model.sd_model_hash
    p.fill_fields_from_opts()
    p.setup_prompts()
    p.all_seeds = [seed + (i if p.subseed_strength == 0 else 0) for i in range(len(p.all_prompts))]
    p.all_subseeds = [subseed + i for i in range(len(p.all_prompts))]
    if p.scripts is not None:
        p.scripts.process(p)

    pictures, infotexts = [], []
    with torch.no_grad():
        p.init(p.all_prompts, p.all_seeds, p.all_subseeds)
        if state.job_count == -1:
            state.job_count = p.n_iter
        for n in range(p.n_iter):
            p.iteration, state.skipped = n, False
            if state.interrupted or state.stopping_generation:
                break
            for i, sample in enumerate(_run_batch(p, n)):
                _finish_picture(p, i, sample, pictures, infotexts)
        if not infotexts:
            infotexts.append(Processed(p, []).infotext(p, 0))
    result = Processed(
        p, pictures, seed=p.all_seeds[0], info=infotexts[0], subseed=p.all_subseeds[0], infotexts=infotexts
    )
    if p.scripts is not None:
        p.scripts.postprocess(p, result)
    return result


def _run_batch(p, n):
    """Makes one batch, from its random numbers to its decoded pictures in 0..1."""
    part = slice(n * p.batch_size, (n + 1) * p.batch_size)
    p.prompts, p.negative_prompts = p.all_prompts[part], p.all_negative_prompts[part]
    p.seeds, p.subseeds = p.all_seeds[part], p.all_subseeds[part]
    shape = (getattr(shared.sd_model, "latent_channels", opt_C), p.height // opt_f, p.width // opt_f)
    p.rng = rng.ImageRNG(shape, p.seeds, subseeds=p.subseeds, subseed_strength=p.subseed_strength)
    of_batch = {"batch_number": n, "prompts": p.prompts, "seeds": p.seeds, "subseeds": p.subseeds}
    if p.scripts is not None:
        p.scripts.before_process_batch(p, **of_batch)
    if not p.prompts:
        return []
    p.extra_network_data = {}
    if p.scripts is not None:
        if not p.disable_extra_networks:
            p.scripts.after_extra_networks_activate(p, **of_batch, extra_network_data={})
        p.scripts.process_batch(p, **of_batch)
    p.setup_conds()
    if n == 0:
        Processed(p, []).infotext(p, 0)  # the host writes it to params.txt: functions in it are called before sampling
    if p.n_iter > 1:
        state.job = f"Batch {n + 1} out of {p.n_iter}"

    numbers = {"seeds": p.seeds, "subseeds": p.subseeds, "subseed_strength": p.subseed_strength}
    samples = p.sample(conditioning=p.c, unconditional_conditioning=p.uc, **numbers, prompts=p.prompts)
    if p.scripts is not None:
        args = scripts.PostSampleArgs(samples)
        p.scripts.post_sample(p, args)
        samples = args.samples
    if not getattr(samples, "already_decoded", False):
        samples = [sd_samplers_common.decode_first_stage(p.sd_model, sample[None])[0].cpu() for sample in samples]
    decoded = torch.clamp((torch.stack(list(samples)).float() + 1.0) / 2.0, min=0.0, max=1.0)
    state.nextjob()
    if p.scripts is None:
        return list(decoded)
    p.scripts.postprocess_batch(p, decoded, batch_number=n)
    p.prompts, p.negative_prompts = p.all_prompts[part], p.all_negative_prompts[part]
    args = scripts.PostprocessBatchListArgs(list(decoded))
    p.scripts.postprocess_batch_list(p, args, batch_number=n)
    return args.images


def _finish_picture(p, i, sample, pictures, infotexts):
    """Makes the i-th picture of a batch, puts the original around it where there is a mask, and signs it."""
    p.batch_index = i
    image = Image.fromarray((255.0 * np.moveaxis(sample.cpu().numpy(), 0, 2)).astype(np.uint8))
    overlays = p.overlay_images if opts.overlay_inpaint and p.overlay_images is not None else []
    mask, overlay = getattr(p, "mask_for_overlay", None), overlays[i] if i < len(overlays) else None
    if p.scripts is not None:
        args = scripts.PostprocessImageArgs(image)
        p.scripts.postprocess_image(p, args)
        image = args.image
        args = scripts.PostProcessMaskOverlayArgs(i, mask, overlay)
        p.scripts.postprocess_maskoverlay(p, args)
        mask, overlay = args.mask_for_overlay, args.overlay_image
    image, denoised = apply_overlay(image, p.paste_to, overlay)
    if p.scripts is not None:
        args = scripts.PostprocessImageArgs(image)
        p.scripts.postprocess_image_after_composite(p, args)
        image = args.image
    infotexts.append(
        create_infotext(p, p.prompts, p.seeds, p.subseeds, index=i, all_negative_prompts=p.negative_prompts)
    )
    if opts.enable_pnginfo:
        image.info["parameters"] = infotexts[-1]
    pictures.append(image)
    if mask is not None and opts.return_mask:
        pictures.append(mask.convert("RGB"))
    if mask is not None and opts.return_mask_composite:
        cut = images.resize_image(2, mask, *image.size).convert("L")
        layers = denoised.convert("RGBA").convert("RGBa"), Image.new("RGBa", image.size)
        pictures.append(Image.composite(*layers, cut).convert("RGBA"))


def uncrop(image, dest_size, paste_loc):
    """Puts a crop back to its place in an empty picture."""
    left, top, width, height = paste_loc
    whole = Image.new("RGBA", dest_size)
    whole.paste(images.resize_image(1, image, width, height), (left, top))
    return whole


def apply_overlay(image, paste_loc, overlay):
    """Lays the overlay, transparent where the mask was, over the picture; returns the picture without it too."""
    if overlay is None:
        return image, image.copy()
    if paste_loc is not None:
        image = uncrop(image, overlay.size, paste_loc)
    result = image.convert("RGBA")
    result.alpha_composite(overlay)
    return result.convert("RGB"), image.copy()
