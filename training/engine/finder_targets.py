"""What the finder should answer: for each label a map of its regions, shrunk so that neighbours stay apart.

After DB (Liao 2020, arxiv.org/abs/1911.08947): a region shrinks by area × (1 - ratio²) / perimeter on every side.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from training.engine.geometry import Points, area, box_quad, clip_polygon

RATIO = 0.4
LEAST_SIDE = 3.0
"""Pixels; a region smaller than this can neither be learned nor be told from background, so it counts as neither."""
LEAST_SEEN = 0.5
"""Share of a region that must lie in the window for it to count as one."""

Maps = NDArray[np.float32]


def shrunk(quad: Points) -> Points:
    """The quad moved inwards on every side, never turned inside out."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    perimeter = float(sides.sum())
    if perimeter <= 0:
        return quad
    distance = area(quad) * (1.0 - RATIO**2) / perimeter
    return inset(quad, distance)


def inset(quad: Points, distance: float) -> Points:
    """Each side of a clockwise quad moved inwards by `distance`, at most to a tenth of the quad's width and height."""
    down = (quad[3] - quad[0] + quad[2] - quad[1]) / 2.0
    right = (quad[1] - quad[0] + quad[2] - quad[3]) / 2.0
    high, wide = float(np.linalg.norm(down)), float(np.linalg.norm(right))
    across = min(distance / max(high, 1e-6), 0.45)
    along = min(distance / max(wide, 1e-6), 0.45)
    steps = ((along, across), (1 - along, across), (1 - along, 1 - across), (along, 1 - across))
    return np.array([_inside(quad, u, v) for u, v in steps])


def _inside(quad: Points, u: float, v: float) -> Points:
    top = quad[0] + (quad[1] - quad[0]) * u
    bottom = quad[3] + (quad[2] - quad[3]) * u
    return np.asarray(top + (bottom - top) * v)


def draw(quads: Sequence[tuple[int, Points]], labels: int, size: tuple[int, int]) -> tuple[Maps, Maps]:
    """(maps, counted), both float32[H, W, labels]; `quads` are (label's index, corners in pixels of the window).

    `counted` is 0 where a region is cut by the window or too small: there any answer is right.
    """
    height, width = size
    maps, counted = np.zeros((height, width, labels), np.float32), np.ones((height, width, labels), np.float32)
    window = box_quad(0, 0, width, height)
    for label, quad in quads:
        inside = clip_polygon(quad, window)
        seen = area(inside) if len(inside) > 2 else 0.0
        if seen <= 0:
            continue
        small = min(float(np.ptp(quad[:, 0])), float(np.ptp(quad[:, 1]))) < LEAST_SIDE
        if small or seen < LEAST_SEEN * area(quad):
            _fill(counted, label, quad, 0.0)
        else:
            _fill(maps, label, shrunk(quad), 1.0)
    return maps, counted


def _fill(maps: Maps, label: int, quad: Points, value: float) -> None:
    plane = np.ascontiguousarray(maps[:, :, label])
    cv2.fillPoly(plane, [np.rint((quad - 0.5) * 16).astype(np.int32)], value, shift=4)
    maps[:, :, label] = plane
