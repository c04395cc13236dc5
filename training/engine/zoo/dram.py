"""DRAM: reads a text in a few glimpses a symbol (Ba 2015, arxiv.org/abs/1412.7755, section 2 and figure 1).

Two recurrent layers: the lower one sums up glimpses and tells the symbols; the upper one, which starts from a small
view of the whole picture (the context), says where to look next. So the whole picture guides the eye and never the
reading.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import keras
from keras import ops

from training.engine.recipe import Recipe
from training.engine.zoo import glimpses
from training.engine.zoo.form import Form
from training.engine.zoo.layers import Tensor
from training.engine.zoo.losses import slot_ids, slots_unlikelihood
from training.engine.zoo.reader import Options, Reader

BOX = (48, 160)
RECIPE = Recipe(epochs=40, batch=16, rate=1e-3, head_rate=1e-3, average=0.98, drawn=0.5, least_steps=24, patience=10)
SENSOR = glimpses.Sensor(size=12, scales=3)
EACH = 2
"""Glimpses a symbol."""
SIGMA = 0.1
"""How far it looks beside the place it means while it learns, in halves of the box."""
UNITS = 128
COARSE = 4
"""Pixels a side of the picture for one of the context's."""
Tensors = list[Tensor]


def reader(
    symbols: Sequence[str],
    options: Options,
    *,
    context: bool = True,
    sensor: glimpses.Sensor = SENSOR,
    each: int = EACH,
) -> Reader:
    """Reads boxes [B, 48, 160, 3] as logits [B, T, C], T the slots of `options`, with `each` glimpses a slot.

    Without `context` it starts blind.
    """
    keras.utils.set_random_seed(options.seed)
    height, width = options.size or BOX
    pixels = keras.Input((height, width, 3), name="pixels")
    core = Dram(len(symbols), options.length, each, context, sensor, inner=options.dtype, name="dram")
    told, looks = core(pixels)
    logits = keras.layers.Activation("linear", dtype="float32", name="logits")(told)
    return Reader(
        keras.Model(pixels, logits, name="dram"),
        Form.box(height, width, most=options.length - 1),
        RECIPE,
        (),
        lambda pixels, ids, lengths, noise: loss(core, pixels, ids, lengths, noise),
        lambda pixels, ids, lengths, logits: slots_unlikelihood(logits, ids, lengths),
        noise=2 * each * options.length,
        look=keras.Model(pixels, looks, name="look"),
        draws="glimpses",
    )


def loss(core: "Dram", pixels: Tensor, ids: Tensor, lengths: Tensor, noise: Tensor) -> Tensor:
    """How surprising the text and its end were, a slot. Beside that gradient go those of places and expected reward.

    Every symbol earns 1 where it and all before it were right, and a glimpse gets what is earned from its symbol on, as
    a share of what could be. Places after the first wrong symbol learn nothing: they were looked at in vain. (Ba 2015
    stops the symbols there too, which learned eight drawn words several times more slowly.)
    """
    path = core.walk(pixels, glimpses.drawn(noise, SIGMA))
    wanted = slot_ids(ids, path.logits.shape[1])
    reached, earned = rewards(ops.equal(ops.argmax(path.logits, axis=-1), wanted), lengths)
    onwards = ops.flip(ops.cumsum(ops.flip(earned, axis=1), axis=1), axis=1)
    of = ops.cast(lengths, "float32")[:, None] + 1.0
    returns, weights = ops.repeat(onwards / of, core.each, axis=1), ops.repeat(reached / of, core.each, axis=1)
    looking = glimpses.policy_loss(path, returns, SIGMA) + glimpses.baseline_loss(path, returns)
    reading = slots_unlikelihood(path.logits, ids, lengths)
    return ops.mean(reading + glimpses.unseen(ops.sum(looking * weights, axis=1)))


def rewards(right: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Of bool[B, T]: whether all slots before were right, and all up to this one; 0 after the text's end. float32."""
    counted = ops.cast(ops.arange(right.shape[1])[None, :] <= lengths[:, None], "float32")
    so_far = ops.cumprod(ops.cast(right, "float32"), axis=1)
    before = ops.pad(so_far[:, :-1], ((0, 0), (1, 0)), constant_values=1.0)
    return ops.stop_gradient(before * counted), ops.stop_gradient(so_far * counted)


@keras.saving.register_keras_serializable("glyphsmith.dram")
class Dram(keras.layers.Layer):
    """pixels [B, H, W, 3] to logits [B, T, C] and what was looked at [B, T * each, 3].

    `inner`: dtype policy of its layers. The upper recurrent layer and the expected reward see states without a way back
    into them: what tells symbols learns from symbols alone, what looks from reward alone.
    """

    def __init__(
        self,
        classes: int,
        slots: int,
        each: int = EACH,
        context: bool = True,
        sensor: glimpses.Sensor | dict[str, int] = SENSOR,
        inner: str = "float32",
        **options: Any,
    ) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.classes, self.slots, self.each, self.context, self.inner = classes, slots, each, context, inner
        self.sensor = glimpses.Sensor(**sensor) if isinstance(sensor, dict) else sensor
        self.strokes = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="strokes", dtype=inner)
        self.shapes = keras.layers.Conv2D(32, 3, 2, padding="same", activation="relu", name="shapes", dtype=inner)
        self.what = keras.layers.Dense(UNITS, activation="relu", name="what", dtype=inner)
        self.where = keras.layers.Dense(UNITS, bias_initializer="ones", name="where", dtype=inner)
        self.lower = keras.layers.LSTMCell(UNITS, name="lower", dtype=inner)
        self.upper = keras.layers.LSTMCell(UNITS, name="upper", dtype=inner)
        self.coarse = _context(inner) if context else []
        self.place = glimpses.place_layer("place", seed=0)
        self.expected = keras.layers.Dense(1, name="expected", dtype="float32")
        self.symbol = keras.layers.Dense(classes, name="symbol", dtype="float32")

    def build(self, shape: Any) -> None:
        half = -(-self.sensor.size // 2)
        self.strokes.build((None, self.sensor.size, self.sensor.size, self.sensor.scales))
        self.shapes.build((None, self.sensor.size, self.sensor.size, 16))
        self.what.build((None, half * half * 32))
        self.where.build((None, 2))
        for layer in (self.lower, self.upper, self.place, self.expected, self.symbol):
            layer.build((None, UNITS))
        seen = (None, shape[1], shape[2], 1)
        for layer in self.coarse:
            layer.build(seen)
            seen = layer.compute_output_shape(seen)

    def call(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        path = self.walk(pixels, glimpses.exactly)
        return path.logits, self.sensor.looks(path.places, pixels.shape[1])

    def walk(self, pixels: Tensor, choose: glimpses.Choose) -> glimpses.Path:
        """Looks `each` times for each slot at what `choose` makes of the meant places."""
        picture = glimpses.grey(pixels)
        nothing = ops.zeros_like(picture[:, :1, 0]) + ops.zeros((UNITS,))
        lower: Tensors = [nothing, nothing]
        upper: Tensors = [self._first(picture, nothing), nothing]
        means, places, lookers, tellers = [], [], [], []
        for number in range(self.slots * self.each):
            lookers.append(ops.cast(upper[0], "float32"))
            means.append(self.place(lookers[-1]))
            places.append(choose(means[-1], number))
            seen, lower = self.lower(self._glimpse(picture, places[-1]), lower)
            _, upper = self.upper(ops.stop_gradient(seen), upper)
            tellers.append(seen)
        logits = self.symbol(ops.stack(tellers[self.each - 1 :: self.each], axis=1))
        baselines = self.expected(ops.stop_gradient(ops.stack(lookers, axis=1)))[..., 0]
        return glimpses.Path(logits, ops.stack(means, axis=1), ops.stack(places, axis=1), baselines)

    def _first(self, picture: Tensor, nothing: Tensor) -> Tensor:
        """The upper layer's state before it has seen a glimpse."""
        x = picture[..., None]
        for layer in self.coarse:
            x = layer(x)
        return x if self.coarse else nothing

    def _glimpse(self, picture: Tensor, place: Tensor) -> Tensor:
        """What is seen, times where: [B, UNITS]."""
        seen = self.what(glimpses.what(self.shapes(self.strokes(self.sensor(picture, place)))))
        return seen * self.where(place)

    def get_config(self) -> dict[str, Any]:
        own = {"classes": self.classes, "slots": self.slots, "each": self.each, "context": self.context}
        return {**super().get_config(), **own, "sensor": asdict(self.sensor), "inner": self.inner}


def _context(inner: str) -> list[keras.layers.Layer]:
    """A view of the whole picture, a quarter as large, down to one state of the upper layer."""
    same: dict[str, Any] = {"padding": "same", "activation": "relu", "dtype": inner}
    return [
        keras.layers.AveragePooling2D(COARSE, padding="same", dtype=inner, name="context_view"),
        keras.layers.Conv2D(16, 3, name="context0", **same),
        keras.layers.Conv2D(32, 3, 2, name="context1", **same),
        keras.layers.Conv2D(32, 3, 2, name="context2", **same),
        keras.layers.Flatten(dtype=inner, name="context_flat"),
        keras.layers.Dense(UNITS, activation="tanh", dtype=inner, name="context"),
    ]
