"""Quadrilaterals as plain values: four corners clockwise from the text's top left, in pixels of the upright image."""

import math
from collections.abc import Sequence
from typing import Any

from accounts.errors import Refusal

Corner = tuple[float, float]
Quad = tuple[Corner, Corner, Corner, Corner]
Box = tuple[float, float, float, float]  # xmin, ymin, xmax, ymax

OVERHANG = 1.0  # pixels by which a corner may lie outside the image: a pointer's rounding, not a mistake
INSIDE = 0.75  # share of an upright box that must lie inside the image for it to be cut to the edge
SAME = 0.7  # boxes of one label that overlap more mean the same region


class BadQuad(Refusal):
    def __init__(self, message: str) -> None:
        super().__init__(message, code="bad_quad", fields={"quad": [message]})


def checked(value: Any, width: int, height: int) -> Quad:
    """The quad as it is kept. Raises BadQuad with a sentence that says what is wrong with it."""
    return fitted(value, width, height)[0]


def fitted(value: Any, width: int, height: int) -> tuple[Quad, bool]:
    """The quad as it is kept, and whether it was cut, whatever door it came through.

    An upright box that lies mostly inside the image is cut to the edge. Of any other region no corner may lie outside:
    what cutting leaves of a turned one is no quadrilateral any more.
    """
    sent = parsed(value)
    if not is_upright(sent):
        return enclosing(clipped(sent, width, height)), False
    quad = cut(sent, width, height)
    far = max(abs(a - b) for corner, other in zip(sent, quad, strict=True) for a, b in zip(corner, other, strict=True))
    return enclosing(quad), far > OVERHANG


def enclosing(quad: Quad) -> Quad:
    """The quad itself, where its sides enclose an area clockwise."""
    turns = [_cross(quad[i - 2], quad[i - 1], quad[i]) for i in range(4)]
    if area(quad) < 1.0:
        raise BadQuad("The region is less than a pixel large. Draw it around the whole text.")
    if all(turn <= 0 for turn in turns):
        raise BadQuad("The corners must go clockwise, starting at the text's top left.")
    if any(turn <= 0 for turn in turns):
        raise BadQuad("The corners cross each other or lie on one line; the four sides must enclose the text.")
    return quad


def parsed(value: Any) -> Quad:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 4:
        raise BadQuad("A region has four corners, each as [x, y].")
    a, b, c, d = (_corner(corner) for corner in value)
    return (a, b, c, d)


def _corner(value: Any) -> Corner:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise BadQuad("A region has four corners, each as [x, y].")
    if not all(_is_number(each) for each in value):
        raise BadQuad("The corners of a region must be numbers.")
    return (round(float(value[0]), 3), round(float(value[1]), 3))


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def is_upright(quad: Quad) -> bool:
    """Whether it is a box, wherever its text begins."""
    return set(quad) == set(of_box(bounding_box(quad)))


def cut(quad: Quad, width: int, height: int) -> Quad:
    """An upright box without what lies outside. Raises BadQuad where that is much of it."""
    box = bounding_box(quad)
    area = box_area(box)
    inside = box_area(common_box(box, (0.0, 0.0, float(width), float(height))))
    share = inside / area if area else 1.0  # one without any area is refused as too small
    if share < INSIDE:
        size = f"{width} × {height} pixels"
        raise BadQuad(f"The box is outside the image, which is {size}: {share:.0%} of it lies inside.")
    return at_edge(quad, width, height)


def clipped(quad: Quad, width: int, height: int) -> Quad:
    """Corners up to a pixel outside are moved to the edge. Raises BadQuad where one lies farther out."""
    for x, y in quad:
        if x < -OVERHANG or y < -OVERHANG or x > width + OVERHANG or y > height + OVERHANG:
            raise BadQuad(f"The region reaches outside the image, which is {width} × {height} pixels.")
    return at_edge(quad, width, height)


def at_edge(quad: Quad, width: int, height: int) -> Quad:
    a, b, c, d = ((min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))) for x, y in quad)
    return (a, b, c, d)


def of_box(box: Box) -> Quad:
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def bounding_box(quad: Quad) -> Box:
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    return (min(xs), min(ys), max(xs), max(ys))


def area(quad: Quad) -> float:
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(quad, quad[1:] + quad[:1], strict=True))) / 2


def sides(quad: Quad) -> tuple[float, float]:
    """Width and height of the text: the means of its opposite sides."""
    a, b, c, d = quad
    return (math.dist(a, b) + math.dist(d, c)) / 2, (math.dist(a, d) + math.dist(b, c)) / 2


def box_area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def common_box(one: Box, other: Box) -> Box:
    return (max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3]))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    common = box_area(common_box(one, other))
    union = box_area(one) + box_area(other) - common
    return common / union if union else 0.0


def _cross(a: Corner, b: Corner, c: Corner) -> float:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
