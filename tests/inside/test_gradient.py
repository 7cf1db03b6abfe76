"""The paper's test on the model that paints: on a horizontal gradient the change per column follows the strength."""
import numpy as np
import standin
from client import png
from landscapes.drawing import draw

PICTURES, BATCH, SIZE = 32, 8, 128


def originals():
    rng = np.random.default_rng(2024)
    return [draw(rng)[0] for _ in range(PICTURES)]


def painted(pictures, change_map):
    """Each picture edited by the map, all with seeds of their own."""
    results = []
    for i in range(0, PICTURES, BATCH):
        answer = standin.img2img(init_images=[png(picture) for picture in pictures[i:i + BATCH]], batch_size=BATCH, seed=100 + i,
                                 prompt='winter night clear trees mountains', cfg_scale=3, steps=20, denoising_strength=1.0, sampler_name='DPM++ 2M',
                                 scheduler='Automatic', width=SIZE, height=SIZE,
                                 alwayson_scripts={'Differential Diffusion': {'args': [{'change_map': png(change_map)}]}})
        results += [np.asarray(picture.convert('RGB')) for picture in standin.pictures(answer)[-BATCH:]]
    return results


def trend(result, original):
    """Change of each column: L2 over its pixels (the first version of the paper, section 4)."""
    return np.sqrt(((result.astype(float) - original) ** 2).sum(axis=(0, 2)))


def test_the_change_follows_the_strength(record_property, capsys):
    standin.load('landscapes')
    pictures = originals()
    gradient = np.tile(np.rint(np.linspace(0, 255, SIZE)).astype(np.uint8), (SIZE, 1))
    by_gradient = [trend(*pair) for pair in zip(painted(pictures, gradient), pictures)]
    by_white = [trend(*pair) for pair in zip(painted(pictures, np.full_like(gradient, 255)), pictures)]
    difference = np.array(by_gradient) - np.array(by_white)
    strength = gradient[0] / 255
    averaged = np.corrcoef(difference.mean(axis=0), strength)[0, 1]
    single = np.array([np.corrcoef(row, strength)[0, 1] for row in difference])
    with capsys.disabled():
        print(f'\nreliability: averaged over {PICTURES} pictures {averaged:.3f}; single pictures mean {single.mean():.3f}, '
              f'sd {single.std():.3f}, lowest {single.min():.3f}')
    assert averaged >= 0.95
