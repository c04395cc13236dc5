"""Whose weights a bundle passes on, in modified form: `NOTICE`, the licence beside it, and an entry in each ONNX file.

Apache-2.0, section 4, asks of whoever passes on a modified work: a copy of the licence, a prominent notice in the files
that were changed, and the attribution.
"""

import shutil
from pathlib import Path

from training.engine.bundle import BundleSpec
from training.engine.zoo import PPOCR

LICENSE_FILE = "LICENSE-weights.txt"
NOTICE_FILE = "NOTICE"
LICENSE = "Apache-2.0"
SOURCE = "PP-OCRv6 small, by the PaddleOCR authors"
_TEXT = Path(__file__).with_name(LICENSE_FILE)


def write(folder: Path, spec: BundleSpec) -> None:
    """Writes both files into the bundle's folder, and the metadata into those of its ONNX files that are modified."""
    changes = modified(spec)
    shutil.copyfile(_TEXT, folder / LICENSE_FILE)
    (folder / NOTICE_FILE).write_text(_notice(changes), encoding="utf-8")
    for file, change in changes.items():
        _mark(folder / file, change)


def modified(spec: BundleSpec) -> dict[str, str]:
    """What was changed in each ONNX file that holds published weights, by its name in the bundle."""
    changes = {spec.lines.file: "the published text detector; its subnormal weights are set to zero"}
    if spec.finder.kind == "maps":
        changes[spec.finder.file] = (
            "the published text detector, trained further on the images of this project, with one map for each label"
        )
    if spec.reader.network == PPOCR:
        changes[spec.reader.file] = (
            "the published text recognizer, trained further on the images of this project, "
            "with an output layer for its characters"
        )
    elif spec.reader.tower == "pretrained":
        changes[spec.reader.file] = (
            "the published text recognizer without its output layer, under layers that were trained "
            "on the images of this project"
        )
    return changes


def _notice(changes: dict[str, str]) -> str:
    lines = [
        f"This model contains weights of {SOURCE}, in modified form.",
        "",
        "Copyright of the published weights: Baidu, Inc. and/or the PaddleOCR authors",
        "https://github.com/PaddlePaddle/PaddleOCR",
        f"Licensed under the Apache License, Version 2.0: see {LICENSE_FILE}.",
        "",
        "Modified, and the same network where it is here in another format:",
        *(f"- {file}: {change}." for file, change in changes.items()),
        "",
    ]
    return "\n".join(lines)


def _mark(path: Path, change: str) -> None:
    import onnx  # whoever only writes a card needs none of it

    model = onnx.load(path)
    kept = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(
        model, kept | {"license": LICENSE, "attribution": SOURCE, "modified": f"Modified: {change}."}
    )
    onnx.save(model, path)
