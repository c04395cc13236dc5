"""From a Keras model on TensorFlow to ONNX, for networks that are no ports of a published ONNX graph."""

from pathlib import Path
from typing import Any

import keras

from training.engine.spec import EngineError

OPSET = 18
LEFT_OUT = ("merge_duplication",)
"""Of the converter's optimisations: this one walks over a set of names, and with some hash seeds it drops a Squeeze."""


class ConversionError(EngineError):
    """The network cannot be written as ONNX here."""


def to_onnx(model: keras.Model, path: Path) -> None:
    """Writes `model` with its one input `pixels` and its one output, named as the model's last layer.

    Free sides of the input stay free. Raises ConversionError where Keras does not run on TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ConversionError(
            f"This network is exported with TensorFlow, and Keras runs on {keras.backend.backend()} here. "
            "Train it on a machine with TensorFlow, or choose the network ppocr."
        )
    import onnx

    graph = _converted(model)
    _keep_equal_constants_once(graph.graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


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
