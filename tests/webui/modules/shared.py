"""Options, the state of the running job and the loaded model."""


class OptionInfo:
    """One option: its default, and whatever else is said of it."""

    restrict_api = False

    def __init__(self, default=None, *of_the_page, **more):
        self.default = default
        vars(self).update(more)


DEFAULTS = {
    'eta_ddim': 0.0,
    'img2img_background_color': '#ffffff',
    'img2img_extra_noise': 0.0,
    'img2img_fix_steps': False,
    'overlay_inpaint': True,
    's_churn': 0.0,
    'samples_save': True,
}


class Options:
    """The settings; `data` holds only those set since the start, as the host's does without a config.json."""

    def __init__(self):
        """Begins as, and with another call goes back to, a host that was never configured."""
        vars(self).update(data={}, data_labels={key: OptionInfo(default) for key, default in DEFAULTS.items()})

    def __getattr__(self, key):
        if key not in self.data_labels:
            raise AttributeError(key)
        return self.data.get(key, self.data_labels[key].default)

    def __setattr__(self, key, value):
        self.set(key, value)

    def set(self, key, value, is_api=False, run_callbacks=True):
        """Sets an option; an unknown one is a KeyError."""
        if not (is_api and self.data_labels[key].restrict_api):
            self.data[key] = value

    def add_option(self, key, info):
        self.data_labels[key] = info


class State:
    """Whether the running job was asked to stop, and what a script notes there."""

    def __init__(self):
        self.interrupted = False

    def begin(self, job='(unknown)'):
        self.interrupted = False

    def end(self):
        pass

    def interrupt(self):
        self.interrupted = True


opts = Options()
device = 'cpu'
hide_dirs = {}
state = State()
sd_model = None
