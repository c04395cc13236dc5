"""The recognizer of a bundle in other people's tools: RapidOCR reads with it what the bundle reads."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from PIL import Image, ImageDraw, ImageFont
from rapidocr import RapidOCR

from training.engine import export, readers
from training.engine.charset import Charset
from training.engine.decode import log_softmax, read_greedily
from training.engine.sessions import open_session

TEXTS = ("KA 51 8034", "MH 15 TC", "TOTAL 7.50")


def strip(text: str) -> NDArray[np.uint8]:
    """One line of print, 48 × 320 pixels, as RapidOCR pads it: no other scale lies between the two."""
    picture = Image.new("RGB", (320, 48), (236, 232, 220))
    ImageDraw.Draw(picture).text((12, 4), text, fill=(20, 24, 40), font=ImageFont.load_default(34))
    return np.asarray(picture)


def for_rapidocr(file: Path, target: Path) -> Path:
    """What docs/engine.md says RapidOCR needs besides: it gives planes of BGR from -1 to 1 and takes probabilities."""
    model = onnx.load(file)
    graph = model.graph
    constants = {"half": np.float32(127.5), "reversed": np.array([2, 1, 0])}
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    before = [
        helper.make_node("Gather", ["planes", "reversed"], ["red_first"], axis=1),
        helper.make_node("Mul", ["red_first", "half"], ["scaled"]),
        helper.make_node("Add", ["scaled", "half"], ["shifted"]),
        helper.make_node("Transpose", ["shifted"], ["pixels"], perm=[0, 2, 3, 1]),
    ]
    nodes = [*before, *graph.node, helper.make_node("Softmax", [graph.output[0].name], ["probabilities"], axis=2)]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.input[0].CopyFrom(helper.make_tensor_value_info("planes", onnx.TensorProto.FLOAT, ["N", 3, 48, "W"]))
    graph.output[0].CopyFrom(helper.make_tensor_value_info("probabilities", onnx.TensorProto.FLOAT, ["N", "T", "C"]))
    onnx.save(model, target)
    return target


@pytest.mark.parametrize("texts", [TEXTS, tuple(text.replace(" ", "") for text in TEXTS)], ids=["spaced", "unspaced"])
def test_rapidocr_reads_with_the_exported_recognizer_what_we_read(texts: tuple[str, ...], tmp_path: Path) -> None:
    charset = Charset.of(texts)
    reader = readers.published(charset)
    file = tmp_path / "reader.onnx"
    export.to_onnx(reader.model, file, [strip(texts[0])[None].astype(np.float32)], charset.symbols)

    session = open_session(file)
    logits = (session.run(None, {"pixels": strip(text)[None].astype(np.float32)})[0][0] for text in texts)
    ours = [read_greedily(log_softmax(each), charset.symbols).text for each in logits]
    assert ours == list(texts)

    rapid = RapidOCR(params={"Rec.model_path": str(for_rapidocr(file, tmp_path / "rapid.onnx"))})
    theirs = [rapid(strip(text)[..., ::-1], use_det=False, use_cls=False).txts for text in texts]
    assert theirs == [(text,) for text in texts]
