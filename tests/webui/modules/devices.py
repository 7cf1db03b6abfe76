"""Where tensors live: everything in float32 on one device."""

import torch

cpu = torch.device("cpu")
device = cpu
dtype = dtype_vae = dtype_unet = torch.float32
