"""Attention OCR: an LSTM that looks at a place for every character (Wojna 2017, arxiv.org/abs/1704.03549).

A whole region, its rows and all, becomes a map of cells. Each cell is told where it lies by one-hot coordinates, so
that the network can learn in which order to read. For every slot the LSTM hears which character it said last, weighs
all cells (Bahdanau 2015) and says the next one. While learning it hears the true characters, not its own.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.zoo.counting import Counting, Counts, restored, stored
from training.engine.zoo.form import Form
from training.engine.zoo.layers import Tensor
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

SMOOTHING = 0.1
UNITS = 256
KEYS = 128
"""Numbers by which a cell and the LSTM's state are compared."""
REACH = (3, 15)
"""Cells around each by which it is told where the decoder looked before."""
VIEW = (144, 144)
"""Of each of several views: those of FSNS are square."""
RECIPES = recipes(1e-3, above=3e-3, epochs=40)


def reader(symbols: Sequence[str], options: Options, *, coordinates: bool = True) -> Reader:
    """Reads boxes [B, H, views × W, 3] as logits [B, length, C]. Without `coordinates` cells do not know their place.

    The cells of several views stand below each other, so `look` is [B, length, views × h, w].
    """
    keras.utils.set_random_seed(options.seed)
    height, width = box(options)
    pixels = keras.Input((height, width, 3), name="pixels")
    cells = stacked(pixels, options)
    if coordinates:
        cells = Coordinates(dtype=options.dtype, name="coordinates")(cells)
    body = keras.Model(pixels, cells, name="attention_body")
    decoder = _decoder(symbols, height, options)
    said, maps = decoder(cells)
    if decoder.counting is not None and options.pretrained_start:
        decoder.start(*known(symbols))
        decoder.counting.start(*published_head(symbols))
    logits = keras.layers.Activation("linear", dtype="float32", name="logits")(said)
    model = keras.Model(pixels, logits, name="attention")

    def forced(pixels: Tensor, ids: Tensor, training: bool) -> Tensor:
        return decoder(body(pixels, training=training), ids)[0]

    def loss(pixels: Tensor, ids: Tensor, lengths: Tensor, noise: Tensor) -> Tensor:
        return ops.mean(slots_unlikelihood(forced(pixels, ids, True), ids, lengths, SMOOTHING))

    def unlikelihood(pixels: Tensor, ids: Tensor, lengths: Tensor, logits: Tensor) -> Tensor:
        return slots_unlikelihood(forced(pixels, ids, False), ids, lengths)

    form = Form.box(height, width, most=options.length - 1)
    look = keras.Model(pixels, over_picture(maps, height, options), name="attention_look")
    heads = ("decoder",)
    return Reader(model, form, RECIPES[options.tower], heads, loss, unlikelihood, look=look, draws="attention")


def _decoder(symbols: Sequence[str], height: int, options: Options) -> "Decoder":
    counts = None
    if options.tower == "pretrained":
        counts = counting(symbols, height, options, blocks=1, heads=1, width=UNITS)
    follows = counts is not None
    return Decoder(options.length, len(symbols), follows=follows, counting=counts, dtype=options.dtype, name="decoder")


def box(options: Options) -> tuple[int, int]:
    """Height and width of all views together."""
    if options.size is not None:
        return options.size
    height, width = VIEW if options.views > 1 else BOXES[options.tower]
    return height, options.views * width


def stacked(pixels: Tensor, options: Options) -> Tensor:
    """[B, H, views × W, 3] to [B, views × h, w, C]: each view by the same tower, one map below the other.

    Raises ValueError where the width cannot be divided into the views.
    """
    if options.views == 1:
        return features(pixels, options)
    height, width = pixels.shape[1:3]
    if width % options.views:
        raise ValueError(f"{width} pixels of width cannot hold {options.views} views of equal width.")
    views = ops.reshape(pixels, (-1, height, options.views, width // options.views, 3))
    views = ops.reshape(ops.transpose(views, (0, 2, 1, 3, 4)), (-1, height, width // options.views, 3))
    cells = features(views, options)
    return ops.reshape(cells, (-1, options.views * cells.shape[1], *cells.shape[2:]))


@keras.saving.register_keras_serializable("glyphsmith.attention")
class Coordinates(keras.layers.Layer):
    """[B, h, w, C] to [B, h, w, C + h + w]: every cell with its row and its column, one-hot."""

    def call(self, cells: Tensor) -> Tensor:
        height, width = cells.shape[1:3]
        rows = np.broadcast_to(np.eye(height)[:, None], (height, width, height))
        columns = np.broadcast_to(np.eye(width)[None], (height, width, width))
        places = ops.cast(np.concatenate([rows, columns], axis=-1), self.compute_dtype)
        return ops.concatenate([cells, ops.zeros_like(cells[..., :1]) + places], axis=-1)


@keras.saving.register_keras_serializable("glyphsmith.attention")
class Decoder(keras.layers.Layer):
    """Cells [B, h, w, C] to logits float32[B, slots, symbols] and maps [B, slots, h, w], each of which sums to 1.

    With `ids` int32[B, L] of the true text, every slot hears the true character before it, else the likeliest one of
    the slot before; the first hears nothing. Equations (1) to (5) of the paper. One that `follows` also hears of every
    cell how much it and those around it were looked at, last time and so far: what comes next lies beside what came
    last, wherever that was (Chorowski 2015, arxiv.org/abs/1506.07503, equation 8). One with a `counting` begins by
    looking where that says the next character stands, and says at first nothing but what the cells say there.
    """

    def __init__(
        self,
        slots: int,
        symbols: int,
        units: int = UNITS,
        keys: int = KEYS,
        follows: bool = False,
        counting: Counting | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.slots, self.symbols, self.units, self.keys, self.follows = slots, symbols, units, keys, follows
        self.counting = counting
        same: dict[str, Any] = {"dtype": self.dtype_policy}
        self.cell = keras.layers.LSTMCell(units, name="cell", **same)
        self.heard = keras.layers.Embedding(symbols, units, name="heard", **same)
        self.seen = keras.layers.Dense(units, use_bias=False, name="seen", **same)
        self.key = keras.layers.Dense(keys, name="key", **same)
        self.query = keras.layers.Dense(keys, use_bias=False, name="query", **same)
        start = "glorot_uniform" if counting is None else "zeros"
        self.score = keras.layers.Dense(1, use_bias=False, kernel_initializer=start, name="score", **same)
        self.answer = keras.layers.Dense(symbols, name="answer", dtype="float32")
        if follows:
            self.before = keras.layers.Conv2D(keys, REACH, padding="same", use_bias=False, name="before", **same)

    def build(self, shape: tuple[int | None, ...]) -> None:
        depth = shape[-1]
        for layer, width in (
            (self.cell, self.units),
            (self.seen, depth),
            (self.key, depth),
            (self.query, self.units),
            (self.score, self.keys),
            (self.answer, self.units + (depth or 0)),
        ):
            layer.build((None, width))
        self.heard.build((None,))
        if self.follows:
            self.before.build((None, *shape[1:3], 2))
        if self.counting is not None:
            self.counting.build((None, (shape[1] or 0) * (shape[2] or 0), depth))

    def start(self, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """Begin with what these tell of a glimpse's first numbers: only where to look is left to learn."""
        answer, _ = self.answer.get_weights()
        if self.counting is not None:
            answer[:] = 0.0
        answer[self.units : self.units + len(kernel)] = kernel
        self.answer.set_weights([answer, bias])

    def call(self, cells: Tensor, ids: Tensor | None = None) -> tuple[Tensor, Tensor]:
        height, width, depth = cells.shape[1:]
        flat = ops.reshape(cells, (-1, height * width, depth))
        keys = self.key(flat)
        counts = None if self.counting is None else self.counting.counts(flat)
        glimpse = ops.zeros_like(flat[:, 0])
        nothing = ops.zeros_like(self.seen(glimpse))
        heard, state = nothing, [nothing, nothing]
        forced = None if ids is None else slot_ids(ids, self.slots)
        logits, maps = [], []
        last = whole = ops.zeros_like(flat[..., 0])
        said = ops.zeros_like(glimpse[:, :1], dtype="float32")
        for slot in range(self.slots):
            output, state = self.cell(heard + self.seen(glimpse) + self._left(counts, said), state)
            asked = keys + self.query(output)[:, None]
            if self.follows:
                places = ops.reshape(ops.stack([last, whole], axis=-1), (-1, height, width, 2))
                asked = asked + ops.reshape(self.before(places), (-1, height * width, self.keys))
            scores = ops.cast(self.score(ops.tanh(asked))[..., 0], "float32")
            looked = ops.softmax(scores + self._where(counts, said), axis=-1)
            last = ops.cast(looked, flat.dtype)
            whole = whole + last
            glimpse = ops.matmul(ops.cast(looked, flat.dtype)[:, None], flat)[:, 0]
            told = self.answer(ops.concatenate([output, glimpse], axis=-1))
            logits.append(told)
            maps.append(looked)
            symbol = _likeliest(told) if forced is None else forced[:, slot]
            heard = self.heard(symbol)
            said = said if self.counting is None else said + self.counting.said(symbol)[:, None]
        looked_at = ops.reshape(ops.stack(maps, axis=1), (-1, self.slots, height, width))
        return ops.stack(logits, axis=1), looked_at

    def _left(self, counts: Counts | None, said: Tensor) -> Tensor:
        """[B, units]: what is heard of how many letters and digits are left to say."""
        if self.counting is None or counts is None:
            return 0.0
        return self.counting.told(counts, said)[:, 0]

    def _where(self, counts: Counts | None, said: Tensor) -> Tensor:
        """[B, h w]: added to the scores of cells, higher where the next letter or digit begins."""
        if self.counting is None or counts is None:
            return 0.0
        return self.counting.where(0, counts, said)[:, 0, 0]

    def get_config(self) -> dict[str, Any]:
        sizes = {"slots": self.slots, "symbols": self.symbols, "units": self.units, "keys": self.keys}
        return {**super().get_config(), **sizes, "follows": self.follows, "counting": stored(self.counting)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Decoder":
        return cls(**{**config, "counting": restored(config["counting"])})


def _likeliest(logits: Tensor) -> Tensor:
    """int32[B] of [B, C]. Not `ops.argmax`: what Keras adds to tell -0 from 0 has no counterpart in ONNX."""
    return ops.top_k(logits, 1)[1][:, 0]
