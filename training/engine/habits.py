"""How often each label stands in a picture: a habit of the user's pictures, which finding goes by."""

from collections.abc import Sequence

from training.engine.geometry import Points

SURE_FROM = 10
"""Pictures from which a habit is believed."""


def counts(pages: Sequence[Sequence[tuple[int, Points]]], labels: int) -> list[list[int]]:
    """For each label, how many of its regions each picture holds, given as (label, quad)."""
    return [[sum(one == label for one, _ in page) for page in pages] for label in range(labels)]


def least(counts: Sequence[int]) -> int:
    """How many of a label every picture holds; `counts`: how many each annotated picture holds, those of none too."""
    return min(counts) if len(counts) >= SURE_FROM else 0


def most(counts: Sequence[int]) -> int:
    """How many of a label a picture holds at most, 0 for any number; pictures that do not show it say nothing."""
    return max(counts) if sum(map(bool, counts)) >= SURE_FROM else 0
