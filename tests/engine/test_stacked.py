"""Two rows found one by one are one field, unless the user draws fields so."""

import numpy as np
import pytest

from tests.engine.drawn import sign
from training.engine.bundle import BundleLabel
from training.engine.geometry import Points, box_quad, iou
from training.engine.predict import Bundle
from training.engine.stacked import are_stacked, halves, join, never_drawn
from training.engine.wording import Wording

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


PLATES = {"AA 00 A 0000": 30, "AA 00 AA 0000": 20}
LOWER = box_quad(12, 55, 88, 85)


@pytest.mark.parametrize("degrees", [0.0, 20.0, -35.0])
@pytest.mark.parametrize(
    ("upper", "lower", "are"),
    [
        pytest.param("KL 55", "R 2473", True, id="two parts of a plate"),
        pytest.param("KL 55 R 2473", "KL 55 R 2473", False, id="a plate shown twice"),
        pytest.param("KL 55 R 2473", "BEST CARS", False, id="a plate and its dealer"),
        pytest.param("KL 55", "", False, id="nothing is read of the other"),
    ],
)
def test_halves_of_a_field_are_known_by_their_texts(upper: str, lower: str, are: bool, degrees: float) -> None:
    found = [(turned(LOWER, degrees), lower), (turned(UPPER, degrees), upper)]
    assert halves(found, Wording(PLATES), " ") == ((1, 0) if are else None)
    assert halves(found[::-1], Wording(PLATES), " ") == ((0, 1) if are else None)


def test_halves_stand_near_above_each_other() -> None:
    for lower in (box_quad(92, 10, 170, 40), box_quad(12, 80, 88, 110)):
        assert halves([(UPPER, "KL 55"), (lower, "R 2473")], Wording(PLATES), " ") is None


def test_rows_found_apart_are_answered_as_the_one_text_they_make(bundle: Bundle) -> None:
    picture, _ = sign("KL 55", at=(150, 150))
    other, box = sign("R 2473", at=(140, 262))
    picture.paste(other.crop(box), box[:2])
    taught = BundleLabel(name="sign", shapes=PLATES)
    for label, joined, texts in (
        (taught, (True,), ["KL 55 R 2473"]),
        (taught, (False,), ["KL 55", "R 2473"]),
        (BundleLabel(name="sign"), (True,), ["KL 55", "R 2473"]),
    ):
        finder = bundle.spec.finder.model_copy(update={"joined": joined})
        spec = bundle.spec.model_copy(update={"labels": (label,), "finder": finder})
        assert [found.text for found in Bundle(bundle.folder, spec, 1).predict(picture)] == texts
