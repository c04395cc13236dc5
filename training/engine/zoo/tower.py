"""The convolutions under a reader of whole regions: its own, small ones, or the published reader's."""

from dataclasses import replace
from typing import Any

import keras

from training.engine.recipe import Recipe
from training.engine.zoo import pplcnet, pretrained
from training.engine.zoo.layers import Layers, Tensor
from training.engine.zoo.ppocr import to_rgb
from training.engine.zoo.reader import Options

FROZEN = ("stem", "stage1", "stage2")
"""Of the pretrained tower: strokes are strokes."""
PRETRAINED_RATE = 2e-4
SHRINK = {"own": (8, 4), "pretrained": (16, 4)}
"""Pixels of height and width for each cell of a tower's answer."""
_OWN = ((32, (2, 2)), (64, (2, 2)), (128, (2, 1)), (192, None))
"""Filters of each pair of convolutions, and the pool after them."""


def recipes(rate: float) -> dict[str, Recipe]:
    """By tower, how a reader on it is taught whose own layers learn at `rate`."""
    own = Recipe(epochs=40, batch=16, rate=rate, head_rate=rate, average=0.98, drawn=0.5, least_steps=24, patience=10)
    return {"own": own, "pretrained": replace(own, rate=PRETRAINED_RATE, frozen=FROZEN)}


def features(pixels: Tensor, options: Options) -> Tensor:
    """pixels [B, H, W, 3] 0..255 to [B, H / 8, W / 4, 192], or [B, H / 16, W / 4, 384] on the pretrained tower."""
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0, dtype=options.dtype)(pixels)
    return _pretrained(x, options) if options.tower == "pretrained" else _own(x, options)


def _pretrained(x: Tensor, options: Options) -> Tensor:
    layers = Layers(options.dtype)
    x = pplcnet.features(x, pplcnet.READER, layers)[-1]
    if options.pretrained_start:
        weights = pretrained.published(pretrained.READER_FILE).weights[: len(layers.weighted)]
        pretrained.load(layers.weighted, [to_rgb(weights[0]), *weights[1:]])
    return x


def _own(x: Tensor, options: Options) -> Tensor:
    """Pairs of 3 × 3 convolutions with batch norms between pools, which shrink height more than width."""
    seeds = keras.random.SeedGenerator(options.seed)
    for number, (filters, pool) in enumerate(_OWN):
        for half in "ab":
            x = normed_conv(x, filters, 3, f"tower{number}{half}", options.dtype, seeds)
        if pool is not None:
            x = keras.layers.MaxPooling2D(pool, dtype=options.dtype)(x)
    return x


def normed_conv(
    x: Tensor, filters: int, size: int, name: str, dtype: str, seed: Any, *, relu: bool = True, padding: str = "same"
) -> Tensor:
    """A convolution, its batch norm (Ioffe 2015) and, where asked, a ReLU."""
    start = keras.initializers.HeNormal(seed)
    x = keras.layers.Conv2D(
        filters, size, padding=padding, use_bias=False, kernel_initializer=start, name=name, dtype=dtype
    )(x)
    x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm", dtype=dtype)(x)
    return keras.layers.Activation("relu", dtype=dtype)(x) if relu else x
