"""The list of samplers, and the host's way from a request's names to an entry of it."""

import functools

from modules import sd_samplers_kdiffusion, sd_samplers_timesteps, sd_schedulers

all_samplers = [*sd_samplers_kdiffusion.samplers_data_k_diffusion, *sd_samplers_timesteps.samplers_data_timesteps]
all_samplers_map = {sampler.name: sampler for sampler in all_samplers}
samplers = samplers_for_img2img = all_samplers
samplers_map = {}


def set_samplers():
    """Looks at the list of samplers again, after an extension added to it and to all_samplers_map."""
    samplers_map.clear()
    for sampler in all_samplers:
        samplers_map.update({alias.lower(): sampler.name for alias in (sampler.name, *sampler.aliases)})


def visible_samplers():
    return all_samplers


def visible_sampler_names():
    return [sampler.name for sampler in all_samplers]


def find_sampler_config(name):
    return all_samplers[0] if name is None else all_samplers_map.get(name)


def create_sampler(name, model):
    config = find_sampler_config(name)
    assert config is not None, f"bad sampler name: {name}"
    sampler = config.constructor(model)
    sampler.config = config
    return sampler


@functools.cache
def get_sampler_and_scheduler(sampler_name, scheduler_name, *, convert_automatic=True):
    """Returns a sampler's name and a scheduler's label, also of old names that hold both, as "DPM++ 2M Karras"."""
    name = sampler_name or all_samplers[0].name
    scheduler = sd_schedulers.schedulers_map.get(scheduler_name, sd_schedulers.schedulers[0])
    for candidate in sd_schedulers.schedulers:
        for word in (candidate.label, candidate.name, *(candidate.aliases or ())):
            if name.endswith(f" {word}"):
                name, scheduler = name.removesuffix(f" {word}"), candidate
                break
    sampler = all_samplers_map.get(name, all_samplers[0])
    if convert_automatic and sampler.options.get("scheduler") == scheduler.name:
        scheduler = sd_schedulers.schedulers[0]
    return sampler.name, scheduler.label


def get_sampler_from_infotext(params):
    return get_sampler_and_scheduler(params.get("Sampler"), params.get("Schedule type"))[0]


def get_scheduler_from_infotext(params):
    return get_sampler_and_scheduler(params.get("Sampler"), params.get("Schedule type"))[1]


def fix_p_invalid_sampler_and_scheduler(p):
    p.sampler_name, p.scheduler = get_sampler_and_scheduler(p.sampler_name, p.scheduler, convert_automatic=False)


set_samplers()
