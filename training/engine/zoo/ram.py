"""RAM: reads one symbol in a few glimpses (Mnih 2014, arxiv.org/abs/1406.6247, section 3 and figure 1).

Its cost does not grow with the picture: it only ever sees patches around one place at a time. A recurrent core sums up
what was seen, says where to look next, and after the last glimpse which symbol it was.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from training.engine.recipe import Recipe
from training.engine.zoo import glimpses
from training.engine.zoo.form import Form
from training.engine.zoo.layers import Tensor
from training.engine.zoo.reader import Options, Reader

BOX = (48, 48)
RECIPE = Recipe(epochs=30, batch=16, rate=1e-3, head_rate=1e-3, average=0.98, least_steps=24, patience=8)
SENSOR = glimpses.Sensor(size=12, scales=3)
GLIMPSES = 6
SIGMA = 0.15
"""How far it looks beside the place it means while it learns, in halves of the box."""
FACTS, UNITS = 128, 256
"""Of what is seen, and of where; of the glimpse as a whole and of the core."""
SURE = 20.0
"""The logit of the end after the one symbol."""


def reader(symbols: Sequence[str], options: Options) -> Reader:
    """Reads boxes [B, 48, 48, 3] as logits [B, 2, C]: one symbol, and the end, which is certain."""
    keras.utils.set_random_seed(options.seed)
    height, width = options.size or BOX
    pixels = keras.Input((height, width, 3), name="pixels")
    core = Ram(len(symbols), GLIMPSES, inner=options.dtype, name="ram")
    symbol, looks = core(pixels)
    logits = EndAfterOne(name="logits", dtype="float32")(symbol)
    return Reader(
        keras.Model(pixels, logits, name="ram"),
        Form.box(height, width, most=1),
        RECIPE,
        (),
        lambda pixels, ids, lengths, noise: loss(core, pixels, ids, noise),
        lambda pixels, ids, lengths, logits: surprise(logits[:, 0], ids),
        noise=2 * GLIMPSES,
        look=keras.Model(pixels, looks, name="look"),
        draws="glimpses",
    )


def loss(core: "Ram", pixels: Tensor, ids: Tensor, noise: Tensor) -> Tensor:
    """How surprising the symbol was. Beside that gradient go those of the places and of the expected reward.

    The reward of every glimpse is 1 where the symbol was read and 0 where it was not. The hybrid loss of section 3.1.
    """
    path = core.walk(pixels, glimpses.drawn(noise, SIGMA))
    reward = ops.cast(ops.equal(ops.argmax(path.logits, axis=-1), ids[:, 0]), "float32")
    returns = ops.zeros_like(path.baselines) + reward[:, None]
    learned = glimpses.policy_loss(path, returns, SIGMA) + glimpses.baseline_loss(path, returns)
    return ops.mean(surprise(path.logits, ids) + glimpses.unseen(ops.mean(learned, axis=1)))


def surprise(logits: Tensor, ids: Tensor) -> Tensor:
    """[B]: the negative logarithm of the first symbol's probability under logits [B, C]."""
    wanted = ops.one_hot(ids[:, 0], logits.shape[-1], dtype="float32")
    return -ops.sum(ops.log_softmax(ops.cast(logits, "float32"), axis=-1) * wanted, axis=-1)


@keras.saving.register_keras_serializable("glyphsmith.ram")
class Ram(keras.layers.Layer):
    """pixels [B, H, W, 3] to logits [B, C] and what was looked at [B, N, 3]. `inner`: dtype policy of its layers.

    The places and the expected reward see the core's state without a way back into it: the state learns to tell
    symbols, and only that.
    """

    def __init__(self, classes: int, count: int, inner: str = "float32", **options: Any) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.classes, self.count, self.inner = classes, count, inner
        self.what = keras.layers.Dense(FACTS, activation="relu", name="what", dtype=inner)
        self.where = keras.layers.Dense(FACTS, activation="relu", name="where", dtype=inner)
        self.joined = keras.layers.Dense(UNITS, activation="relu", name="joined", dtype=inner)
        self.core = keras.layers.SimpleRNNCell(UNITS, activation="relu", name="core", dtype=inner)
        self.place = glimpses.place_layer("place", seed=0)
        self.expected = keras.layers.Dense(1, name="expected", dtype="float32")
        self.symbol = keras.layers.Dense(classes, name="symbol", dtype="float32")

    def build(self, shape: Any) -> None:
        self.what.build((None, SENSOR.size**2 * SENSOR.scales))
        self.where.build((None, 2))
        self.joined.build((None, 2 * FACTS))
        for layer in (self.core, self.place, self.expected, self.symbol):
            layer.build((None, UNITS))

    def call(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        path = self.walk(pixels, glimpses.exactly)
        return path.logits, SENSOR.looks(path.places, pixels.shape[1])

    def walk(self, pixels: Tensor, choose: glimpses.Choose) -> glimpses.Path:
        """Looks `count` times at what `choose` makes of each meant place."""
        picture = glimpses.grey(pixels)
        state = ops.zeros_like(picture[:, :1, 0]) + ops.zeros((UNITS,))
        means, places, states = [], [], []
        for number in range(self.count):
            states.append(ops.stop_gradient(ops.cast(state, "float32")))
            means.append(self.place(states[-1]))
            places.append(choose(means[-1], number))
            state, _ = self.core(self._glimpse(picture, places[-1]), [state])
        baselines = self.expected(ops.stack(states, axis=1))[..., 0]
        return glimpses.Path(self.symbol(state), ops.stack(means, axis=1), ops.stack(places, axis=1), baselines)

    def _glimpse(self, picture: Tensor, place: Tensor) -> Tensor:
        """What is seen beside where, [B, UNITS]."""
        seen = self.what(glimpses.what(SENSOR(picture, place)))
        return self.joined(ops.concatenate([seen, self.where(place)], axis=-1))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "classes": self.classes, "count": self.count, "inner": self.inner}


@keras.saving.register_keras_serializable("glyphsmith.ram")
class EndAfterOne(keras.layers.Layer):
    """[B, C] to [B, 2, C]: after the one symbol the text is certainly over."""

    def call(self, symbol: Tensor) -> Tensor:
        end = SURE * ops.one_hot(ops.zeros((1,), "int32"), symbol.shape[-1], dtype="float32")
        return ops.stack([symbol, ops.zeros_like(symbol) + end], axis=1)
