"""Where the next character stands, counted along the bands of the published tower before anything was learned."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from training.engine.crops import fit
from training.engine.decode import log_softmax, read_slots
from training.engine.zoo import tower, transformer
from training.engine.zoo.counting import Counting, Counts
from training.engine.zoo.reader import Options

from .drawn import crop_of

HEIGHT, WIDTH = tower.BOXES["pretrained"]
SYMBOLS = ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -.")
OPTIONS = Options(length=12, tower="pretrained")
COLUMNS = WIDTH // 8
WHOLE, UPPER, LOWER = 0, 1, 4
"""Rows of cells: all of the region at half its size, and its upper and lower half."""


def array(tensor: Any) -> NDArray[Any]:
    return np.asarray(ops.convert_to_numpy(tensor))


def pixels_of(text: str) -> NDArray[np.float32]:
    return np.asarray(fit(crop_of(text, letter=44), HEIGHT, WIDTH, WIDTH, boxed=True)[None], np.float32)


@pytest.fixture(scope="module")
def counting() -> Counting:
    layer = tower.counting(SYMBOLS, HEIGHT, OPTIONS, blocks=1, heads=1, width=8)
    layer.build((None, 5 * COLUMNS, 120))
    layer.start(*tower.published_head(SYMBOLS))
    return layer


@pytest.fixture(scope="module")
def cells_of() -> keras.Model:
    pixels = keras.Input((HEIGHT, WIDTH, 3))
    cells = tower.features(pixels, OPTIONS)
    return keras.Model(pixels, keras.layers.Reshape((5 * COLUMNS, 120))(cells))


def counts_of(text: str, cells_of: keras.Model, counting: Counting) -> Counts:
    return Counts(*(array(one) for one in counting.counts(cells_of(pixels_of(text)))))


def by_band(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    return cells.reshape(5, COLUMNS)


@pytest.mark.parametrize("text", ["KA 05 MH 7314", "KA-05-MH.7314", "KA05MH7314"])
def test_letters_and_digits_count_and_what_is_between_them_does_not(
    text: str, cells_of: keras.Model, counting: Counting
) -> None:
    counts = counts_of(text, cells_of, counting)
    assert by_band(counts.begun)[WHOLE, -1] == pytest.approx(10, abs=0.5)
    assert (np.diff(by_band(counts.begun), axis=1) >= -1e-4).all()


def test_a_lower_row_goes_on_counting_where_the_upper_one_ends(cells_of: keras.Model, counting: Counting) -> None:
    counts = counts_of("KA 05 MH\n7314", cells_of, counting)
    assert by_band(counts.begun)[UPPER, 0] == pytest.approx(0, abs=0.5)
    assert by_band(counts.begun)[UPPER, -1] == pytest.approx(6, abs=0.5)
    assert by_band(counts.begun)[LOWER, 0] == pytest.approx(6, abs=0.5)
    assert by_band(counts.begun)[LOWER, -1] == pytest.approx(10, abs=1.0)


def test_a_band_that_holds_a_row_is_surer_than_one_between_rows(cells_of: keras.Model, counting: Counting) -> None:
    bands = counts_of("KA 05 MH\n7314", cells_of, counting).bands[0, 0]
    assert bands[[UPPER, LOWER]].min() > bands[UPPER + 1 : LOWER].max()


def test_a_picture_without_text_makes_no_band_sure(cells_of: keras.Model, counting: Counting) -> None:
    counts = Counts(*map(array, counting.counts(cells_of(np.full((1, HEIGHT, WIDTH, 3), 127.5, np.float32)))))
    assert by_band(counts.begun)[:, -1].max() < 1.0
    assert counts.bands.max() < -0.5


@pytest.mark.parametrize(("said", "band"), [(0, UPPER), (5, UPPER), (6, LOWER), (9, LOWER)])
def test_what_comes_next_is_looked_for_in_its_row(
    said: int, band: int, cells_of: keras.Model, counting: Counting
) -> None:
    counts = counts_of("KA 05 MH\n7314", cells_of, counting)
    where = by_band(array(counting.where(0, counts, np.array([[said]], np.float32))))
    assert where[1:].max(axis=1).argmax() + 1 == band


def test_before_any_training_the_transformer_says_every_character_in_turn() -> None:
    reader = transformer.reader(SYMBOLS, OPTIONS)
    (logits,) = array(reader.model(pixels_of("KA 05 MH 7314"), training=False))
    logits[:, 0] = logits.min()  # that there is an end is still to be learned
    assert read_slots(log_softmax(logits), SYMBOLS).text.startswith("KA05MH7314")


def test_it_counts_what_it_is_told_as_what_it_says_itself(counting: Counting) -> None:
    ids = np.array([[SYMBOLS.index(symbol) for symbol in "K -7."] + [0]], np.int32)
    assert array(counting.said(ids)).tolist() == [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]]
