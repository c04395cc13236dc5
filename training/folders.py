"""Where a run's folder is, what may be removed of it, and what may be downloaded."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings

from training.engine import looks

LOG = "log.txt"
LOG_TAIL_BYTES = 200_000
NUMBERED = re.compile(r"[0-9]{1,9}\.png")
NEEDED_TO_TRAIN = ("checkpoint", "images", "crops", "train.tfrecord", "test.tfrecord")


def of(run_id: UUID) -> Path:
    return Path(settings.RUNS_DIR) / str(run_id)


def bundle(run_id: UUID) -> Path:
    return of(run_id) / "bundle"


def evaluation(run_id: UUID) -> dict[str, Any]:
    """evaluation.json as the engine wrote it. Raises FileNotFoundError before it has."""
    found: dict[str, Any] = json.loads((of(run_id) / "evaluation.json").read_bytes())
    return found


def device(run_id: UUID) -> str:
    """What the run was trained on, as its bundle says."""
    return str(json.loads((bundle(run_id) / "bundle.json").read_bytes()).get("device", ""))


def epochs(run_id: UUID) -> list[dict[str, Any]]:
    """The lines of epochs.jsonl; a last line that is being written just now is left out."""
    try:
        text = (of(run_id) / "epochs.jsonl").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    complete = text.split("\n")[:-1]
    return [json.loads(line) for line in complete if line.strip()]


def log_tail(run_id: UUID) -> str:
    try:
        with (of(run_id) / LOG).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - LOG_TAIL_BYTES))
            return file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def crop(run_id: UUID, name: str) -> Path | None:
    """The picture of a miss by its file name, or None; never a file outside that folder."""
    return _picture(of(run_id) / "misses", name)


def look(run_id: UUID, name: str) -> Path | None:
    """A picture of what the network looked at, by its file name, or None."""
    return _picture(of(run_id) / looks.FOLDER, name)


def _picture(folder: Path, name: str) -> Path | None:
    """The engine numbers its pictures; any other name never reaches the disk, which has errors of its own."""
    path = folder / name if NUMBERED.fullmatch(name) else None
    return path if path and path.is_file() else None


def tidy(run_id: UUID) -> None:
    """Remove what only training needs; bundle, evaluation, its crops, epochs and log stay."""
    for name in NEEDED_TO_TRAIN:
        _remove(of(run_id) / name)


def remove(run_id: UUID) -> None:
    _remove(of(run_id))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


class _Outlet:
    """A file that can only be written to; what was written is handed on in pieces. Lets a ZIP be streamed."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(folder: Path, top: str) -> Iterator[bytes]:
    """The folder as a ZIP, piece by piece, all of it under one folder `top`; nothing is held in memory or on disk."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo.from_file(path, f"{top}/{path.relative_to(folder)}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w") as target:
                yield from _copied(source, target, outlet)
    yield outlet.take()


def _copied(source: IO[bytes], target: IO[bytes], outlet: _Outlet) -> Iterator[bytes]:
    while piece := source.read(1 << 20):
        target.write(piece)
        if taken := outlet.take():
            yield taken
