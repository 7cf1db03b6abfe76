"""The demo: edits a picture by a change map with the real Script, through the API of the stand-in WebUI.

Writes demo/sheet.png (original | change map | plain img2img | Differential Diffusion), demo/strengths.png (the same edit by uniform maps
of strength 0, .1 ... 1), demo/inpaint.png (the same prompt in the Inpaint tab, by a painted mask), demo/plot.png (an X/Y/Z
plot of two settings), demo/fan.png (a strength fan), demo/batch.png (three pictures with three maps), demo/fill.png (a house
in an empty meadow), demo/outpaint.png (a picture made wider), demo/words.png (a map from words), demo/share.png (a grey as a strength
and as its share of the change) and demo/edited.png.
"""
import argparse
import json
import sys
from pathlib import Path

import numpy as np
from client import WebUI, grey, png
from PIL import Image, ImageDraw, ImageOps
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / 'webui')]
from modules.images import get_font

OUT = HERE.parent / 'demo'
PROMPT = 'winter night clear trees mountains water house'
AREA = 128 * 128  # what the model was trained for
STEPS, CFG, SEED = 20, 3, 1
SCENES = (('a', 'summer day clear mountains trees'), ('b', 'autumn sunset clear trees water'), ('c', 'spring day cloudy house trees'))


def main():
    options = arguments()
    original = fitted(Image.open(options.image).convert('RGB'))
    change_map, mask = Image.open(options.map), painted_mask(original.size)
    with stand_in() as address:
        paint = Painter(WebUI(address), original, options.prompt)
        pictures = [paint(args, **request) for args, request in tqdm(jobs(change_map, mask), desc='painting', unit='picture')]
        plot = paint({'change_map': png(change_map)}, **plot_request(WebUI(address)))
        fan = paint(None, script_name='Strength fan', script_args=[{'strips': 4, 'zoom': 'own ends', 'low': 0.0, 'high': 0.6}])
        meadow, wider = new_content(paint), outpainted(paint)
        words, shares = by_words(paint), by_shares(paint)
        batch = [tile for name, scene in SCENES for tile in edited(paint, name, scene)]
    plain, ours, inpainted, our_inpainted, *strengths = pictures
    shown_map = change_map.convert('L').resize(original.size, Image.Resampling.BOX).convert('RGB')
    strongest = f'plain img2img at {strongest_of(change_map):.2f}'
    save('edited', ours)
    save('sheet', sheet([('original', original), ('change map', shown_map), (strongest, plain), ('Differential Diffusion', ours)]))
    save('inpaint', sheet([('original', original), ('painted mask', mask.convert('RGB')), ('plain inpainting', inpainted),
                           ('Differential Diffusion', our_inpainted)]))
    save('strengths', sheet([(f'{i / 10:.1f}', picture) for i, picture in enumerate(strengths)], scale=1))
    save('batch', sheet(batch, scale=1))
    save('fill', sheet(meadow))
    save('outpaint', sheet(wider, scale=1))
    save('words', sheet(words))
    save('share', sheet(shares))
    save('plot', plot)
    save('fan', fan.resize((fan.width * 2, fan.height * 2), Image.Resampling.LANCZOS))
    explain(options)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--image', type=Path, default=HERE / 'pictures/original.png')
    parser.add_argument('--map', type=Path, default=HERE / 'pictures/map.png')
    parser.add_argument('--prompt', default=PROMPT)
    return parser.parse_args()


def fitted(picture: Image.Image) -> Image.Image:
    """The picture at about the size that the model was trained for, its sides multiples of 64."""
    scale = (AREA / (picture.width * picture.height)) ** 0.5
    size = [max(64, round(side * scale / 64) * 64) for side in picture.size]
    return picture.resize(size, Image.Resampling.LANCZOS)


def stand_in():
    """The stand-in WebUI with the model that paints, as a context that gives its address."""
    import standin
    standin.load('landscapes')
    return standin.serve()


def strongest_of(change_map: Image.Image) -> float:
    return np.asarray(change_map.convert('L')).max() / 255


def painted_mask(size: tuple[int, int]) -> Image.Image:
    """A mask as a hand would paint it in the Inpaint tab."""
    mask = Image.new('L', size)
    width, height = size
    ImageDraw.Draw(mask).ellipse((0.55 * width, 0.3 * height, 1.05 * width, 0.95 * height), fill=255)
    return mask


def jobs(change_map: Image.Image, mask: Image.Image) -> list[tuple]:
    """(our arguments, request) of every picture: plain, ours, both again with a mask, and a uniform map of each strength."""
    inpaint = {'mask': png(mask), 'mask_blur': 32, 'inpainting_fill': 1, 'inpaint_full_res': False}
    uniform = [({'change_map': grey(255), 'max_strength': i / 10}, {}) for i in range(11)]
    return [(None, {'denoising_strength': strongest_of(change_map)}), ({'change_map': png(change_map)}, {}),
            (None, inpaint), ([True], inpaint), *uniform]


def plot_request(webui: WebUI) -> dict:
    """The request's part for an X/Y/Z plot of Strongest and Blur."""
    plot = next(script for script in webui.get('script-info') if script['name'] == 'x/y/z plot' and script['is_img2img'])
    labels = plot['args'][0]['choices']
    x, y = (labels.index(f'[Differential Diffusion] {label}') for label in ('Strongest', 'Blur (px)'))
    return {'script_name': 'x/y/z plot', 'script_args': [x, '0.4-1.0 [4]', [], y, '0,12,32', [], 0, '', [], *[False] * 7, 0, True]}


def edited(paint, name: str, scene: str) -> list[tuple[str, Image.Image]]:
    """A drawn scene, its map and the edit by it, as the Batch tab makes them from two folders."""
    from landscapes.drawing import draw_scene
    original = Image.fromarray(draw_scene(scene, np.random.default_rng(SEED)))
    mask = painted_mask(original.size)
    if name == 'b':
        mask = ImageOps.mirror(mask)
    if name == 'c':
        mask = Image.linear_gradient('L').resize(original.size).point(lambda grey: max(0, grey - 100))
    result = paint([True], init_images=[original], mask=png(mask), mask_blur=8, inpainting_fill=1, inpaint_full_res=False)
    return [(f'pictures/{name}.png', original), (f'masks/{name}.png', mask.convert('RGB')), (f'{name}.png', result)]


def new_content(paint) -> list[tuple[str, Image.Image]]:
    """A house in an empty meadow, at a strength at which the original leaves nothing for it to grow from."""
    from landscapes.drawing import draw_scene
    meadow = Image.fromarray(draw_scene('summer day clear', np.random.default_rng(4)))
    house = Image.new('L', meadow.size)
    ImageDraw.Draw(house).polygon([(36, 90), (64, 54), (92, 90), (86, 90), (86, 114), (42, 114), (42, 90)], fill=255)
    args = {'change_map': png(house), 'blur': 2}
    request = dict(init_images=(meadow,), prompt='summer day clear house', cfg_scale=5, denoising_strength=0.6)
    return [('original', meadow), ('change map', house.convert('RGB')), ('start from: original', paint(args, **request)),
            ('start from: latent noise', paint({**args, 'fill': 'latent noise'}, **request))]


def outpainted(paint) -> list[tuple[str, Image.Image]]:
    """A picture made wider by Resize and fill: what the WebUI fills, and that border painted."""
    from landscapes.drawing import draw_scene

    from lib_diffdiff.maps.exact import WHITE
    from lib_diffdiff.maps.sources import border
    narrow = Image.fromarray(draw_scene('autumn sunset clear mountains trees', np.random.default_rng(7))).crop((24, 0, 104, 128))
    size = (160, 128)
    edge = Image.fromarray(np.rint(border(narrow.size, size, 12) * (65535 / WHITE)).astype(np.uint16))
    request = dict(init_images=(narrow,), prompt='autumn sunset clear mountains trees', width=size[0], height=size[1], resize_mode=2)
    filled = paint({'change_map': grey(0)}, **request)
    return [('filled by the WebUI', filled), ('the border changed', paint({'change_map': png(edge), 'fill': 'latent noise'}, **request))]


def by_words(paint) -> list[tuple[str, Image.Image]]:
    """Night falls on the house alone, which is found by its name."""
    from landscapes.drawing import draw_scene
    scene = 'summer day clear mountains trees house'
    original = Image.fromarray(draw_scene(scene, np.random.default_rng(7)))
    args = {'words': 'house', 'description': scene, 'blur': 2, 'return_map': True}
    request = dict(init_images=(original,), prompt='summer night clear mountains trees house')
    painted, words = paint.all(args, **request)
    return [('original', original), ('words: house', words), ('a night house by day', painted)]


def by_shares(paint) -> list[tuple[str, Image.Image]]:
    """A ramp, what it makes of the picture and what that changed, with a grey as a strength and as a share."""
    curve = json.loads((HERE.parent / 'docs/results.json').read_text())['share_curve']['points']
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 128).astype(np.uint8), (128, 1)))
    args = {'change_map': png(ramp), 'append_change': True}
    tiles = [('change map', ramp.convert('RGB'))]
    for name, more in (('a grey is a strength', {}), ('a grey is a share', {'strength_is': 'share of the change', 'response': curve})):
        painted, _, changed = paint.all({**args, **more})
        tiles += [(name, painted), ('changed', changed)]
    return tiles


class Painter:
    """Pictures of a host, with the demo's defaults."""

    def __init__(self, webui: WebUI, original: Image.Image, prompt: str):
        self.webui, self.original, self.prompt = webui, original, prompt

    def __call__(self, args, **request) -> Image.Image:
        """The first picture of a request."""
        return self.all(args, **request)[0]

    def all(self, args, init_images=None, **request) -> list[Image.Image]:
        """All pictures of a request."""
        defaults = dict(prompt=self.prompt, width=self.original.width, height=self.original.height, steps=STEPS, cfg_scale=CFG, seed=SEED,
                        sampler_name='DPM++ 2M', scheduler='Automatic', denoising_strength=1.0)
        answer = self.webui.img2img(init_images or [self.original], args, **{**defaults, **request})
        return [Image.fromarray(picture) for picture in answer.pictures]


def sheet(tiles: list[tuple[str, Image.Image]], scale: int = 2, gap: int = 8) -> Image.Image:
    """A row of pictures with their names below."""
    width, height = tiles[0][1].width * scale, tiles[0][1].height * scale
    line = 22 if scale > 1 else 16
    row = Image.new('RGB', (len(tiles) * (width + gap) - gap, height + line), 'white')
    draw = ImageDraw.Draw(row)
    for i, (name, picture) in enumerate(tiles):
        row.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (i * (width + gap), 0))
        draw.text((i * (width + gap) + width / 2, height + line / 2), name, 'black', get_font(line - 6), anchor='mm')
    return row


def save(name: str, picture: Image.Image) -> None:
    OUT.mkdir(exist_ok=True)
    picture.save(OUT / f'{name}.png', optimize=True)


def explain(options) -> None:
    print(f"""
{options.image.name} edited by {options.map.name}, prompt "{options.prompt}", in {OUT}:
  sheet.png      original | change map | plain img2img at the map's strongest strength | Differential Diffusion, same seed
  strengths.png  the same edit with uniform maps of strength 0, 0.1 ... 1
  inpaint.png    the same prompt in the Inpaint tab: original | painted mask | plain inpainting | Differential Diffusion, Mask blur 32
  plot.png       an X/Y/Z plot of Strongest and Blur
  fan.png        a strength fan: one run over strips of rising strength
  batch.png      three pictures, their three masks as maps, and the results, as the Batch tab makes them from two folders
  fill.png       a house in an empty meadow: original | map | started from the original | started from latent noise
  outpaint.png   a picture made wider: what "Resize and fill" adds | that border changed
  words.png      a map from words: original | the map of "house" | the house at night
  share.png      a ramp, a grey as its strength | what changed | a grey as its share of the change | what changed
  edited.png     the result of Differential Diffusion""")


if __name__ == '__main__':
    main()
