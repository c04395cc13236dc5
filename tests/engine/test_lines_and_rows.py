import numpy as np
import pytest

from tests.engine.drawn import crop_of
from training.engine.bundle import BundleLabel, RowChoice
from training.engine.charset import Charset
from training.engine.decode import Logits, Reading, Symbol
from training.engine.geometry import Points, box_quad, flat_size
from training.engine.lines import Line, LineFinder, rows_of
from training.engine.predict import Bundle
from training.engine.rows import align, is_whole, label_separator, lay_out, training_lines


@pytest.fixture(scope="module")
def finder() -> LineFinder:
    return LineFinder.published(threads=1)


def line(left: float, top: float, right: float, bottom: float) -> Line:
    return Line(box_quad(left, top, right, bottom), 0.9)


def turned(quad: Points, degrees: float) -> Points:
    angle = np.deg2rad(degrees)
    moved: Points = quad @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return moved


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        ([], []),
        ([line(0, 0, 100, 20)], [box_quad(0, 0, 100, 20)]),
        ([line(0, 40, 90, 60), line(5, 0, 80, 22)], [box_quad(5, 0, 80, 22), box_quad(0, 40, 90, 60)]),
        ([line(60, 2, 100, 20), line(0, 0, 50, 20)], [box_quad(0, 0, 100, 20)]),
        ([line(0, 0, 100, 20), line(0, 30, 50, 36)], [box_quad(0, 0, 100, 20)]),
    ],
)
def test_lines_are_put_into_rows(lines: list[Line], rows: list[Points]) -> None:
    assert rows_of(lines) == [pytest.approx(row) for row in rows]


@pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
def test_slanted_rows_are_ordered_along_their_slant(degrees: float) -> None:
    top, bottom, right = box_quad(0, 0, 300, 40), box_quad(0, 50, 140, 90), box_quad(160, 50, 300, 90)
    lines = [Line(turned(quad, degrees), 0.9) for quad in (right, top, bottom)]
    first, second = rows_of(lines)
    assert first == pytest.approx(turned(top, degrees))
    assert flat_size(second) == pytest.approx((300, 40))


@pytest.mark.parametrize(
    ("text", "degrees"),
    [("KL 55 R 2473", 0), ("KL 55 R 2473", 12), ("KL 55 R 2473", -15), ("TN 42 R\n2697", 0), ("TN 42 R\n2697", 10)],
)
def test_slanted_and_two_row_signs_are_read(bundle: Bundle, text: str, degrees: float) -> None:
    (reading,) = bundle.read([crop_of(text, degrees)])
    assert reading.text == text.replace("\n", " ")
    assert reading.confidence > 0.8


def test_a_reading_does_not_depend_on_its_company(bundle: Bundle) -> None:
    crops = [crop_of(text) for text in ("KL 55 R 2473", "TN 42 R\n2697", "A", "MH 20 BY 3665 LONG TEXT 12345")]
    together, alone = bundle.read(crops), [bundle.read([crop])[0] for crop in crops]
    assert [reading.text for reading in together] == [reading.text for reading in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4)


def test_nothing_to_read_is_no_error(bundle: Bundle) -> None:
    assert bundle.read([]) == []
    (reading,) = bundle.read([np.full((30, 90, 3), 127, np.uint8)])
    assert reading.text == ""


def written(text: str, charset: Charset, sure: float = 0.98) -> Logits:
    """Logits of a reader that sees exactly this text, a blank after each symbol."""
    ids = [place for symbol in charset.encode(text) for place in (symbol, 0)] or [0, 0]
    probabilities = np.full((len(ids), len(charset)), (1 - sure) / (len(charset) - 1), np.float32)
    probabilities[np.arange(len(ids)), ids] = sure
    return np.log(probabilities)


CHARSET = Charset.of(["KL 55 R 2473 SHOP"])


def test_a_label_s_texts_keep_their_own_lines(bundle: Bundle) -> None:
    """Whatever the rows of most texts are parted by."""
    crop = crop_of("TN 42 R\n2697")
    part = bundle.spec.reader.model_copy(update={"row_separator": " "})
    names = (("plate", None), ("address", "\n"), ("serial", ""))
    labels = tuple(BundleLabel(name=name, separator=separator) for name, separator in names)
    asked = Bundle(bundle.folder, bundle.spec.model_copy(update={"labels": labels, "reader": part}), 1)
    read = asked.read([crop] * 4, ["address", "plate", "serial", "address"])
    assert [one.text for one in read] == ["TN 42 R\n2697", "TN 42 R 2697", "TN 42 R2697", "TN 42 R\n2697"]


@pytest.mark.parametrize(
    ("texts", "of_all", "own"),
    [
        (["Ann\nNortham"] * 5 + ["Bob"] * 5, " ", "\n"),
        (["Ann\nNortham"] * 5, "\n", None),
        (["KL 55 AB"] * 5, "\n", " "),
        (["KL 55 AB"] * 5, " ", None),
        (["KL 55 AB"] * 5, "", None),
        (["KL 55 AB"] * 99 + ["KL\n55"], " ", None),
        ([], "\n", None),
    ],
)
def test_how_a_label_parts_rows_is_seen_in_its_texts(texts: list[str], of_all: str, own: str | None) -> None:
    assert label_separator(texts, of_all) == own


@pytest.mark.parametrize(
    ("rows", "text", "parts"),
    [
        (["KL 55", "R 2473"], "KL 55 R 2473", ["KL 55", "R 2473"]),
        (["KL 55", "R 2473"], "KL 55\nR 2473", ["KL 55", "R 2473"]),
        (["KL 55", "R 2473"], "KL 55   R 2473", ["KL 55", "R 2473"]),
        (["KL55", "R2473"], "KL55R2473", ["KL55", "R2473"]),
        (["KL 55 R 2473"], "KL 55 R 2473", ["KL 55 R 2473"]),
        (["KL 55 R 2473", "SHOP"], "KL 55 R 2473", ["KL 55 R 2473", ""]),
        (["SHOP", "KL", "55", "R"], "KL 55 R", ["", "KL", "55", "R"]),
    ],
)
def test_a_known_text_is_parted_among_its_rows(rows: list[str], text: str, parts: list[str]) -> None:
    likelihood, places = align([written(row, CHARSET) for row in rows], text, CHARSET)
    assert [text[start:end] for start, end in places] == parts
    assert -12 < likelihood < 0


def test_no_rows_explain_nothing() -> None:
    assert align([], "KL", CHARSET) == (-1e30, [])


def test_strips_to_learn_from_carry_their_part_of_the_text(bundle: Bundle, finder: LineFinder) -> None:
    texts = ["KL 55 R 2473", "TN 42 R\n2697", "MH 20 BY 3665"]
    layouts = [lay_out(crop_of(text, degrees), finder) for text, degrees in zip(texts, (0, 0, 14), strict=True)]
    lines, separator = training_lines(layouts, texts, bundle.logits, Charset(bundle.spec.charset))
    assert {line.crop for line in lines} == {0, 1, 2}
    assert [line.text for line in lines if line.crop == 1] == ["TN 42 R", "2697"]
    assert {line.text for line in lines if line.crop == 2} == {"MH 20 BY 3665"}
    assert separator == "\n"
    assert all(line.fit < 0 for line in lines)


def test_a_crop_nobody_can_read_is_still_learned_from(bundle: Bundle, finder: LineFinder) -> None:
    grey = np.full((40, 120, 3), 127, np.uint8)
    lines, separator = training_lines([lay_out(grey, finder)], ["KL 55"], bundle.logits, Charset(bundle.spec.charset))
    assert [(line.text, line.whole) for line in lines] == [("KL 55", True)]
    assert separator == " "


def reading(text: str, confidence: float) -> Reading:
    return Reading(text, confidence, tuple(Symbol(symbol, confidence) for symbol in text))


@pytest.mark.parametrize(
    ("whole", "rows", "taken"),
    [
        (reading("2697", 0.8), reading("TN 42 R 2697", 0.95), "TN 42 R 2697"),
        (reading("KL 55 R 2473", 0.98), reading("KL 55", 0.7), "KL 55 R 2473"),
        (reading("", 0.0), reading("A", 0.3), "A"),
    ],
)
def test_the_surer_and_longer_reading_is_taken(whole: Reading, rows: Reading, taken: str) -> None:
    assert (whole if is_whole(whole, rows, 2.0, RowChoice()) else rows).text == taken
