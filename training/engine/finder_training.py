"""Teaches the finder which texts are the user's fields, and to leave every other text alone."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine import augment, finder_targets
from training.engine.autodiff import backend
from training.engine.crops import Picture, finder_scale, fit_image
from training.engine.geometry import Points, as_quad, bounding_box
from training.engine.outlines import regions
from training.engine.pictures import open_picture
from training.engine.prepare import PreparedImage
from training.engine.recipe import Recipe
from training.engine.scores import f1, match_quads
from training.engine.trainer import order

RECIPE = Recipe(
    epochs=3,
    batch=2,
    rate=3e-4,
    head_rate=6e-4,
    clip=1.0,
    average=0.97,
    frozen=("stem", "stage1"),
    least_steps=72,
)
HEADS = ("head_", "fpn_")

FIELD_HEIGHT = 18.0
"""Pixels that all but the smallest twentieth of the fields must keep on their shorter side."""
SIDES = (384, 1600)
STEP = 32
MOST_PIXELS = 512 * 384
"""Of a training window: a whole picture mostly, or regions that fill it would only ever be seen in pieces."""
HARD_NEGATIVES = 3.0
DICE_WEIGHT = 1.0
LOSS_COUNTS = 0.1
"""A loss of one more weighs as much as an F1 of a tenth less."""
LEARNED = 0.7
"""Share of what was learned in the weights that are kept; the rest is the published start."""
SAMPLED = 7
"""A prime, so that the sample does not run down columns of the maps."""


@dataclass(frozen=True)
class FinderData:
    """`labels` give the maps' order; `side` is the longer side at serving; `window` (height, width) for training."""

    root: Path
    labels: tuple[str, ...]
    side: int
    window: tuple[int, int]
    learn: list[PreparedImage]
    held_out: list[PreparedImage]

    def quads(self, image: PreparedImage) -> list[tuple[int, Points]]:
        return [(self.labels.index(region.label), as_quad(region.quad)) for region in image.regions]


def choose_side(images: Sequence[PreparedImage], least: float = FIELD_HEIGHT, sides: tuple[int, int] = SIDES) -> int:
    """The least side within `sides` at which the fields keep `least` pixels: it decides what a prediction costs."""
    heights = [_shorter(region.quad) / max(image.width, image.height) for image in images for region in image.regions]
    if not heights:
        return sides[0]
    smallest = max(float(np.percentile(heights, 5)), 1e-4)
    return int(np.clip(math.ceil(least / smallest / STEP) * STEP, *sides))


def choose_window(images: Sequence[PreparedImage], side: int) -> tuple[int, int]:
    """(height, width) that most pictures fill when fitted to `side`, within `MOST_PIXELS`."""
    sizes = np.array([(image.height, image.width) for image in images], float)
    scales = np.array([finder_scale(image.width, image.height, side) for image in images])
    height, width = np.median(sizes * scales[:, None], axis=0)
    shrink = min(1.0, math.sqrt(MOST_PIXELS / (height * width)))
    return _whole(height * shrink), _whole(width * shrink)


def _whole(pixels: float) -> int:
    return max(STEP * 2, round(pixels / STEP) * STEP)


def _shorter(quad: Any) -> float:
    left, top, right, bottom = bounding_box(quad)
    return min(right - left, bottom - top)


def epoch(data: FinderData, recipe: Recipe, seed: int, number: int) -> Iterator[tuple[NDArray[Any], ...]]:
    """The batches (pixels, maps, counted) of one epoch; the same numbers give the same batches."""
    for place, group in enumerate(order(len(data.learn), recipe.batch, (seed, 2, number), recipe.least_steps)):
        samples = [_sample(data, index, (seed, 3, number, place, index)) for index in group]
        pixels, maps, counted = (np.stack(part) for part in zip(*samples, strict=True))
        yield pixels, maps, counted


def _sample(data: FinderData, index: int, seed: tuple[int, ...]) -> tuple[NDArray[np.float32], ...]:
    random = np.random.default_rng(list(seed))
    image = data.learn[index]
    picture: Picture = open_picture(data.root / image.image)
    labelled = data.quads(image)
    scale = finder_scale(image.width, image.height, data.side)
    window, moved = augment.look_at(picture, [quad for _, quad in labelled], scale, data.window, random)
    varied = augment.vary_look(window, random)
    quads = [(label, quad) for (label, _), quad in zip(labelled, moved, strict=True)]
    maps, counted = finder_targets.draw(quads, len(data.labels), data.window)
    return varied.astype(np.float32), maps, counted


def loss(model: keras.Model, batch: tuple[Any, ...]) -> Any:
    """Cross-entropy on all field pixels and the hardest others, three to one, and Dice; a mean over pictures."""
    pixels, maps, counted = batch
    return map_loss(model(pixels, training=True), maps, counted)


def map_loss(answer: Any, maps: Any, counted: Any) -> Any:
    """`answer`, `maps`, `counted`: [B, H, W, L] in 0..1."""
    answer = ops.clip(answer, 1e-6, 1.0 - 1e-6)
    entropy = -(maps * ops.log(answer) + (1.0 - maps) * ops.log(1.0 - answer)) * counted
    field, other = maps * counted, (1.0 - maps) * counted
    wanted = ops.clip(HARD_NEGATIVES * ops.sum(field), 1000.0, ops.sum(other))
    hardest = _largest(entropy * other, wanted)
    balanced = (ops.sum(entropy * field) + hardest) / (ops.sum(field) + wanted + 1e-6)
    shared = ops.sum(answer * field, axis=(1, 2))
    sizes = ops.sum(answer * counted, axis=(1, 2)) + ops.sum(field, axis=(1, 2))
    dice = 1.0 - (2.0 * shared + 1.0) / (sizes + 1.0)
    shown = ops.cast(ops.sum(field, axis=(1, 2)) > 0, "float32")
    return balanced + DICE_WEIGHT * ops.sum(dice * shown) / (ops.sum(shown) + 1e-6)


def _largest(values: Any, count: Any) -> Any:
    """The sum of about the `count` largest values: those above a limit estimated from each `SAMPLED`-th of them.

    Sorting them all would take a tenth of a step, on one core while the others wait.
    """
    ordered = ops.sort(ops.reshape(ops.stop_gradient(values), (-1,))[::SAMPLED])
    total = ops.shape(ordered)[0]
    least = ops.take(ordered, ops.clip(total - ops.cast(count / SAMPLED, "int32"), 0, total - 1))
    return ops.sum(values * ops.cast(values >= ops.maximum(least, 1e-7), "float32"))


@dataclass(frozen=True)
class FinderScore:
    """Of held-out pictures, whole, as at serving."""

    loss: float
    f1: float


class HeldOut:
    """Fitted held-out pictures with their targets, kept from epoch to epoch."""

    def __init__(self, model: keras.Model, data: FinderData, upright: bool) -> None:
        self._data, self._upright = data, upright
        shapes = [(None, None, None, 3)]
        self._answer = backend().compiled(lambda pixels: model(pixels, training=False), shapes, model.variables)

    def score(self, keep_going: Callable[[], None]) -> FinderScore:
        losses: list[float] = []
        matched = found = true = 0
        for image in self._data.held_out:
            keep_going()
            fitted = fit_image(open_picture(self._data.root / image.image), self._data.side)
            answer = self._answer(fitted.pixels[None])
            quads = [(label, fitted.to_pixels(quad)) for label, quad in self._data.quads(image)]
            size = fitted.pixels.shape[:2]
            maps, counted = finder_targets.draw(quads, len(self._data.labels), (size[0], size[1]))
            losses.append(float(map_loss(answer, maps[None], counted[None])))
            seen = self._found(answer[0])
            named = [(self._data.labels[label], quad) for label, quad in quads]
            matched += len(match_quads(named, seen))
            found, true = found + len(seen), true + len(quads)
        precision, recall = matched / found if found else 0.0, matched / true if true else 0.0
        return FinderScore(float(np.mean(losses)) if losses else 0.0, f1(precision, recall))

    def _found(self, maps: NDArray[np.float32]) -> list[tuple[str, Points]]:
        return [
            (label, quad)
            for index, label in enumerate(self._data.labels)
            for quad, _ in regions(np.ascontiguousarray(maps[:, :, index]), 0.3, 0.5, 1.6, self._upright)
        ]


def key(score: FinderScore) -> tuple[float, ...]:
    """What is found, mostly: on few pictures the loss hangs on one whose box lies beside its text."""
    return (score.f1 - LOSS_COUNTS * score.loss,)


def kept(start: list[NDArray[Any]], learned: list[NDArray[Any]], labels: int) -> list[NDArray[Any]]:
    """The weights to serve: between start and end of the training, where they find more than at its end.

    Two networks fine-tuned from one start can be averaged (Wortsman 2022, arxiv.org/abs/2109.01903, section 4). With
    several labels the end is kept as it is: there the start takes every text for a field of every label.
    """
    if labels > 1:
        return learned
    return [(1.0 - LEARNED) * old + LEARNED * new for old, new in zip(start, learned, strict=True)]
