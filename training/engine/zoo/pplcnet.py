"""PPLCNetV4, the backbone of both PP-OCRv6 networks, with its re-parametrised branches already merged.

A block mixes pixels with a depthwise convolution (weighted by channel in every second block), then channels with a
two-layer perceptron around a skip connection. A block that shrinks the picture has no skip.
"""

from dataclasses import dataclass

import keras

from training.engine.zoo.layers import Layers, Tensor, gelu


@dataclass(frozen=True)
class Stage:
    """`weighted[i]` says whether block i weighs its channels; `stride` is that of the shrinking block before them."""

    channels: int
    weighted: tuple[bool, ...]
    stride: tuple[int, int] | None


@dataclass(frozen=True)
class Backbone:
    stem: int
    stages: tuple[Stage, ...]


FINDER = Backbone(
    stem=24,
    stages=(
        Stage(48, (True, False), None),
        Stage(96, (True, False), (2, 2)),
        Stage(192, (True, False, True, False), (2, 2)),
        Stage(384, (True, False), (2, 2)),
    ),
)
READER = Backbone(
    stem=48,
    stages=(
        Stage(96, (True, False, False), None),
        Stage(192, (True, False, True, False, True, False), (2, 1)),
        Stage(384, (True, False), (2, 1)),
    ),
)


def features(x: Tensor, backbone: Backbone, layers: Layers) -> list[Tensor]:
    """The output of each stage. x: [B, H, W, 3] in -1..1; the first stage works on a quarter of the sides."""
    x = _stem(x, backbone, layers)
    outputs = []
    for number, stage in enumerate(backbone.stages, start=1):
        if stage.stride is not None:
            x = _shrink(x, stage, layers, f"stage{number}_shrink")
        for index, weighted in enumerate(stage.weighted):
            x = _block(x, weighted, layers, f"stage{number}_block{index}")
        outputs.append(x)
    return outputs


def _stem(x: Tensor, backbone: Backbone, layers: Layers) -> Tensor:
    width = backbone.stem
    x = layers.conv(x, width, 3, "stem_1", stride=2, relu=True)
    branch = layers.conv(x, width // 2, 2, "stem_2a", relu=True)
    branch = layers.conv(branch, width, 2, "stem_2b", relu=True)
    pooled = keras.layers.MaxPooling2D(2, strides=1, padding="same", dtype=layers.dtype)(x)
    x = keras.layers.Concatenate(dtype=layers.dtype)([pooled, branch])
    x = layers.conv(x, width, 3, "stem_3", stride=2, relu=True)
    return layers.conv(x, backbone.stages[0].channels, 1, "stem_4", relu=True)


def _block(x: Tensor, weighted: bool, layers: Layers, name: str) -> Tensor:
    channels = x.shape[-1]
    x = layers.depthwise(x, (3, 3), f"{name}_mix")
    if weighted:
        x = layers.squeeze_excite(x, channels // 4, f"{name}_weigh", slope=1.0 / 6.0)
    return x + _perceptron(x, channels, layers, name)


def _shrink(x: Tensor, stage: Stage, layers: Layers, name: str) -> Tensor:
    assert stage.stride is not None  # noqa: S101 - for the type checker; the caller has looked
    x = layers.depthwise(x, (3, 3), f"{name}_mix", stride=stage.stride)
    return _perceptron(x, stage.channels, layers, name)


def _perceptron(x: Tensor, channels: int, layers: Layers, name: str) -> Tensor:
    x = layers.conv(x, 2 * x.shape[-1], 1, f"{name}_widen")
    return layers.conv(gelu(x), channels, 1, f"{name}_narrow")
