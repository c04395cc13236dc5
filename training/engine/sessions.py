"""ONNX Runtime sessions as all of the engine opens them."""

import os
from pathlib import Path

import onnxruntime

from training.engine.spec import EngineError


class SessionError(EngineError):
    """A network's file cannot be opened."""


def open_session(path: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """A session on the processor; `threads` None: as many as the machine has cores. Raises SessionError."""
    if not path.is_file():
        raise SessionError(f"The network {path} is missing.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own exceptions share no base class
        raise SessionError(f"The network {path} cannot be opened: {error}") from error
