"""The few building blocks the ports share. Channels last, any height and width, backend-neutral.

`Layers` makes Keras layers and remembers the weighted ones in the order they were made, which is the order in which the
published graph computes them: `pretrained.load` relies on it. A name asked for again is the same layer, so that a port
may look at two pictures.
"""

from math import sqrt
from typing import Any

import keras
from keras import ops

Tensor = Any


def gelu(x: Tensor) -> Tensor:
    """Exact GELU. Written with `erf`: ONNX Runtime refuses the `erfc` that Keras' own would export."""
    return 0.5 * x * (1.0 + ops.erf(x * (1.0 / sqrt(2.0))))


def hard_sigmoid(x: Tensor, slope: float) -> Tensor:
    return ops.clip(slope * x + 0.5, 0.0, 1.0)


def upsample(x: Tensor, factor: int) -> Tensor:
    """Nearest neighbour: every value becomes factor x factor equal ones."""
    return keras.layers.UpSampling2D(factor, interpolation="nearest")(x) if factor > 1 else x


class Layers:
    """Makes layers under one dtype policy; `weighted` lists those with weights, in order."""

    def __init__(self, dtype: str = "float32") -> None:
        self.dtype = dtype
        self.weighted: list[keras.layers.Layer] = []

    def add(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        """The layer itself, or the one that was made earlier under its name."""
        made = next((one for one in self.weighted if one.name == layer.name), None)
        if made is None:
            self.weighted.append(layer)
        return made or layer

    def sign(self, model: keras.Model, file: str) -> None:
        """Says which published graph the model is a port of, and in which order its layers stand there."""
        model.published_file = file
        model.published_layers = tuple(layer.name for layer in self.weighted)

    def conv(
        self, x: Tensor, filters: int, size: int, name: str, *, stride: int = 1, relu: bool = False, bias: bool = True
    ) -> Tensor:
        """A square convolution. With a stride the published networks pad both sides by one, unlike `same`."""
        if stride > 1:
            x = keras.layers.ZeroPadding2D(size // 2, dtype=self.dtype)(x)
        layer = keras.layers.Conv2D(
            filters,
            size,
            strides=stride,
            padding="valid" if stride > 1 else "same",
            activation="relu" if relu else None,
            use_bias=bias,
            name=name,
            dtype=self.dtype,
        )
        return self.add(layer)(x)

    def depthwise(self, x: Tensor, size: tuple[int, int], name: str, *, stride: tuple[int, int] = (1, 1)) -> Tensor:
        """A convolution of each channel by itself. Uneven strides pad like even ones: by half the kernel."""
        padding = "same"
        if stride != (1, 1):
            x = keras.layers.ZeroPadding2D((size[0] // 2, size[1] // 2), dtype=self.dtype)(x)
            padding = "valid"
        if stride[0] != stride[1]:
            # TensorFlow has no depthwise kernel for unequal strides: compute all rows, keep each second one.
            layer = keras.layers.DepthwiseConv2D(size, padding=padding, name=name, dtype=self.dtype)
            return self.add(layer)(x)[:, :: stride[0], :: stride[1], :]
        layer = keras.layers.DepthwiseConv2D(size, strides=stride, padding=padding, name=name, dtype=self.dtype)
        return self.add(layer)(x)

    def squeeze_excite(self, x: Tensor, reduced: int, name: str, *, slope: float) -> Tensor:
        """Each channel's weight (0..1), from the means of all channels: [B, 1, 1, C]."""
        channels = x.shape[-1]
        weight = keras.layers.GlobalAveragePooling2D(keepdims=True, dtype=self.dtype)(x)
        weight = self.conv(weight, reduced, 1, f"{name}_reduce", relu=True)
        weight = self.conv(weight, channels, 1, f"{name}_expand")
        return x * hard_sigmoid(weight, slope)

    def dense(self, x: Tensor, units: int, name: str) -> Tensor:
        return self.add(keras.layers.Dense(units, name=name, dtype=self.dtype))(x)

    def norm(self, x: Tensor, epsilon: float, name: str) -> Tensor:
        return self.add(keras.layers.LayerNormalization(epsilon=epsilon, name=name, dtype=self.dtype))(x)
