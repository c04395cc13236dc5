import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import Polygon

from training.engine.geometry import (
    Points,
    area,
    box_quad,
    clip_to_image,
    flat_size,
    grow,
    iou,
    is_convex,
    is_upright,
    order_corners,
)

SQUARE = box_quad(0, 0, 10, 10)


@st.composite
def rectangles(draw: st.DrawFn, most_degrees: float = 180.0) -> Points:
    width, height = draw(st.floats(2, 300)), draw(st.floats(2, 300))
    angle = math.radians(draw(st.floats(-most_degrees, most_degrees)))
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    centre = np.array([draw(st.floats(-200, 200)), draw(st.floats(-200, 200))])
    turned: Points = (box_quad(0, 0, width, height) - [width / 2, height / 2]) @ turn + centre
    return turned


@given(rectangles(), rectangles())
def test_overlap_agrees_with_shapely(one: Points, two: Points) -> None:
    first, second = Polygon(one), Polygon(two)
    expected = first.intersection(second).area / first.union(second).area
    assert iou(one, two) == pytest.approx(expected, abs=1e-6)


@given(rectangles(), rectangles())
def test_overlap_is_symmetric_and_whole_with_itself(one: Points, two: Points) -> None:
    assert iou(one, two) == pytest.approx(iou(two, one), abs=1e-9)
    assert iou(one, one) == pytest.approx(1.0)
    assert iou(one, one[::-1]) == pytest.approx(1.0)


@given(rectangles(most_degrees=40), st.permutations(range(4)))
def test_corners_in_any_order_find_back_to_reading_order(quad: Points, order: list[int]) -> None:
    assert np.allclose(order_corners(quad[order]), quad)


def test_a_slanted_keystone_keeps_its_reading_order() -> None:
    keystone = np.array([[20.0, 5], [140, 40], [150, 90], [10, 30]])
    assert np.allclose(order_corners(keystone[[2, 0, 3, 1]]), keystone)


@given(rectangles(), st.floats(0, 20), st.floats(0, 20))
def test_growing_moves_each_side_out(quad: Points, along: float, across: float) -> None:
    width, height = flat_size(quad)
    assert flat_size(grow(quad, along, across)) == pytest.approx((width + 2 * along, height + 2 * across), abs=1e-6)


@given(rectangles())
def test_the_area_is_that_of_the_sides(quad: Points) -> None:
    width, height = flat_size(quad)
    assert area(quad) == pytest.approx(width * height)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (box_quad(0, 0, 10, 10), 1.0),
        (box_quad(5, 0, 15, 10), 1 / 3),
        (box_quad(10, 0, 20, 10), 0.0),
        (box_quad(2, 2, 8, 8), 0.36),
        (box_quad(3, 3, 3, 9), 0.0),
    ],
)
def test_overlap_of_plain_boxes(other: Points, expected: float) -> None:
    assert iou(SQUARE, other) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("quad", "convex"),
    [
        (SQUARE, True),
        (SQUARE[::-1], False),
        (SQUARE[[0, 2, 1, 3]], False),
        (box_quad(0, 0, 0, 10), False),
        (np.array([[0.0, 0], [10, 0], [2, 2], [0, 10]]), False),
    ],
)
def test_only_clockwise_convex_outlines_of_some_area_count(quad: Points, convex: bool) -> None:
    assert is_convex(quad) is convex


@given(rectangles(most_degrees=45))
def test_only_boxes_are_upright(quad: Points) -> None:
    left, top = quad.min(axis=0)
    right, bottom = quad.max(axis=0)
    assert is_upright(box_quad(left, top, right, bottom))
    assume(np.abs(quad - box_quad(left, top, right, bottom)).max() > 0.51)
    assert not is_upright(quad)


def test_clipping_moves_corners_into_the_image() -> None:
    assert clip_to_image(box_quad(-5, 2, 30, 8), 20, 10).tolist() == box_quad(0, 2, 20, 8).tolist()
