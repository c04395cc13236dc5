"""Which training images are kept aside to choose by: when to stop, which weights to keep, where to cut."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from training.engine.prepare import PreparedImage

SHARE = 0.1
LEAST = 2
MOST = 60

Item = TypeVar("Item")


def part(items: Sequence[Item], seed: int) -> tuple[list[Item], list[Item]]:
    """(to learn from, to choose by), both in their old order. Fewer than four items choose by what they learn from."""
    if len(items) < LEAST + 2:
        return list(items), list(items)
    count = min(max(round(SHARE * len(items)), LEAST), MOST)
    aside = set(np.random.default_rng([seed, 1]).permutation(len(items))[:count].tolist())
    learn = [item for index, item in enumerate(items) if index not in aside]
    return learn, [item for index, item in enumerate(items) if index in aside]


def distinct(images: Sequence[PreparedImage]) -> list[PreparedImage]:
    """Each once: few images choose by what they learn from."""
    return list({image.image: image for image in images}.values())
