"""Where the next character stands, counted along the bands of the published tower before anything was learned."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from training.engine.crops import fit
from training.engine.decode import log_softmax, read_slots
from training.engine.zoo import attention, tower, transformer
from training.engine.zoo.counting import Counting, Counts
from training.engine.zoo.reader import Options

from .drawn import crop_of

HEIGHT, WIDTH = tower.BOXES["pretrained"]
SYMBOLS = ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -.")
OPTIONS = Options(length=12, tower="pretrained")
COLUMNS = WIDTH // 8
ROWS = 8
WHOLE, UPPER, BETWEEN, LOWER = 0, 2, 4, 6
"""Rows of cells: all of the region at half its size, the middle of its upper row, between both, of the lower one."""


def array(tensor: Any) -> NDArray[Any]:
    return np.asarray(ops.convert_to_numpy(tensor))


def pixels_of(text: str) -> NDArray[np.float32]:
    return np.asarray(fit(crop_of(text, letter=44), HEIGHT, WIDTH, WIDTH, boxed=True)[None], np.float32)


@pytest.fixture(scope="module")
def counting() -> Counting:
    layer = tower.counting(SYMBOLS, HEIGHT, OPTIONS, blocks=1, heads=1, width=8)
    layer.build((None, ROWS * COLUMNS, 120))
    layer.start(*tower.published_head(SYMBOLS))
    return layer


@pytest.fixture(scope="module")
def cells_of() -> keras.Model:
    pixels = keras.Input((HEIGHT, WIDTH, 3))
    cells = tower.features(pixels, OPTIONS)
    return keras.Model(pixels, keras.layers.Reshape((ROWS * COLUMNS, 120))(cells))


def counts_of(text: str, cells_of: keras.Model, counting: Counting) -> Counts:
    return Counts(*(array(one) for one in counting.counts(cells_of(pixels_of(text)))))


def by_band(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    return cells.reshape(ROWS, COLUMNS)


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
    assert bands[[UPPER, LOWER]].min() > bands[BETWEEN]


def test_a_picture_without_text_makes_no_band_sure(cells_of: keras.Model, counting: Counting) -> None:
    counts = Counts(*map(array, counting.counts(cells_of(np.full((1, HEIGHT, WIDTH, 3), 127.5, np.float32)))))
    assert by_band(counts.begun)[:, -1].max() < 1.0
    assert counts.bands.max() < -0.5


@pytest.mark.parametrize(("said", "lower"), [(0, False), (5, False), (6, True), (9, True)])
def test_what_comes_next_is_looked_for_in_its_row(
    said: int, lower: bool, cells_of: keras.Model, counting: Counting
) -> None:
    counts = counts_of("KA 05 MH\n7314", cells_of, counting)
    where = by_band(array(counting.where(0, counts, np.array([[said]], np.float32))))
    assert (where[1:].max(axis=1).argmax() + 1 > BETWEEN) == lower


def test_of_two_bands_that_may_hold_the_row_above_the_surer_one_is_counted() -> None:
    above = [[0, 0, 0], [0, 0, 0], [1, 1, 0]]
    layer = Counting(len(SYMBOLS), [1], above, blocks=1, heads=1, width=8)
    layer.build((None, 3, 4))
    total = np.array([[6.0, 4.0, 5.0]], np.float32)
    for sure, counted in (([-0.1, -1.0, -0.1], 6.0), ([-1.0, -0.1, -0.1], 4.0), ([-0.3, -0.3, -0.1], 5.0)):
        over = array(layer.in_rows_above(total, np.array([sure], np.float32)))[0]
        assert over.tolist() == pytest.approx([0, 0, counted], abs=0.01)


@pytest.mark.parametrize("network", [attention, transformer], ids=["attention", "transformer"])
@pytest.mark.parametrize("text", ["KA 05 MH 7314", "KA 05 MH\n7314"], ids=["one row", "two rows"])
def test_before_any_training_every_character_is_said_in_turn(network: Any, text: str) -> None:
    reader = network.reader(SYMBOLS, OPTIONS)
    (logits,) = array(reader.model(pixels_of(text), training=False))
    logits[:, 0] = logits.min()  # that there is an end is still to be learned
    assert read_slots(log_softmax(logits), SYMBOLS).text.startswith("KA05MH7314")


def test_each_of_several_views_counts_for_itself() -> None:
    options = Options(length=4, tower="pretrained", views=2)
    layer = tower.counting(SYMBOLS, HEIGHT, options, blocks=1, heads=1, width=8)
    assert layer.rows == 2 * ROWS
    assert not any(one for row in layer.above[:ROWS] for one in row[ROWS:])
    assert layer.above[LOWER][UPPER] == layer.above[ROWS + LOWER][ROWS + UPPER] == 1


def test_a_head_counts_by_the_first_numbers_of_a_cell() -> None:
    layer = tower.counting(SYMBOLS, HEIGHT, OPTIONS, blocks=1, heads=1, width=8)
    layer.build((None, ROWS * COLUMNS, 125))
    kernel, bias = tower.published_head(SYMBOLS)
    layer.start(kernel, bias)
    assert np.array_equal(array(layer.kernel)[:120], kernel)
    assert not array(layer.kernel)[120:].any()


def test_it_counts_what_it_is_told_as_what_it_says_itself(counting: Counting) -> None:
    ids = np.array([[SYMBOLS.index(symbol) for symbol in "K -7."] + [0]], np.int32)
    assert array(counting.said(ids)).tolist() == [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]]


@pytest.mark.parametrize("network", [attention, transformer], ids=["attention", "transformer"])
def test_a_saved_model_that_counts_answers_as_before(network: Any, tmp_path: Path) -> None:
    model = network.reader(SYMBOLS, Options(length=4, tower="pretrained", size=(128, 64))).model
    model.save(tmp_path / "reader.keras")
    seen = np.random.default_rng(0).uniform(0, 255, (1, 128, 64, 3)).astype(np.float32)
    again = keras.models.load_model(tmp_path / "reader.keras")
    assert np.abs(array(model(seen, training=False)) - array(again(seen, training=False))).max() < 1e-6
