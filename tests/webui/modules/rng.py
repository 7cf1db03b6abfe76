"""The run's own random numbers: one generator an image, so that a batch equals its images made alone."""
import torch


def generator(seed):
    return torch.Generator().manual_seed(int(seed))


class ImageRNG:
    """The noise of one batch: next() gives the start's noise first, then one tensor a call."""

    def __init__(self, shape, seeds):
        self.shape = shape
        self.generators = [generator(seed) for seed in seeds]

    def next(self):
        return torch.stack([torch.randn(self.shape, generator=own) for own in self.generators])
