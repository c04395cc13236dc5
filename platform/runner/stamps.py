"""Remember from which inputs something was made, so that it is made again only when they change."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path], *facts: str) -> str:
    """One hash over the names and bytes of the files (missing ones count as missing) and over facts."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for file in files:
        total.update(str(file).encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b"missing")
    return total.hexdigest()


def is_fresh(stamp: Path, value: str) -> bool:
    try:
        return bool(json.loads(stamp.read_text())["digest"] == value)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def write(stamp: Path, value: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps({"digest": value}) + "\n")
