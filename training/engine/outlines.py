"""From the finder's probability maps to quads: outlines, their scores, and growing them back to whole regions.

The finder learns each region shrunk towards its middle, so that neighbours stay apart (DB, Liao 2020); what it finds
is grown again by `unclip` × area / perimeter on every side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from training.engine.geometry import Points, area, box_quad, grow, iou, order_corners

Map = npt.NDArray[np.float32]
LEAST_SIDE = 2.0  # pixels of the map; thinner outlines are noise
MOST_OUTLINES = 1000
OVERLAP = 0.5  # two regions of a label that share more than this are one


@dataclass(frozen=True, slots=True)
class Outline:
    """A shrunk region in pixels of the map, with the mean probability inside it."""

    quad: Points
    score: float


def outlines(probabilities: Map, binarise: float, axis_aligned: bool) -> list[Outline]:
    """What stands out in float32[H, W], best first: upright rectangles, or the smallest rectangles at any angle."""
    mask = (probabilities > binarise).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = sorted(contours, key=cv2.contourArea, reverse=True)[:MOST_OUTLINES]
    found = [_outline(probabilities, contour, axis_aligned) for contour in largest]
    return sorted((outline for outline in found if outline is not None), key=lambda o: -o.score)


def _outline(probabilities: Map, contour: npt.NDArray[Any], axis_aligned: bool) -> Outline | None:
    left, top, width, height = cv2.boundingRect(contour)
    if min(width, height) < LEAST_SIDE:
        return None
    window = probabilities[top : top + height, left : left + width]
    inside = np.zeros(window.shape, dtype=np.uint8)
    cv2.fillPoly(inside, [contour - np.array([left, top], dtype=np.int32)], 1)
    score = float(cv2.mean(window, inside)[0])
    if axis_aligned:
        return Outline(box_quad(left, top, left + width, top + height), score)
    # A contour runs through pixel centres; the region covers half a pixel more on every side.
    corners = cv2.boxPoints(cv2.minAreaRect(contour)).astype(np.float64) + 0.5
    return Outline(grow(order_corners(corners), 0.5, 0.5), score)


def unclip(quad: Points, ratio: float) -> Points:
    """The rectangle grown on every side by ratio × area / perimeter."""
    perimeter = float(np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1).sum())
    room = ratio * area(quad) / perimeter if perimeter else 0.0
    return grow(quad, room, room)


def suppress(quads: Sequence[Points], scores: Sequence[float], least: float = OVERLAP) -> list[int]:
    """Places of the quads to keep, best score first: none overlaps a better one by more than `least` (IoU)."""
    kept: list[int] = []
    for index in sorted(range(len(quads)), key=lambda i: -scores[i]):
        if all(iou(quads[index], quads[other]) <= least for other in kept):
            kept.append(index)
    return kept


def regions(
    probabilities: Map, binarise: float, threshold: float, ratio: float, axis_aligned: bool
) -> list[tuple[Points, float]]:
    """Whole regions of one label in pixels of float32[H, W], as (quad, score), best first."""
    sure = [outline for outline in outlines(probabilities, binarise, axis_aligned) if outline.score >= threshold]
    quads = [unclip(outline.quad, ratio) for outline in sure]
    kept = suppress(quads, [outline.score for outline in sure])
    return [(quads[index], sure[index].score) for index in kept]
