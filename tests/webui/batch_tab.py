"""The img2img tab's Batch function: every picture of a folder on one and the same run, its mask by the file's stem."""
from pathlib import Path

from modules import processing
from PIL import Image


def process_batch(p, pictures: Path, masks: Path | None):
    """{file name: the run's result} for each picture of a folder; one without a mask is skipped, as the host does."""
    found = sorted(masks.iterdir()) if masks else []
    results = {}
    for path in sorted(pictures.iterdir()):
        p.init_images = [Image.open(path).convert('RGB')] * p.batch_size
        if found:
            mask = found[0] if len(found) == 1 else next(masks.glob(f'{path.stem}.*'), None)
            if mask is None:
                print(f'Warning: mask is not found for {path} in {masks}. Skipping it.')
                continue
            p.image_mask = Image.open(mask)
        results[path.name] = processing.process_images(p)
    return results
