"""Teaches the reader the user's own print, characters and habits, without forgetting how to read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine import augment
from training.engine.autodiff import backend
from training.engine.charset import Charset
from training.engine.crops import Picture, fit, fitted_width, padded_width
from training.engine.decode import log_softmax, read_greedily
from training.engine.scores import character_error_rate
from training.engine.trainer import Recipe, order
from training.engine.zoo.ppocr import HEIGHT, SHRINK

RECIPE = Recipe(
    epochs=4,
    batch=16,
    rate=6e-5,
    head_rate=2e-4,
    average=0.97,
    frozen=("stem", "stage1", "stage2"),  # strokes are strokes: half the cost, and no worse
    least_steps=12,
)
HEADS = ("head",)

SCORING_BATCH = 8
USUAL_WIDTH = 400.0
"""Pixels of a line for which the recipe's batch is meant."""
WIDTH_STEP = 32
LENGTH_STEP = 8
"""Batches are filled up to multiples of these, so that few shapes occur: JAX compiles each of them."""
CHUNK = 8
"""Batches' worth of lines sorted by width together: long lines share batches, and the order stays random enough."""


@dataclass(frozen=True)
class Line:
    """One row of text: `strip` is its own crop, `text` what stands there."""

    strip: Picture
    text: str


@dataclass(frozen=True)
class ReaderData:
    charset: Charset
    learn: list[Line]
    held_out: list[Line]


def readable(line: Line) -> bool:
    """Whether the line is wide enough for its text: CTC needs a step a character, and one between equal ones."""
    steps = padded_width(fitted_width(line.strip)) // SHRINK
    doubled = sum(a == b for a, b in zip(line.text, line.text[1:], strict=False))
    return 0 < len(line.text) + doubled <= steps


SHAPES = ((None, HEIGHT, None, 3), (None, None), (None,))


def size(data: ReaderData) -> float:
    """How much wider than usual the long ones of the lines are: memory holds fewer of them at once."""
    widths = [padded_width(fitted_width(line.strip)) for line in data.learn]
    return max(1.0, float(np.percentile(widths, 90)) / USUAL_WIDTH)


def epoch(data: ReaderData, recipe: Recipe, seed: int, number: int) -> Iterator[tuple[NDArray[Any], ...]]:
    """The batches (pixels, ids, lengths) of one epoch; the same numbers give the same batches."""
    groups = order(len(data.learn), recipe.batch, (seed, 4, number), recipe.least_steps)
    for place, group in enumerate(_by_width(data.learn, groups, recipe.batch)):
        lines = [_varied(data.learn[index], (seed, 5, number, place, index)) for index in group]
        yield together(lines, data.charset)


def _by_width(lines: Sequence[Line], groups: Sequence[Sequence[int]], batch: int) -> Iterator[list[int]]:
    """The same items in batches of like widths, so that little is padded."""
    for start in range(0, len(groups), CHUNK):
        items = [index for group in groups[start : start + CHUNK] for index in group]
        widest_last = sorted(items, key=lambda index: fitted_width(lines[index].strip))
        batches = [widest_last[at : at + batch] for at in range(0, len(items), batch)]
        mixed = np.random.default_rng(items).permutation(len(batches))
        yield from (batches[place] for place in mixed)


def _varied(line: Line, seed: tuple[int, ...]) -> Line:
    varied = Line(augment.vary_strip(line.strip, np.random.default_rng(list(seed))), line.text)
    return varied if readable(varied) else line


def together(lines: Sequence[Line], charset: Charset) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """pixels float32[B, 48, W, 3], ids int32[B, L] filled up with 0, lengths int32[B]."""
    width = _up(max(padded_width(fitted_width(line.strip)) for line in lines), WIDTH_STEP)
    pixels = np.stack([fit(line.strip, width=width) for line in lines])
    encoded = [charset.encode(line.text) for line in lines]
    ids = np.zeros((len(lines), _up(max(map(len, encoded)), LENGTH_STEP)), np.int32)
    for row, line_ids in enumerate(encoded):
        ids[row, : len(line_ids)] = line_ids
    return pixels, ids, np.array([len(line_ids) for line_ids in encoded], np.int32)


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


def loss(model: keras.Model, batch: tuple[Any, ...]) -> Any:
    """CTC's negative log-likelihood a character, a mean over lines: long texts weigh no more than short ones."""
    pixels, ids, lengths = batch
    return ops.mean(_unlikelihood(model(pixels, training=True), ids, lengths))


def _unlikelihood(logits: Any, ids: Any, lengths: Any) -> Any:
    """[B]; logits [B, T, C]."""
    steps = ops.zeros_like(lengths) + ops.shape(logits)[1]
    total = ops.ctc_loss(ids, ops.cast(logits, "float32"), lengths, steps, mask_index=0)
    return total / ops.cast(ops.maximum(lengths, 1), "float32")


@dataclass(frozen=True)
class ReaderScore:
    """Of held-out lines: `loss` as in training, `cer` and `exact` of the texts as typed."""

    loss: float
    cer: float
    exact: float


class HeldOut:
    def __init__(self, model: keras.Model, data: ReaderData) -> None:
        self._charset = data.charset
        by_width = sorted(data.held_out, key=lambda line: fitted_width(line.strip))
        starts = range(0, len(by_width), SCORING_BATCH)
        self._batches = [by_width[start : start + SCORING_BATCH] for start in starts]

        def answer(pixels: Any, ids: Any, lengths: Any) -> tuple[Any, Any]:
            logits = model(pixels, training=False)
            return logits, _unlikelihood(logits, ids, lengths)

        self._answer = backend().compiled(answer, SHAPES)

    def score(self, keep_going: Callable[[], None]) -> ReaderScore:
        losses: list[float] = []
        pairs: list[tuple[str, str]] = []
        for lines in self._batches:
            keep_going()
            logits, unlikely = self._answer(*together(lines, self._charset))
            losses.extend(unlikely.tolist())
            readings = [read_greedily(log_softmax(one), self._charset.symbols) for one in logits]
            pairs.extend((line.text, reading.text) for line, reading in zip(lines, readings, strict=True))
        exact = sum(truth == reading for truth, reading in pairs)
        return ReaderScore(float(np.mean(losses)), character_error_rate(pairs), exact / len(pairs))


def key(score: ReaderScore) -> tuple[float, ...]:
    """Likelihood first of all: on few lines the share read exactly moves by chance."""
    return (-score.loss,)
