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

from training.engine.zoo.counting import Counting, Counts, restored, stored
from training.engine.zoo.form import Form
from training.engine.zoo.layers import Tensor, gelu
from training.engine.zoo.losses import slot_ids, slots_unlikelihood
from training.engine.zoo.reader import Options, Reader
from training.engine.zoo.tower import (
    BOXES,
    counting,
    features,
    known,
    over_picture,
    published_head,
    recipes,
)

Places = Literal["sinusoidal", "learned"]
Kept = tuple[Tensor, Tensor]
"""Keys and values of tokens, [B, heads, N, C / heads] each."""

WIDTH, HEADS, ENCODERS, DECODERS = 128, 4, 2, 2
SMOOTHING = 0.1
DROPOUT = 0.1
"""Share of what a block says that is left out while it learns (section 5.4)."""
UNSEEN = -1e9
"""Added to the score of what may not be looked at."""
RECIPES = recipes(7e-4, above=2e-3, epochs=20)


def reader(
    symbols: Sequence[str], options: Options, *, places: Places = "sinusoidal", autoregressive: bool = True
) -> Reader:
    """Reads boxes [B, H, W, 3] as logits [B, length, C]. `look` is what the last block saw, a mean over its heads."""
    keras.utils.set_random_seed(options.seed)
    height, width = options.size or BOXES[options.tower]
    pixels = keras.Input((height, width, 3), name="pixels")
    seen, rows, columns = _seen(pixels, options, places)
    points = len(seen) > 1
    body = keras.Model(pixels, seen, name="transformer_body")
    counts = None
    if points and autoregressive:
        counts = counting(symbols, height, options, blocks=DECODERS, heads=HEADS, width=WIDTH)
    decoder = Decoder(options.length, len(symbols), autoregressive, counts, name="decoder", dtype=options.dtype)
    said, looked = decoder(*seen)
    if points and options.pretrained_start:
        decoder.pointed.set_weights(known(symbols))
        if counts is not None:
            counts.start(*published_head(symbols))
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
class Look(keras.layers.Layer):
    """Multi-head attention (section 3.2.2) to what was `kept` of other tokens, once for many looks."""

    def __init__(self, heads: int = HEADS, **options: Any) -> None:
        super().__init__(**options)
        self.heads = heads

    def build(self, tokens_shape: tuple[int | None, ...]) -> None:
        self.width = int(tokens_shape[-1] or 0)
        for name in ("query", "key", "value", "out"):
            dense = keras.layers.Dense(self.width, name=name, dtype=self.dtype_policy)
            dense.build(tokens_shape)
            setattr(self, name, dense)

    def kept(self, memory: Tensor) -> Kept:
        """Keys and values of tokens [B, N, C]."""
        return self._split(self.key(memory)), self._split(self.value(memory))

    def call(
        self, tokens: Tensor, kept: Kept, last: Tensor | None = None, where: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """What tokens [B, T, C] see, [B, T, C], and where they look, float32[B, heads, T, N].

        Each of them looks at no place after its `last`, int[T], and rather there `where` [B, heads, T, N] is high.
        """
        keys, values = kept
        deep = self.width // self.heads
        scores = ops.matmul(self._split(self.query(tokens)) / deep**0.5, ops.transpose(keys, (0, 1, 3, 2)))
        scores = ops.cast(scores, "float32")
        if where is not None:
            scores = scores + where
        if last is not None:
            later = ops.arange(keys.shape[2])[None] > ops.reshape(last, (-1, 1))
            scores = scores + UNSEEN * ops.cast(later, "float32")
        looked = ops.softmax(scores, axis=-1)
        seen = ops.transpose(ops.matmul(ops.cast(looked, values.dtype), values), (0, 2, 1, 3))
        return self.out(ops.reshape(seen, (-1, tokens.shape[1], self.width))), looked

    def _split(self, tokens: Tensor) -> Tensor:
        """[B, N, C] to [B, heads, N, C / heads]."""
        shape = (-1, tokens.shape[1], self.heads, self.width // self.heads)
        return ops.transpose(ops.reshape(tokens, shape), (0, 2, 1, 3))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads}


@keras.saving.register_keras_serializable("glyphsmith.transformer")
class Block(keras.layers.Layer):
    """Tokens [B, T, C] look at each other, then, where the block is `crossed`, at a memory, then think alone."""

    def __init__(self, crossed: bool = False, heads: int = HEADS, dropout: float = DROPOUT, **options: Any) -> None:
        super().__init__(**options)
        self.crossed, self.heads, self.dropout = crossed, heads, dropout
        self.drop = keras.layers.Dropout(dropout, name="drop", dtype=self.dtype_policy)
        same: dict[str, Any] = {"dtype": self.dtype_policy}
        self.looks = ["own", "other"] if crossed else ["own"]
        for name in self.looks:
            setattr(self, name, Look(heads, name=name, **same))
        for name in [*self.looks, "alone"]:
            setattr(self, f"{name}_norm", keras.layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm", **same))

    def build(self, tokens_shape: tuple[int | None, ...]) -> None:
        width = int(tokens_shape[-1] or 0)
        same: dict[str, Any] = {"dtype": self.dtype_policy}
        self.widen = keras.layers.Dense(4 * width, name="widen", **same)
        self.narrow = keras.layers.Dense(width, name="narrow", **same)
        self.narrow.build((*tokens_shape[:-1], 4 * width))
        norms = [f"{name}_norm" for name in [*self.looks, "alone"]]
        for name in ["widen", *self.looks, *norms]:
            getattr(self, name).build(tokens_shape)

    def call(
        self, tokens: Tensor, memory: Kept | None = None, causal: bool = False, where: Tensor | None = None
    ) -> Any:
        """The tokens after it. A crossed block looks at what its `other` kept, and also says where, [B, T, N]."""
        normed = self.own_norm(tokens)
        last = ops.arange(tokens.shape[1]) if causal else None
        return self._after(tokens + self.drop(self.own(normed, self.own.kept(normed), last=last)[0]), memory, where)

    def next(
        self, token: Tensor, slot: Tensor, before: Kept, memory: Kept, where: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Kept]:
        """What `call` says of the token [B, 1, C] in a `slot`; `before` and after it, what `own` keeps of all slots."""
        normed = self.own_norm(token)
        keys, values = self.own.kept(normed)
        kept = put(before[0], keys, slot, axis=2), put(before[1], values, slot, axis=2)
        seen, _ = self.own(normed, kept, last=slot)
        return *self._after(token + seen, memory, where), kept

    def _after(self, tokens: Tensor, memory: Kept | None, where: Tensor | None) -> Any:
        if memory is None:
            return self._thought(tokens)
        seen, looked = self.other(self.other_norm(tokens), memory, where=where)
        return self._thought(tokens + self.drop(seen)), ops.mean(looked, axis=1)

    def _thought(self, tokens: Tensor) -> Tensor:
        return tokens + self.drop(self.narrow(gelu(self.widen(self.alone_norm(tokens)))))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "crossed": self.crossed, "heads": self.heads, "dropout": self.dropout}


def put(room: Tensor, token: Tensor, slot: Tensor, axis: int) -> Tensor:
    """`room` with `token`, which is 1 long along `axis`, in its `slot`."""
    shape = [1] * len(room.shape)
    shape[axis] = room.shape[axis]
    return ops.where(ops.reshape(ops.equal(ops.arange(room.shape[axis]), slot), shape), token, room)


@keras.saving.register_keras_serializable("glyphsmith.transformer")
class Decoder(keras.layers.Layer):
    """Memory [B, N, C] to logits float32[B, slots, symbols] and where each slot looked, [B, slots, N].

    With the `cells` [B, N, D] that the memory was made of, what they say where a slot looked is added to what it says.
    The autoregressive one hears before each slot the true character of `ids` int32[B, L], or where there are none the
    likeliest one it said itself; the first slot hears nothing. The parallel one hears nothing at all. One with a
    `counting` begins by looking where that says, and says at first nothing but what the cells say there.
    """

    def __init__(
        self, slots: int, symbols: int, autoregressive: bool = False, counting: Counting | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.slots, self.symbols, self.autoregressive, self.counting = slots, symbols, autoregressive, counting

    def build(self, memory_shape: tuple[int | None, ...], cells_shape: tuple[int | None, ...] | None = None) -> None:
        shape = memory_shape
        width = int(shape[-1] or 0)
        same: dict[str, Any] = {"dtype": self.dtype_policy}
        if cells_shape is not None:
            self.pointed = keras.layers.Dense(self.symbols, name="pointed", dtype="float32")
            self.pointed.build(cells_shape)
            if self.counting is not None:
                self.counting.build(cells_shape)
        self.queries = self.add_weight((self.slots, width), keras.initializers.RandomNormal(stddev=1.0), name="queries")
        self.blocks = [Block(True, name=f"block{number}", **same) for number in range(DECODERS)]
        for block in self.blocks:
            block.build((None, self.slots, width))
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, name="norm", **same)
        self.norm.build(shape)
        start = "glorot_uniform" if self.counting is None else "zeros"
        self.answer = keras.layers.Dense(self.symbols, kernel_initializer=start, name="answer", dtype="float32")
        self.answer.build(shape)
        if self.autoregressive:
            self.heard = keras.layers.Embedding(self.symbols, width, name="heard", **same)
            self.heard.build((None, None))

    def call(self, memory: Tensor, cells: Tensor | None = None, ids: Tensor | None = None) -> tuple[Tensor, Tensor]:
        kept = [block.other.kept(memory) for block in self.blocks]
        counts = None if self.counting is None else self.counting.counts(cells)
        if self.autoregressive and ids is None:
            return self._in_turn(kept, cells, counts)
        asked = ops.zeros_like(memory[:, :1]) + self.queries[None]
        said: Tensor = None
        if self.autoregressive:
            before = slot_ids(ids, self.slots - 1)
            asked = asked + ops.pad(self.heard(before), ((0, 0), (1, 0), (0, 0)))
            if self.counting is not None:
                said = ops.pad(ops.cumsum(self.counting.said(before), axis=1), ((0, 0), (1, 0)))
        asked, where = self._expected(asked, counts, said)
        looked: Tensor = None
        for block, memory_kept, place in zip(self.blocks, kept, where, strict=True):
            asked, looked = block(asked, memory_kept, causal=self.autoregressive, where=place)
        return self._told(asked, looked, cells), looked

    def _expected(self, asked: Tensor, counts: Counts | None, said: Tensor) -> tuple[Tensor, Sequence[Tensor | None]]:
        """The tokens that ask, told what is left to say, and for each block where they are to look."""
        if self.counting is None or counts is None:
            return asked, [None] * DECODERS
        where = [self.counting.where(number, counts, said) for number in range(DECODERS)]
        return asked + self.counting.told(counts, said), where

    def _in_turn(self, kept: Sequence[Kept], cells: Tensor | None, counts: Counts | None) -> tuple[Tensor, Tensor]:
        """Says one character after the other; of those before only the keys and values are looked at again.

        A loop, not unrolled: a file then holds one turn, however many there are.
        """
        keys = kept[0][0]
        nothing = ops.zeros_like(keys[:, :1, :1, :1])

        def turn(slot: Tensor, state: Any) -> Any:
            last, said, logits, maps, before = state
            heard = self.heard(last) * ops.cast(slot > 0, self.compute_dtype)
            token = heard + ops.take(self.queries, ops.reshape(slot, (1,)), axis=0)[None]
            token, where = self._expected(token, counts, said)
            looked, after = None, []
            for block, own, memory, place in zip(self.blocks, before, kept, where, strict=True):
                token, looked, own = block.next(token, slot, own, memory, place)
                after.append(own)
            told = self._told(token, looked, cells)
            likeliest = ops.top_k(told[:, 0], 1)[1]  # ops.argmax has no counterpart in ONNX
            said = said if self.counting is None else said + self.counting.said(likeliest)
            return likeliest, said, put(logits, told, slot, axis=1), put(maps, looked, slot, axis=1), after

        room = nothing + ops.zeros((1, keys.shape[1], self.slots, keys.shape[3]), self.compute_dtype)
        none = ops.cast(nothing[:, 0], "float32")
        start = (
            ops.cast(nothing[:, 0, 0], "int32"),
            none[:, 0],
            none + ops.zeros((1, self.slots, self.symbols)),
            none + ops.zeros((1, self.slots, keys.shape[2])),
            [(room, room) for _ in self.blocks],
        )
        _, _, logits, maps, _ = ops.fori_loop(0, self.slots, turn, start)
        return logits, maps

    def _told(self, tokens: Tensor, looked: Tensor, cells: Tensor | None) -> Tensor:
        told = self.answer(self.norm(tokens))
        return told if cells is None else told + self.pointed(ops.matmul(ops.cast(looked, cells.dtype), cells))

    def get_config(self) -> dict[str, Any]:
        own = {"slots": self.slots, "symbols": self.symbols, "autoregressive": self.autoregressive}
        return {**super().get_config(), **own, "counting": stored(self.counting)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Decoder":
        return cls(**{**config, "counting": restored(config["counting"])})
