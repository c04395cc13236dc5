"""Rows of one field that a finder gives one by one: a plate that fills its photo is found as two plates.

The networks see few such fields, and a row of one looks like a whole one elsewhere. What the user drew decides: where
no two regions of a label ever stand so close above each other, two that are found so are parts of one.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from training.engine.geometry import Points, bounding_box, box_quad
from training.engine.wording import Wording

TOUCH = 0.1
"""The gap between two rows of a field, at most, in heights of the less high one."""
FAR = 1.0
"""The same where both texts are likelier as one: a photo may show a whole field twice, but hardly half of one."""
SHARED = 0.6
"""Of the narrower row's width, what stands below or above the other, at least."""
TALLER, WIDER = 2.2, 2.5
"""How much larger one row may be than the other."""

Found = Sequence[tuple[Points, float]]


def are_stacked(one: Points, two: Points, touch: float = TOUCH) -> bool:
    """Whether two quads, float64[4, 2], look like the rows of one field, one above the other, at any angle."""
    turn = _level(one, two)
    (left, top, right, bottom), (other_left, other_top, other_right, other_bottom) = (
        bounding_box(quad @ turn) for quad in (one, two)
    )
    widths, heights = (right - left, other_right - other_left), (bottom - top, other_bottom - other_top)
    shared = min(right, other_right) - max(left, other_left)
    gap = max(top, other_top) - min(bottom, other_bottom)
    return (
        shared >= SHARED * min(widths)
        and gap <= touch * min(heights)
        and max(heights) <= TALLER * min(heights)
        and max(widths) <= WIDER * min(widths)
    )


def join(found: Found) -> list[tuple[Points, float]]:
    """The quads with their scores, stacked ones as one, as sure as the surest of them."""
    joined = list(found)
    while pair := next((pair for pair in combinations(range(len(joined)), 2) if _meet(joined, *pair)), None):
        (one, sure), (two, other) = (joined[place] for place in pair)
        joined = [each for place, each in enumerate(joined) if place not in pair]
        joined.append((around(one, two), max(sure, other)))
    return joined


def _meet(found: Found, first: int, second: int) -> bool:
    return are_stacked(found[first][0], found[second][0])


def around(one: Points, two: Points) -> Points:
    """The quad around both, level with the wider one."""
    turn = _level(one, two)
    return box_quad(*bounding_box(np.vstack([one, two]) @ turn)) @ turn.T


def halves(found: Sequence[tuple[Points, str]], wording: Wording, separator: str) -> tuple[int, int] | None:
    """Places of two stacked quads whose texts are likelier one text than two, the upper first; None: there are none."""
    for first, second in combinations(range(len(found)), 2):
        (one, _), (two, _) = found[first], found[second]
        if not are_stacked(one, two, FAR):
            continue
        heights = [float((quad @ _level(one, two))[:, 1].mean()) for quad in (one, two)]
        upper, lower = (first, second) if heights[0] < heights[1] else (second, first)
        texts = found[upper][1], found[lower][1]
        apart = sum(map(wording.log_probability, texts))
        if all(texts) and wording.log_probability(separator.join(texts)) > apart:
            return upper, lower
    return None


def never_drawn(images: Iterable[Sequence[tuple[int, Points]]], labels: int) -> tuple[bool, ...]:
    """For each label, whether no two of its regions, given as (label, quad) for each picture, are ever stacked."""
    never = [True] * labels
    for regions in images:
        for (label, one), (other, two) in combinations(regions, 2):
            if label == other and never[label]:
                never[label] = not are_stacked(one, two)
    return tuple(never)


def _level(one: Points, two: Points) -> NDArray[np.float64]:
    """[2, 2]: times this, points lie as they do for one who reads the wider of the quads."""
    along = max((one[1] - one[0], two[1] - two[0]), key=lambda edge: float(np.hypot(*edge)))
    cosine, sine = along / max(float(np.hypot(*along)), 1e-9)
    return np.array([[cosine, -sine], [sine, cosine]])
