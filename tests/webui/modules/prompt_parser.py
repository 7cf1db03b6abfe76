"""Prompts to conditions: the parts between AND and their weights; no prompt editing, no emphasis."""

import re

import torch

AND = re.compile(r"\bAND\b")
WEIGHTED = re.compile(r"(?P<text>.*?)(?:\s*:\s*(?P<weight>[+-]?(?:\d*\.\d+|\d+\.?)))?\s*", re.DOTALL)


class MulticondLearnedConditioning:
    """For each image the list of its (condition, weight)."""

    def __init__(self, shape, batch):
        self.shape, self.batch = shape, batch


def get_learned_conditioning(model, prompts):
    return torch.cat([model.get_learned_conditioning(text) for text in prompts])


def get_multicond_learned_conditioning(model, prompts):
    embed = model.get_learned_conditioning
    batch = [[(embed(text)[0], weight) for text, weight in parts(prompt)] for prompt in prompts]
    return MulticondLearnedConditioning((len(prompts),), batch)


def parts(prompt):
    """Splits "a :0.5 AND b" into its texts and weights."""
    matches = (WEIGHTED.fullmatch(part) for part in AND.split(prompt))
    return [(match["text"], float(match["weight"] or 1.0)) for match in matches]


def reconstruct_multicond_batch(conditioning, step):
    """Lists for each image the rows of its parts with their weights, and stacks all parts."""
    rows, tensors = [], []
    for image in conditioning.batch:
        rows.append([(len(tensors) + i, weight) for i, (_, weight) in enumerate(image)])
        tensors += [tensor for tensor, _ in image]
    return rows, torch.stack(tensors)
