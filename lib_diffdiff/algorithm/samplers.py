"""What is special about a sampler, in one table. Nothing else in the house names one."""
from __future__ import annotations

from typing import NamedTuple


class Sampler(NamedTuple):
    """How a sampler calls its denoiser and what it keeps.

    calls: denoiser calls per step; None where that is seen in the run itself. first_step_calls: the same for its first
    step, where that differs. remembers: earlier outputs that its formula reads. continuation: how the second oldest has
    to lie one step after a release ('log_sigma', 'adams'). integrates: earlier derivatives that it keeps and integrates,
    the newest included. draws: its steps draw noise in sequence. own_grid: it lays its own noise levels. least_t_enc:
    the shortest img2img start that it can make. derives: it keeps what it makes of the outputs, out of reach, and goes on
    from there.
    """

    calls: int | None = 1
    first_step_calls: int | None = None
    remembers: int = 0
    continuation: str = ''
    integrates: int = 0
    draws: bool = False
    own_grid: bool = False
    least_t_enc: int = 0
    derives: bool = False

    @property
    def is_watched(self) -> bool:
        """Whether how it calls is seen in the run itself."""
        return self.calls is None

    @property
    def counts_steps(self) -> bool:
        """Whether its steps are known before the run: those of the schedule, each with the same number of calls."""
        return not self.is_watched and not self.own_grid


def least_start(timesteps: bool) -> int:
    """The shortest start (t_enc) with a call at its own level: samplers that count timesteps make t_enc - 1 calls, others t_enc + 1."""
    return 2 if timesteps else 0


SAMPLERS = {
    'Euler': Sampler(),
    'Euler a': Sampler(draws=True),
    'Heun': Sampler(calls=2),
    'DPM2': Sampler(calls=2),
    'DPM2 a': Sampler(calls=2, draws=True),
    'LMS': Sampler(integrates=4),
    'LCM': Sampler(draws=True),
    'DPM++ 2S a': Sampler(calls=2, draws=True),
    'DPM++ SDE': Sampler(calls=2),
    'DPM++ 2M': Sampler(remembers=1),
    'DPM++ 2M SDE': Sampler(remembers=1, least_t_enc=1),
    'DPM++ 2M SDE Heun': Sampler(remembers=1, least_t_enc=1),
    'DPM++ 3M SDE': Sampler(remembers=2, continuation='log_sigma', least_t_enc=1),
    'DPM fast': Sampler(own_grid=True, least_t_enc=1, derives=True),
    'DPM adaptive': Sampler(calls=3, own_grid=True, least_t_enc=1, derives=True),
    'Restart': Sampler(calls=2, own_grid=True),
    'DDIM': Sampler(draws=True, least_t_enc=2),
    'DDIM CFG++': Sampler(draws=True, least_t_enc=2),
    'PLMS': Sampler(first_step_calls=2, remembers=3, continuation='adams', least_t_enc=2),
    'UniPC': Sampler(own_grid=True),
}


def sampler(name: str, *, timesteps: bool) -> Sampler:
    """The table's entry; for a sampler without one, an entry that has it watched: its noise levels, draws and what it keeps."""
    return SAMPLERS.get(name) or Sampler(calls=None, remembers=6, draws=True, least_t_enc=least_start(timesteps))
