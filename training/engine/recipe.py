"""How a network is taught: steps, rates, what is averaged and what stays as it is."""

import math
from dataclasses import dataclass

FINAL_RATE = 0.05
"""Of the highest rate, where the cosine ends."""
SLOW = 0.1
"""Of their rate, at which slow layers learn."""


@dataclass(frozen=True)
class Recipe:
    """`warm_up` and the rest of the schedule are shares of all steps; `average` is the weight of the past."""

    epochs: int
    batch: int
    rate: float
    head_rate: float
    warm_up: float = 0.1
    weight_decay: float = 1e-3
    clip: float = 5.0
    average: float = 0.98
    frozen: tuple[str, ...] = ()
    """Layers whose names start so stay as they are."""
    drawn: float = 0.0
    """Share of the lines in whose place a drawn one like it is learned (`rendered`)."""
    slow: tuple[str, ...] = ()
    """Layers whose names start so learn at a tenth of their rate."""
    least_steps: int = 8
    """Of an epoch, so that a handful of pictures is also looked at often enough."""
    patience: int = 4
    """Epochs without a better held-out score after which no more follow."""
    trainings: int = 1
    """Share the epochs evenly; each begins at the same start, and their weights are averaged.

    Fine-tuned networks with one start lie in one basin (Wortsman 2022, "Model soups", arxiv.org/abs/2203.05482).
    """

    @property
    def epochs_each(self) -> int:
        """Of one training."""
        return math.ceil(self.epochs / self.trainings)

    def begins(self, epoch: int) -> bool:
        """Whether another training than the first begins with this epoch (counted from 1)."""
        return epoch > 1 and (epoch - 1) % self.epochs_each == 0


def rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """The body's learning rate of step 0 … steps - 1: up in a line, down in half a cosine (Loshchilov 2017)."""
    warm = max(1, round(recipe.warm_up * steps))
    if step < warm:
        return recipe.rate * (step + 1) / warm
    gone = min(1.0, (step - warm) / max(1, steps - warm))
    return recipe.rate * (FINAL_RATE + (1.0 - FINAL_RATE) * 0.5 * (1.0 + math.cos(math.pi * gone)))


def keep_at(recipe: Recipe, step: int) -> float:
    """How much of the average a step keeps: early ones count more, or it would not leave the pretrained weights."""
    return min(recipe.average, (2.0 + step) / (11.0 + step))
