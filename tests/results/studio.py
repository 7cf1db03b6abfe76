"""Pictures, and the painting of them eight at a time by any method in the stand-in WebUI."""
import numpy as np
import standin
from client import png
from landscapes.drawing import draw
from patterns import SIZE, uniform
from rivals import OURS, Method, Rules

BATCH = 8
PROMPT = 'winter night clear trees mountains'
STEPS, CFG, SAMPLER = 20, 3, 'DPM++ 2M'
PLAIN = Method('plain img2img')


class Studio:
    """n drawn pictures, and the model that edits them; the same picture has the same seed everywhere."""

    def __init__(self, pictures: int, progress, model: str = 'landscapes'):
        """progress(pictures, steps): told of each batch that is painted. model: a name of the stand-in's."""
        (self.rules,) = standin.load(model, probes=[Rules])
        rng = np.random.default_rng(2024)
        self.originals = np.array([draw(rng)[0] for _ in range(pictures)])
        self.progress = progress

    def paint(self, method: Method, change_map: np.ndarray | None = None, *, pictures: int | None = None, steps: int = STEPS,
              denoising: float = 1.0, originals: np.ndarray | None = None, **request) -> np.ndarray:
        """Results (n, height, width, 3) of the first n pictures, or of other originals."""
        originals = self.originals[:pictures] if originals is None else originals
        if method.prepare is not None:
            change_map = method.prepare(change_map, steps)
        self.rules.rule, self.rules.change_map, self.rules.injection = method.rule, change_map, method.injection
        self.rules.schedule = method.schedule and method.schedule(change_map)
        asked = {'prompt': PROMPT, 'cfg_scale': CFG, 'steps': steps, 'sampler_name': SAMPLER, 'scheduler': 'Automatic', 'width': SIZE,
                 'height': SIZE, 'denoising_strength': denoising, **method.request(change_map), **request}
        return np.concatenate([self._batch(originals, i, asked) for i in range(0, len(originals), BATCH)])

    def everything(self, pictures: int | None = None, **request) -> np.ndarray:
        """Results of the map that changes everything."""
        return self.paint(OURS, uniform(255), pictures=pictures, **request)

    def _batch(self, originals: np.ndarray, first: int, asked: dict) -> np.ndarray:
        batch = originals[first:first + BATCH]
        answer = standin.img2img(init_images=[png(picture) for picture in batch], batch_size=len(batch), seed=100 + first, **asked)
        self.progress(len(batch), round(asked['steps'] * min(1, asked['denoising_strength'])) or 1)
        return np.array([np.asarray(picture.convert('RGB')) for picture in standin.pictures(answer)[-len(batch):]])
