"""The samplers of k-diffusion, under the host's names and with its options."""
import torch

from modules import shared
from modules.kdiffusion import brownian_noise, sampling
from modules.sd_samplers_cfg_denoiser import CFGDenoiser
from modules.sd_samplers_common import Sampler, SamplerData, img2img_steps

KARRAS, EXPONENTIAL = {'scheduler': 'Karras'}, {'scheduler': 'Exponential'}
SECOND_ORDER, BROWNIAN, HEUN = {'second_order': True}, {'brownian_noise': True}, {'solver_type': 'heun'}
DISCARD = {'discard_next_to_last_sigma': True}
samplers_k_diffusion = [
    ('DPM++ 2M', 'sample_dpmpp_2m', [], KARRAS),
    ('DPM++ SDE', 'sample_dpmpp_sde', [], {**KARRAS, **SECOND_ORDER, **BROWNIAN}),
    ('DPM++ 2M SDE', 'sample_dpmpp_2m_sde', [], {**EXPONENTIAL, **BROWNIAN}),
    ('DPM++ 2M SDE Heun', 'sample_dpmpp_2m_sde', [], {**EXPONENTIAL, **BROWNIAN, **HEUN}),
    ('DPM++ 2S a', 'sample_dpmpp_2s_ancestral', [], {**KARRAS, **SECOND_ORDER}),
    ('DPM++ 3M SDE', 'sample_dpmpp_3m_sde', [], {**EXPONENTIAL, **DISCARD, **BROWNIAN}),
    ('Euler a', 'sample_euler_ancestral', [], {}),
    ('Euler', 'sample_euler', [], {}),
    ('LMS', 'sample_lms', [], {}),
    ('Heun', 'sample_heun', [], SECOND_ORDER),
    ('DPM2', 'sample_dpm_2', [], {**KARRAS, **DISCARD, **SECOND_ORDER}),
    ('DPM2 a', 'sample_dpm_2_ancestral', [], {**KARRAS, **DISCARD, **SECOND_ORDER}),
    ('DPM fast', 'sample_dpm_fast', [], {}),
    ('DPM adaptive', 'sample_dpm_adaptive', [], {}),
]
SCHEDULES = {'Karras': sampling.get_sigmas_karras, 'Exponential': sampling.get_sigmas_exponential}


class KDiffusionSampler(Sampler):
    """Runs a function of k_diffusion.sampling, or one like them."""

    def __init__(self, funcname, model):
        self.funcname, self.model = funcname, model.create_denoiser()
        super().__init__(funcname if callable(funcname) else getattr(sampling, funcname), CFGDenoiser, self.model)

    def get_sigmas(self, p, steps):
        """The whole schedule of a run of that many steps, and 0."""
        if not self.config.options.get('discard_next_to_last_sigma'):
            return self._schedule(p, steps)
        sigmas = self._schedule(p, steps + 1)
        return torch.cat([sigmas[:-2], sigmas[-1:]])

    def _schedule(self, p, steps):
        if p.sampler_noise_scheduler_override:
            return p.sampler_noise_scheduler_override(steps)
        name = self.config.options.get('scheduler') if p.scheduler in (None, 'Automatic') else p.scheduler
        if name not in SCHEDULES:
            return self.model.get_sigmas(steps)
        p.extra_generation_params['Schedule type'] = name
        levels = self.model.sigmas
        return SCHEDULES[name](steps, levels[0].item(), levels[-1].item())

    def sample(self, p, x, conditioning, unconditional_conditioning, image_conditioning=None):
        """Walks down the whole schedule from noise."""
        sigmas = self.get_sigmas(p, p.steps)
        conditions = conditioning, unconditional_conditioning
        return self._walk(p, x * sigmas[0], torch.zeros_like(x), conditions, image_conditioning, sigmas, sigmas)

    def sample_img2img(self, p, x, noise, conditioning, unconditional_conditioning, steps=None, image_conditioning=None):
        """Noises the init latent x to a level of the schedule and walks down from there."""
        steps, t_enc = img2img_steps(p, steps)
        whole = self.get_sigmas(p, steps)
        sigmas = whole[steps - t_enc - 1:]
        start = x + noise * sigmas[0] + self.extra_noise(p, noise)
        return self._walk(p, start, x, (conditioning, unconditional_conditioning), image_conditioning, sigmas, whole)

    def _walk(self, p, start, x, conditions, image_conditioning, sigmas, whole):
        options = self.config.options
        brownian = brownian_noise(x, whole, p.seeds) if options.get('brownian_noise') else None
        return self.run(p, start, x, conditions, image_conditioning, sigmas=sigmas, sigma_min=sigmas[-2], sigma_max=sigmas[0], n=len(sigmas) - 1,
                        eta=1.0, s_churn=shared.opts.s_churn, noise_sampler=brownian, solver_type=options.get('solver_type', 'midpoint'))


def _data(name, funcname, aliases, options):
    return SamplerData(name, lambda model: KDiffusionSampler(funcname, model), aliases, options)


samplers_data_k_diffusion = [_data(*entry) for entry in samplers_k_diffusion]
