"""The readers that say where they look for each character: attention and transformer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from training.engine.zoo import attention, transformer
from training.engine.zoo.counting import Counting
from training.engine.zoo.losses import slots_unlikelihood
from training.engine.zoo.reader import Options, Reader

SYMBOLS = ("", *"ABCDEFG")
OPTIONS = Options(length=5, size=(32, 48))
READERS: dict[str, Callable[[], Reader]] = {
    "attention": lambda: attention.reader(SYMBOLS, OPTIONS),
    "parallel": lambda: transformer.reader(SYMBOLS, OPTIONS, autoregressive=False),
    "autoregressive": lambda: transformer.reader(SYMBOLS, OPTIONS),
    "learned places": lambda: transformer.reader(SYMBOLS, OPTIONS, places="learned"),
}


def pixels(count: int = 2, width: int = 48) -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(0, 255, (count, 32, width, 3)).astype(np.float32)


def array(tensor: Any) -> NDArray[Any]:
    return np.asarray(ops.convert_to_numpy(tensor))


@pytest.fixture(params=READERS, scope="module")
def reader(request: pytest.FixtureRequest) -> Reader:
    return READERS[str(request.param)]()


def test_where_it_looks_sums_to_one_for_each_character(reader: Reader) -> None:
    assert reader.look is not None
    looked = array(reader.look(pixels()))
    assert looked.shape == (2, OPTIONS.length, 4, 12)
    assert looked.min() >= 0
    assert np.abs(looked.sum(axis=(2, 3)) - 1).max() < 1e-4


def test_told_its_own_characters_it_answers_as_if_it_were_told_none(reader: Reader) -> None:
    seen = pixels()
    free = array(reader.model(seen, training=False))
    said = free.argmax(axis=-1).astype(np.int32)
    lengths = np.array([OPTIONS.length - 1] * 2, np.int32)
    told = array(reader.unlikelihood(seen, said, lengths, free))
    assert np.abs(told - array(slots_unlikelihood(free, said, lengths))).max() < 1e-4


def test_what_it_is_told_changes_what_it_says_next_only_where_it_listens() -> None:
    decoder = attention.Decoder(4, len(SYMBOLS), units=16, keys=8)
    cells = np.random.default_rng(1).normal(size=(1, 2, 3, 5)).astype(np.float32)
    one, two = (array(decoder(cells, np.array([ids], np.int32))[0])[0] for ids in ([1, 2, 3], [1, 4, 3]))
    assert np.abs(one[:2] - two[:2]).max() < 1e-6, "the second character is heard before the third is said"
    assert np.abs(one[2:] - two[2:]).min() > 0


def test_cells_that_know_their_place_are_told_apart_when_they_are_moved() -> None:
    cells = np.random.default_rng(2).normal(size=(1, 3, 4, 6)).astype(np.float32)
    moved = cells[:, ::-1, ::-1]
    decoder = attention.Decoder(2, len(SYMBOLS), units=16, keys=8)
    assert np.abs(array(decoder(cells)[0]) - array(decoder(moved)[0])).max() < 1e-5
    places = attention.Coordinates()
    decoder = attention.Decoder(2, len(SYMBOLS), units=16, keys=8)
    assert np.abs(array(decoder(places(cells))[0]) - array(decoder(places(moved))[0])).max() > 1e-3


def test_coordinates_are_one_hot_rows_and_columns() -> None:
    told = array(attention.Coordinates()(np.zeros((1, 2, 3, 1), np.float32)))[0, 1, 2]
    assert told.tolist() == [0, 0, 1, 0, 0, 1]


def test_views_are_read_one_by_one_by_the_same_tower() -> None:
    options = replace(OPTIONS, size=(32, 96), views=2)
    keras.utils.set_random_seed(0)
    seen = keras.Input((32, 96, 3))
    tower = keras.Model(seen, attention.stacked(seen, options))
    both = pixels(1, 96)
    swapped = np.concatenate([both[:, :, 48:], both[:, :, :48]], axis=2)
    cells, others = array(tower(both)), array(tower(swapped))
    assert cells.shape == (1, 8, 12, 192)
    assert np.abs(cells[:, :4] - others[:, 4:]).max() < 1e-4
    assert np.abs(cells[:, 4:] - others[:, :4]).max() < 1e-4


def test_views_look_at_maps_below_each_other() -> None:
    reader = attention.reader(SYMBOLS, Options(length=3, size=(32, 96), views=2))
    assert reader.look is not None
    assert reader.look.output_shape == (None, 3, 8, 12)


def test_a_width_that_views_cannot_share_is_refused() -> None:
    with pytest.raises(ValueError, match="3 views"):
        attention.reader(SYMBOLS, Options(length=3, size=(32, 64), views=3))


def test_a_perfect_answer_has_no_loss_though_labels_are_smoothed() -> None:
    ids, lengths = np.array([[1, 2]], np.int32), np.array([2], np.int32)
    wanted = 0.9 * np.eye(len(SYMBOLS))[[[1, 2, 0]]] + 0.1 / len(SYMBOLS)
    perfect = np.log(wanted).astype(np.float32)
    assert abs(float(array(slots_unlikelihood(perfect, ids, lengths, attention.SMOOTHING))[0])) < 1e-5
    surer = (3 * perfect).astype(np.float32)
    assert float(array(slots_unlikelihood(surer, ids, lengths, attention.SMOOTHING))[0]) > 0.01


def test_waves_tell_every_place_from_every_other() -> None:
    waves = transformer.waves(64, 32)
    apart = np.linalg.norm(waves[:, None] - waves[None], axis=-1) + 9 * np.eye(64)
    assert waves.shape == (64, 32)
    assert np.allclose(waves[0, ::2], 0)
    assert np.allclose(waves[0, 1::2], 1)
    assert apart.min() > 0.5


def test_a_crossed_block_looks_at_its_memory_alone() -> None:
    block = transformer.Block(crossed=True, heads=2)
    random = np.random.default_rng(3)
    tokens, memory = random.normal(size=(1, 3, 8)).astype(np.float32), random.normal(size=(1, 5, 8)).astype(np.float32)
    block.build(tokens.shape)
    looked = array(block(tokens, block.other.kept(memory))[1])
    assert looked.shape == (1, 3, 5)
    assert np.abs(looked.sum(axis=-1) - 1).max() < 1e-5


def test_a_causal_block_says_the_same_of_a_token_whatever_comes_after_it() -> None:
    block = transformer.Block(heads=2)
    tokens = np.random.default_rng(4).normal(size=(1, 4, 8)).astype(np.float32)
    other = tokens.copy()
    other[:, 2:] += 1.0
    one, two = array(block(tokens, causal=True))[0], array(block(other, causal=True))[0]
    assert np.abs(one[:2] - two[:2]).max() < 1e-5
    assert np.abs(one[2:] - two[2:]).min() > 1e-5


def test_a_block_drops_out_only_while_it_learns() -> None:
    block = transformer.Block(heads=2, dropout=0.5)
    tokens = np.random.default_rng(5).normal(size=(1, 4, 8)).astype(np.float32)
    assert np.array_equal(array(block(tokens)), array(block(tokens)))
    assert np.abs(array(block(tokens, training=True)) - array(block(tokens, training=True))).max() > 0.1


def test_what_is_put_into_a_slot_leaves_the_others_as_they_are() -> None:
    room = np.arange(6, dtype=np.float32).reshape(1, 3, 2)
    token = np.full((1, 1, 2), 9, np.float32)
    assert array(transformer.put(room, token, np.int32(1), axis=1))[0].tolist() == [[0, 1], [9, 9], [4, 5]]


def test_one_character_after_the_other_can_be_said_in_half_precision() -> None:
    half = transformer.reader(SYMBOLS, replace(OPTIONS, dtype="mixed_bfloat16"))
    said = array(half.model(pixels(), training=False))
    assert said.dtype == np.float32
    assert np.isfinite(said).all()
    ids, lengths = np.array([[1, 2]] * 2, np.int32), np.array([2, 2], np.int32)
    assert np.isfinite(array(half.loss(pixels(), ids, lengths, np.zeros((2, 0), np.float32))))


@pytest.mark.parametrize(
    "layer",
    [
        attention.Decoder(3, 8, units=16, keys=4, follows=True),
        transformer.Decoder(3, 8, True),
        transformer.Decoder(3, 8, True, Counting(8, [1, 2], [[0.0, 0.0], [1.0, 0.0]], 2, 4, 128)),
    ],
    ids=["attention", "transformer", "transformer that counts"],
)
def test_layers_come_back_from_their_configuration(layer: keras.layers.Layer) -> None:
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
