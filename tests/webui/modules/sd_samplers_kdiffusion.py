"""The samplers of k-diffusion, under the host's names and with its options."""

import torch

from modules import devices, sd_samplers_common, sd_schedulers, shared
from modules.kdiffusion import sampling
from modules.sd_samplers_cfg_denoiser import CFGDenoiser

KARRAS, EXPONENTIAL = {"scheduler": "karras"}, {"scheduler": "exponential"}
SECOND_ORDER, BROWNIAN, ENSD = {"second_order": True}, {"brownian_noise": True}, {"uses_ensd": True}
DISCARD, HEUN = {"discard_next_to_last_sigma": True}, {"solver_type": "heun"}

samplers_k_diffusion = [
    ("DPM++ 2M", "sample_dpmpp_2m", ["k_dpmpp_2m"], KARRAS),
    ("DPM++ SDE", "sample_dpmpp_sde", ["k_dpmpp_sde"], {**KARRAS, **SECOND_ORDER, **BROWNIAN}),
    ("DPM++ 2M SDE", "sample_dpmpp_2m_sde", ["k_dpmpp_2m_sde"], {**EXPONENTIAL, **BROWNIAN}),
    ("DPM++ 2M SDE Heun", "sample_dpmpp_2m_sde", ["k_dpmpp_2m_sde_heun"], {**EXPONENTIAL, **BROWNIAN, **HEUN}),
    ("DPM++ 2S a", "sample_dpmpp_2s_ancestral", ["k_dpmpp_2s_a"], {**KARRAS, **ENSD, **SECOND_ORDER}),
    ("DPM++ 3M SDE", "sample_dpmpp_3m_sde", ["k_dpmpp_3m_sde"], {**EXPONENTIAL, **DISCARD, **BROWNIAN}),
    ("Euler a", "sample_euler_ancestral", ["k_euler_a", "k_euler_ancestral"], ENSD),
    ("Euler", "sample_euler", ["k_euler"], {}),
    ("LMS", "sample_lms", ["k_lms"], {}),
    ("Heun", "sample_heun", ["k_heun"], SECOND_ORDER),
    ("DPM2", "sample_dpm_2", ["k_dpm_2"], {**KARRAS, **DISCARD, **SECOND_ORDER}),
    ("DPM2 a", "sample_dpm_2_ancestral", ["k_dpm_2_a"], {**KARRAS, **DISCARD, **ENSD, **SECOND_ORDER}),
    ("DPM fast", "sample_dpm_fast", ["k_dpm_fast"], ENSD),
    ("DPM adaptive", "sample_dpm_adaptive", ["k_dpm_ad"], ENSD),
]

CHURN = ["s_churn", "s_tmin", "s_tmax", "s_noise"]
sampler_extra_params = {
    **dict.fromkeys(("sample_euler", "sample_heun", "sample_dpm_2"), CHURN),
    **dict.fromkeys(("sample_dpm_fast", "sample_dpm_2_ancestral", "sample_dpmpp_2s_ancestral"), ["s_noise"]),
    **dict.fromkeys(("sample_dpmpp_sde", "sample_dpmpp_2m_sde", "sample_dpmpp_3m_sde"), ["s_noise"]),
}


class CFGDenoiserKDiffusion(CFGDenoiser):
    """Is called with noise levels and predicts the clean latent."""

    @property
    def inner_model(self):
        if self.model_wrap is None:
            self.model_wrap = shared.sd_model.create_denoiser()
        return self.model_wrap


class KDiffusionSampler(sd_samplers_common.Sampler):
    """Runs a function of k_diffusion.sampling, or one like them."""

    def __init__(self, funcname, sd_model, options=None):
        super().__init__(funcname)
        self.extra_params = sampler_extra_params.get(funcname, [])
        self.options = options or {}
        self.func = funcname if callable(funcname) else getattr(sampling, funcname)
        self.model_wrap_cfg = CFGDenoiserKDiffusion(self)
        self.model_wrap = self.model_wrap_cfg.inner_model

    def get_sigmas(self, p, steps):
        """Lays out the whole schedule of a run of that many steps."""
        discard = self.config.options.get("discard_next_to_last_sigma", False)
        if shared.opts.always_discard_next_to_last_sigma and not discard:
            discard = True
            p.extra_generation_params["Discard penultimate sigma"] = True
        steps += 1 if discard else 0
        sigmas = self._scheduled(p, steps)
        return (torch.cat([sigmas[:-2], sigmas[-1:]]) if discard else sigmas).cpu()

    def _scheduled(self, p, steps):
        name = p.scheduler or "Automatic"
        name = self.config.options.get("scheduler") if name == "Automatic" else name
        scheduler = sd_schedulers.schedulers_map.get(name)
        if p.sampler_noise_scheduler_override:
            return p.sampler_noise_scheduler_override(steps)
        if scheduler is None or scheduler.function is None:
            return self.model_wrap.get_sigmas(steps)
        p.extra_generation_params["Schedule type"] = scheduler.label
        return scheduler.function(n=steps, **self._schedule_arguments(p, scheduler), device=devices.cpu)

    def _schedule_arguments(self, p, scheduler):
        """The ends of the schedule: the model's own, unless the settings have others."""
        opts, levels = shared.opts, self.model_wrap.sigmas
        arguments = {"sigma_min": levels[0].item(), "sigma_max": levels[-1].item()}
        for name, label in (("sigma_min", "Schedule min sigma"), ("sigma_max", "Schedule max sigma")):
            if getattr(opts, name) not in (0, arguments[name]):
                arguments[name] = p.extra_generation_params[label] = getattr(opts, name)
        if scheduler.default_rho != -1 and opts.rho not in (0, scheduler.default_rho):
            arguments["rho"] = p.extra_generation_params["Schedule rho"] = opts.rho
        if scheduler.need_inner_model:
            arguments["inner_model"] = self.model_wrap
        return arguments

    def sample_img2img(
        self, p, x, noise, conditioning, unconditional_conditioning, steps=None, image_conditioning=None
    ):
        steps, t_enc = sd_samplers_common.setup_img2img_steps(p, steps)
        sigmas = self.get_sigmas(p, steps)
        sigma_sched = sigmas[steps - t_enc - 1 :]
        if hasattr(shared.sd_model, "add_noise_to_latent"):
            xi = shared.sd_model.add_noise_to_latent(x, noise, sigma_sched[0])
        else:
            xi = x + noise * sigma_sched[0]
        self.add_extra_noise(p, x, noise, xi)
        kwargs = self.initialize(p)
        on_offer = {
            "sigma_min": sigma_sched[-2],
            "sigma_max": sigma_sched[0],
            "n": len(sigma_sched) - 1,
            "sigma_sched": sigma_sched,
            "sigmas": sigma_sched,
        }
        kwargs.update({name: value for name, value in on_offer.items() if name in self.parameters()})
        if self.config.options.get("brownian_noise", False):
            kwargs["noise_sampler"] = self.create_noise_sampler(x, sigmas, p)
        if self.config.options.get("solver_type") == "heun":
            kwargs["solver_type"] = "heun"
        conds = conditioning, unconditional_conditioning, image_conditioning
        return self.sample_func(p, xi, x, *conds, t_enc + 1, kwargs)


def _data(label, funcname, aliases, options):
    return sd_samplers_common.SamplerData(label, lambda model: KDiffusionSampler(funcname, model), aliases, options)


samplers_data_k_diffusion = [_data(*entry) for entry in samplers_k_diffusion]
