"""The list of samplers; a test or an extension may replace it."""
from modules.sd_samplers_kdiffusion import samplers_data_k_diffusion
from modules.sd_samplers_timesteps import samplers_data_timesteps

all_samplers = [*samplers_data_k_diffusion, *samplers_data_timesteps]
all_samplers_map = {sampler.name: sampler for sampler in all_samplers}


def create_sampler(name, model):
    """A sampler of that name for one run; as in the host, the first one where there is none."""
    config = all_samplers_map.get(name, all_samplers[0])
    sampler = config.constructor(model)
    sampler.config = config
    return sampler
