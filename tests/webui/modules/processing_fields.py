"""The fields that every run has."""

from dataclasses import dataclass, field
from typing import Any

from modules import prompt_parser, sd_samplers, shared
from modules.shared import opts


def made_later():
    return field(default=None, init=False)


@dataclass(repr=False)
class StableDiffusionProcessing:
    """The fields that every run has; those made later are filled in while it goes on."""

    sd_model: Any = None
    outpath_samples: str = None
    outpath_grids: str = None
    prompt: str = ""
    negative_prompt: str = ""
    styles: list = None
    seed: int = -1
    subseed: int = -1
    subseed_strength: float = 0
    seed_resize_from_h: int = -1
    seed_resize_from_w: int = -1
    sampler_name: str = None
    scheduler: str = None
    batch_size: int = 1
    n_iter: int = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    restore_faces: bool = None
    tiling: bool = None
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    extra_generation_params: dict = None
    overlay_images: list = None
    eta: float = None
    denoising_strength: float = None
    s_min_uncond: float = None
    s_churn: float = None
    s_tmax: float = None
    s_tmin: float = None
    s_noise: float = None
    override_settings: dict = None
    override_settings_restore_afterwards: bool = True
    sampler_index: int = None
    refiner_checkpoint: str = None
    refiner_switch_at: float = None
    disable_extra_networks: bool = False

    scripts_value: Any = made_later()
    script_args_value: Any = made_later()
    scripts_setup_complete: bool = field(default=False, init=False)
    sampler: Any = made_later()
    is_using_inpainting_conditioning: bool = field(default=False, init=False)
    paste_to: tuple = made_later()
    is_hr_pass: bool = field(default=False, init=False)
    enable_hr: bool = field(default=False, init=False)
    c: Any = made_later()
    uc: Any = made_later()
    rng: Any = made_later()
    step_multiplier: int = field(default=1, init=False)
    color_corrections: list = made_later()
    all_prompts: list = made_later()
    all_negative_prompts: list = made_later()
    all_seeds: list = made_later()
    all_subseeds: list = made_later()
    iteration: int = field(default=0, init=False)
    batch_index: int = field(default=0, init=False)
    main_prompt: str = made_later()
    main_negative_prompt: str = made_later()
    prompts: list = made_later()
    negative_prompts: list = made_later()
    seeds: list = made_later()
    subseeds: list = made_later()
    extra_network_data: dict = made_later()
    sd_model_name: str = made_later()
    sd_model_hash: str = made_later()
    is_api: bool = field(default=False, init=False)

    def __post_init__(self):
        self.comments = {}
        self.styles = self.styles or []
        self.sampler_noise_scheduler_override = None
        self.extra_generation_params = self.extra_generation_params or {}
        self.override_settings = self.override_settings or {}
        self.script_args_value = {}

    def fill_fields_from_opts(self):
        for name in ("s_min_uncond", "s_churn", "s_tmin", "s_tmax", "s_noise"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(opts, name))
        self.s_tmax = self.s_tmax or float("inf")

    @property
    def scripts(self):
        return self.scripts_value

    @scripts.setter
    def scripts(self, value):
        self.scripts_value = value
        self._set_up_scripts()

    @property
    def script_args(self):
        return self.script_args_value

    @script_args.setter
    def script_args(self, value):
        self.script_args_value = value
        self._set_up_scripts()

    def _set_up_scripts(self):
        """Calls the scripts' setup once, as soon as both scripts and arguments are there."""
        if self.scripts_value and self.script_args_value and not self.scripts_setup_complete:
            self.scripts_setup_complete = True
            self.scripts.setup_scrips(self, is_ui=not self.is_api)

    def comment(self, text):
        self.comments[text] = 1

    def init(self, all_prompts, all_seeds, all_subseeds):
        pass

    def close(self):
        self.sampler = self.c = self.uc = None

    def setup_prompts(self):
        count = self.batch_size * self.n_iter
        self.all_prompts = self.prompt if isinstance(self.prompt, list) else [self.prompt] * count
        negative = self.negative_prompt
        self.all_negative_prompts = negative if isinstance(negative, list) else [negative] * len(self.all_prompts)
        self.main_prompt, self.main_negative_prompt = self.all_prompts[0], self.all_negative_prompts[0]

    def setup_conds(self):
        total_steps = sd_samplers.find_sampler_config(self.sampler_name).total_steps(self.steps)
        self.step_multiplier = total_steps // self.steps
        self.uc = prompt_parser.get_learned_conditioning(shared.sd_model, self.negative_prompts)
        self.c = prompt_parser.get_multicond_learned_conditioning(shared.sd_model, self.prompts)

    def get_conds(self):
        return self.c, self.uc

    def save_samples(self):
        return False


StableDiffusionProcessing.sd_model = property(lambda self: shared.sd_model, lambda self, value: None)
