"""A bundle made of the published, untrained networks: real answers without a training.

The published files want BGR, channels first, scaled to -1..1, and answer probabilities; a bundle's take RGB 0..255,
channels last. The difference is put into the graphs.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from training.engine.bundle import BundleLabel, BundleSpec, FinderPart, ReaderPart, RowChoice
from training.engine.lines import copy_published, published_path


def make_bundle(folder: Path, label: str = "text", side: int = 320) -> Path:
    """Writes a bundle that finds any line of text and reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    models = published_path().parent
    finder = onnx.load(models / "PP-OCRv6_det_small.onnx")
    reader = onnx.load(models / "PP-OCRv6_rec_small.onnx")
    symbols = _symbols(reader)
    onnx.save(_adapted(finder, "maps", [0, 2, 3, 1], logarithm=False), folder / "finder.onnx")
    onnx.save(_adapted(reader, "logits", None, logarithm=True), folder / "reader.onnx")
    copy_published(folder)
    spec = BundleSpec(
        project="Published",
        labels=(BundleLabel(name=label),),
        charset=symbols,
        finder=FinderPart(side=side, thresholds=(0.5,), unclip=(1.6,)),
        reader=ReaderPart(rows=RowChoice(wide_from=8.0)),
    )
    spec.save(folder)
    return folder


def _symbols(reader: onnx.ModelProto) -> tuple[str, ...]:
    listed = next(entry.value for entry in reader.metadata_props if entry.key == "character").split("\n")
    count = reader.graph.output[0].type.tensor_type.shape.dim[-1].dim_value
    # The list ends with a line feed in some releases and lacks the space that the network has as its last symbol.
    named = [name for name in listed if name][: count - 2]
    seen: set[str] = set()
    symbols = [""]
    for place, name in enumerate([*named, " "]):
        usable = len(name) == 1 and name not in seen
        symbols.append(name if usable else chr(0xF0000 + place))
        seen.add(name)
    return tuple(symbols)


def _adapted(model: onnx.ModelProto, answer: str, order: list[int] | None, logarithm: bool) -> onnx.ModelProto:
    inside, outside = model.graph.input[0].name, model.graph.output[0].name
    opset = model.opset_import[0].version
    constants = {"swap": np.array([2, 1, 0], np.int64), "scale": np.float32(127.5), "one": np.float32(1)}
    before = helper.make_graph(
        [
            helper.make_node("Gather", ["pixels", "swap"], ["bgr"], axis=3),
            helper.make_node("Transpose", ["bgr"], ["first"], perm=[0, 3, 1, 2]),
            helper.make_node("Div", ["first", "scale"], ["scaled"]),
            helper.make_node("Sub", ["scaled", "one"], ["ready"]),
        ],
        "before",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("ready", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    shape = ["N", "T", "C"] if logarithm else ["N", "A", "B", "C"]
    if logarithm:
        nodes = [helper.make_node("Max", ["raw", "least"], ["kept"]), helper.make_node("Log", ["kept"], [answer])]
    else:
        nodes = [helper.make_node("Transpose", ["raw"], [answer], perm=order)]
    after = helper.make_graph(
        nodes,
        "after",
        [helper.make_tensor_value_info("raw", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(answer, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.float32(1e-30), "least")] if logarithm else [],
    )
    del model.metadata_props[:]
    opsets = [helper.make_opsetid("", opset)]
    first = helper.make_model(before, opset_imports=opsets, ir_version=model.ir_version)
    last = helper.make_model(after, opset_imports=opsets, ir_version=model.ir_version)
    del model.opset_import[1:]
    joined = compose.merge_models(first, model, [("ready", inside)])
    return compose.merge_models(joined, last, [(outside, "raw")])
