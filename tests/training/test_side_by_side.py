"""Evaluations of the same images beside one another."""

from typing import Any

import pytest

from tests.training.conftest import evaluation_of
from training import side_by_side
from training.side_by_side import Measured

LABEL = "number_plate"


def miss(image: str, truth: str | None, reading: str | None, kind: str = "misread", at: float = 1.0) -> dict[str, Any]:
    return {
        "kind": kind,
        "image": image,
        "label": LABEL,
        "quad": [[at, at], [9, at], [9, 4], [at, 4]],
        "truth": truth,
        "reading": reading,
        "crop": f"misses/{image}",
    }


def measured(number: int, *misses: dict[str, Any], of: int = 10) -> Measured:
    wrong = sum(one["truth"] is not None for one in misses)
    return Measured(number, evaluation_of(of - wrong, of) | {"misses": list(misses)})


def test_what_both_read_alike_is_no_difference() -> None:
    assert side_by_side.differences([measured(1), measured(2)]) == []
    alike = miss("a.png", "KL 55", "KL 56")
    assert side_by_side.differences([measured(1, alike), measured(2, alike)]) == []


def test_a_difference_holds_every_reading_and_who_is_right() -> None:
    one = measured(1, miss("a.png", "KL 55", "KL 56"))
    two = measured(2, miss("a.png", "KL 55", None, kind="missed"))
    (told,) = side_by_side.differences([one, two, measured(4)])
    assert told["readings"] == {"1": "KL 56", "2": None, "4": "KL 55"}
    assert (told["truth"], told["right"], told["crop"]) == ("KL 55", [4], [1, "misses/a.png"])


def test_two_fields_of_one_image_are_two() -> None:
    one = measured(1, miss("a.png", "A", "B"), miss("a.png", "A", "B", at=2.0))
    assert len(side_by_side.differences([one, measured(2)])) == 2


def test_what_is_found_where_none_is_and_fields_without_a_text_are_no_difference() -> None:
    one = measured(1, miss("a.png", None, "B", kind="invented"), miss("b.png", None, None, kind="missed"))
    assert side_by_side.differences([one, measured(2)]) == []
    assert side_by_side.counts([one, measured(2)])["all_right"] == 10


def test_the_fields_most_versions_read_right_come_first() -> None:
    hard = miss("a.png", "A", "B")
    other = miss("a.png", "A", "C")
    versions = [measured(1, hard, miss("b.png", "A", "B")), measured(2, other), measured(3)]
    assert [one["image"] for one in side_by_side.differences(versions)] == ["b.png", "a.png"]


def test_fields_are_counted_by_who_reads_them() -> None:
    both, one = miss("a.png", "A", "B"), miss("b.png", "A", "B")
    assert side_by_side.counts([measured(1, both, one), measured(2, both)]) == {
        "fields": 10,
        "all_right": 8,
        "some_right": 1,
        "none_right": 1,
    }


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        ([(1, 9), (2, 9)], "All of them read 9 of the same 10 held-out fields."),
        ([(1, 1), (2, 9)], "v2 reads the most of the same 10 held-out fields: 9. v1 reads 1."),
        (
            [(1, 8), (2, 9)],
            "v2 reads the most of the same 10 held-out fields: 9. v1 reads 8. "
            "Other images might turn the order of v2 and v1: their likely ranges overlap.",
        ),
        (
            [(1, 0), (2, 9), (3, 9), (5, 1)],
            "v2 and v3 read the most of the same 10 held-out fields: 9. v5 reads 1, v1 reads 0.",
        ),
    ],
)
def test_the_result_is_told_in_a_sentence(rights: list[tuple[int, int]], said: str) -> None:
    lines = [side_by_side.line(Measured(number, evaluation_of(right)), [LABEL]) for number, right in rights]
    assert side_by_side.sentence(lines) == said


def test_what_is_invented_counts_for_the_labels_that_all_know() -> None:
    evaluation = evaluation_of(9)
    finder = evaluation["labels"][LABEL]["finder"]
    evaluation["labels"] |= {"date": {"finder": finder | {"found": 30}}}
    evaluation["labels"][LABEL] = {"finder": finder | {"found": 12}}
    one = Measured(1, evaluation)
    assert side_by_side.line(one, [LABEL])["invented"] == 2
    assert side_by_side.line(one, [LABEL, "date"])["invented"] == 22
