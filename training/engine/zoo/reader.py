"""A reader as it learns and as it answers: what every reader's file in this folder gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras

from training.engine.recipe import Recipe
from training.engine.zoo.form import Form

Tensor = Any

Tower = Literal["own", "pretrained"]
Drawn = Literal["", "attention", "glimpses", "rectified"]


@dataclass(frozen=True)
class Options:
    """How a reader is built. `length`: slots, one more than the longest text; readers with CTC need none.

    `tower`: the convolutions it stands on, its own or those of the published reader. `size`: (height, width) of its box
    instead of its usual one. `views`: how many pictures of the same text stand side by side in one (FSNS has four).
    `pretrained_start` False leaves out the published weights where others are put in anyway. `seed`: of new weights.
    """

    length: int = 0
    tower: Tower = "own"
    size: tuple[int, int] | None = None
    views: int = 1
    dtype: str = "float32"
    pretrained_start: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Reader:
    """`model`: pixels [B, H, W, 3] to logits [B, T, C], as exported. Its weights are all there are.

    `loss(pixels, ids, lengths, noise)` is what a step lowers, a scalar that is 0 where nothing is left to learn: what
    label smoothing makes unavoidable is taken off. `unlikelihood(pixels, ids, lengths, logits)` [B], given the model's
    answer for those pixels, is the negative logarithm of the text's probability, a character, without any noise. ids
    int32[B, L] filled up with 0; lengths int32[B]; noise float32[B, `noise`] standard normal.

    Layers whose names start with one of `heads` are new and learn at the recipe's head rate. `look` gives for pixels
    what the network looked at, as `draws` says: attention [B, T, h, w], glimpses [B, N, 3] (y, x from -1 to 1, and the
    side as a share of the height), rectified pixels [B, H, W, 3].
    """

    model: keras.Model
    form: Form
    recipe: Recipe
    heads: tuple[str, ...]
    loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    unlikelihood: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    noise: int = 0
    look: keras.Model | None = None
    draws: Drawn = ""


def plain(
    model: keras.Model,
    form: Form,
    recipe: Recipe,
    heads: Sequence[str],
    unlikelihood: Callable[[Tensor, Tensor, Tensor], Tensor],
    loss: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None,
    **more: Any,
) -> Reader:
    """A reader whose loss needs nothing but the model's answer: functions of (logits, ids, lengths)."""
    of = loss or (lambda logits, ids, lengths: keras.ops.mean(unlikelihood(logits, ids, lengths)))

    def learned(pixels: Tensor, ids: Tensor, lengths: Tensor, noise: Tensor) -> Tensor:
        return of(model(pixels, training=True), ids, lengths)

    def told(pixels: Tensor, ids: Tensor, lengths: Tensor, logits: Tensor) -> Tensor:
        return unlikelihood(logits, ids, lengths)

    return Reader(model, form, recipe, tuple(heads), learned, told, **more)
