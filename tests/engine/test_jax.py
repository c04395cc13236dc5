"""A network that learned on JAX becomes an ONNX file that answers alike, by way of a process with TensorFlow."""

from pathlib import Path

from tests.engine.backends import last_line

PROGRAM = """
import sys
from pathlib import Path
import keras
import numpy as np
from training.engine import export, readers
from training.engine.charset import Charset
from training.engine.spec import LabelSpec, TrainSpec

assert keras.backend.backend() == "jax"
choices = dict(pair.split("=") for pair in sys.argv[2:])
spec = TrainSpec(project="test", labels=(LabelSpec(name="text"),), **choices)
reader = readers.build(spec, Charset.of(["ABC12"]), 4, pretrained_start=False)
form = reader.form
random = np.random.default_rng(0)
width = form.max_width if form.whole else form.min_width
sample = random.uniform(0, 255, (2, form.height, width, 3)).astype(np.float32)
print(export.to_onnx(reader.model, Path(sys.argv[1]), [sample]))
"""


def test_networks_with_layers_of_their_own_are_exported_from_jax_and_answer_alike(tmp_path: Path) -> None:
    choices = ("network=transformer", "tower=own", "rectifier=affine")
    difference = float(last_line(PROGRAM, str(tmp_path / "reader.onnx"), *choices, keras_backend="jax"))
    assert difference < 1e-4
    assert (tmp_path / "reader.onnx").stat().st_size > 100_000
