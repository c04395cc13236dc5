"""The files that are written hold no number that a processor is slow with."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from training.engine import export, zoo
from training.engine.lines import LINES_FILE, copy_published, published_path
from training.engine.sessions import open_session


def subnormals(path: Path) -> int:
    """Weights nearer to 0 than float32 writes in full."""
    tensors = [numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer]
    weights = [tensor for tensor in tensors if tensor.dtype == np.float32]
    return sum(int(np.sum((np.abs(each) < np.finfo(np.float32).tiny) & (each != 0.0))) for each in weights)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    copy_published(tmp_path)
    return tmp_path / LINES_FILE


def test_the_published_line_finder_is_copied_without_its_subnormal_weights(lines: Path) -> None:
    assert subnormals(published_path()) > 100_000
    assert subnormals(lines) == 0


def test_it_answers_what_the_published_one_answers(lines: Path) -> None:
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 3, 96, 160)).astype(np.float32)
    ours, theirs = (open_session(path).run(None, {"x": pixels})[0] for path in (lines, published_path()))
    assert np.abs(ours - theirs).max() < 1e-6


def test_a_finder_is_exported_without_them(tmp_path: Path) -> None:
    model = zoo.network(zoo.FINDER, "finder").build(1)
    sample = np.random.default_rng(0).uniform(0, 255, (1, 96, 128, 3)).astype(np.float32)
    assert export.to_onnx(model, tmp_path / "finder.onnx", [sample]) < export.TOLERANCE
    assert subnormals(tmp_path / "finder.onnx") == 0
