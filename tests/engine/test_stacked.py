"""Two rows found one by one are one field, unless the user draws fields so."""

import numpy as np
import pytest

from training.engine.geometry import Points, box_quad, iou
from training.engine.stacked import are_stacked, join, never_drawn

UPPER = box_quad(10, 10, 90, 40)


def turned(quad: Points, degrees: float) -> Points:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray((quad - 50) @ turn + 50)


@pytest.mark.parametrize("degrees", [0.0, 20.0, -35.0])
@pytest.mark.parametrize(
    ("other", "one_field"),
    [
        pytest.param(box_quad(12, 38, 88, 66), True, id="right below, a little into it"),
        pytest.param(box_quad(15, 42, 60, 70), True, id="below, shorter"),
        pytest.param(box_quad(12, 48, 88, 76), False, id="a quarter of its height further down"),
        pytest.param(box_quad(92, 10, 170, 40), False, id="beside it"),
        pytest.param(box_quad(60, 41, 140, 70), False, id="below, mostly beside it"),
        pytest.param(box_quad(12, 40, 88, 130), False, id="three times as high"),
        pytest.param(box_quad(45, 40, 60, 70), False, id="a fifth as wide"),
    ],
)
def test_rows_of_one_field_touch_and_are_alike_at_any_angle(other: Points, one_field: bool, degrees: float) -> None:
    one, two = turned(UPPER, degrees), turned(other, degrees)
    assert are_stacked(one, two) == one_field
    assert are_stacked(two, one) == one_field


@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_stacked_regions_become_the_one_around_them_as_sure_as_the_surest(degrees: float) -> None:
    rows = [turned(box_quad(10, top, 90, top + 31), degrees) for top in (10, 40, 70)]
    elsewhere = turned(box_quad(200, 10, 280, 40), degrees)
    joined = join([(rows[2], 0.6), (elsewhere, 0.7), (rows[0], 0.9), (rows[1], 0.8)])
    assert len(joined) == 2
    assert (joined[0][0] == elsewhere).all()
    assert joined[1][1] == 0.9
    assert iou(joined[1][0], turned(box_quad(10, 10, 90, 101), degrees)) > 0.99


def test_nothing_is_nothing() -> None:
    assert join([]) == []


def test_labels_whose_regions_are_drawn_so_keep_them_apart() -> None:
    lower = box_quad(12, 40, 88, 68)
    pictures = [[(0, UPPER), (1, lower)], [(1, UPPER), (1, lower), (2, lower)], [(2, UPPER)]]
    assert never_drawn(pictures, 4) == (True, False, True, True)
