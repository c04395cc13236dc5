"""LiteRT, once TensorFlow Lite: for phones and small boards. Only its own operations, none of TensorFlow's."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.engine.conversion import ConversionError
from training.engine.formats import savedmodel

PICTURES = 1
"""At a time: with a free number of pictures LSTM layers cannot be written in LiteRT's own operations."""


def write(model: keras.Model, place: Path, answer: str) -> None:
    """A file with one signature, from `pixels` [1, H, W, 3] to `answer`; sides that are free stay free.

    Raises ConversionError where the network needs operations that LiteRT does not have, or Keras does not run on
    TensorFlow.
    """
    savedmodel.needs_tensorflow("LiteRT")
    import tensorflow as tf
    from tensorflow.lite.tools import flatbuffer_utils

    converter = tf.lite.TFLiteConverter.from_concrete_functions([_frozen(model, answer)])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        written = converter.convert()
    except Exception as error:  # the converter raises its own exceptions, RuntimeError and ValueError alike
        raise ConversionError(f"The network {model.name} cannot be written as LiteRT: {_first(error)}") from error
    named = flatbuffer_utils.convert_bytearray_to_object(written)
    _sign(named, answer)
    place.write_bytes(flatbuffer_utils.convert_object_to_bytearray(named))


def _frozen(model: keras.Model, answer: str) -> Any:
    """The network as one graph without variables: only so does the converter see through free sides to the channels."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    concrete = savedmodel.traced(model, answer).get_concrete_function(
        tf.TensorSpec((PICTURES, *model.inputs[0].shape[1:]), tf.float32, name="pixels")
    )
    return convert_variables_to_constants_v2(concrete, lower_control_flow=False)


def _sign(file: Any, answer: str) -> None:
    """Names input and output, which the converter does for files that it makes of a SavedModel alone."""
    from tensorflow.lite.python import schema_py_generated as schema

    graph = file.subgraphs[0]
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = savedmodel.SIGNATURE, 0
    signature.inputs = [_named("pixels", graph.inputs[0])]
    signature.outputs = [_named(answer, graph.outputs[0])]
    file.signatureDefs = [signature]


def _named(name: str, tensor: int) -> Any:
    from tensorflow.lite.python import schema_py_generated as schema

    named = schema.TensorMapT()
    named.name, named.tensorIndex = name, tensor
    return named


def opened(place: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the interpreter is going to move into a package of its own
        interpreter = tf.lite.Interpreter(str(place))
    return lambda pixels: np.concatenate([_asked(interpreter, one[None]) for one in pixels])


def _asked(interpreter: Any, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[1, H, W, 3] to the answer: the input takes the shape of each picture."""
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(taken["index"], pixels.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], pixels)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(given["index"]))


def _first(error: Exception) -> str:
    """The converter tells its whole graph after the first line, which has the reason."""
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
