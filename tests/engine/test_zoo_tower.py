"""The pretrained tower: the published reader's eyes, on every band of a region and on all of it at half the size."""

from itertools import groupby
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from training.engine import device, export, reader_training
from training.engine.charset import Charset
from training.engine.crops import fit
from training.engine.reader_training import HeldOut, Line, ReaderData
from training.engine.recipe import Recipe
from training.engine.trainer import Trainer
from training.engine.zoo import attention, ppocr, pretrained, tower, transformer
from training.engine.zoo.layers import Layers
from training.engine.zoo.reader import Options

from .drawn import crop_of

HEIGHT, WIDTH = tower.BOXES["pretrained"]
UPPER, LOWER = 1, 5
"""Bands along the middle of the rows of a box that two of them fill."""
BLANK = ""
SYMBOLS = (BLANK, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")
STEPS = 250
"""At most, to learn four signs by heart."""
OPTIONS = Options(length=12, tower="pretrained")


def array(tensor: Any) -> NDArray[Any]:
    return np.asarray(ops.convert_to_numpy(tensor))


@pytest.fixture(scope="module")
def cells_of() -> keras.Model:
    pixels = keras.Input((HEIGHT, WIDTH, 3))
    return keras.Model(pixels, tower.features(pixels, OPTIONS))


def said(cells: NDArray[np.float32]) -> str:
    """What the published head reads in one row of cells [w, 120]."""
    start = pretrained.published(pretrained.READER_FILE)
    kernel, bias = ppocr.head(start.weights[-1], start.symbols, SYMBOLS)
    best = (cells @ kernel + bias).argmax(axis=-1)
    return "".join(SYMBOLS[index] for index, _ in groupby(best)).strip()


def seen(cells_of: keras.Model, text: str, letter: int = 44) -> NDArray[np.float32]:
    """The cells [n, w, 120] of a drawn sign."""
    pixels = fit(crop_of(text, letter=letter), HEIGHT, WIDTH, WIDTH, boxed=True)
    return np.asarray(array(cells_of(pixels[None]))[0], np.float32)


def test_before_any_training_each_row_of_a_sign_is_read_in_a_band_of_its_own(cells_of: keras.Model) -> None:
    cells = seen(cells_of, "KA 05 MH\n7314")
    assert cells.shape == (8, WIDTH // 8, 120)
    near = [said(row).replace(" ", "") for row in cells[1:]]
    assert near[UPPER] == "KA05MH"
    assert near[LOWER] == "7314"


def test_a_sign_of_one_row_is_read_at_half_the_size(cells_of: keras.Model) -> None:
    cells = seen(cells_of, "TAXI 42")
    assert said(cells[0, ::2]).replace(" ", "") == "TAXI42", "every cell of it stands there twice"
    assert np.array_equal(cells[0, ::2], cells[0, 1::2])


def test_a_strip_as_high_as_a_band_is_what_the_default_reader_sees() -> None:
    strip = np.random.default_rng(0).uniform(0, 255, (1, 48, 96, 3)).astype(np.float32)
    reader = ppocr.build(("", *"0123456789"))  # no letters: one class each
    pixels = keras.Input((48, 96, 3))
    layers = Layers()
    band = keras.Model(pixels, ppocr.bands(pixels / 127.5 - 1.0, layers))
    for layer in layers.weighted:
        layer.set_weights(reader.get_layer(layer.name).get_weights())
    kernel, bias = reader.get_layer("head").get_weights()
    assert np.abs(array(band(strip))[:, 0] @ kernel + bias - array(reader(strip))).max() < 1e-3


def test_a_picture_that_cannot_be_halved_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        tower.features(keras.Input((96, 328, 3)), OPTIONS)


def test_a_name_asked_for_again_is_the_same_layer() -> None:
    layers = Layers()
    one, two = (layers.dense(keras.Input((3,)), 2, "twice") for _ in range(2))
    assert len(layers.weighted) == 1
    assert one.shape == two.shape


@pytest.mark.parametrize(("height", "views"), [(128, 1), (144, 1), (96, 2), (32, 1)])
def test_maps_over_cells_lie_over_the_picture_and_lose_nothing(height: int, views: int) -> None:
    options = Options(tower="pretrained", views=views)
    pixels = keras.Input((height, 64, 3))
    rows = tower.features(pixels, Options(tower="pretrained", pretrained_start=False)).shape[1]
    maps = np.random.default_rng(1).uniform(0, 1, (1, 2, views * rows, 8)).astype(np.float32)
    over = array(tower.over_picture(maps, height, options))
    assert over.shape == (1, 2, views * height // 16, 8)
    assert np.allclose(over.sum(axis=2), maps.sum(axis=2), atol=1e-5)


def test_a_look_at_the_lowest_band_colours_the_lowest_quarter_and_one_at_half_size_the_whole() -> None:
    maps = np.zeros((1, 2, 8, 1), np.float32)
    maps[0, 0, 7], maps[0, 1, 0] = 1.0, 1.0
    lowest, whole = array(tower.over_picture(maps, 128, OPTIONS))[0, :, :, 0]
    assert np.allclose(lowest, [0, 0, 0, 0, 0, 0, 1 / 2, 1 / 2], atol=1e-6)
    assert np.allclose(whole, 1 / 8, atol=1e-6)


@pytest.mark.parametrize("network", [attention, transformer], ids=["attention", "transformer"])
def test_it_looks_at_the_picture_for_each_character(network: Any) -> None:
    reader = network.reader(SYMBOLS, Options(length=4, tower="pretrained", size=(128, 64)))
    assert reader.look is not None
    looked = array(reader.look(np.full((1, 128, 64, 3), 127.5, np.float32)))
    assert looked.shape == (1, 4, 8, 8)
    assert np.abs(looked.sum(axis=(2, 3)) - 1).max() < 1e-4


def test_the_decoder_says_what_it_looks_at_before_it_has_learned_where_to_look() -> None:
    kernel, bias = tower.known(SYMBOLS)
    assert not kernel[:, 0].any()
    assert bias[0] == 0.0, "the end of a text is no blank between letters"
    decoder = attention.Decoder(2, len(SYMBOLS), units=16, keys=8, follows=True)
    letter = SYMBOLS.index("K")
    cell = 20.0 * kernel[:, letter] / np.linalg.norm(kernel[:, letter])
    cells = np.tile(cell, (1, 2, 3, 1)).astype(np.float32)
    decoder(cells)
    decoder.start(kernel, bias)
    assert array(decoder(cells)[0])[0].argmax(axis=-1).tolist() == [letter, letter]


def test_a_decoder_that_follows_hears_where_it_looked() -> None:
    cells = np.random.default_rng(4).normal(size=(1, 2, 6, 5)).astype(np.float32)
    decoder = attention.Decoder(3, len(SYMBOLS), units=16, keys=8, follows=True)
    before = array(decoder(cells)[1])
    (kernel,) = decoder.before.get_weights()
    decoder.before.set_weights([50.0 * kernel])
    after = array(decoder(cells)[1])
    assert np.abs(before[:, 0] - after[:, 0]).max() < 1e-6, "nothing was looked at before the first character"
    assert np.abs(before[:, 1] - after[:, 1]).max() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("network", [attention, transformer], ids=["attention", "transformer"])
def test_it_learns_where_to_look_in_signs_of_one_and_two_rows(network: Any, tmp_path: Path) -> None:
    words = ("KL 55", "A7\nB3", "ZEBRA", "12\nDE")
    charset = Charset.of(word.replace("\n", " ") for word in words)
    reader = network.reader(charset.symbols, Options(length=8, tower="pretrained", size=(128, 160)))
    lines = [Line(crop_of(word), word.replace("\n", " ")) for word in words]
    data = ReaderData(charset, reader.form, lines, lines, reader.noise)
    recipe = Recipe(1, 4, reader.recipe.rate, reader.recipe.head_rate, average=0.5, frozen=reader.recipe.frozen)
    loss, shapes = reader_training.loss_of(reader), reader_training.shapes(reader.form)
    trainer = Trainer(reader.model, loss, reader.heads, recipe, STEPS, device.choose("float32"), shapes=shapes)
    measure = HeldOut(reader, data)
    pixels, ids, lengths = reader_training.together(lines, charset, reader.form)
    exact = 0.0
    while exact < 1.0 and trainer.steps_done < STEPS:
        for _ in range(10):
            trainer.step((pixels, ids, lengths, np.zeros((len(lines), 0), np.float32)))
        with trainer.averaged():
            exact = measure.score(lambda: None).exact
    with trainer.averaged() as model:
        assert exact == 1.0
        assert export.to_onnx(model, tmp_path / "reader.onnx", [pixels]) <= export.TOLERANCE
    size = (tmp_path / "reader.onnx").stat().st_size
    assert size < 5 * model.count_params() + 1_000_000, "the tower looks twice, with weights that are there once"
