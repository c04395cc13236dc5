"""Networks as files of ONNX, without the numbers that processors are slow with, and with the symbols they write."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

LEAST = np.finfo(np.float32).tiny
"""The number nearest to 0 that float32 writes in full."""

SYMBOLS = "character"
"""The entry of a file's metadata that lists them, one a line."""


def save(graph: onnx.ModelProto, path: Path) -> None:
    """Writes a network with its subnormal weights as 0.

    A product with one of them takes some processors a hundred times as long, and a quarter of a million of the
    published detector's weights are such: docs/decisions/subnormals.md.
    """
    for tensor in graph.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        weights = numpy_helper.to_array(tensor)
        subnormal = (np.abs(weights) < LEAST) & (weights != 0.0)
        if subnormal.any():
            tensor.CopyFrom(numpy_helper.from_array(np.where(subnormal, np.float32(0.0), weights), tensor.name))
    onnx.save(graph, path)


def list_symbols(path: Path, symbols: Sequence[str]) -> None:
    """Writes into the file what each class of its answer stands for, as PaddleOCR's exports and RapidOCR know it.

    `symbols` by id, the first is the blank, which is not listed; nor is a space at the end, which RapidOCR appends.
    """
    listed = symbols[1:-1] if symbols[-1] == " " else symbols[1:]
    model = onnx.load(path)
    model.metadata_props.add(key=SYMBOLS, value="\n".join(listed))
    onnx.save(model, path)
