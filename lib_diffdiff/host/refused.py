"""How a run is refused: HTTP 422 with a sentence, raised where the host does not swallow it."""
from __future__ import annotations

UNPLANNED = ('The sampler started before the change map was ready: another extension prepared the run or started the sampler by itself. '
             'No picture was made without the map: switch that extension off, or untick Differential Diffusion.')
UNREACHED = ('The change map never reached the sampler "{}": another extension replaced it or its denoiser during the run, '
             'or it calls the model only with pictures of another size. '
             'No picture was made without the map: switch that extension off, or untick Differential Diffusion.')


class DifferentialDiffusion(Exception):
    """Stops a run. The API answers with `detail` at `status_code`; the page shows the class's name and the sentence."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        # The host reads vars() of the instance: attributes of the class would answer 500 without a word.
        self.status_code = 422
        self.detail = sentence


class RefusedSamples:
    """Stands in for a run's finished latents. The host swallows the exceptions of hooks, but not those of its own next look at them."""

    def __init__(self, sentence: str):
        vars(self)['sentence'] = sentence

    def __getattr__(self, name):
        raise DifferentialDiffusion(self.sentence)


def refuse_unplanned(denoiser, args) -> None:
    """A hook on the denoiser of a run that was never prepared."""
    raise DifferentialDiffusion(UNPLANNED)
