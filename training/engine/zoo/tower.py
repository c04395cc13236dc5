"""What readers of whole regions stand on: small convolutions of their own, or all of the published reader but its head.

The published reader sees rows of 48 pixels. So it looks at the region twice: in bands of 32 pixels one below the other,
of which one runs along the middle of each row of text, wherever it is, and at half the size, where a single row that
fills the region is about as high as it should be. Its answers for all bands lie below each other in one map of cells,
those at half the size first, and the reader on top learns which of them to look at.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.recipe import Recipe
from training.engine.zoo import ppocr, pretrained
from training.engine.zoo.counting import Counting
from training.engine.zoo.layers import Layers, Tensor
from training.engine.zoo.reader import Options

BOXES = {"own": (48, 160), "pretrained": (128, 256)}
"""Height and width by tower: on the published one, each row of two is then about as high as it was trained for."""
WIDE = 16
"""Pixels of which the width of a pretrained tower's picture is a multiple."""
CELL = 16
"""Pixels from one band to the next."""
NEAR, FAR = 2, 4
"""Cells by which a band is high: along the middle of a row of text, and, at half the size, all of a usual box."""
ROWS_APART = (3, 4)
"""Cells from the middle of a row to that of the next one, of two in a box."""
_OWN = ((32, (2, 2)), (64, (2, 2)), (128, (2, 1)), (192, None))
"""Filters of each pair of convolutions, and the pool after them."""
PRETRAINED = ("stem", "stage", "neck")
"""What the names of the published reader's layers start with."""


def recipes(rate: float, above: float, epochs: int) -> dict[str, Recipe]:
    """By tower, how a reader on it is taught: all of it at `rate`, or what stands on the pretrained one, at `above`.

    That takes so many `epochs`. The pretrained tower stays as it is, for what is counted in its cells must go on saying
    where characters begin.
    """
    own = Recipe(epochs=40, batch=16, rate=rate, head_rate=rate, average=0.98, drawn=0.5, least_steps=24, patience=10)
    return {"own": own, "pretrained": replace(own, epochs=epochs, rate=above, head_rate=above, frozen=PRETRAINED)}


def features(pixels: Tensor, options: Options) -> Tensor:
    """pixels [B, H, W, 3] 0..255 to cells [B, H / 8, W / 4, 192], or [B, n, W / 8, 120] on the pretrained tower.

    There n = H / 32 - 3 + H / 16 - 1, one at least each. Raises ValueError where it cannot halve the picture.
    """
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0, dtype=options.dtype)(pixels)
    return _pretrained(x, options) if options.tower == "pretrained" else _own(x, options)


def _pretrained(x: Tensor, options: Options) -> Tensor:
    width = x.shape[2]
    if width % WIDE:
        raise ValueError(f"A picture of {width} pixels of width cannot be halved: it must be a multiple of {WIDE}.")
    layers = Layers(options.dtype)
    near = ppocr.bands(x, layers, NEAR)
    far = ppocr.bands(keras.layers.AveragePooling2D(2, dtype=options.dtype)(x), layers, FAR)
    far = keras.layers.UpSampling2D((1, 2), dtype=options.dtype)(far)  # each cell above what it shows
    if options.pretrained_start:
        pretrained.load(layers.weighted, ppocr.body(pretrained.published(pretrained.READER_FILE)))
    return keras.layers.Concatenate(axis=1, dtype=options.dtype)([far, near])


def known(symbols: Sequence[str]) -> pretrained.Weights:
    """Kernel [120, C] and bias [C] that tell symbols from a cell of the pretrained tower; 0 for the first, the end."""
    kernel, bias = published_head(symbols)
    kernel[:, 0], bias[0] = 0.0, 0.0
    return [kernel, bias]


def over_picture(maps: Tensor, height: int, options: Options) -> Tensor:
    """Maps over cells [B, T, views * h, w] as maps over the picture, [B, T, views * H / 16, w]; sums stay as they are.

    Those of an own tower lie over the picture as they are.
    """
    if options.tower == "own":
        return maps
    return ops.matmul(np.kron(np.eye(options.views), _coverage(height)).T.astype(np.float32), maps)


def published_head(symbols: Sequence[str]) -> pretrained.Weights:
    """Kernel [120, C] and bias [C] of the published head, the first of them CTC's blank."""
    start = pretrained.published(pretrained.READER_FILE)
    return ppocr.head(start.weights[-1], start.symbols, symbols)


def counting(symbols: Sequence[str], height: int, options: Options, *, blocks: int, heads: int, width: int) -> Counting:
    """What counts letters and digits in the cells of this tower, for blocks whose tokens have so many numbers."""
    counted = [index for index, symbol in enumerate(symbols) if symbol.isalnum()]
    shape = {"blocks": blocks, "heads": heads, "width": width}
    above = np.kron(np.eye(options.views), _above(height)).tolist()
    return Counting(len(symbols), counted, above, **shape, name="counting", dtype=options.dtype)


def _above(height: int) -> NDArray[np.float64]:
    """[h, h] over the rows of cells, far ones first: 1 where the second may be the row of text above the first one."""
    far, near = map(len, _scales(height))
    above = np.zeros((far + near, far + near))
    above[far:, far:] = sum(np.eye(near, k=-apart) for apart in ROWS_APART)
    return above


def _scales(height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bands at half the size and at the whole, as `_bands` gives them."""
    rows = -(-height // CELL)
    return _bands(rows, 2, FAR), _bands(rows, 1, NEAR)


def _coverage(height: int) -> NDArray[np.float64]:
    """[h, H / 16]: for each row of cells, far ones first, the share of it that lies over each sixteen pixels."""
    return np.concatenate(_scales(height))


def _bands(rows: int, size: int, high: int) -> NDArray[np.float64]:
    """[n, rows]: bands `high` cells high, each of them `size` rows."""
    cells = -(-rows // size)
    high = min(high, cells)
    shares = np.zeros((cells - high + 1, rows))
    for place, share in enumerate(shares):
        share[place * size : (place + high) * size] = 1.0
    return shares / shares.sum(axis=1, keepdims=True)


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
