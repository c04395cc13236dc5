"""TensorFlow's SavedModel: for TensorFlow Serving, TensorFlow.js and whatever else reads it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.engine.conversion import ConversionError

SIGNATURE = "serving_default"


def write(model: keras.Model, place: Path, answer: str) -> None:
    """A folder with one signature, from `pixels` [N, H, W, 3] to `answer`; sides that are free stay free.

    Raises ConversionError where Keras does not run on TensorFlow.
    """
    needs_tensorflow("SavedModel")
    import tensorflow as tf

    kept = tf.Module()
    kept.weights = [weight.value for weight in model.weights]  # what is not reachable from the module is not saved
    kept.serve = traced(model, answer)
    pixels = tf.TensorSpec(model.inputs[0].shape, tf.float32, name="pixels")
    tf.saved_model.save(kept, str(place), signatures={SIGNATURE: kept.serve.get_concrete_function(pixels)})


def traced(model: keras.Model, answer: str) -> Any:
    """The network as TensorFlow's function of `pixels`."""
    import tensorflow as tf

    return tf.function(lambda pixels: {answer: model(pixels, training=False)}, autograph=False)


def opened(place: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(place))

    def answer(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        (found,) = loaded.signatures[SIGNATURE](pixels=tf.constant(pixels)).values()
        return np.asarray(found)

    return answer


def needs_tensorflow(what: str) -> None:
    if keras.backend.backend() != "tensorflow":
        raise ConversionError(
            f"{what} is written with TensorFlow, and Keras runs on {keras.backend.backend()} here. "
            "Train on a machine with TensorFlow, or export ONNX alone."
        )
