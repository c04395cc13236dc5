"""How much room the disk has, and whether an error says that it has none. Knows no Django: the supervisor asks too."""

import errno
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

MIN_FREE_BYTES: Final = 500_000_000
"""Below this, whatever writes much is refused. The setting of the same name changes it."""

FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
FULL_WORDS = (
    "No space left on device",  # an OSError that a library passes on in its own words; Valkey's MISCONF as well
    "Disk quota exceeded",
    "database or disk is full",  # SQLite
)
FULL_SQLSTATE = "53100"  # PostgreSQL's disk_full
# What SQLite says of a full disk where it cannot make or grow its -shm and -wal; other causes have the same names.
MAYBE_FULL = ("SQLITE_IOERR", "SQLITE_CANTOPEN")
NOTHING_LEFT: Final = 1_000_000


def least_free(environment: Mapping[str, str]) -> int:
    """MIN_FREE_BYTES as the environment has it; a wrong number is told by the startup checks."""
    written = environment.get("MIN_FREE_BYTES", "").strip()
    return int(written) if written.isdigit() else MIN_FREE_BYTES


def free(*folders: Path) -> int:
    """Bytes that may still be written, where there is least. A folder that does not exist yet has its parent's disk."""
    return min(shutil.disk_usage(_existing(folder)).free for folder in folders)


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def is_full(error: BaseException | None, folder: Path) -> bool:
    """Whether a full disk is what an error comes from: itself, its cause, or what it was raised in the middle of."""
    return any(_says_full(one, folder) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _says_full(error: BaseException, folder: Path) -> bool:
    if isinstance(error, OSError) and error.errno in FULL_ERRNOS:
        return True
    if getattr(error, "sqlstate", None) == FULL_SQLSTATE or any(words in str(error) for words in FULL_WORDS):
        return True
    name = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith(MAYBE_FULL) and free(folder) < NOTHING_LEFT
