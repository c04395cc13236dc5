"""Space kept back on the data folder's disk, so that small writes go on when everything else is full.

A file that holds nothing. When the disk is nearly full it is removed: sign-ins, deletions, saved regions, the states of
runs, the broker's log and the servers' own logs live on its room, while whatever writes much has been refused long
before (accounts/room.py). Once there is plenty again it is made anew.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from runner import disk

FILE: Final = "reserve"
RESERVE_BYTES: Final = 64_000_000
PIECE = 1 << 20


@dataclass
class Reserve:
    """Tended by the supervisor, many times a second: a look at the free space costs microseconds."""

    data: Path
    size: int = RESERVE_BYTES
    least_free: int = disk.MIN_FREE_BYTES
    short_since: str | None = None  # when the room fell below `least_free`, as people read it

    @property
    def path(self) -> Path:
        return self.data / FILE

    def tend(self) -> list[str]:
        """Give the reserve up or make it again, as the room asks. What changed, in sentences for the log."""
        try:
            free = disk.free(self.data)
        except OSError:  # the folder is gone: that is not for this to say
            return []
        return [*self._given_up(free), *self._noted(free), *self._made(free)]

    def _given_up(self, free: int) -> list[str]:
        """Not before nothing is left: most programs that fill a disk stop at the first error, and would eat it too."""
        if free >= disk.NOTHING_LEFT or not self.path.exists():
            return []
        self.path.unlink()
        return [
            f"the disk is full: the reserve of {_mb(self.size)} is given up, so that people can still sign in, read "
            f"and delete. Free some space on the disk that holds {self.data}"
        ]

    def _noted(self, free: int) -> list[str]:
        short = free < self.least_free
        if short == (self.short_since is not None):
            return []
        self.short_since = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC" if short else None
        if short:
            least = _mb(self.least_free)
            return [f"only {_mb(free)} are free on the disk: below {least}, uploads and trainings are refused"]
        return ["there is room on the disk again"]

    def _made(self, free: int) -> list[str]:
        """Only where that leaves enough: the reserve must not be what makes the disk short."""
        if not self.size or free < self.least_free + self.size or self.path.exists():
            return []
        partial = self.path.with_suffix(".part")
        try:
            _allocate(partial, self.size)
            partial.replace(self.path)
        except OSError:  # somebody else was faster; the next look tells
            partial.unlink(missing_ok=True)
        return []


def of(data: Path, environment: Mapping[str, str]) -> Reserve:
    written = environment.get("RESERVE_BYTES", "").strip()
    return Reserve(data, int(written) if written.isdigit() else RESERVE_BYTES, disk.least_free(environment))


def kept(data: Path) -> int:
    """How much is kept back at the moment, in bytes."""
    try:
        return (data / FILE).stat().st_size
    except OSError:
        return 0


def _allocate(path: Path, size: int) -> None:
    """A file whose blocks are really its own: one of zeros that were only announced would hold no room."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
            return
        for start in range(0, size, PIECE):  # macOS. Noise, as some file systems keep zeros in no space at all
            file.write(os.urandom(min(PIECE, size - start)))


def _mb(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
