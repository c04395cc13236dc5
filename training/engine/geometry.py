"""Plain arithmetic on quadrilaterals.

A quad is float64[4, 2]: x, y in pixels of the upright image, where pixel i covers [i, i + 1); corners clockwise
(y points down) from the top left of the text.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
QuadLike = Sequence[Sequence[float]] | Points
Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


def as_quad(quad: QuadLike) -> Points:
    """float64[4, 2]. Raises ValueError for another shape or values that are not finite."""
    points = np.asarray(quad, dtype=np.float64)
    if points.shape != (4, 2) or not np.isfinite(points).all():
        raise ValueError("A quad is four finite points.")
    return points


def box_quad(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def bounding_box(quad: QuadLike) -> Box:
    points = np.asarray(quad, dtype=np.float64)
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def signed_area(polygon: QuadLike) -> float:
    """Positive when the corners run clockwise on the screen."""
    points = np.asarray(polygon, dtype=np.float64)
    x, y = points[:, 0], points[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def area(polygon: QuadLike) -> float:
    return abs(signed_area(polygon))


def order_corners(points: QuadLike) -> Points:
    """The four corners of any convex quad, clockwise from the one at the top left.

    "Top left" is the corner before the side that runs most nearly to the right, so a slanted text keeps its reading
    direction up to 45 degrees, which a smallest x + y does not.
    """
    corners = np.asarray(points, dtype=np.float64)
    centre = corners.mean(axis=0)
    ring = corners[np.argsort(np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0]), kind="stable")]
    sides = np.roll(ring, -1, axis=0) - ring
    lengths = np.maximum(np.linalg.norm(sides, axis=1), 1e-12)
    # Of two opposite sides one runs right; taking the mean direction of both keeps trapezoids apart from slants.
    rightness = (sides[:, 0] / lengths) - (np.roll(sides, -2, axis=0)[:, 0] / np.roll(lengths, -2))
    return np.roll(ring, -int(np.argmax(rightness)), axis=0)


def is_upright(quad: QuadLike, tolerance: float = 0.5) -> bool:
    """Whether the quad is, to `tolerance` pixels, its own bounding box in reading order."""
    return bool(np.abs(as_quad(quad) - box_quad(*bounding_box(quad))).max() <= tolerance)


def is_convex(quad: QuadLike) -> bool:
    """Whether the corners run clockwise around a convex outline of some area."""
    points = as_quad(quad)
    sides = np.roll(points, -1, axis=0) - points
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    return bool((turns >= -1e-9).all() and signed_area(points) > 0)


def clip_to_image(quad: QuadLike, width: int, height: int) -> Points:
    """Each corner moved into the image; a quad wholly outside gets the area 0."""
    return np.clip(as_quad(quad), 0, np.array([width, height], dtype=np.float64))


def clip_polygon(subject: Points, window: Points) -> Points:
    """The part of `subject` inside the convex clockwise `window` (Sutherland and Hodgman 1974); may be empty."""
    output = subject
    for start, end in zip(window, np.roll(window, -1, axis=0), strict=True):
        if not len(output):
            break
        edge = end - start
        inside = edge[0] * (output[:, 1] - start[1]) - edge[1] * (output[:, 0] - start[0])
        kept: list[Points] = []
        for index in range(len(output)):
            here, there = inside[index - 1], inside[index]
            if (here >= 0) != (there >= 0):
                kept.append(output[index - 1] + (output[index] - output[index - 1]) * (here / (here - there)))
            if there >= 0:
                kept.append(output[index])
        output = np.array(kept) if kept else np.empty((0, 2))
    return output


def iou(first: QuadLike, second: QuadLike) -> float:
    """Intersection over union of two convex quads, in 0 to 1; 0 where either has no area."""
    one, two = _clockwise(as_quad(first)), _clockwise(as_quad(second))
    areas = area(one), area(two)
    if min(areas) <= 0 or not _boxes_meet(one, two):
        return 0.0
    common = clip_polygon(one, two)
    shared = area(common) if len(common) > 2 else 0.0
    union = areas[0] + areas[1] - shared
    return float(np.clip(shared / union, 0.0, 1.0)) if union > 0 else 0.0


def _clockwise(points: Points) -> Points:
    return points if signed_area(points) >= 0 else points[::-1]


def _boxes_meet(one: Points, two: Points) -> bool:
    a, b = bounding_box(one), bounding_box(two)
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def flat_size(quad: QuadLike) -> tuple[float, float]:
    """Width and height in pixels of the upright rectangle a quad is rectified to: the longer of each pair of sides."""
    points = as_quad(quad)
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    return float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))


def grow(quad: QuadLike, along: float, across: float) -> Points:
    """The quad with its left and right sides moved out by `along` pixels, its top and bottom by `across`."""
    points = as_quad(quad)
    right = _unit((points[1] - points[0]) + (points[2] - points[3]))
    down = _unit((points[3] - points[0]) + (points[2] - points[1]))
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64)
    return points + signs[:, :1] * right * along + signs[:, 1:] * down * across


def _unit(vector: Points) -> Points:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else np.zeros(2)
