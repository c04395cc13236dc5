"""From trained Keras models to the ONNX files of a bundle, checked before anybody relies on them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from keras import ops
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from training.engine import conversion, onnx_files
from training.engine.autodiff import backend
from training.engine.sessions import open_session
from training.engine.spec import EngineError
from training.engine.zoo import pretrained

TOLERANCE = 1e-3
"""Largest difference of any probability between Keras and ONNX Runtime."""


class ExportError(EngineError):
    """The exported network does not compute what the trained one does."""


def to_onnx(
    model: keras.Model, path: Path, samples: Sequence[NDArray[np.float32]], symbols: Sequence[str] = ()
) -> float:
    """Writes `model` as ONNX and compares both on each of `samples`.

    A port becomes the published graph with its own weights; any other network is converted. The file has one input
    `pixels`, float32[N, H, W, 3] RGB 0..255, and one output named as the model's last layer, channels last. `symbols`
    by id, where it reads, are listed in the file. Gives back the largest difference of any probability. Raises
    ExportError where it is too large.
    """
    if hasattr(model, "published_layers"):
        as_published(model, path)
    else:
        conversion.to_onnx(model, path)
    if symbols:
        onnx_files.list_symbols(path, symbols)
    return compared(model, path, samples)


def compared(model: keras.Model, path: Path, samples: Sequence[NDArray[np.float32]]) -> float:
    """The largest difference of a probability between an ONNX file and the trained network on any of `samples`.

    Raises ExportError where it is too large.
    """
    session = open_session(path)
    return max(_difference(session, path.name, sample, trained(model, sample)) for sample in samples)


def trained(model: keras.Model, sample: NDArray[np.float32]) -> Any:
    """What the model itself answers, without the shortcuts a GPU takes with products while it learns."""
    with backend().exactly():
        return model(sample, training=False)


def difference(name: str, answer: NDArray[np.float32], trained: Any) -> float:
    """The largest difference of a probability between the file `name` and the trained network.

    Raises ExportError where it is above TOLERANCE, no number, or the two answer in different shapes.
    """
    expected = ops.convert_to_numpy(trained)
    if answer.shape != expected.shape:
        raise ExportError(f"{name} answers {answer.shape} where the trained network answers {expected.shape}.")
    largest = float(np.abs(_probabilities(answer) - _probabilities(expected)).max())
    if not largest <= TOLERANCE:
        raise ExportError(
            f"{name} differs from the trained network by {largest:.2g} (at most {TOLERANCE:g} is allowed), "
            "so no model was made of it. Please report this with the versions in bundle.json."
        )
    return largest


def as_published(model: keras.Model, path: Path) -> None:
    """Writes a port as the published graph with the port's weights; needs no TensorFlow."""
    weights = [model.get_layer(name).get_weights() for name in model.published_layers]
    graph = pretrained.with_weights(model.published_file, weights)
    _take_pixels(graph.graph, model.inputs[0].shape[1:3])
    _answer(graph.graph, model.layers[-1], model.outputs[0].shape)
    onnx.checker.check_model(graph)
    onnx_files.save(graph, path)


def _take_pixels(graph: onnx.GraphProto, sides: Sequence[int | None]) -> None:
    """Pixels as they are instead of planes from -1 to 1: what every client would otherwise have to do alike."""
    planes = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.float32(127.5), "half_range"))
    steps = [
        helper.make_node("Transpose", ["pixels"], ["pixel_planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Sub", ["pixel_planes", "half_range"], ["centred_planes"]),
        helper.make_node("Div", ["centred_planes", "half_range"], [planes]),
    ]
    _prepend(graph, steps)
    form = ["N", *(side or free for side, free in zip(sides, ("H", "W"), strict=True)), 3]
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.FLOAT, form))


def _prepend(graph: onnx.GraphProto, steps: Sequence[onnx.NodeProto]) -> None:
    nodes = [*steps, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _answer(graph: onnx.GraphProto, layer: keras.layers.Layer, shape: Sequence[int | None]) -> None:
    """Maps with channels last; logits instead of the softmax that the published reader ends with."""
    name = layer.name
    last = next(node for node in graph.node if graph.output[0].name in node.output)
    if last.op_type == "Softmax":
        graph.node.remove(last)
        if hasattr(layer, "of"):
            _either_case(graph, layer, last.input[0], shape[-1])
        else:
            graph.node.append(helper.make_node("Identity", [last.input[0]], [name]))
    else:
        graph.node.append(helper.make_node("Transpose", [last.output[0]], [name], perm=[0, 2, 3, 1]))
    free = ("N", "T", "C") if len(shape) == 3 else ("N", "H", "W", "L")
    form = [size or side for size, side in zip(shape, free, strict=True)]
    graph.output[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.FLOAT, form))


def _either_case(graph: onnx.GraphProto, layer: keras.layers.Layer, logits: str, classes: int | None) -> None:
    """What `zoo.ppocr.EitherCase` computes: log(exp a + exp b), the larger of both taken out first."""
    count = int(classes or 0)
    constants = {
        "own_places": np.arange(count, dtype=np.int64),
        "joining_places": layer.places(count).astype(np.int64),
        "less": layer.less(count),
    }
    graph.initializer.extend(numpy_helper.from_array(value, key) for key, value in constants.items())
    graph.node.extend(
        helper.make_node(kind, inputs, [output], **options)
        for kind, inputs, output, options in (
            ("Gather", [logits, "own_places"], "own", {"axis": 2}),
            ("Gather", [logits, "joining_places"], "any_joining", {"axis": 2}),
            ("Add", ["any_joining", "less"], "joining", {}),
            ("Max", ["own", "joining"], "larger", {}),
            ("Sub", ["own", "larger"], "own_rest", {}),
            ("Sub", ["joining", "larger"], "joining_rest", {}),
            ("Exp", ["own_rest"], "own_raised", {}),
            ("Exp", ["joining_rest"], "joining_raised", {}),
            ("Add", ["own_raised", "joining_raised"], "raised", {}),
            ("Log", ["raised"], "summed", {}),
            ("Add", ["summed", "larger"], layer.name, {}),
        )
    )


def _difference(session: InferenceSession, name: str, sample: NDArray[np.float32], trained: Any) -> float:
    (answer,) = session.run(None, {"pixels": sample})
    return difference(name, answer, trained)


def _probabilities(answer: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maps are probabilities already, logits [B, T, C] become them."""
    if answer.ndim != 3:
        return answer
    raised = np.exp(answer - answer.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
