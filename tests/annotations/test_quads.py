import pytest

from annotations import quads
from annotations.quads import BadQuad

SQUARE = [[10, 10], [50, 10], [50, 30], [10, 30]]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (SQUARE, ((10, 10), (50, 10), (50, 30), (10, 30))),
        ([[-0.6, 10], [50, 10], [50, 30], [0, 30]], ((0, 10), (50, 10), (50, 30), (0, 30))),
        ([[60, 10], [100.9, 10], [101, 80.5], [60, 80]], ((60, 10), (100, 10), (100, 80), (60, 80))),
        ([[50, 30], [10, 30], [10, 10], [50, 10]], ((50, 30), (10, 30), (10, 10), (50, 10))),  # text upside down
        ([[10.12345, 10], [50, 12], [52, 30], [8, 30]], ((10.123, 10), (50, 12), (52, 30), (8, 30))),
    ],
)
def test_a_good_quad_is_kept(value: list[list[float]], kept: quads.Quad) -> None:
    assert quads.checked(value, 100, 80) == kept


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "four corners"),
        ("abcd", "four corners"),
        (SQUARE[:3], "four corners"),
        ([[10, 10], [50, 10], [50, 30], [10]], "four corners"),
        ([[10, 10], [50, 10], [50, "30"], [10, 30]], "must be numbers"),
        ([[10, 10], [50, 10], [50, True], [10, 30]], "must be numbers"),
        ([[10, 10], [50, 10], [50, float("nan")], [10, 30]], "must be numbers"),
        ([[10, 10], [50, 10], [50, float("inf")], [10, 30]], "must be numbers"),
        (SQUARE[::-1], "clockwise"),
        ([[10, 10], [50, 30], [50, 10], [10, 30]], "less than a pixel"),
        ([[10, 10], [60, 10], [20, 12], [10, 40]], "cross each other"),
        ([[10, 10], [30, 10], [50, 10], [10, 30]], "on one line"),
        ([[10, 10], [10.5, 10], [10.5, 10.5], [10, 10.5]], "less than a pixel"),
        ([[-1.2, 10], [50, 10], [50, 30], [0, 30]], "100 × 80 pixels"),
        ([[10, 10], [50, 10], [50, 81.5], [10, 30]], "100 × 80 pixels"),
    ],
)
def test_a_bad_quad_is_refused_with_its_reason(value: object, sentence: str) -> None:
    with pytest.raises(BadQuad, match=sentence):
        quads.checked(value, 100, 80)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (20, 20, 30, 30), 0.0),
        ((0, 0, 4, 4), (1, 1, 3, 3), 0.25),
    ],
)
def test_overlap(one: quads.Box, other: quads.Box, share: float) -> None:
    assert quads.overlap(one, other) == pytest.approx(share)


def test_sides_are_those_of_the_text_however_it_is_turned() -> None:
    upright = quads.of_box((0, 0, 40, 10))
    turned = (upright[1], upright[2], upright[3], upright[0])
    assert quads.sides(upright) == (40, 10)
    assert quads.sides(turned) == (10, 40)
    assert quads.area(upright) == quads.area(turned) == 400
