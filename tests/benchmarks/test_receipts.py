"""Counting the fields of receipts."""

from benchmarks.receipts import Text, exact, find_fields, score_of
from benchmarks.systems import Answer
from training.engine.geometry import box_quad
from training.engine.manifest import ManifestImage, ManifestRegion, Quad


def quad(top: float) -> Quad:
    return ((0, top), (100, top), (100, top + 20), (0, top + 20))


RECEIPT = ManifestImage(
    image="images/1.jpg",
    split="test",
    regions=(
        ManifestRegion(label="company", quad=quad(0), text="BEMED SDN. BHD."),
        ManifestRegion(label="date", quad=quad(50), text="14/06/2017"),
        ManifestRegion(label="total", quad=quad(100), text="165.00"),
    ),
)


def answer(label: str | None, top: float, text: str) -> Answer:
    return Answer(box_quad(0, top, 100, top + 20), text, label)


def test_a_field_is_right_where_label_box_and_text_are() -> None:
    found = find_fields(
        [answer("company", 1, "BEMED SDN. BHD."), answer("date", 50, "14/06/2017"), answer("total", 50, "165.00")],
        RECEIPT,
    )
    assert [(field.label, field.found, field.typed) for field in found] == [
        ("company", 1, 1),
        ("date", 1, 1),
        ("total", 1, 0),
    ]


def test_spaces_and_case_count_as_typed_but_not_among_capitals_and_digits() -> None:
    company = find_fields([answer("company", 0, "Bemed SDN BHD")], RECEIPT)[0]
    assert (company.typed, company.plain) == (0, 1)


def test_a_text_without_a_field_s_name_is_no_answer() -> None:
    assert all(field.found == 0 for field in find_fields([answer(None, 0, "BEMED SDN. BHD.")], RECEIPT))


def test_an_answer_where_nobody_typed_the_text_counts_neither_way() -> None:
    untyped = RECEIPT.regions[0].model_copy(update={"text": None})
    company = find_fields([answer("company", 0, "BEMED")], RECEIPT.model_copy(update={"regions": (untyped,)}))[0]
    assert (company.true, company.found) == (0, 0)


def test_what_is_invented_costs_precision_and_not_recall() -> None:
    fields = find_fields([answer("total", 100, "165.00"), answer("total", 300, "9.00")], RECEIPT)
    assert score_of(fields, "total", "precision") == 0.5
    assert score_of(fields, "total", "recall") == 1.0
    assert score_of(fields, "total", "f1") == 2 / 3


def test_the_average_is_that_of_the_three_fields() -> None:
    fields = find_fields([answer("total", 100, "165.00")], RECEIPT)
    assert score_of(fields, "average", "f1") == 1 / 3
    texts = [Text("company", "A b", "A B"), Text("date", "1", "1"), Text("date", "2", "3"), Text("total", "4", "4")]
    assert exact(texts, "average", typed=True) == 0.5
    assert exact(texts, "average", typed=False) == 2.5 / 3
