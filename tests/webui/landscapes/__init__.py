"""A small text-conditioned latent diffusion model that paints landscapes."""
