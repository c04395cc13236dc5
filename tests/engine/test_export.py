"""What is exported computes what was trained, or nothing is made of it."""

from pathlib import Path

import keras
import numpy as np
import pytest

from training.engine import export
from training.engine.sessions import open_session
from training.engine.zoo import finder, ppocr


def small_model(filters: int = 3) -> keras.Model:
    pixels = keras.Input((None, None, 3), name="pixels")
    x = keras.layers.Conv2D(filters, 3, padding="same")(pixels)
    return keras.Model(pixels, keras.layers.Activation("sigmoid", name="maps")(x))


def test_the_exported_finder_takes_any_size_and_gives_its_maps_by_name(tmp_path: Path) -> None:
    model = finder.build(2)
    random = np.random.default_rng(0)
    export.to_onnx(model, tmp_path / "finder.onnx", random.uniform(0, 255, (1, 64, 96, 3)).astype(np.float32))
    session = open_session(tmp_path / "finder.onnx")
    other = random.uniform(0, 255, (2, 128, 64, 3)).astype(np.float32)
    (maps,) = session.run(["maps"], {"pixels": other})
    assert maps.shape == (2, 128, 64, 2)
    assert np.abs(maps - keras.ops.convert_to_numpy(model(other))).max() < export.TOLERANCE


def test_the_exported_reader_takes_any_width_and_gives_its_logits_by_name(tmp_path: Path) -> None:
    model = ppocr.build(("", "A", "B", "7", " "))
    random = np.random.default_rng(0)
    export.to_onnx(model, tmp_path / "reader.onnx", random.uniform(0, 255, (1, 48, 320, 3)).astype(np.float32))
    session = open_session(tmp_path / "reader.onnx")
    (logits,) = session.run(["logits"], {"pixels": random.uniform(0, 255, (3, 48, 480, 3)).astype(np.float32)})
    assert logits.shape == (3, 60, 5)


def test_a_network_that_answers_otherwise_after_export_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, other = small_model(), small_model()
    monkeypatch.setattr(trained, "export", other.export)
    other(np.zeros((1, 8, 8, 3), np.float32))
    with pytest.raises(export.ExportError, match="differs from the trained network"):
        export.to_onnx(trained, tmp_path / "broken.onnx", np.full((1, 8, 8, 3), 200, np.float32))


def test_a_network_that_answers_nothing_but_nan_is_refused(tmp_path: Path) -> None:
    model = small_model()
    weights = model.get_weights()
    model.set_weights([np.full_like(weight, np.nan) for weight in weights])
    with pytest.raises(export.ExportError):
        export.to_onnx(model, tmp_path / "nan.onnx", np.ones((1, 8, 8, 3), np.float32))
