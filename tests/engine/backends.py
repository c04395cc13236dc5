"""A program in a process of its own, in which Keras runs on the backend asked for."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def last_line(program: str, *arguments: str, keras_backend: str) -> str:
    """What the program printed last. Fails with the end of its errors where it fails."""
    command = [sys.executable, "-c", program, *arguments]
    told = {**os.environ, "KERAS_BACKEND": keras_backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=told)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1]
