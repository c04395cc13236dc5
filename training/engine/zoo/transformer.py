"""A transformer that reads a whole region (Vaswani 2017, arxiv.org/abs/1706.03762): all characters at once, or in turn.

A tower makes cells of the region. They are told their places, look at each other in the encoder, and are looked at by
the decoder, which has a learned query for every slot. The parallel decoder answers all slots in one go; the
autoregressive one says one character after the other and hears those before. Blocks normalise first (Xiong 2020).
"""

from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.zoo.form import Form
from training.engine.zoo.layers import Tensor, gelu
from training.engine.zoo.losses import slot_ids, slots_unlikelihood
from training.engine.zoo.reader import Options, Reader
from training.engine.zoo.tower import BOXES, features, known, over_picture, recipes

Places = Literal["sinusoidal", "learned"]

WIDTH, HEADS, ENCODERS, DECODERS = 128, 4, 2, 2
SMOOTHING = 0.1
RECIPES = recipes(7e-4, above=2e-3)


def reader(
    symbols: Sequence[str], options: Options, *, places: Places = "sinusoidal", autoregressive: bool = False
) -> Reader:
    """Reads boxes [B, H, W, 3] as logits [B, length, C]. `look` is what the last block saw, a mean over its heads."""
    keras.utils.set_random_seed(options.seed)
    height, width = options.size or BOXES[options.tower]
    pixels = keras.Input((height, width, 3), name="pixels")
    seen, rows, columns = _seen(pixels, options, places)
    points = len(seen) > 1
    body = keras.Model(pixels, seen, name="transformer_body")
    decoder = Decoder(options.length, len(symbols), autoregressive, name="decoder", dtype=options.dtype)
    said, looked = decoder(*seen)
    if points and options.pretrained_start:
        decoder.pointed.set_weights(known(symbols))
    model = keras.Model(
        pixels, keras.layers.Activation("linear", dtype="float32", name="logits")(said), name="transformer"
    )
    maps = over_picture(ops.reshape(looked, (-1, options.length, rows, columns)), height, options)
    look = keras.Model(pixels, maps, name="transformer_look")

    def forced(pixels: Tensor, ids: Tensor, training: bool) -> Tensor:
        told = body(pixels, training=training)
        return decoder(*(told if points else [told]), ids=ids)[0]

    def loss(pixels: Tensor, ids: Tensor, lengths: Tensor, noise: Tensor) -> Tensor:
        return ops.mean(slots_unlikelihood(forced(pixels, ids, True), ids, lengths, SMOOTHING))

    def unlikelihood(pixels: Tensor, ids: Tensor, lengths: Tensor, logits: Tensor) -> Tensor:
        told = forced(pixels, ids, False) if autoregressive else logits
        return slots_unlikelihood(told, ids, lengths)

    form = Form.box(height, width, most=options.length - 1)
    heads = ("project", "places", "encoder", "decoder")
    return Reader(model, form, RECIPES[options.tower], heads, loss, unlikelihood, look=look, draws="attention")


def _seen(pixels: Tensor, options: Options, places: Places) -> tuple[list[Tensor], int, int]:
    """Tokens [B, N, C], on the pretrained tower also the cells [B, N, D] they are made of; rows and columns of them."""
    same: dict[str, Any] = {"dtype": options.dtype}
    cells = features(pixels, options)
    rows, columns, depth = cells.shape[1:]
    placed = PLACES[places](name="places", **same)(keras.layers.Dense(WIDTH, name="project", **same)(cells))
    tokens = keras.layers.Reshape((rows * columns, WIDTH), **same)(placed)
    for number in range(ENCODERS):
        tokens = Block(name=f"encoder{number}", **same)(tokens)
    seen = [keras.layers.LayerNormalization(epsilon=1e-5, name="encoder_norm", **same)(tokens)]
    if options.tower == "pretrained":
        seen.append(keras.layers.Reshape((rows * columns, depth), **same)(cells))
    return seen, rows, columns


# Places


@keras.saving.register_keras_serializable("glyphsmith.transformer")
class WavePlaces(keras.layers.Layer):
    """Cells [B, h, w, C] plus sines and cosines of their row (first half of C) and their column (second half)."""

    def call(self, cells: Tensor) -> Tensor:
        height, width, depth = cells.shape[1:]
        rows = np.broadcast_to(waves(height, depth // 2)[:, None], (height, width, depth // 2))
        columns = np.broadcast_to(waves(width, depth // 2)[None], (height, width, depth // 2))
        return cells + ops.cast(np.concatenate([rows, columns], axis=-1), self.compute_dtype)


@keras.saving.register_keras_serializable("glyphsmith.transformer")
class LearnedPlaces(keras.layers.Layer):
    """Cells [B, h, w, C] plus a learned vector for each row and one for each column."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        for name, count in (("rows", shape[1]), ("columns", shape[2])):
            setattr(self, name, self.add_weight((count, shape[3]), "random_normal", name=name))

    def call(self, cells: Tensor) -> Tensor:
        return cells + self.rows[:, None] + self.columns[None]


PLACES: dict[Places, type[keras.layers.Layer]] = {"sinusoidal": WavePlaces, "learned": LearnedPlaces}


def waves(count: int, depth: int) -> NDArray[np.float32]:
    """float32[count, depth]: of each place, sines and cosines of wave lengths from 2π to 20000π (section 3.5)."""
    slow = 10000.0 ** (-np.arange(0, depth, 2) / depth)
    angles = np.arange(count)[:, None] * slow[None]
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(count, depth).astype(np.float32)


# Blocks


@keras.saving.register_keras_serializable("glyphsmith.transformer")
class Block(keras.layers.Layer):
    """Tokens [B, T, C] look at each other, then at `memory` [B, N, C] where the block is `crossed`, then think alone.

    A crossed block gives back the tokens and where they looked: [B, T, N], a mean over the heads, sums to 1.
    """

    def __init__(self, crossed: bool = False, heads: int = HEADS, **options: Any) -> None:
        super().__init__(**options)
        self.crossed, self.heads = crossed, heads
        self.looks = ["own", "other"] if crossed else ["own"]

    def build(self, tokens_shape: tuple[int | None, ...], memory_shape: Any = None) -> None:
        shape = tokens_shape
        width = int(shape[-1] or 0)
        same: dict[str, Any] = {"dtype": self.dtype_policy}
        for look in self.looks:
            attention = keras.layers.MultiHeadAttention(self.heads, width // self.heads, name=look, **same)
            attention.build(shape, memory_shape if look == "other" else shape)
            setattr(self, look, attention)
        self.widen = keras.layers.Dense(4 * width, name="widen", **same)
        self.narrow = keras.layers.Dense(width, name="narrow", **same)
        self.widen.build(shape)
        self.narrow.build((*shape[:-1], 4 * width))
        for name in [*self.looks, "alone"]:
            norm = keras.layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm", **same)
            norm.build(shape)
            setattr(self, f"{name}_norm", norm)

    def call(self, tokens: Tensor, memory: Tensor | None = None, causal: bool = False) -> Any:
        normed = self.own_norm(tokens)
        tokens = tokens + self.own(normed, normed, use_causal_mask=causal)
        looked = None
        if self.crossed:
            seen, looked = self.other(self.other_norm(tokens), memory, return_attention_scores=True)
            tokens = tokens + seen
        tokens = tokens + self.narrow(gelu(self.widen(self.alone_norm(tokens))))
        return tokens if looked is None else (tokens, ops.mean(looked, axis=1))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "crossed": self.crossed, "heads": self.heads}


@keras.saving.register_keras_serializable("glyphsmith.transformer")
class Decoder(keras.layers.Layer):
    """Memory [B, N, C] to logits float32[B, slots, symbols] and where each slot looked, [B, slots, N].

    With the `cells` [B, N, D] that the memory was made of, what they say where a slot looked is added to what it says.
    The autoregressive one hears before each slot the true character of `ids` int32[B, L], or where there are none the
    likeliest one it said itself; the first slot hears nothing. The parallel one hears nothing at all.
    """

    def __init__(self, slots: int, symbols: int, autoregressive: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.slots, self.symbols, self.autoregressive = slots, symbols, autoregressive

    def build(self, memory_shape: tuple[int | None, ...], cells_shape: tuple[int | None, ...] | None = None) -> None:
        shape = memory_shape
        width = int(shape[-1] or 0)
        same: dict[str, Any] = {"dtype": self.dtype_policy}
        if cells_shape is not None:
            self.pointed = keras.layers.Dense(self.symbols, name="pointed", dtype="float32")
            self.pointed.build(cells_shape)
        self.queries = self.add_weight((self.slots, width), keras.initializers.RandomNormal(stddev=1.0), name="queries")
        self.blocks = [Block(True, name=f"block{number}", **same) for number in range(DECODERS)]
        for block in self.blocks:
            block.build((None, self.slots, width), shape)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, name="norm", **same)
        self.norm.build(shape)
        self.answer = keras.layers.Dense(self.symbols, name="answer", dtype="float32")
        self.answer.build(shape)
        if self.autoregressive:
            self.heard = keras.layers.Embedding(self.symbols, width, name="heard", **same)
            self.heard.build((None, None))

    def call(self, memory: Tensor, cells: Tensor | None = None, ids: Tensor | None = None) -> tuple[Tensor, Tensor]:
        if not self.autoregressive:
            return self._told(memory, cells, self._asked(memory, self.slots))
        if ids is not None:
            return self._told(memory, cells, self._hearing(memory, slot_ids(ids, self.slots - 1), self.slots))
        said: Tensor = None
        for slot in range(self.slots):
            asked = self._asked(memory, 1) if said is None else self._hearing(memory, said, slot + 1)
            logits, looked = self._told(memory, cells, asked)
            likeliest = ops.top_k(logits[:, slot], 1)[1]  # ops.argmax has no counterpart in ONNX
            said = likeliest if said is None else ops.concatenate([said, likeliest], axis=1)
        return logits, looked

    def _asked(self, memory: Tensor, count: int) -> Tensor:
        """The queries of the first slots, [B, count, C]."""
        return ops.zeros_like(memory[:, :1]) + self.queries[None, :count]

    def _hearing(self, memory: Tensor, said: Tensor, count: int) -> Tensor:
        """The queries of the first slots, each with the character before it; `said` [B, count - 1]."""
        return self._asked(memory, count) + ops.pad(self.heard(said), ((0, 0), (1, 0), (0, 0)))

    def _told(self, memory: Tensor, cells: Tensor | None, tokens: Tensor) -> tuple[Tensor, Tensor]:
        looked: Tensor = None
        for block in self.blocks:
            tokens, looked = block(tokens, memory, causal=self.autoregressive)
        told = self.answer(self.norm(tokens))
        return (told if cells is None else told + self.pointed(ops.matmul(looked, cells))), looked

    def get_config(self) -> dict[str, Any]:
        own = {"slots": self.slots, "symbols": self.symbols, "autoregressive": self.autoregressive}
        return {**super().get_config(), **own}
