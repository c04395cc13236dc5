"""From trained Keras models to the ONNX files of a bundle, checked before anybody relies on them."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from keras import ops
from numpy.typing import NDArray

from training.engine.sessions import open_session
from training.engine.spec import EngineError

TOLERANCE = 1e-3
"""Largest difference of any probability between Keras and ONNX Runtime."""


class ExportError(EngineError):
    """The exported network does not compute what the trained one does."""


def to_onnx(model: keras.Model, path: Path, sample: NDArray[np.float32]) -> None:
    """Writes `model` (one input `pixels`, one output named as its last layer) and compares both on `sample`.

    Batch, and the sides that are free in the model, stay free. Raises ExportError where the answers differ.
    """
    expected = ops.convert_to_numpy(model(sample, training=False))
    shape = keras.InputSpec(shape=model.inputs[0].shape, dtype="float32", name="pixels")
    model.export(str(path), format="onnx", input_signature=[shape], verbose=False)
    _name_output(path, model.layers[-1].name)
    _compare(path, sample, expected)


def _name_output(path: Path, name: str) -> None:
    """Keras exports its outputs as `Identity:0`."""
    graph = onnx.load(path)
    old = graph.graph.output[0].name
    for node in graph.graph.node:
        _rename(node.output, old, name)
        _rename(node.input, old, name)
    graph.graph.output[0].name = name
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def _rename(names: Any, old: str, new: str) -> None:
    for place, name in enumerate(names):
        if name == old:
            names[place] = new


def _compare(path: Path, sample: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    (answer,) = open_session(path).run(None, {"pixels": sample})
    if answer.shape != expected.shape:
        raise ExportError(f"{path.name} answers {answer.shape} where the trained network answers {expected.shape}.")
    difference = float(np.abs(_probabilities(answer) - _probabilities(expected)).max())
    if not difference <= TOLERANCE:
        raise ExportError(
            f"{path.name} differs from the trained network by {difference:.2g} (at most {TOLERANCE:g} is allowed), "
            "so no model was made of it. Please report this with the versions in bundle.json."
        )


def _probabilities(answer: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maps are probabilities already, logits [B, T, C] become them."""
    if answer.ndim != 3:
        return answer
    raised = np.exp(answer - answer.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
