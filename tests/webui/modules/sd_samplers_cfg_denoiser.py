"""The denoiser that samplers call: the model on all prompts at once, weighed by the CFG scale."""

import torch

from modules import prompt_parser, sd_samplers_common, shared
from modules.script_callbacks import (
    AfterCFGCallbackParams,
    CFGDenoisedParams,
    CFGDenoiserParams,
    cfg_after_cfg_callback,
    cfg_denoised_callback,
    cfg_denoiser_callback,
)


class CFGDenoiser(torch.nn.Module):
    """Called by the sampler with the very latent that the sampler keeps; the model sees a longer copy of it."""

    mask_before_denoising = False

    def __init__(self, sampler):
        super().__init__()
        self.sampler = sampler
        self.model_wrap = self.p = None
        self.mask = self.nmask = self.init_latent = None
        self.steps = self.total_steps = self.image_cfg_scale = None
        self.step = 0
        self.cond_scale_miltiplier = 1.0  # the host's spelling
        self.need_last_noise_uncond, self.last_noise_uncond = False, None

    @property
    def inner_model(self):
        raise NotImplementedError

    def get_pred_x0(self, x_in, x_out, sigma):
        return x_out

    def forward(self, x, sigma, uncond, cond, cond_scale, s_min_uncond, image_cond):
        if shared.state.interrupted or shared.state.skipped:
            raise sd_samplers_common.InterruptedException
        rows, tensor = prompt_parser.reconstruct_multicond_batch(cond, self.step)
        if self.mask_before_denoising and self.mask is not None:
            x = self._blend(x, sigma)

        owners = [i for i, parts in enumerate(rows) for _ in parts]  # all parts of image 0, of image 1 ...
        order = torch.tensor(owners + list(range(len(rows))), device=x.device)  # then all negatives
        state = shared.state
        params = CFGDenoiserParams(
            x[order], image_cond[order], sigma[order], state.sampling_step, state.sampling_steps, tensor, uncond, self
        )
        cfg_denoiser_callback(params)
        out = self._predict(params, len(rows), self._skips_uncond(sigma, s_min_uncond))
        firsts = [parts[0][0] for parts in rows]
        scale = cond_scale * self.cond_scale_miltiplier
        if len(out) < len(params.x):
            out, scale = torch.cat([out, out[firsts]]), 1.0
        cfg_denoised_callback(CFGDenoisedParams(out, state.sampling_step, state.sampling_steps, self.inner_model))
        if self.need_last_noise_uncond:
            self.last_noise_uncond = out[-len(rows) :].clone()

        denoised = self.combine_denoised(out, rows, uncond, scale)
        if not self.mask_before_denoising and self.mask is not None:
            denoised = self._blend(denoised, sigma)
        self.sampler.last_latent = self.get_pred_x0(params.x[firsts], out[firsts], sigma)
        sd_samplers_common.store_latent(self.get_pred_x0(params.x[firsts], denoised, sigma))
        after = AfterCFGCallbackParams(denoised, state.sampling_step, state.sampling_steps)
        cfg_after_cfg_callback(after)
        self.step += 1
        return after.x

    def _predict(self, params, negatives, skip_uncond):
        """Calls the model once on all rows, without those of the negative prompt where they are skipped."""
        x, sigma, image_cond = params.x, params.sigma, params.image_cond
        if skip_uncond:
            x, sigma, cond = x[:-negatives], sigma[:-negatives], params.text_cond
        else:
            cond = torch.cat([params.text_cond, params.text_uncond])
        return self.inner_model(x, sigma, cond={"c_crossattn": [cond], "c_concat": [image_cond[: len(x)]]})

    def _skips_uncond(self, sigma, s_min_uncond):
        opts = shared.opts
        if opts.skip_early_cond != 0 and self.step / self.total_steps <= opts.skip_early_cond:
            self.p.extra_generation_params["Skip Early CFG"] = opts.skip_early_cond
            return True
        if (self.step % 2 or opts.s_min_uncond_all) and s_min_uncond > 0 and sigma[0] < s_min_uncond:
            self.p.extra_generation_params["NGMS"] = s_min_uncond
            return True
        return False

    def combine_denoised(self, x_out, conds_list, uncond, cond_scale):
        """Adds to each image's negative prediction what each part of its prompt changes."""
        negative = x_out[-uncond.shape[0] :]
        denoised = negative.clone()
        for i, parts in enumerate(conds_list):
            for row, weight in parts:
                denoised[i] += (x_out[row] - negative[i]) * (weight * cond_scale)
        return denoised

    def _blend(self, latent, sigma):
        """Puts the init latent back outside the inpaint mask."""
        from modules.scripts import MaskBlendArgs

        blended = latent * self.nmask + self.init_latent * self.mask
        args = MaskBlendArgs(latent, self.nmask, self.init_latent, self.mask, blended, denoiser=self, sigma=sigma)
        if self.p.scripts is not None:
            self.p.scripts.on_mask_blend(self.p, args)
        return args.blended_latent
