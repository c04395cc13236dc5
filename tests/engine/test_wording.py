"""How the user's texts are built, and what that does to unclear readings."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from tests.engine.drawn import crop_of, sign
from training.engine.bundle import BundleLabel
from training.engine.decode import Logits, Reading, join_readings, read_greedily
from training.engine.predict import Bundle
from training.engine.search import read_worded
from training.engine.wording import MOST_SHAPES, Wording, shape, shapes

SYMBOLS = ("", *"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -")
PLATES = {"AA 00 AA 0000": 30, "AA 00 A 0000": 10}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("KA 51 AA 3469", "AA 00 AA 0000"),
        ("Total: 12.50 €", "Aaaaa: 00.00 €"),
        ("صنعاء\n٤٢", "xxxxx 00"),
        ("", ""),
    ],
)
def test_a_shape_is_the_kinds_of_characters(text: str, told: str) -> None:
    assert shape(text) == told


def test_the_commonest_shapes_are_kept_with_their_number() -> None:
    texts = ["KA 51", "TN 02", "", *("9" * size for size in range(1, 2 * MOST_SHAPES))]
    kept = shapes(texts)
    assert kept["AA 00"] == 2
    assert len(kept) == MOST_SHAPES


def test_what_follows_is_certain_altogether() -> None:
    wording = Wording(PLATES)
    kinds = {kind for one in PLATES for kind in one} | {"\x03"}
    for before in ("\x02" * 6, "AA 00 ", "00 AA "):
        chances = [wording._probability(before, kind) for kind in kinds]
        assert all(0 < chance < 1 for chance in chances)
        assert 0.9 < sum(chances) < 1, "a little is left for kinds never seen"


@pytest.mark.parametrize(
    ("likelier", "other"),
    [
        ("KL 10 AV 6342", "KL 1G AV 6342"),
        ("KL 10 AV 6342", "KL 10 AV 63422"),
        ("KL 10 AV 6342", "MKL 10 AV 6342"),
        ("KL 10 AV 6342", "KL 10 A 6342"),
    ],
)
def test_texts_built_like_those_seen_are_likelier(likelier: str, other: str) -> None:
    wording = Wording(PLATES)
    assert wording.log_probability(likelier) > wording.log_probability(other)


def test_what_varies_is_judged_mildly() -> None:
    names = {shape(name): 1 for name in ("Li & Co", "ACME 24 Ltd.", "o2", "Dr. No", "7-Eleven Sdn Bhd", "A1 Taxi GmbH")}
    strict, mild = (
        wording.log_probability("KL 10 AV 6342") - wording.log_probability("KL 1G AV 6342")
        for wording in (Wording(PLATES), Wording(names))
    )
    assert strict > 3 * abs(mild)


@pytest.mark.parametrize(
    ("texts", "foreign"),
    [
        (["KL 10 AV 6342", "HONDA"], [False, True]),
        (["HONDA"], [False]),
        (["KL 10 AV 6342", "TN 19 K 9318"], [False, False]),
        (["KL 10 AV 6342", "KA51AA3469"], [False, False]),
        (["KL 10 AV 6342", ""], [False, False]),
        ([], []),
    ],
)
def test_a_text_unlike_all_of_the_users_beside_one_of_them_is_foreign(texts: list[str], foreign: list[bool]) -> None:
    seen = {**PLATES, "AA00AA0000": 3}
    assert Wording(seen).foreign(texts) == foreign


def test_nothing_is_foreign_where_texts_vary() -> None:
    few = ("Li & Co", "ACME 24 Ltd.", "o2", "Dr. No", "7-Eleven Sdn Bhd", "A1 Taxi GmbH")
    more = (
        "Moonlight Cake House Sdn. Bhd.",
        "99 Speed Mart",
        "B&Q",
        "C.W.K.L. Trading (M) Ltd",
        "Perniagaan Zheng Hui",
    )
    names = shapes((*few, *more))
    assert not any(Wording(names).foreign(["o2", "Sri Durga Automobiles 24 h", "4x4!", "KL 10 AV 6342"]))


def test_looking_at_each_text_alone_leaves_what_was_learned() -> None:
    one, other = Wording(PLATES), Wording(PLATES)
    other.foreign(["KL 10 AV 6342", "HONDA"])
    assert one.log_probability("KL 1 X") == other.log_probability("KL 1 X")


def logs(text: str, **unclear: Sequence[tuple[str, float]]) -> Logits:
    """A row that says `text`, each character surely but those at `_2`, say: pairs of symbols and chances instead."""
    steps = []
    for place, character in enumerate(text):
        chances = np.full(len(SYMBOLS), 1e-6)
        for symbol, chance in unclear.get(f"_{place}", [(character, 0.999)]):
            chances[SYMBOLS.index(symbol)] = chance
        between = np.full(len(SYMBOLS), 1e-6)
        between[0] = 0.999
        steps += [chances, between]
    return np.asarray(np.log(np.array(steps)), np.float32)


def worded(rows: Sequence[Logits], wording: Wording) -> Reading:
    greedy = [read_greedily(row, SYMBOLS) for row in rows]
    reading = join_readings(greedy, " ") if len(greedy) > 1 else greedy[0]
    return read_worded(reading, rows, wording, SYMBOLS, " ")


def test_an_unclear_character_is_what_texts_have_there() -> None:
    told = logs("KL 10 AV 6342", _4=[("G", 0.6), ("0", 0.4)])
    assert read_greedily(told, SYMBOLS).text == "KL 1G AV 6342"
    reading = worded([told], Wording(PLATES))
    assert reading.text == "KL 10 AV 6342"
    assert reading.symbols[4].confidence == pytest.approx(0.4, abs=0.01), "it is no surer for that"
    assert math.prod(symbol.confidence for symbol in reading.symbols) < 0.41


def test_a_clear_character_stays() -> None:
    told = logs("KL 1G AV 6342", _4=[("G", 0.999), ("0", 0.0005)])
    assert worded([told], Wording(PLATES)).text == "KL 1G AV 6342"


def test_rows_are_weighed_together() -> None:
    # "0" alone could well be the end of a row; what stands in the other tells.
    upper, lower = logs("KL 1O", _4=[("O", 0.55), ("0", 0.45)]), logs("AV 6342", _1=[("V", 0.5), ("", 0.5)])
    assert worded([upper, lower], Wording(PLATES)).text == "KL 10 AV 6342"
    assert worded([upper, logs(" ")], Wording({"AA 0A": 20})).text == "KL 1O"


def test_only_unclear_readings_of_labels_with_texts_are_weighed(bundle: Bundle) -> None:
    labels = (BundleLabel(name="sign", shapes={"AA 00 A 0000": 50}),)
    taught = Bundle(bundle.folder, bundle.spec.model_copy(update={"labels": labels}), 1)
    crops = [crop_of(text) for text in ("KL O8 R 2473", "KL T8 R 2473")]
    assert [one.text for one in taught.read(crops, ["other"] * 2)] == ["KL O8 R 2473", "KL T8 R 2473"]
    assert [one.text for one in taught.read(crops, ["sign"] * 2)] == ["KL 08 R 2473", "KL T8 R 2473"]
    assert [one.text for one in taught.read(crops)] == ["KL O8 R 2473", "KL T8 R 2473"], "without a label, any text"


def test_signs_that_say_something_else_are_left_out(bundle: Bundle) -> None:
    picture, _ = sign("KL 55 R 2473", at=(60, 60))
    other, box = sign("HONDA", at=(300, 320))
    picture.paste(other.crop(box), box[:2])
    for seen, texts in ((PLATES, ["KL 55 R 2473"]), ({}, ["KL 55 R 2473", "HONDA"])):
        labels = (BundleLabel(name="sign", shapes=seen),)
        taught = Bundle(bundle.folder, bundle.spec.model_copy(update={"labels": labels}), 1)
        assert [found.text for found in taught.predict(picture)] == texts
    labels = (BundleLabel(name="sign", shapes=PLATES),)
    taught = Bundle(bundle.folder, bundle.spec.model_copy(update={"labels": labels}), 1)
    assert [found.text for found in taught.predict(sign("HONDA")[0])] == ["HONDA"], "alone, it may be one all the same"
