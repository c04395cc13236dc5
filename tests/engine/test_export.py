"""What is exported computes what was trained, or nothing is made of it."""

from pathlib import Path

import keras
import numpy as np
import pytest

from training.engine import export
from training.engine.sessions import open_session
from training.engine.zoo import finder, ppocr


def test_the_exported_finder_takes_any_size_and_gives_its_maps_by_name(tmp_path: Path) -> None:
    model = finder.build(2)
    random = np.random.default_rng(0)
    export.to_onnx(model, tmp_path / "finder.onnx", [random.uniform(0, 255, (1, 64, 96, 3)).astype(np.float32)])
    session = open_session(tmp_path / "finder.onnx")
    other = random.uniform(0, 255, (2, 128, 64, 3)).astype(np.float32)
    (maps,) = session.run(["maps"], {"pixels": other})
    assert maps.shape == (2, 128, 64, 2)
    assert np.abs(maps - keras.ops.convert_to_numpy(model(other))).max() < export.TOLERANCE


def test_the_exported_reader_takes_any_width_and_gives_its_logits_by_name(tmp_path: Path) -> None:
    model = ppocr.build(("", "A", "B", "7", " "))
    random = np.random.default_rng(0)
    export.to_onnx(model, tmp_path / "reader.onnx", [random.uniform(0, 255, (1, 48, 320, 3)).astype(np.float32)])
    session = open_session(tmp_path / "reader.onnx")
    (logits,) = session.run(["logits"], {"pixels": random.uniform(0, 255, (3, 48, 480, 3)).astype(np.float32)})
    assert logits.shape == (3, 60, 5)


SAMPLE = np.random.default_rng(1).uniform(0, 255, (1, 64, 64, 3)).astype(np.float32)


def test_a_network_that_answers_otherwise_after_export_is_refused(tmp_path: Path) -> None:
    model = finder.build(1)
    names = list(model.published_layers)
    first, second = (names.index(name) for name in ("fpn_look1", "fpn_look4"))
    names[first], names[second] = names[second], names[first]
    model.published_layers = tuple(names)
    with pytest.raises(export.ExportError, match="differs from the trained network"):
        export.to_onnx(model, tmp_path / "broken.onnx", [SAMPLE])


def test_a_network_that_answers_nothing_but_nan_is_refused(tmp_path: Path) -> None:
    model = finder.build(1)
    head = model.get_layer("head_1")
    head.set_weights([np.full_like(weight, np.nan) for weight in head.get_weights()])
    with pytest.raises(export.ExportError):
        export.to_onnx(model, tmp_path / "nan.onnx", [SAMPLE])


def test_the_same_network_gives_the_same_file(tmp_path: Path) -> None:
    model = finder.build(1)
    for name in ("one.onnx", "two.onnx"):
        export.to_onnx(model, tmp_path / name, [SAMPLE])
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
