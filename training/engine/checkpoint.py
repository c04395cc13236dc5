"""The newest state of a run, written so that a process killed at any moment leaves a whole one behind."""

import json
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = "checkpoint"


@dataclass
class Checkpoint:
    """`numbers` is JSON (epoch, scores …), `arrays` the weights and the optimizer's memory."""

    numbers: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


def save(folder: Path, name: str, checkpoint: Checkpoint) -> None:
    """Writes beside and renames: a reader sees the old state or the new one, never half of one."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    numbers = np.frombuffer(json.dumps(checkpoint.numbers).encode(), np.uint8)
    partial = place / f"{name}.partial"
    try:
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **{**checkpoint.arrays, "numbers.json": numbers})
            file.flush()
            os.fsync(file.fileno())
        partial.replace(place / f"{name}.npz")
    except OSError:  # a full disk: half a checkpoint helps nobody, and takes room
        partial.unlink(missing_ok=True)
        raise


def load(folder: Path, name: str) -> Checkpoint | None:
    """None where nothing usable was saved: training then starts over rather than failing."""
    path = folder / FOLDER / f"{name}.npz"
    try:
        with np.load(path) as stored:
            arrays = {key: stored[key] for key in stored.files}
        numbers = json.loads(arrays.pop("numbers.json").tobytes())
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return Checkpoint(numbers, arrays)


def clear(folder: Path) -> None:
    for path in (folder / FOLDER).glob("*"):
        path.unlink()
