"""The published PP-OCRv6 small weights, as they lie inside the installed `rapidocr` wheel.

The two ONNX files are read once and turned into plain arrays in the order in which the published graph computes them.
The Keras ports build their layers in that same order, so loading is a walk along two lists, with every shape checked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, NamedTuple

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
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    weights = tuple(_read(place, constants) for place in _places(model.graph, constants))
    return Published(weights, _symbols(model))


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


class _Place(NamedTuple):
    """Where one layer's weights stand in a published graph: in `node`, and in the node that takes its answer."""

    kind: Literal["convolution", "depthwise", "transposed", "dense", "norm"]
    node: onnx.NodeProto
    after: onnx.NodeProto


def _places(graph: onnx.GraphProto, constants: dict[str, NDArray[Any]]) -> Iterator[_Place]:
    """In the order in which the graph computes; both reading and writing walk it."""
    after = _first_reader(graph)
    for node in graph.node:
        follower = after.get(node.output[0], node)
        match node.op_type:
            case "Conv":
                group = next((a.i for a in node.attribute if a.name == "group"), 1)
                yield _Place("depthwise" if group > 1 else "convolution", node, follower)
            case "ConvTranspose":
                yield _Place("transposed", node, follower)
            case "MatMul" if node.input[1] in constants:
                yield _Place("dense", node, follower)
            case "Mul" if node.input[1] in constants and constants[node.input[1]].ndim == 1:
                if constants[node.input[1]].size > 1:  # the gain of a layer norm; attention's scalar is no weight
                    yield _Place("norm", node, follower)


# Keras' order of a kernel's axes, from the published one; `argsort` of it leads back.
_AXES: dict[str, tuple[int, ...]] = {
    "convolution": (2, 3, 1, 0),
    "depthwise": (2, 3, 0, 1),
    "transposed": (2, 3, 1, 0),
    "dense": (0, 1),
    "norm": (0,),
}


def _read(place: _Place, constants: dict[str, NDArray[Any]]) -> Weights:
    """Kernel and, where there is one, bias in Keras' order; a batch norm that follows is folded into both."""
    kernel, bias = constants[place.node.input[1]], None
    if place.after.op_type == "BatchNormalization":
        kernel, bias = _fold(kernel, place.after, constants)
    elif place.after.op_type == "Add" and place.after.input[1] in constants:
        bias = constants[place.after.input[1]].reshape(-1)
    kernel = np.ascontiguousarray(kernel.transpose(_AXES[place.kind]))
    return [kernel] if bias is None else [kernel, bias]


def with_weights(file: str, weights: Sequence[Weights]) -> onnx.ModelProto:
    """The published graph with a port's weights in place of its own, in the order of `Published.weights`.

    The last layer may have another width: its labels, its symbols. Raises ValueError where the number differs.
    """
    model = onnx.load(path(file))
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    places = list(_places(model.graph, constants))
    if len(places) != len(weights):
        raise ValueError(f"The port has {len(weights)} weighted layers, the published network {len(places)}.")
    for number, (place, arrays) in enumerate(zip(places, weights, strict=True)):
        _write(model.graph, place, arrays, constants, f"trained_{number}")
    del model.graph.value_info[:]  # shapes of the graph as it was
    del model.metadata_props[:]  # the published characters: whoever reads with them reads other symbols
    _drop_unused(model.graph)
    return model


def _write(
    graph: onnx.GraphProto, place: _Place, arrays: Weights, constants: dict[str, NDArray[Any]], name: str
) -> None:
    kernel = arrays[0].transpose(tuple(np.argsort(_AXES[place.kind])))
    _set(graph, place.node, 1, kernel, f"{name}_kernel")
    if place.after.op_type == "BatchNormalization":  # folded: what is left of it is the bias
        epsilon = next(a.f for a in place.after.attribute if a.name == "epsilon")
        ones, zeros = np.ones_like(arrays[1]), np.zeros_like(arrays[1])
        for index, array in enumerate((ones, arrays[1], zeros, ones - np.float32(epsilon)), start=1):
            _set(graph, place.after, index, array, f"{name}_norm{index}")
    elif len(arrays) > 1:
        form = [-1 if size > 1 else 1 for size in constants[place.after.input[1]].shape]
        bias = arrays[1].reshape(form if -1 in form else (1, -1, 1, 1)[: len(form)])
        _set(graph, place.after, 1, bias, f"{name}_bias")


def _set(graph: onnx.GraphProto, node: onnx.NodeProto, index: int, array: NDArray[Any], name: str) -> None:
    """A constant of the node's own: the published ones may be shared."""
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
    node.input[index] = name


def _drop_unused(graph: onnx.GraphProto) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


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


def _fold(
    kernel: NDArray[Any], norm: onnx.NodeProto, constants: dict[str, NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    gain, shift, mean, variance = (constants[name] for name in norm.input[1:5])
    epsilon = next(a.f for a in norm.attribute if a.name == "epsilon")
    factor = gain / np.sqrt(variance + epsilon)
    return kernel * factor[:, None, None, None], shift - mean * factor
