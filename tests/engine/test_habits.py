"""How often a label stands in the user's pictures."""

import pytest

from training.engine.habits import least, most


@pytest.mark.parametrize(
    ("counts", "at_least", "at_most"),
    [
        pytest.param([1] * 10, 1, 1, id="one on each"),
        pytest.param([1] * 9, 0, 0, id="too few pictures to tell"),
        pytest.param([1] * 9 + [0], 0, 0, id="none on one: and nine are too few for the most"),
        pytest.param([2] * 9 + [3], 2, 3, id="two or three"),
        pytest.param([0] * 40 + [1] * 10, 0, 1, id="mostly absent, never twice"),
        pytest.param([], 0, 0, id="no pictures"),
    ],
)
def test_a_habit_is_believed_from_ten_pictures(counts: list[int], at_least: int, at_most: int) -> None:
    assert (least(counts), most(counts)) == (at_least, at_most)
