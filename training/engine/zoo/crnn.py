"""CRNN: convolutions, two bidirectional LSTMs, CTC (Shi 2015, arxiv.org/abs/1507.05717, table 1).

Grey strips of height 32. Seven convolutions; the third and fourth pool halve the height alone, so that narrow letters
keep their steps; the last one turns what is left of the height into one row. Batch norms after the fifth and sixth.
Greedy, beam and lexicon decoding are in `training.engine.decode`.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from training.engine.recipe import Recipe
from training.engine.zoo.form import Form
from training.engine.zoo.layers import Tensor
from training.engine.zoo.losses import ctc_unlikelihood
from training.engine.zoo.reader import Options, Reader, plain

FORM = Form(height=32, min_width=104, max_width=1200, shrink=4)
RECIPE = Recipe(epochs=30, batch=16, rate=1e-3, head_rate=1e-3, average=0.98, drawn=0.5, least_steps=24, patience=8)
UNITS = 256
_CONVOLUTIONS = (
    (64, (2, 2), False),
    (128, (2, 2), False),
    (256, None, False),
    (256, (2, 1), False),
    (512, None, True),
    (512, (2, 1), True),
)
"""Filters, the pool after it, whether it has a batch norm."""


def reader(symbols: Sequence[str], options: Options) -> Reader:
    """Reads strips [B, 32, W, 3] as logits [B, W / 4, C]. It has no pretrained start."""
    keras.utils.set_random_seed(options.seed)
    pixels = keras.Input((FORM.height, None, 3), name="pixels")
    x = _columns(_grey(pixels, options), options)
    for index in range(2):
        # In float32 whatever the rest computes in: cuDNN's LSTM, which JAX calls on GPUs, takes no bfloat16.
        one = keras.layers.LSTM(UNITS, return_sequences=True, dtype="float32", name=f"lstm{index}")
        x = keras.layers.Bidirectional(one, dtype="float32", name=f"lstm{index}_both")(x)
    logits = keras.layers.Dense(len(symbols), dtype="float32", name="logits")(x)
    model = keras.Model(pixels, logits, name="crnn")
    return plain(model, FORM, RECIPE, (), ctc_unlikelihood)


def _grey(pixels: Tensor, options: Options) -> Tensor:
    grey = ops.mean(pixels, axis=-1, keepdims=True)
    return keras.layers.Rescaling(1.0 / 127.5, -1.0, dtype=options.dtype)(grey)


def _columns(x: Tensor, options: Options) -> Tensor:
    """[B, 32, W, 1] to [B, W / 4, 512]: a column of features a step."""
    same: dict[str, Any] = {"dtype": options.dtype, "kernel_initializer": "he_normal"}
    for number, (filters, pool, normed) in enumerate(_CONVOLUTIONS):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=not normed, name=f"conv{number}", **same)(x)
        if normed:
            x = keras.layers.BatchNormalization(momentum=0.9, dtype=options.dtype, name=f"conv{number}_norm")(x)
        x = keras.layers.Activation("relu", dtype=options.dtype)(x)
        if pool is not None:
            x = keras.layers.MaxPooling2D(pool, dtype=options.dtype)(x)
    x = keras.layers.ZeroPadding2D(((0, 0), (0, 1)), dtype=options.dtype)(x)
    x = keras.layers.Conv2D(512, 2, activation="relu", name="conv6", **same)(x)
    return ops.squeeze(x, axis=1)
