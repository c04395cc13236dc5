"""How RapidOCR is helped: lines that stand one above the other are also given as one."""

from benchmarks.systems import Answer, stacked_pairs
from training.engine.geometry import bounding_box, box_quad


def line(text: str, left: float, top: float, right: float, bottom: float) -> Answer:
    return Answer(box_quad(left, top, right, bottom), text)


def test_two_rows_of_a_plate_become_one_answer_with_the_upper_row_first() -> None:
    (pair,) = stacked_pairs([line("4432", 12, 32, 70, 56), line("TN 02", 10, 4, 74, 28)])
    assert pair.text == "TN 02 4432"
    assert bounding_box(pair.quad) == (10, 4, 74, 56)


def test_lines_beside_one_another_stay_apart() -> None:
    assert stacked_pairs([line("TN 02", 0, 0, 60, 24), line("4432", 64, 2, 120, 26)]) == []


def test_lines_far_above_one_another_stay_apart() -> None:
    assert stacked_pairs([line("TAXI", 0, 0, 60, 24), line("4432", 0, 100, 60, 124)]) == []


def test_the_same_row_read_twice_is_not_stacked() -> None:
    assert stacked_pairs([line("4432", 0, 0, 60, 24), line("443", 0, 3, 50, 26)]) == []
