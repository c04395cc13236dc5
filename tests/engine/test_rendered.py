"""Drawn lines that stand for the user's own while a reader learns from nothing."""

import numpy as np
import pytest

from tests.engine.drawn import crop_of
from training.engine.charset import Charset
from training.engine.predict import Bundle
from training.engine.reader_training import Line, ReaderData, epoch
from training.engine.recipe import Recipe
from training.engine.rendered import kinds, like, parted
from training.engine.wording import shape
from training.engine.zoo.form import Form

SYMBOLS = ("", *"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -")
KNOWN = kinds(SYMBOLS)


def test_symbols_that_the_typeface_has_are_known_by_their_kind() -> None:
    known = kinds(("", "7", "A", "Ü", "a", " ", "-", "ب", "文", "ab"))
    assert known == {"0": ["7"], "A": ["A"], "a": ["a"], " ": [" "], "-": ["-"]}


@pytest.mark.parametrize(
    ("text", "aspect", "rows"),
    [
        ("KA 51 AA 3469", 4.5, ["KA 51 AA 3469"]),
        ("KA 51 AA 3469", 1.5, ["KA 51", "AA 3469"]),
        ("12 Long Street, Springfield, Utopia", 3.0, ["12 Long Street,", "Springfield, Utopia"]),
        ("KA51AA3469", 0.5, ["KA51AA3469"]),
        ("A B C D E", 0.2, ["A B", "C", "D E"]),
    ],
)
def test_a_text_stands_in_the_rows_that_fill_its_strip(text: str, aspect: float, rows: list[str]) -> None:
    assert parted(text, aspect) == rows


@pytest.mark.parametrize("text", ["KL 55 R 2473", "KL 55\nR 2473"])
def test_a_drawn_line_is_built_like_the_one_it_stands_for(text: str) -> None:
    strip = crop_of(text)
    seen = set()
    for seed in range(20):
        drawn = like(strip, text.replace("\n", " "), KNOWN, np.random.default_rng(seed))
        assert drawn is not None
        picture, other = drawn
        seen.add(other)
        assert shape(other) == "AA 00 A 0000"
        assert picture.dtype == np.uint8
        assert picture.shape[1] / picture.shape[0] == pytest.approx(strip.shape[1] / strip.shape[0], rel=0.05)
        assert tuple(picture[0, 0]) == (255, 255, 255), "the same ground"
        assert picture.min() < 60, "and ink"
        again = like(strip, text.replace("\n", " "), KNOWN, np.random.default_rng(seed))
        assert again is not None
        assert np.array_equal(again[0], picture)
    assert len(seen) == 20


@pytest.mark.parametrize("text", ["", " ", "سيارة", "KL_55"])
def test_what_cannot_be_drawn_is_left_as_it_is(text: str) -> None:
    assert like(crop_of("KL 55"), text, KNOWN, np.random.default_rng(0)) is None


def test_what_is_drawn_can_be_read(bundle: Bundle) -> None:
    right = 0
    for seed in range(20):
        drawn = like(crop_of("KL 55 2473"), "KL 55 2473", KNOWN, np.random.default_rng(seed))
        assert drawn is not None
        (reading,) = bundle.read([drawn[0]])
        right += reading.text.replace(" ", "").upper().replace("O", "0") == drawn[1].replace(" ", "").replace("O", "0")
    assert right >= 16


@pytest.mark.parametrize(("drawn", "least", "most"), [(0.0, 0, 0), (0.5, 20, 44), (1.0, 64, 64)])
def test_as_many_lines_as_the_recipe_says_are_drawn(drawn: float, least: int, most: int) -> None:
    strip, text = crop_of("KL 55"), "KL 55"
    charset = Charset(SYMBOLS)
    data = ReaderData(charset, Form(), [Line(strip, text)] * 64, [])
    recipe = Recipe(1, 16, 1e-3, 1e-3, drawn=drawn, least_steps=1)
    batches = list(epoch(data, recipe, 0, 1))
    texts = [
        charset.decode(row[:length].tolist())
        for _, ids, lengths, _ in batches
        for row, length in zip(ids, lengths, strict=True)
    ]
    assert len(texts) == 64
    assert all(shape(one) == "AA 00" for one in texts)
    assert least <= sum(one != text for one in texts) <= most
    for one, other in zip(batches, epoch(data, recipe, 0, 1), strict=True):
        assert all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))
