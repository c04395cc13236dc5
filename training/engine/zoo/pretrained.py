"""The published PP-OCRv6 small weights, as they lie inside the installed `rapidocr` wheel.

The two ONNX files are read once and turned into plain arrays in the order in which the published graph computes them.
The Keras ports build their layers in that same order, so loading is a walk along two lists, with every shape checked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

Weights = list[NDArray[np.float32]]

FINDER_FILE = "PP-OCRv6_det_small.onnx"
READER_FILE = "PP-OCRv6_rec_small.onnx"


@dataclass(frozen=True)
class Published:
    """Weights of one published network: `weights[i]` belongs to the i-th weighted layer of the port."""

    weights: tuple[Weights, ...]
    symbols: tuple[str, ...]


def path(file: str) -> Path:
    """Where the wheel keeps one of its files; raises FileNotFoundError naming what to install."""
    found = Path(str(resources.files("rapidocr") / "models" / file))
    if not found.is_file():
        raise FileNotFoundError(
            f"The pretrained network {file} is not inside the installed rapidocr package. "
            "Install the version that requirements.txt names."
        )
    return found


@lru_cache(maxsize=2)
def published(file: str) -> Published:
    """Everything needed to start a port from `file`."""
    model = onnx.load(path(file))
    return Published(tuple(_walk(model.graph)), _symbols(model))


def load(layers: Sequence[Any], weights: Sequence[Weights]) -> None:
    """Puts `weights` into Keras `layers`, pair by pair; raises ValueError where they do not fit."""
    if len(layers) != len(weights):
        raise ValueError(f"The port has {len(layers)} weighted layers, the published network {len(weights)}.")
    for layer, arrays in zip(layers, weights, strict=True):
        shapes = [tuple(variable.shape) for variable in layer.weights]
        if shapes != [array.shape for array in arrays]:
            raise ValueError(f"{layer.name} expects {shapes}, the published network has {[a.shape for a in arrays]}.")
        layer.set_weights(arrays)


def _symbols(model: onnx.ModelProto) -> tuple[str, ...]:
    """Symbols by id: the blank, the published dictionary, and a space at the end (rapidocr appends it)."""
    listed = next((entry.value for entry in model.metadata_props if entry.key == "character"), "")
    return ("", *listed.splitlines(), " ") if listed else ()


def _walk(graph: onnx.GraphProto) -> Iterator[Weights]:
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    after = _first_reader(graph)
    for node in graph.node:
        match node.op_type:
            case "Conv":
                yield _convolution(node, constants, after)
            case "ConvTranspose":
                kernel = constants[node.input[1]].transpose(2, 3, 1, 0)
                yield [kernel, _bias(node, constants, after)]
            case "MatMul" if node.input[1] in constants:
                yield [constants[node.input[1]], _bias(node, constants, after)]
            case "Mul" if node.input[1] in constants and constants[node.input[1]].ndim == 1:
                scale = constants[node.input[1]]
                if scale.size > 1:  # the gain of a layer norm; attention's scalar is no weight
                    yield [scale, _bias(node, constants, after)]


def _first_reader(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    """For each tensor the first computing node that takes it; `Identity` is looked through."""
    alias: dict[str, str] = {}
    readers: dict[str, onnx.NodeProto] = {}
    for node in graph.node:
        if node.op_type == "Identity":
            alias[node.output[0]] = alias.get(node.input[0], node.input[0])
            continue
        for name in node.input:
            readers.setdefault(alias.get(name, name), node)
    return readers


def _convolution(node: onnx.NodeProto, constants: dict[str, NDArray[Any]], after: dict[str, onnx.NodeProto]) -> Weights:
    """Kernel and bias in Keras' order; a batch norm that follows is folded into both."""
    kernel = constants[node.input[1]]
    group = next((a.i for a in node.attribute if a.name == "group"), 1)
    follower = after[node.output[0]]
    bias: NDArray[Any] | None = None
    if follower.op_type == "BatchNormalization":
        kernel, bias = _fold(kernel, follower, constants)
    elif follower.op_type == "Add" and follower.input[1] in constants:
        bias = constants[follower.input[1]].reshape(-1)
    order = (2, 3, 0, 1) if group > 1 else (2, 3, 1, 0)
    keras_kernel = np.ascontiguousarray(kernel.transpose(order))
    return [keras_kernel] if bias is None else [keras_kernel, bias]


def _fold(
    kernel: NDArray[Any], norm: onnx.NodeProto, constants: dict[str, NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    gain, shift, mean, variance = (constants[name] for name in norm.input[1:5])
    epsilon = next(a.f for a in norm.attribute if a.name == "epsilon")
    factor = gain / np.sqrt(variance + epsilon)
    return kernel * factor[:, None, None, None], shift - mean * factor


def _bias(
    node: onnx.NodeProto, constants: dict[str, NDArray[Any]], after: dict[str, onnx.NodeProto]
) -> NDArray[np.float32]:
    return constants[after[node.output[0]].input[1]].reshape(-1)
