"""Every bundle says whose weights it passes on, modified, and under which licence."""

from pathlib import Path

import onnx
import pytest

from tests.engine.published import make_bundle
from tests.engine.test_card import measured
from training.engine import attribution
from training.engine.bundle import BundleLabel, BundleSpec, FinderPart, ReaderPart
from training.engine.card import card


def spec_of(finder: FinderPart, reader: ReaderPart) -> BundleSpec:
    return BundleSpec(
        project="Plates", labels=(BundleLabel(name="plate"),), charset=("", "A"), finder=finder, reader=reader
    )


MAPS = FinderPart(side=320, thresholds=(0.5,), unclip=(1.6,))
LINES = FinderPart(kind="lines", file="lines.onnx", side=320, thresholds=(0.5,), unclip=(1.6,))
OWN = ReaderPart(network="crnn", tower="own")


@pytest.mark.parametrize(
    ("finder", "reader", "files"),
    [
        (MAPS, ReaderPart(), {"lines.onnx", "finder.onnx", "reader.onnx"}),
        (LINES, ReaderPart(), {"lines.onnx", "reader.onnx"}),
        (MAPS, OWN, {"lines.onnx", "finder.onnx"}),
        (LINES, OWN, {"lines.onnx"}),
        (LINES, ReaderPart(network="attention", tower="pretrained"), {"lines.onnx", "reader.onnx"}),
    ],
)
def test_what_holds_published_weights_is_named(finder: FinderPart, reader: ReaderPart, files: set[str]) -> None:
    spec = spec_of(finder, reader)
    assert set(attribution.modified(spec)) == files
    told = card(spec, measured(3, 4))
    assert all(f"`{file}`" in told for file in files)
    assert "weights of PP-OCRv6 small, by the PaddleOCR authors (Apache-2.0)" in told


def test_a_bundle_carries_the_notice_the_licence_and_the_entries_in_its_files(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "bundle")
    symbols = onnx.load(folder / "reader.onnx")
    onnx.helper.set_model_props(symbols, {"character": "A\nB"})
    onnx.save(symbols, folder / "reader.onnx")
    attribution.write(folder, BundleSpec.load(folder))
    notice = (folder / "NOTICE").read_text()
    assert "PaddleOCR authors" in notice
    assert "Apache License" in (folder / "LICENSE-weights.txt").read_text()
    for file in ("lines.onnx", "finder.onnx", "reader.onnx"):
        assert f"- {file}: the published text" in notice
        told = {entry.key: entry.value for entry in onnx.load(folder / file).metadata_props}
        assert told["license"] == "Apache-2.0"
        assert "PaddleOCR" in told["attribution"]
        assert told["modified"].startswith("Modified: ")
    assert told["character"] == "A\nB", "what the file said before stays"


def test_the_project_has_the_same_licence_text() -> None:
    root = Path(attribution.__file__).parents[2]
    assert (root / "LICENSE").read_text() == (Path(attribution.__file__).parent / "LICENSE-weights.txt").read_text()
