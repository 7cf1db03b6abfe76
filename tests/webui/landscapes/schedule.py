"""Stable Diffusion's noise schedule."""
import torch


def alphas_cumprod(steps=1000):
    """The cumulated alphas of its scaled-linear schedule."""
    betas = torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, steps, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, dim=0).float()
