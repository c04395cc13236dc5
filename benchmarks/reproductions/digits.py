"""Real handwritten digits on large canvases, and readers taught on them: what the reproductions with glimpses share.

The digits are scikit-learn's (1,797 of 8 × 8 pixels, from forms that 43 people filled in), enlarged. A canvas is drawn
as it is asked for. Which digits are learned and which are only for testing is drawn anew for each seed, digit by digit:
nothing that is tested was ever on a canvas that was learned from.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from sklearn.datasets import load_digits  # type: ignore[import-untyped]

from training.engine import device
from training.engine.autodiff import backend
from training.engine.recipe import Recipe
from training.engine.scores import wilson
from training.engine.trainer import Trainer
from training.engine.zoo.reader import Reader

Random = np.random.Generator
Canvas = NDArray[np.float32]

SYMBOLS = ("", *"0123456789")
"""By id, the blank first."""
SIDE = 24
"""Pixels a side of an enlarged digit."""
PIECE = 8
"""Pixels a side of a piece of clutter."""
TESTED = 1 / 3
SCORED_AT_ONCE = 50


@dataclass(frozen=True)
class Digits:
    """`pictures` float32[N, 24, 24] 0..255, white on black, of `values` int[N]."""

    pictures: NDArray[np.float32]
    values: NDArray[np.int64]

    def pick(self, random: Random) -> tuple[NDArray[np.float32], int]:
        place = int(random.integers(len(self.values)))
        return self.pictures[place], int(self.values[place])


def split(seed: int) -> tuple[Digits, Digits]:
    """The digits to learn from and those to test with."""
    small, values = load_digits(return_X_y=True)
    large = [cv2.resize(one.reshape(8, 8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in small]
    pictures = np.clip(np.stack(large) * (255 / 16), 0, 255).astype(np.float32)
    order = np.random.default_rng([seed, 9]).permutation(len(values))
    tested = round(TESTED * len(values))
    return tuple(Digits(pictures[part], values[part]) for part in (order[tested:], order[:tested]))  # type: ignore[return-value]


@dataclass(frozen=True)
class Drawn:
    """A canvas float32[H, W], and the digits on it from left to right."""

    canvas: Canvas
    digits: tuple[int, ...]


def cluttered(digits: Digits, size: int, pieces: int, random: Random) -> Drawn:
    """One digit anywhere on a square canvas, among so many pieces of other digits (Mnih 2014, section 4.1)."""
    canvas = np.zeros((size, size), np.float32)
    of, whole = len(digits.values), size - SIDE + 1
    inner, outer = SIDE - PIECE + 1, size - PIECE + 1
    for other, y, x, top, left in random.integers([of, inner, inner, outer, outer], size=(pieces, 5)).tolist():
        put(canvas, digits.pictures[other, y : y + PIECE, x : x + PIECE], top, left)
    place, top, left = random.integers([of, whole, whole]).tolist()
    put(canvas, digits.pictures[place], top, left)
    return Drawn(canvas, (int(digits.values[place]),))


def pair(digits: Digits, size: int, random: Random) -> Drawn:
    """Two digits anywhere on a square canvas, apart from each other, one at least 8 pixels further left."""
    while True:
        top, left, top2, left2 = random.integers(size - SIDE + 1, size=4).tolist()
        if left2 - left >= 8 and max(left2 - left, abs(top2 - top)) >= SIDE:
            break
    canvas = np.zeros((size, size), np.float32)
    first, second = random.integers(len(digits.values), size=2).tolist()
    put(canvas, digits.pictures[first], top, left)
    put(canvas, digits.pictures[second], top2, left2)
    return Drawn(canvas, (int(digits.values[first]), int(digits.values[second])))


def put(canvas: Canvas, picture: NDArray[np.float32], top: int, left: int) -> None:
    """The lighter of both at each pixel."""
    place = canvas[top : top + picture.shape[0], left : left + picture.shape[1]]
    np.maximum(place, picture, out=place)


def batch(some: Sequence[Drawn]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """pixels float32[B, H, W, 3], ids int32[B, L], lengths int32[B]; all of the same number of digits."""
    pixels = np.repeat(np.stack([one.canvas for one in some])[..., None], 3, axis=3)
    ids = np.array([[1 + digit for digit in one.digits] for one in some], np.int32)
    return pixels, ids, np.full(len(some), ids.shape[1], np.int32)


def teach(reader: Reader, draw: Callable[[Random], Drawn], steps: int, size: int, rate: float, seed: int) -> float:
    """Teaches for so many steps of `size` canvases, each seen once; the averaged weights stay. Seconds it took."""
    recipe = Recipe(epochs=1, batch=size, rate=rate, head_rate=rate)
    shapes = ((None, *reader.model.input_shape[1:]), (None, None), (None,), (None, None))

    def loss(model: keras.Model, arrays: tuple[Any, ...]) -> Any:
        return reader.loss(*arrays)

    started = time.process_time()
    trainer = Trainer(reader.model, loss, (), recipe, steps, device.choose("float32"), shapes=shapes)
    random = np.random.default_rng([seed, 1])
    chance = np.random.default_rng([seed, 2])
    for _ in range(steps):
        arrays = batch([draw(random) for _ in range(size)])
        trainer.step((*arrays, chance.standard_normal((size, reader.noise)).astype(np.float32)))
    with trainer.averaged() as model:
        best = model.get_weights()
    reader.model.set_weights(best)
    return time.process_time() - started


@dataclass(frozen=True)
class Score:
    """Of so many canvases: those read without any error."""

    exact: int
    canvases: int

    @property
    def error(self) -> float:
        return 1.0 - self.exact / self.canvases

    def told(self) -> str:
        """`4.2 % (3.5-5.1)`: the error with its 95 % interval (Wilson)."""
        low, high = wilson(self.canvases - self.exact, self.canvases)
        return f"{100 * self.error:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def together(scores: Sequence[Score]) -> Score:
    return Score(sum(one.exact for one in scores), sum(one.canvases for one in scores))


def score(reader: Reader, draw: Callable[[Random], Drawn], count: int, seed: int) -> Score:
    """On `count` canvases, the same for every reader; right is what has every digit and ends after the last."""
    random = np.random.default_rng([seed, 3])
    shapes = ((None, *reader.model.input_shape[1:]),)
    best = backend().compiled(
        lambda pixels: ops.argmax(reader.model(pixels, training=False), axis=-1), shapes, reader.model.variables
    )
    exact = 0
    for start in range(0, count, SCORED_AT_ONCE):
        some = [draw(random) for _ in range(min(SCORED_AT_ONCE, count - start))]
        pixels, ids, _ = batch(some)
        read = best(pixels)
        wanted = np.pad(ids, ((0, 0), (0, 1)))[:, : read.shape[1]]
        exact += int((read[:, : wanted.shape[1]] == wanted).all(axis=1).sum())
    return Score(exact, count)
