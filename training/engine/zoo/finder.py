"""The finder: PP-OCRv6 small text detector (PPLCNetV4, RepLKFPN, DB head), layer by layer in Keras.

Input `pixels` [B, H, W, 3] RGB 0..255, sides multiples of 32. Output `maps` [B, H, W, L] in 0..1: for each label how
likely the pixel lies in the shrunk middle of such a region.
"""

import keras
import numpy as np

from training.engine.zoo import pplcnet, pretrained
from training.engine.zoo.layers import Layers, Tensor, upsample

SHRINK = 32
"""Both sides of the input are multiples of this."""

_WIDTH = 96


def build(labels: int, *, dtype: str = "float32", pretrained_start: bool = True) -> keras.Model:
    """A finder with one map for each of `labels` labels; each starts as the published map of any text."""
    layers = Layers(dtype)
    model = _network(labels, layers)
    layers.sign(model, pretrained.FINDER_FILE)
    if pretrained_start:
        weights = pretrained.published(pretrained.FINDER_FILE).weights
        first = [weights[0][0][:, :, ::-1, :], weights[0][1]]  # published for BGR
        kernel, bias = weights[-1]
        last = [np.repeat(kernel, labels, axis=2), np.repeat(bias, labels)]
        pretrained.load(layers.weighted, [first, *weights[1:-1], last])
    return model


def _network(labels: int, layers: Layers) -> keras.Model:
    pixels = keras.Input((None, None, 3), name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0, dtype=layers.dtype)(pixels)
    x = _pyramid(pplcnet.features(x, pplcnet.FINDER, layers), layers)
    x = layers.conv(x, _WIDTH // 4, 3, "head_1", relu=True)
    x = _double(x, _WIDTH // 4, layers, "head_2", relu=True)
    x = _double(x, labels, layers, "head_3")
    maps = keras.layers.Activation("sigmoid", dtype="float32", name="maps")(x)
    return keras.Model(pixels, maps, name="finder")


def _pyramid(stages: list[Tensor], layers: Layers) -> Tensor:
    """Coarse stages tell the fine ones what they see; then each looks around with a 7 x 7 kernel. [B, H/4, W/4, 96]"""
    inward = [_weighted(stage, _WIDTH, layers, f"fpn_in{level}") for level, stage in _from_coarse(stages)]
    merged = [inward[0]]
    for finer in inward[1:]:
        merged.append(finer + upsample(merged[-1], 2))
    outward = []
    for level, x in zip((4, 3, 2, 1), merged, strict=True):
        x = layers.depthwise(x, (7, 7), f"fpn_look{level}")
        x = _weighted(x, _WIDTH // 4, layers, f"fpn_out{level}")
        outward.append(upsample(x, 2 ** (level - 1)))
    return keras.layers.Concatenate(dtype=layers.dtype)(outward)


def _from_coarse(stages: list[Tensor]) -> list[tuple[int, Tensor]]:
    return list(enumerate(stages, start=1))[::-1]


def _weighted(x: Tensor, channels: int, layers: Layers, name: str) -> Tensor:
    x = layers.conv(x, channels, 1, name, bias=False)
    return x + layers.squeeze_excite(x, channels // 4, f"{name}_weigh", slope=0.2)


def _double(x: Tensor, filters: int, layers: Layers, name: str, *, relu: bool = False) -> Tensor:
    layer = keras.layers.Conv2DTranspose(
        filters, 2, strides=2, activation="relu" if relu else None, name=name, dtype=layers.dtype
    )
    return layers.add(layer)(x)
