"""A network that learned on JAX becomes an ONNX file that answers alike, by way of a process with TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

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


def run(program: str, *arguments: str) -> str:
    told = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=told)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_networks_with_layers_of_their_own_are_exported_from_jax_and_answer_alike(tmp_path: Path) -> None:
    choices = ("network=transformer", "tower=own", "rectifier=affine")
    difference = float(run(PROGRAM, str(tmp_path / "reader.onnx"), *choices).splitlines()[-1])
    assert difference < 1e-4
    assert (tmp_path / "reader.onnx").stat().st_size > 100_000
