"""The reader: PP-OCRv6 small recogniser (PPLCNetV4, LightSVTR neck, CTC head), layer by layer in Keras.

Input `pixels` [B, 48, W, 3] RGB 0..255, W any multiple of 8. Output `logits` [B, W / 8, C]; id 0 is CTC's blank.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.zoo import pplcnet, pretrained
from training.engine.zoo.layers import Layers, Tensor

HEIGHT = 48
SHRINK = 8
"""Pixels of width for each step of the output."""

_WIDTH = 120
_HEADS = 8


def build(symbols: Sequence[str], *, dtype: str = "float32", pretrained_start: bool = True) -> keras.Model:
    """A reader of `symbols` (by id, the blank first), started from the published weights.

    A symbol the published reader knows starts with its row of the head, any other with the mean of all known rows, so
    that no new symbol is favoured.
    """
    layers = Layers(dtype)
    model = _network(len(symbols), layers)
    layers.sign(model, pretrained.READER_FILE)
    if pretrained_start:
        start = pretrained.published(pretrained.READER_FILE)
        body = [_to_rgb(start.weights[0]), *start.weights[1:-1]]
        pretrained.load(layers.weighted, [*body, _head(start.weights[-1], start.symbols, symbols)])
    return model


def _network(classes: int, layers: Layers) -> keras.Model:
    pixels = keras.Input((HEIGHT, None, 3), name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0, dtype=layers.dtype)(pixels)
    x = pplcnet.features(x, pplcnet.READER, layers)[-1]
    x = keras.layers.AveragePooling2D((3, 2), dtype=layers.dtype)(x)
    x = ops.squeeze(_neck(x, layers), axis=1)
    head = layers.add(keras.layers.Dense(classes, name="head", dtype=layers.dtype))(x)
    logits = keras.layers.Activation("linear", dtype="float32", name="logits")(head)
    return keras.Model(pixels, logits, name="ppocr")


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


def _to_rgb(weights: pretrained.Weights) -> pretrained.Weights:
    """The published networks take BGR: turning the first kernel round costs nothing at run time."""
    return [weights[0][:, :, ::-1, :], *weights[1:]]


def _head(published: pretrained.Weights, known: Sequence[str], wanted: Sequence[str]) -> list[NDArray[np.float32]]:
    kernel, bias = published
    rows = {symbol: index for index, symbol in reversed(list(enumerate(known)))}
    chosen = [rows.get(symbol) for symbol in wanted]
    mean_kernel, mean_bias = kernel.mean(axis=1), np.float32(bias.mean())
    columns = [mean_kernel if row is None else kernel[:, row] for row in chosen]
    biases = [mean_bias if row is None else bias[row] for row in chosen]
    return [np.stack(columns, axis=1).astype(np.float32), np.asarray(biases, np.float32)]
