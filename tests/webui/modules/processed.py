"""What a run returns, and the text that says how it was made."""

import json

from modules import errors, infotext_utils, sd_samplers_common, shared

JS_KEYS = (
    "prompt all_prompts negative_prompt all_negative_prompts seed all_seeds subseed all_subseeds subseed_strength "
    "width height sampler_name cfg_scale steps batch_size restore_faces face_restoration_model sd_model_name "
    "sd_model_hash "
    "sd_vae_name sd_vae_hash seed_resize_from_w seed_resize_from_h denoising_strength extra_generation_params "
    "index_of_first_image infotexts styles job_timestamp clip_skip is_using_inpainting_conditioning version"
).split()


def program_version():
    return "v1.10.1"


class Processed:
    """The pictures of a run with their infotexts, and the run's fields as they stood at its end."""

    face_restoration_model = sd_vae_name = sd_vae_hash = None

    def __init__(self, p, images_list, seed=-1, info="", subseed=None, index_of_first_image=0, infotexts=None):
        self.__dict__.update({key: getattr(p, key) for key in JS_KEYS if hasattr(p, key)})
        self.images, self.info, self.seed, self.subseed = images_list, info, int(seed), int(subseed or -1)
        self.all_prompts, self.all_negative_prompts = p.all_prompts, p.all_negative_prompts
        self.prompt, self.negative_prompt = p.all_prompts[0], p.all_negative_prompts[0]
        self.comments = "".join(f"{comment}\n" for comment in p.comments)
        self.index_of_first_image = index_of_first_image
        self.infotexts = infotexts or [info] * len(images_list)
        self.job_timestamp, self.clip_skip = shared.state.job_timestamp, shared.opts.CLIP_stop_at_last_layers
        self.version = program_version()

    def js(self):
        return json.dumps({key: getattr(self, key) for key in JS_KEYS}, default=lambda value: None)

    def infotext(self, p, index):
        at = {"position_in_batch": index % self.batch_size, "iteration": index // self.batch_size}
        return create_infotext(p, self.all_prompts, p.all_seeds, p.all_subseeds, **at)


def create_infotext(
    p,
    all_prompts,
    all_seeds,
    all_subseeds,
    comments=None,
    iteration=0,
    position_in_batch=0,
    use_main_prompt=False,
    index=None,
    all_negative_prompts=None,
):
    """Writes the prompts and a line of parameters; of a list the image's own value, of a function what it returns."""
    if use_main_prompt:
        index = 0
    elif index is None:
        index = position_in_batch + iteration * p.batch_size
    negatives = p.all_negative_prompts if all_negative_prompts is None else all_negative_prompts
    prompt_text, negative_prompt = all_prompts[index], negatives[index]
    generation_params = _parameters(p, all_seeds[index], all_subseeds[index])
    for key, value in generation_params.items():
        try:
            if isinstance(value, list):
                generation_params[key] = value[index]
            elif callable(value):
                generation_params[key] = value(**locals())
        except Exception:  # the host leaves the key out
            errors.report(f'Error creating infotext for key "{key}"', exc_info=True)
            generation_params[key] = None
    pairs = [(key, value) for key, value in generation_params.items() if value is not None]
    line = ", ".join(key if key == value else f"{key}: {infotext_utils.quote(value)}" for key, value in pairs)
    below = f"\nNegative prompt: {negative_prompt}" if negative_prompt else ""
    return f"{prompt_text}{below}\n{line}".strip()


def _parameters(p, seed, subseed):
    """The host's own parameters in its order; those of extensions stand before the version, or replace the host's."""
    opts = shared.opts
    ensd = opts.eta_noise_seed_delta
    return {
        "Steps": p.steps,
        "Sampler": p.sampler_name,
        "Schedule type": p.scheduler,
        "CFG scale": p.cfg_scale,
        "Image CFG scale": p.image_cfg_scale,
        "Seed": seed,
        "Size": f"{p.width}x{p.height}",
        "Model hash": p.sd_model_hash,
        "Model": p.sd_model_name,
        "Variation seed": subseed if p.subseed_strength else None,
        "Variation seed strength": p.subseed_strength or None,
        "Denoising strength": p.extra_generation_params.get("Denoising strength"),
        "Clip skip": opts.CLIP_stop_at_last_layers if opts.CLIP_stop_at_last_layers > 1 else None,
        "ENSD": ensd if ensd and sd_samplers_common.is_sampler_using_eta_noise_seed_delta(p) else None,
        "RNG": opts.randn_source if opts.randn_source != "GPU" else None,
        **p.extra_generation_params,
        "Version": program_version(),
    }
