"""The page's questions, answered with what the host knows."""
from __future__ import annotations

from modules import sd_samplers, sd_samplers_timesteps

from ..algorithm.planning import Rules
from ..page.questions import Host
from ..page.questions import answer as answered
from .area import crop_box
from .map_folder import folder
from .responses import response_for
from .sampling import known_as, rules_of
from .words_alone import map_from_words, stop


def answer(text: str, *args) -> str:
    """The answer to a question of the page. args: all settings, in the contract's order."""
    return answered(text, args, Host(rules_by_name, folder('diffdiff_kept_maps_folder'), crop_box, response_for, map_from_words, stop))


def rules_by_name(name: str) -> Rules:
    """The host's rules for a sampler's name, without making the sampler."""
    return rules_of(known_as(name), counts_timesteps(name))


def counts_timesteps(name: str) -> bool:
    """Whether a sampler is of the DDIM family, as `uses_timesteps` will find it when it is made."""
    if any(entry.name == name for entry in sd_samplers_timesteps.samplers_data_timesteps):
        return True
    entry = sd_samplers.all_samplers_map.get(name)
    return entry is not None and hasattr(entry.constructor, 'get_timesteps')  # a class of another extension
