"""Options, the state of the running job and the loaded model, under the names that extensions use."""

import time
from types import SimpleNamespace

from modules import devices


class OptionInfo:
    """One option: its default, the label of its field and its name in infotexts."""

    onchange = infotext = section = None

    def __init__(self, default=None, label="", component=None, component_args=None, **more):
        self.default, self.label, self.component, self.component_args = default, label, component, component_args
        self.__dict__.update(more)

    def info(self, text):
        return self


DEFAULTS = {
    "CLIP_stop_at_last_layers": OptionInfo(1, infotext="Clip skip"),
    "always_discard_next_to_last_sigma": OptionInfo(False, infotext="Discard penultimate sigma"),
    "batch_cond_uncond": OptionInfo(True),
    "enable_pnginfo": OptionInfo(True),
    "eta_ancestral": OptionInfo(1.0, infotext="Eta"),
    "eta_ddim": OptionInfo(0.0, infotext="Eta DDIM"),
    "eta_noise_seed_delta": OptionInfo(0, infotext="ENSD"),
    "face_restoration": OptionInfo(False),
    "img2img_background_color": OptionInfo("#ffffff"),
    "img2img_color_correction": OptionInfo(False),
    "img2img_extra_noise": OptionInfo(0.0, infotext="Extra noise"),
    "img2img_fix_steps": OptionInfo(False),
    "infotext_skip_pasting": OptionInfo([]),
    "initial_noise_multiplier": OptionInfo(1.0, infotext="Noise multiplier"),
    "no_dpmpp_sde_batch_determinism": OptionInfo(False),
    "overlay_inpaint": OptionInfo(True),
    "randn_source": OptionInfo("GPU", infotext="RNG"),
    "return_mask": OptionInfo(False),
    "return_mask_composite": OptionInfo(False),
    "rho": OptionInfo(0.0, infotext="Schedule rho"),
    "s_churn": OptionInfo(0.0, infotext="Sigma churn"),
    "s_min_uncond": OptionInfo(0.0, infotext="NGMS"),
    "s_min_uncond_all": OptionInfo(False, infotext="NGMS all steps"),
    "s_noise": OptionInfo(1.0, infotext="Sigma noise"),
    "s_tmax": OptionInfo(0.0, infotext="Sigma tmax"),
    "s_tmin": OptionInfo(0.0, infotext="Sigma tmin"),
    "samples_format": OptionInfo("png"),
    "sigma_max": OptionInfo(0.0, infotext="Schedule max sigma"),
    "sigma_min": OptionInfo(0.0, infotext="Schedule min sigma"),
    "skip_early_cond": OptionInfo(0.0, infotext="Skip Early CFG"),
}


class Options:
    """The settings; `data` holds only those set since the start, as the host's does without a config.json."""

    def __init__(self):
        self.__dict__.update(data={}, data_labels=dict(DEFAULTS))

    def __getattr__(self, key):
        if key in self.data:
            return self.data[key]
        if key in self.data_labels:
            return self.data_labels[key].default
        raise AttributeError(key)

    def __setattr__(self, key, value):
        if key in self.data_labels:
            self.data[key] = value
        else:
            self.__dict__[key] = value

    def set(self, key, value, is_api=False, run_callbacks=True):
        """Sets an option and tells whether that changed it; an unknown one is a KeyError."""
        option = self.data_labels[key]
        if self.data.get(key) == value:
            return False
        self.data[key] = value
        if run_callbacks and option.onchange is not None:
            option.onchange()
        return True

    def get_default(self, key):
        option = self.data_labels.get(key)
        return None if option is None else option.default

    def cast_value(self, key, value):
        """Turns an infotext's word into the type of the option's default."""
        if value is None:
            return None
        kind = type(self.get_default(key))
        return value != "False" and bool(value) if kind is bool else kind(value)

    def add_option(self, key, info):
        self.data_labels[key] = info

    def reset(self):
        """Back to a host that was never configured."""
        self.__init__()


class State:
    """What the running job is at, and whether it was asked to stop."""

    def __init__(self):
        self.begin("")
        self.job_count = 0

    def begin(self, job="(unknown)"):
        self.job, self.job_no, self.job_count = job, 0, -1
        self.job_timestamp = time.strftime("%Y%m%d%H%M%S")
        self.time_start = time.time()
        self.sampling_step = self.sampling_steps = 0
        self.current_latent = self.current_image = self.textinfo = None
        self.skipped = self.interrupted = self.stopping_generation = False

    def end(self):
        self.job, self.job_count = "", 0

    def nextjob(self):
        self.job_no += 1
        self.sampling_step = 0

    def interrupt(self):
        self.interrupted = True

    def skip(self):
        self.skipped = True

    def dict(self):
        names = "skipped interrupted stopping_generation job job_count job_timestamp job_no"
        return {name: getattr(self, name) for name in [*names.split(), "sampling_step", "sampling_steps"]}


class TotalProgress:
    """The console's second bar, which draws nothing here."""

    def update(self):
        pass

    def updateTotal(self, new_total):
        pass

    def clear(self):
        pass


cmd_opts = SimpleNamespace(api_log=False, no_half=True, hide_ui_dir_config=False, no_prompt_history=False)
opts = Options()
state = State()
total_tqdm = TotalProgress()
device = devices.device
demo = None
sd_model = None
