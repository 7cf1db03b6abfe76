"""The order in which everything of a run happens."""
import numpy as np
import torch
from PIL import Image

from modules import images, rng, shared
from modules.processed import Processed, create_infotext
from modules.processing_base import fixed_seed
from modules.processing_img2img import StableDiffusionProcessingImg2Img  # noqa: F401  (its name in the host)
from modules.processing_txt2img import StableDiffusionProcessingTxt2Img, decode_latent_batch  # noqa: F401  (likewise)
from modules.shared import opts, state


def fix_seed(p):
    p.seed = fixed_seed(p.seed)


def process_images(p):
    """Runs p under its own settings; as in the host, a setting that was never set before is not put back."""
    p.event('before_process')
    before = {key: opts.data[key] for key in p.override_settings if key in opts.data}
    try:
        for key, value in p.override_settings.items():
            opts.set(key, value, is_api=True, run_callbacks=False)
        with torch.no_grad():
            return _run(p)
    finally:
        opts.data.update(before)


def _run(p):
    """Prepares the run, makes its batches and gathers their pictures."""
    p.lay_out()
    p.event('process')
    p.init(p.all_prompts, p.all_seeds)
    pictures, infotexts = [], []
    for n in range(p.n_iter):
        p.iteration = n
        if state.interrupted:
            break
        for i, decoded in enumerate(_batch(p, n)):
            pictures.append(_finished(p, i, decoded))
            infotexts.append(create_infotext(p, p.prompts, p.negative_prompts, p.seeds, i))
            pictures[-1].info['parameters'] = infotexts[-1]
    result = Processed(p, pictures, p.all_seeds[0], infotexts=infotexts)
    p.event('postprocess', result)
    return result


def _batch(p, n):
    """Makes one batch, from its random numbers to its decoded pictures in 0..1."""
    part = slice(n * p.batch_size, (n + 1) * p.batch_size)
    p.prompts, p.negative_prompts, p.seeds = p.all_prompts[part], p.all_negative_prompts[part], p.all_seeds[part]
    p.rng = rng.ImageRNG((4, p.height // 8, p.width // 8), p.seeds)
    of_batch = {'batch_number': n, 'prompts': p.prompts, 'seeds': p.seeds}
    p.event('before_process_batch', **of_batch)
    p.event('process_batch', **of_batch)
    p.setup_conds()
    samples = p.offer('post_sample', samples=p.sample()).samples
    if not getattr(samples, 'already_decoded', False):
        samples = decode_latent_batch(shared.sd_model, samples)
    return ((torch.stack(samples) + 1) / 2).clamp(0, 1)


def _finished(p, i, decoded):
    """Makes the i-th picture of a batch, and lays the original around it where there is a mask."""
    p.batch_index = i
    image = Image.fromarray((255 * decoded.permute(1, 2, 0).numpy()).astype(np.uint8))
    overlay = p.overlay_images[i] if p.overlay_images and opts.overlay_inpaint else None
    image = p.offer('postprocess_image', image=image).image
    layer = p.offer('postprocess_maskoverlay', index=i, mask_for_overlay=p.mask_for_overlay, overlay_image=overlay)
    if layer.overlay_image is not None:
        image = _overlaid(image, p.paste_to, layer.overlay_image)
    return p.offer('postprocess_image_after_composite', image=image).image


def _overlaid(image, paste_to, overlay):
    """Lays the overlay, transparent where the mask was, over the picture; a crop goes to its place first, on black."""
    whole = image.convert('RGBA')
    if paste_to is not None:
        left, top, width, height = paste_to
        whole = Image.new('RGBA', overlay.size)
        whole.paste(images.resize_image(1, image, width, height), (left, top))
    whole.alpha_composite(overlay)
    return whole.convert('RGB')
