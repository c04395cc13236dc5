import cv2
import numpy as np
import pytest

from training.engine.geometry import Points, area, box_quad, grow, iou, order_corners
from training.engine.outlines import Map, outlines, regions, suppress, unclip


def drawn(*quads: Points, value: float = 0.9) -> Map:
    board = np.zeros((160, 320), np.float32)
    for quad in quads:
        cv2.fillPoly(board, [np.round(quad).astype(np.int32)], value)
    return board


def test_a_drawn_box_is_found_where_it_is() -> None:
    box = box_quad(40, 30, 200, 70)
    (found,) = regions(drawn(box - [[0, 0], [1, 0], [1, 1], [0, 1]]), 0.3, 0.5, 0.0, axis_aligned=True)
    assert found[0].tolist() == box.tolist()
    assert found[1] == pytest.approx(0.9)


@pytest.mark.parametrize("degrees", [-30, -8, 0, 8, 30])
def test_a_slanted_region_comes_back_as_its_quad_in_reading_order(degrees: float) -> None:
    angle = np.deg2rad(degrees)
    right, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    middle = np.array([160.0, 80.0])
    quad = np.array([middle + x * right * 60 + y * down * 15 for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    ((found, _),) = regions(drawn(quad), 0.3, 0.5, 0.0, axis_aligned=False)
    assert iou(found, quad) > 0.9
    assert np.abs(found - quad).max() < 2.5


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.5, 2.0])
def test_unclipping_grows_every_side_by_area_over_perimeter(ratio: float) -> None:
    quad = box_quad(10, 10, 110, 40)
    room = ratio * area(quad) / 260
    assert unclip(quad, ratio) == pytest.approx(grow(quad, room, room))


def test_what_is_faint_thin_or_absent_is_not_found() -> None:
    faint = drawn(box_quad(10, 10, 60, 30), value=0.4)
    assert regions(faint, 0.3, 0.5, 1.5, axis_aligned=True) == []
    assert regions(drawn(box_quad(10, 10, 200, 10)), 0.3, 0.5, 1.5, axis_aligned=True) == []
    assert regions(np.zeros((32, 32), np.float32), 0.3, 0.5, 1.5, axis_aligned=False) == []


def test_the_surest_region_comes_first() -> None:
    board = np.maximum(drawn(box_quad(10, 10, 90, 40), value=0.7), drawn(box_quad(150, 80, 250, 120), value=0.95))
    scores = [outline.score for outline in outlines(board, 0.3, axis_aligned=True)]
    assert scores == pytest.approx([0.95, 0.7])


def test_of_two_that_overlap_the_better_is_kept() -> None:
    quads = [box_quad(0, 0, 10, 10), box_quad(1, 0, 11, 10), box_quad(30, 0, 40, 10)]
    assert suppress(quads, [0.6, 0.9, 0.7]) == [1, 2]


def test_corners_are_in_reading_order() -> None:
    for outline in outlines(drawn(box_quad(20, 20, 90, 50)), 0.3, axis_aligned=False):
        assert np.allclose(order_corners(outline.quad), outline.quad)
