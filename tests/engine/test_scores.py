import pytest

from training.engine.geometry import box_quad
from training.engine.scores import are_typed, character_error_rate, edits, f1, match_quads, normalised, wilson


@pytest.mark.parametrize(
    ("text", "plain"),
    [("kl-55 r.2473", "KL55R2473"), ("", ""), ("···", ""), ("e\u0301a", "ÉA"), ("№ 7", "7"), ("हिन्दी", "हिन्दी")],
)
def test_only_letters_and_digits_count_when_normalised(text: str, plain: str) -> None:
    assert normalised(text) == plain


@pytest.mark.parametrize(
    ("truth", "reading", "count"), [("", "", 0), ("abc", "abc", 0), ("abc", "ac", 1), ("abc", "", 3)]
)
def test_edits_are_counted(truth: str, reading: str, count: int) -> None:
    assert edits(truth, reading) == count


def test_character_errors_are_over_all_true_characters() -> None:
    assert character_error_rate([("abcd", "abcd"), ("ab", "b")]) == pytest.approx(1 / 6)
    assert character_error_rate([]) == 0.0


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [
        (43, 46, 0.8250, 0.9776),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (0, 0, 0.0, 1.0),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_the_interval_is_wilsons(right: int, of: int, low: float, high: float) -> None:
    assert wilson(right, of) == pytest.approx((low, high), abs=5e-4)


def test_each_box_matches_at_most_once_and_the_best_goes_first() -> None:
    truths = [("plate", box_quad(0, 0, 10, 10)), ("plate", box_quad(3, 0, 13, 10))]
    found = [("plate", box_quad(2, 0, 12, 10)), ("plate", box_quad(50, 0, 60, 10))]
    (match,) = match_quads(truths, found)
    assert (match.truth, match.found) == (1, 0)
    assert match.iou == pytest.approx(90 / 110)


def test_labels_must_agree_and_the_overlap_reach_a_half() -> None:
    box = box_quad(0, 0, 10, 10)
    assert match_quads([("date", box)], [("total", box)]) == []
    assert match_quads([("date", box)], [("date", box_quad(0, 0, 10, 4.9))]) == []
    assert len(match_quads([("date", box)], [("date", box_quad(0, 0, 10, 5))])) == 1


def test_f1_is_the_harmonic_mean() -> None:
    assert f1(1.0, 0.5) == pytest.approx(2 / 3)
    assert f1(0.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["24.6", "120.0", "7"], True),
        (["-3", "12", "+ 4"], True),
        (["1,234", "12:30", "12/05"], True),
        (["5 %", "12 €"], True),
        (["Total", "Sum of it"], True),
        (["KL 55", "MH15-TC-554", "55-1234"], False),
        (["ACME LTD. & CO", "SDN. BHD."], False),
        (["KL 55"] * 40 + ["kl 55"], False),
        ([], False),
    ],
)
def test_where_points_signs_or_case_are_part_of_the_text_it_is_known(texts: list[str], expected: bool) -> None:
    assert are_typed(texts) is expected
