"""The report's figures, as PNG files of docs/."""
import matplotlib as mpl

mpl.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullLocator
from patterns import PATTERNS
from PIL import Image

INK, OURS, OTHER, GREY = '#1f2430', '#c2410c', '#2563eb', '#9aa3b2'
mpl.rcParams.update({'font.size': 9, 'axes.edgecolor': GREY, 'axes.labelcolor': INK, 'text.color': INK, 'xtick.color': INK, 'ytick.color': INK,
                     'axes.spines.top': False, 'axes.spines.right': False, 'figure.facecolor': 'white', 'savefig.dpi': 110})


def curves(path, by_ours: np.ndarray, ceilings: np.ndarray, scores: np.ndarray) -> None:
    """One small chart a picture: normalised trend along the gradient, ours and the ceiling."""
    rows, across = -(-len(by_ours) // 8), 8
    figure, axes = plt.subplots(rows, across, figsize=(10, 1.05 * rows), sharex=True)
    for axis, own, best, score in zip(axes.flat, by_ours, ceilings, scores):
        axis.plot(best, color=GREY, linewidth=0.9)
        axis.plot(own, color=OURS, linewidth=1.1)
        axis.set_title(f'{score:.2f}', fontsize=7, pad=1)
        axis.xaxis.set_major_locator(NullLocator())
        axis.yaxis.set_major_locator(NullLocator())
    figure.tight_layout(pad=0.4)
    _save(figure, path)


def cams(path, rows: list[dict]) -> None:
    """CAM of every method, one panel a pattern, with intervals."""
    figure, axes = plt.subplots(1, len(PATTERNS), figsize=(10, 2.9), sharey=True)
    for axis, pattern in zip(axes, PATTERNS):
        of = [row for row in rows if row['pattern'] == pattern][::-1]
        for i, row in enumerate(of):
            color = OURS if row['method'] == 'ours' else OTHER
            axis.plot([row['cam_low'], row['cam_high']], [i, i], color=color, linewidth=2, alpha=0.5)
            axis.plot(row['cam'], i, 'o', color=color, markersize=5)
        axis.set_title(pattern)
        axis.set_yticks(range(len(of)), [row['method'] for row in of])
        axis.grid(axis='x', color='#e5e7eb')
        axis.set_xlabel('CAM')
    figure.tight_layout()
    _save(figure, path)


def levels(path, rows: list[dict]) -> None:
    """Difference to plain img2img of the same strength, by grey."""
    figure, axis = plt.subplots(figsize=(8, 3.4))
    for method in dict.fromkeys(row['method'] for row in rows):
        of = [row for row in rows if row['method'] == method]
        ours = method == 'ours'
        axis.plot([row['grey'] for row in of], [row['difference'] for row in of], 'o-', markersize=4, label=method, zorder=3 if ours else 2,
                  color=OURS if ours else None, linewidth=2.2 if ours else 1.1)
    axis.set_xlabel('grey of the uniform map')
    axis.set_ylabel('mean difference')
    axis.grid(axis='y', color='#e5e7eb')
    axis.legend(frameon=False, fontsize=8, loc='center left', bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    _save(figure, path)


def sheet(path, rows: list[tuple[str, np.ndarray]], across: int = 8) -> None:
    """Rows of pictures, each with its name above."""
    height, width = rows[0][1].shape[1:3]
    figure, axes = plt.subplots(len(rows), 1, figsize=(10, len(rows) * (10 / across * height / width + 0.28)))
    for axis, (name, pictures) in zip(np.atleast_1d(axes), rows):
        axis.imshow(np.concatenate(list(pictures[:across]), axis=1))
        axis.set_title(name, loc='left', fontsize=9, pad=3)
        axis.axis('off')
    figure.tight_layout(pad=0.4)
    _save(figure, path)


def seen(path, rows: list[tuple]) -> None:
    """Pictures, the map of a word in each, and where the word was drawn. rows: (word, picture, map, truth)."""
    figure, axes = plt.subplots(3, len(rows), figsize=(10, 3 * 10 / len(rows) + 0.4))
    for column, (word, *images) in zip(axes.T, rows):
        column[0].set_title(word, fontsize=9, pad=3)
        for axis, image in zip(column, images):
            axis.imshow(image, cmap='gray', vmin=0, vmax=255 if image.max() > 1 else 1)
            axis.axis('off')
    figure.tight_layout(pad=0.4)
    _save(figure, path)


def patterns(path) -> None:
    """The three maps."""
    figure, axes = plt.subplots(1, len(PATTERNS), figsize=(6, 2.2))
    for axis, (name, change_map) in zip(axes, PATTERNS.items()):
        axis.imshow(change_map, cmap='gray', vmin=0, vmax=255)
        axis.set_title(name)
        axis.set_xticks([])
        axis.set_yticks([])
    figure.tight_layout()
    _save(figure, path)


def skipping(path, rows: list[dict]) -> None:
    """Time against the map's strongest value."""
    figure, axis = plt.subplots(figsize=(4.6, 2.8))
    strongest = [row['strongest'] for row in rows]
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle='--', label='proportional')
    axis.plot(strongest, [row['ratio'] for row in rows], 'o-', color=OURS, label='measured time')
    axis.set_xlabel('strongest value of the map')
    axis.set_ylabel('time, of the whole run')
    axis.legend(frameon=False)
    axis.grid(color='#e5e7eb')
    figure.tight_layout()
    _save(figure, path)


def _save(figure, path) -> None:
    figure.savefig(path, pil_kwargs={'quality': 88} if path.suffix == '.jpg' else {})
    plt.close(figure)
    if path.suffix == '.png':  # a palette: charts lose nothing that is seen, and two thirds of their bytes
        Image.open(path).convert('RGB').quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
