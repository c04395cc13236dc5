"""Pictures of what a reader looked at."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.engine import drawings, looks
from training.engine.charset import Charset
from training.engine.crops import fit
from training.engine.decode import Reading, Symbol
from training.engine.looks import Look
from training.engine.reader_training import Line
from training.engine.zoo import attention, crnn
from training.engine.zoo.form import Form
from training.engine.zoo.reader import Options

from .drawn import crop_of

WORDS = ("A7", "KL 55")


def reading(text: str) -> Reading:
    return Reading(text, 1.0, tuple(Symbol(symbol, 1.0) for symbol in text))


def box(text: str) -> NDArray[np.float32]:
    return fit(crop_of(text), 32, None, 96, boxed=True)


def test_attention_has_a_tile_for_each_character_coloured_where_its_map_is_strong() -> None:
    maps = np.zeros((4, 4, 12), np.float32)
    maps[0, 1, 1] = maps[1, 1, 4] = 1.0
    pixels = np.full((32, 96, 3), 200, np.float32)
    drawn = drawings.draw("attention", pixels, maps, reading("A7"))
    one = drawings.draw("attention", pixels, maps, reading("A"))
    assert drawn.shape[0] == one.shape[0]
    assert drawn.shape[1] == 2 * one.shape[1] + drawings.GAP
    tile = drawn[: -drawings.CAPTION, : one.shape[1]].astype(int)
    colourful = tile.max(axis=2) - tile.min(axis=2)
    scale = tile.shape[1] // 96
    row, column = np.unravel_index(colourful.argmax(), colourful.shape)
    assert (row // (8 * scale), column // (8 * scale)) == (1, 1)
    assert colourful[:, 64 * scale :].max() == 0


def test_a_long_text_goes_on_below() -> None:
    maps = np.ones((30, 4, 12), np.float32)
    drawn = drawings.draw("attention", box("A7"), maps, reading("A" * 30))
    assert drawn.shape[1] <= drawings.ROW_WIDTH
    assert drawn.shape[0] > 3 * drawings.CAPTION


def test_nothing_read_still_shows_the_crop() -> None:
    drawn = drawings.draw("attention", box("A7"), np.ones((3, 4, 12), np.float32), reading(""))
    assert drawn.std() > 10


def test_maps_of_views_are_laid_over_the_pictures_that_stand_side_by_side() -> None:
    maps = np.zeros((1, 8, 4), np.float32)
    maps[0, 5, 2] = 1.0  # second view, second row, third column
    pixels = np.full((32, 64, 3), 200, np.float32)
    drawn = drawings.attention(pixels, maps, "A", views=2)[: -drawings.CAPTION].astype(int)
    colourful = drawn.max(axis=2) - drawn.min(axis=2)
    row, column = np.unravel_index(colourful.argmax(), colourful.shape)
    scale = drawn.shape[1] // 64
    assert (row // (8 * scale), column // (8 * scale)) == (1, 6)


def test_glimpses_are_squares_where_the_network_looked() -> None:
    pixels = np.zeros((40, 80, 3), np.float32)
    drawn = drawings.draw("glimpses", pixels, np.array([[0.0, -0.5, 0.5], [0.0, 0.5, 0.5]]), reading("7"))
    scale = drawn.shape[0] // 40
    first = drawings.COLOURS[0]
    rows, columns = np.nonzero((drawn == np.array(first)).all(axis=2))
    assert abs(rows.min() - 10 * scale) <= 1
    assert abs(rows.max() - 30 * scale) <= 1
    assert abs((columns.min() + columns.max()) / 2 - 20 * scale) <= scale
    assert drawn[20 * scale, 40 * scale].max() > 100, "a line joins them"


def test_rectified_shows_before_above_after() -> None:
    before, after = np.full((48, 96, 3), 10, np.float32), np.full((32, 64, 3), 240, np.float32)
    drawn = drawings.draw("rectified", before, after, reading("7"))
    assert drawn[5, 5].max() == 10
    assert drawn[-5, 5].min() == 240


def test_there_is_no_other_kind() -> None:
    with pytest.raises(ValueError, match="no way to draw"):
        drawings.draw("", box("A7"), np.zeros((1, 1, 1)), reading(""))


def test_a_taught_reader_leaves_pictures_and_a_list_that_a_later_run_replaces(tmp_path: Path) -> None:
    charset = Charset.of(WORDS)
    reader = attention.reader(charset.symbols, Options(length=7, size=(32, 64)))
    lines = [Line(crop_of(text), text) for text in WORDS] * 8
    drawings.write(tmp_path, reader, lines, charset)
    found = looks.load(tmp_path)
    assert [look.truth for look in found] == [*WORDS * 6]
    assert found[0].kind == "attention"
    for look in found:
        with Image.open(tmp_path / looks.FOLDER / look.file) as picture:
            assert picture.width <= drawings.ROW_WIDTH
    drawings.write(tmp_path, reader, lines[:1], charset)
    assert sorted(path.name for path in (tmp_path / looks.FOLDER).iterdir()) == ["001.png", looks.LIST_FILE]


def test_a_reader_that_looks_nowhere_leaves_nothing(tmp_path: Path) -> None:
    charset = Charset.of(WORDS)
    drawings.write(tmp_path, crnn.reader(charset.symbols, Options()), [Line(crop_of("A7"), "A7")], charset)
    assert list(tmp_path.iterdir()) == []
    assert looks.load(tmp_path) == []


def test_a_list_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / looks.FOLDER).mkdir()
    told = [Look(file="001.png", kind="glimpses", text="7", truth="1")]
    looks.save(tmp_path, told)
    assert looks.load(tmp_path) == told


def test_padding_is_not_drawn() -> None:
    pixels = fit(crop_of("KL 55"), 64, None, 300, boxed=True)
    height, width = drawings.filled(pixels)
    assert (height, width) != pixels.shape[:2]
    assert Form.box(64, 300).max_width == 300
    assert (pixels[:, width:] == 127.5).all()
