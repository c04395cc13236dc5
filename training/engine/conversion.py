"""From a Keras model to ONNX by way of TensorFlow, for networks that are no ports of a published ONNX graph.

Where Keras runs on another backend, another process converts: `python -m training.engine.conversion MODEL.keras FILE`.
"""

import os
import subprocess
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from training.engine import zoo
from training.engine.spec import EngineError

OPSET = 18
LEFT_OUT = ("merge_duplication",)
"""Of the converter's optimisations: this one walks over a set of names, and with some hash seeds it drops a Squeeze."""
_ROOT = Path(__file__).resolve().parents[2]


class ConversionError(EngineError):
    """The network cannot be written as ONNX here."""


def to_onnx(model: keras.Model, path: Path) -> None:
    """Writes `model` with its one input `pixels` and its one output, named as the model's last layer.

    Free sides of the input stay free. Raises ConversionError where TensorFlow is not installed.
    """
    if not possible():
        raise ConversionError(
            f"What was learned is kept, but the network {model.name} becomes a bundle by way of TensorFlow, "
            "which is not installed here. Where it is, the same command on the same folder makes the bundle, "
            "without learning again."
        )
    if keras.backend.backend() != "tensorflow":
        _elsewhere(model, path)
        return
    import onnx

    from training.engine import onnx_files

    graph = _converted(model)
    _keep_equal_constants_once(graph.graph)
    onnx.checker.check_model(graph)
    onnx_files.save(graph, path)


def possible() -> bool:
    """Whether TensorFlow is installed, whatever Keras runs on."""
    return find_spec("tensorflow") is not None


def _elsewhere(model: keras.Model, path: Path) -> None:
    """Saves the model, and has a process with Keras on TensorFlow convert it."""
    with tempfile.TemporaryDirectory() as temporary:
        saved = Path(temporary) / "model.keras"
        model.save(saved)
        command = [sys.executable, "-m", __name__, str(saved), str(path)]
        told = {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=told, cwd=_ROOT)
    if done.returncode:
        raise ConversionError(f"The network {model.name} could not be converted: {done.stderr.strip()[-500:]}")


def _keep_equal_constants_once(graph: Any) -> None:
    """A decoder that is unrolled has its weights once for every character it can say; they become the same again."""
    first: dict[tuple[int, tuple[int, ...], bytes], str] = {}
    same: dict[str, str] = {}
    for constant in list(graph.initializer):
        known = first.setdefault((constant.data_type, tuple(constant.dims), constant.raw_data), constant.name)
        if constant.raw_data and known != constant.name:
            same[constant.name] = known
            graph.initializer.remove(constant)
    _rename_inputs(graph, same)


def _rename_inputs(graph: Any, names: dict[str, str]) -> None:
    """In nodes and in the bodies of loops and branches, which see the names around them."""
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
        for attribute in node.attribute:
            for body in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                _rename_inputs(body, names)


def _converted(model: keras.Model) -> Any:
    import tensorflow as tf
    from tf2onnx import optimizer, tf_loader
    from tf2onnx.tfonnx import process_tf_graph

    output = model.layers[-1].name
    signature = [tf.TensorSpec(model.inputs[0].shape, tf.float32, name="pixels")]
    function = tf.function(lambda pixels: {output: model(pixels, training=False)}, autograph=False)
    concrete = function.get_concrete_function(*signature)
    inputs = [tensor.name for tensor in concrete.inputs if tensor.dtype != tf.resource]
    outputs = [tensor.name for tensor in concrete.outputs]
    with tf.device("/cpu:0"):
        frozen = tf_loader.from_function(concrete, inputs, outputs)
        with tf.Graph().as_default() as tf_graph:
            tf.import_graph_def(frozen, name="")
            graph = process_tf_graph(
                tf_graph,
                opset=OPSET,
                input_names=inputs,
                output_names=outputs,
                tensors_to_rename={inputs[0]: "pixels", outputs[0]: output},
            )
            kept = {name: one for name, one in optimizer._get_optimizers().items() if name not in LEFT_OUT}
            made = optimizer.optimize_graph(graph, True, optimizers=kept).make_model("glyphsmith")
    return made


def _main() -> None:
    for network in zoo.NETWORKS.values():
        import_module(network.module)  # registers the layers of its own with which a saved model is read
    to_onnx(keras.models.load_model(sys.argv[1], compile=False), Path(sys.argv[2]))


if __name__ == "__main__":
    _main()
