"""The reader: PP-OCRv6 small recogniser (PPLCNetV4, LightSVTR neck, CTC head), layer by layer in Keras.

Input `pixels` [B, 48, W, 3] RGB 0..255, W any multiple of 8. Output `logits` [B, W / 8, C]; id 0 is CTC's blank.

People who type everything in capitals, whatever is printed, have a charset without small letters. The published reader
knows both, so the head keeps the other case of each such letter as well, and both count as the one that is typed:
`logits` of a letter are the logarithm of the sum of both (the probability of "a or A").
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.recipe import Recipe
from training.engine.zoo import pplcnet, pretrained
from training.engine.zoo.form import Form
from training.engine.zoo.layers import Layers, Tensor
from training.engine.zoo.losses import ctc_unlikelihood
from training.engine.zoo.reader import Options, Reader, plain

HEIGHT = 48
SHRINK = 8
"""Pixels of width for each step of the output."""

BAND = 3
"""Cells of the backbone's map, each of 16 pixels of height, in the row of text that the neck takes."""
_WIDTH = 120
_HEADS = 8


FORM = Form()
RECIPE = Recipe(
    epochs=6,
    trainings=2,
    batch=16,
    rate=6e-5,
    head_rate=2e-4,
    average=0.97,
    frozen=("stem", "stage1", "stage2"),  # strokes are strokes: half the cost, and no worse
    least_steps=12,
)


def reader(symbols: Sequence[str], options: Options) -> Reader:
    model = build(symbols, dtype=options.dtype, pretrained_start=options.pretrained_start)
    return plain(model, FORM, RECIPE, ("head",), ctc_unlikelihood)


def build(symbols: Sequence[str], *, dtype: str = "float32", pretrained_start: bool = True) -> keras.Model:
    """A reader of `symbols` (by id, the blank first), started from the published weights.

    A symbol the published reader knows starts with its row of the head, any other with the mean of all known rows, so
    that no new symbol is favoured.
    """
    layers = Layers(dtype)
    start = pretrained.published(pretrained.READER_FILE)
    others = other_cases(symbols, start.symbols)
    model = _network(symbols, others, layers)
    layers.sign(model, pretrained.READER_FILE)
    if pretrained_start:
        wanted = [*symbols, *others.values()]
        pretrained.load(layers.weighted, [*body(start), head(start.weights[-1], start.symbols, wanted)])
    return model


def other_cases(symbols: Sequence[str], known: Sequence[str]) -> dict[int, str]:
    """By id, the other case of each letter where the symbols lack it and the published reader knows it."""
    listed, published = set(symbols), set(known)
    cases = ((index, symbol.swapcase()) for index, symbol in enumerate(symbols))
    return {index: case for index, case in cases if len(case) == 1 and case not in listed and case in published}


@keras.saving.register_keras_serializable("glyphsmith.ppocr")
class EitherCase(keras.layers.Layer):
    """[B, T, C + K] to [B, T, C]: the logits of the K classes at the end join those of the classes `of`."""

    def __init__(self, of: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.of = tuple(of)

    def call(self, logits: Tensor) -> Tensor:
        classes = logits.shape[-1] - len(self.of)
        own, joining = logits[..., :classes], ops.take(logits, self.places(classes), axis=-1) + self.less(classes)
        # Not `logaddexp`: its log1p is no operation of ONNX, and behind a rectifier the port is converted.
        larger = ops.stop_gradient(ops.maximum(own, joining))
        return larger + ops.log(ops.exp(own - larger) + ops.exp(joining - larger))

    def places(self, classes: int) -> NDArray[np.int32]:
        """For each class the one that joins it; where there is none, any, which `less` takes out again."""
        places = np.zeros(classes, np.int32)
        places[list(self.of)] = np.arange(classes, classes + len(self.of))
        return places

    def less(self, classes: int) -> NDArray[np.float32]:
        less = np.full(classes, -1e4, np.float32)
        less[list(self.of)] = 0.0
        return less

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "of": self.of}


def _network(symbols: Sequence[str], others: dict[int, str], layers: Layers) -> keras.Model:
    pixels = keras.Input((HEIGHT, None, 3), name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0, dtype=layers.dtype)(pixels)
    x = ops.squeeze(bands(x, layers), axis=1)
    told = layers.add(keras.layers.Dense(len(symbols) + len(others), name="head", dtype=layers.dtype))(x)
    if others:
        logits = EitherCase(tuple(others), dtype="float32", name="logits")(told)
    else:
        logits = keras.layers.Activation("linear", dtype="float32", name="logits")(told)
    return keras.Model(pixels, logits, name="ppocr")


def bands(x: Tensor, layers: Layers, high: int = BAND) -> Tensor:
    """What the published reader makes of every band, `high` times 16 pixels and 16 below each other: all but its head.

    [B, H, W, 3] in -1..1 to [B, n, W / 8, 120], n = H / 16 + 1 - high. A picture less high than a band is one.
    """
    x = pplcnet.features(x, pplcnet.READER, layers)[-1]
    high = min(high, x.shape[1])
    x = keras.layers.AveragePooling2D((high, 2), strides=(1, 2), dtype=layers.dtype)(x)
    count, columns, depth = x.shape[1:]
    if count == 1:
        return _neck(x, layers)
    rows = _neck(ops.reshape(x, (-1, 1, columns, depth)), layers)
    return ops.reshape(rows, (-1, count, columns, _WIDTH))


def _neck(x: Tensor, layers: Layers) -> Tensor:
    """Letters look at their neighbours, then at the whole line. [B, 1, T, 384] to [B, 1, T, 120]."""
    skip = ops.silu(layers.conv(x, _WIDTH, 1, "neck_skip"))
    x = ops.silu(layers.conv(x, _WIDTH, 1, "neck_reduce"))
    x = x + ops.silu(layers.depthwise(x, (1, 7), "neck_mix"))
    tokens = ops.squeeze(x, axis=1)
    for index in range(2):
        tokens = _transformer(tokens, layers, f"neck_block{index}")
    tokens = layers.norm(tokens, 1e-6, "neck_norm")
    return ops.expand_dims(tokens, axis=1) + skip


def _transformer(x: Tensor, layers: Layers, name: str) -> Tensor:
    x = x + _attention(layers.norm(x, 1e-5, f"{name}_norm1"), layers, name)
    hidden = layers.dense(layers.norm(x, 1e-5, f"{name}_norm2"), 2 * _WIDTH, f"{name}_widen")
    return x + layers.dense(ops.silu(hidden), _WIDTH, f"{name}_narrow")


def _attention(x: Tensor, layers: Layers, name: str) -> Tensor:
    """Self-attention over the line, as the published weights pack it: query, key and value in one matrix."""
    depth = _WIDTH // _HEADS
    packed = layers.dense(x, 3 * _WIDTH, f"{name}_attend")
    packed = keras.layers.Reshape((-1, 3, _HEADS, depth), dtype=layers.dtype)(packed)
    query, key, value = (ops.transpose(packed[:, :, part], (0, 2, 1, 3)) for part in range(3))
    weights = ops.softmax(ops.matmul(query * depth**-0.5, ops.transpose(key, (0, 1, 3, 2))), axis=-1)
    mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
    mixed = keras.layers.Reshape((-1, _WIDTH), dtype=layers.dtype)(mixed)
    return layers.dense(mixed, _WIDTH, f"{name}_project")


def to_rgb(weights: pretrained.Weights) -> pretrained.Weights:
    """The published networks take BGR: turning the first kernel round costs nothing at run time."""
    return [weights[0][:, :, ::-1, :], *weights[1:]]


def body(start: pretrained.Published) -> list[pretrained.Weights]:
    """All published weights but the head's, for pixels in RGB."""
    return [to_rgb(start.weights[0]), *start.weights[1:-1]]


def head(published: pretrained.Weights, known: Sequence[str], wanted: Sequence[str]) -> list[NDArray[np.float32]]:
    """Kernel [120, C] and bias [C] of the published head for the symbols wanted; the mean of all for those it lacks."""
    kernel, bias = published
    rows = {symbol: index for index, symbol in reversed(list(enumerate(known)))}
    chosen = [rows.get(symbol) for symbol in wanted]
    mean_kernel, mean_bias = kernel.mean(axis=1), np.float32(bias.mean())
    columns = [mean_kernel if row is None else kernel[:, row] for row in chosen]
    biases = [mean_bias if row is None else bias[row] for row in chosen]
    return [np.stack(columns, axis=1).astype(np.float32), np.asarray(biases, np.float32)]
