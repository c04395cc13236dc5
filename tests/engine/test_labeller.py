"""Among the lines of a page, those that are fields are told apart by what they say and where they stand."""

from pathlib import Path

import numpy as np
import pytest

from training.engine.decode import Reading
from training.engine.geometry import box_quad
from training.engine.labeller import Labeller, PageLine, describe, fit, shape
from training.engine.pages import Seen, answers, pick

LABELS = ("date", "total")


def drawn_page(seed: int) -> tuple[list[PageLine], list[int | None]]:
    """A till receipt of eleven lines: its date somewhere in the middle, its total among other amounts."""
    random = np.random.default_rng(seed)
    cents = random.integers(100, 9000, 3)
    date = f"{random.integers(1, 29):02d}/{random.integers(1, 13):02d}/20{random.integers(10, 25)}"
    rows: list[tuple[str, int | None]] = [
        (f"SHOP {seed}", 0),
        (f"TEL 03-{random.integers(10**6, 10**7)}", 0),
        *random.permutation(np.array([f"DATE {date}", f"RECEIPT {random.integers(10**4)}"], object)).tolist(),
    ]
    told = [(row, 1 if row.startswith("DATE") else 0) if isinstance(row, str) else row for row in rows]
    lines: list[PageLine] = []
    wanted: list[int | None] = []
    for number, (text, answer) in enumerate(told):
        lines.append(PageLine((40, 30 * number, 40 + 9 * len(text), 30 * number + 20), text))
        wanted.append(answer)
    amounts = [("SUBTOTAL", cents[0]), ("TOTAL", sum(cents)), ("CASH", 10000), ("CHANGE", 10000 - cents[1])]
    for number, (word, value) in enumerate(amounts, start=len(lines)):
        top = 30 * number
        lines += [
            PageLine((40, top, 120, top + 20), word),
            PageLine((300, top, 380, top + 20), f"{value / 100:.2f}"),
        ]
        wanted += [0, 2 if word == "TOTAL" else 0]
    return lines, wanted


@pytest.fixture(scope="module")
def labeller() -> Labeller:
    pages, wanted = zip(*(drawn_page(seed) for seed in range(12)), strict=True)
    return fit(pages, wanted, LABELS)


def test_fields_of_pages_it_has_not_seen_are_told_from_all_other_lines(labeller: Labeller) -> None:
    for seed in range(100, 110):
        page, wanted = drawn_page(seed)
        scores = labeller.scores(page)
        for label in range(len(LABELS)):
            assert wanted[int(scores[:, label].argmax())] == label + 1


def test_the_total_is_known_by_the_word_beside_it(labeller: Labeller) -> None:
    page, wanted = drawn_page(7)
    place = wanted.index(2)
    alone = [line for number, line in enumerate(page) if number != place - 1]
    assert labeller.scores(page)[place, 1] > labeller.scores(alone)[place - 1, 1]


def test_a_labeller_comes_back_from_its_file_as_it_was(labeller: Labeller, tmp_path: Path) -> None:
    labeller.save(tmp_path)
    again = Labeller.load(tmp_path)
    page, _ = drawn_page(3)
    assert again.labels == LABELS
    assert np.abs(again.scores(page) - labeller.scores(page)).max() < 1e-3


def test_an_empty_page_has_no_fields(labeller: Labeller) -> None:
    assert labeller.scores([]).shape == (0, 2)
    assert describe([]) == []


def test_dates_look_alike_whatever_their_digits() -> None:
    assert shape("Date: 03/11/2018") == shape("DATE: 27/04/2019") == "DATE: 00/00/0000"


def seen(left: float, top: float, text: str) -> Seen:
    return Seen(box_quad(left, top, left + 80, top + 20), 0.9, np.zeros((1, 1), np.float32), Reading(text, 1.0))


def test_a_line_is_one_field_at_most_and_a_label_as_often_as_it_may_be() -> None:
    page = [seen(0, 0, "A"), seen(0, 40, "B"), seen(0, 80, "C")]
    scores = np.array([[0.9, 0.8], [0.7, 0.6], [0.6, 0.1]], np.float32)

    def picked(thresholds: tuple[float, float], most: tuple[int, int], least: tuple[int, int]) -> list[tuple[int, str]]:
        return [(one.label, one.seen.reading.text) for one in pick(page, scores, thresholds, most, least)]

    assert picked((0.5, 0.5), (1, 1), (0, 0)) == [(0, "A"), (1, "B")]
    assert picked((0.5, 0.5), (0, 0), (0, 0)) == [(0, "A"), (0, "B"), (0, "C")]
    assert picked((0.95, 0.95), (0, 0), (0, 0)) == []
    assert picked((0.95, 0.95), (0, 0), (0, 1)) == [(1, "A")], "every page holds one, however unsure it is"
    assert picked((0.5, 0.95), (1, 1), (1, 1)) == [(0, "A"), (1, "B")]


def test_lines_are_fields_where_they_cover_them_and_neither_where_they_touch_them() -> None:
    quads = [box_quad(0, 0, 100, 20), box_quad(0, 10, 100, 30), box_quad(0, 100, 100, 120)]
    told = answers(quads, [(1, box_quad(0, 0, 100, 21))])
    assert told == [2, None, 0]
