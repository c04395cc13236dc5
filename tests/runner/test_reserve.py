"""Room that is kept back, on a real disk; what a disk that is really full does is in tests/server/test_full_disk.py."""

import contextlib
import errno
import sqlite3
from pathlib import Path

import pytest

from runner import disk, preflight, reserve
from runner.child import LogFile
from runner.console import Stop
from runner.reserve import Reserve

MORE_THAN_THERE_IS = 10**15


def test_a_reserve_takes_the_room_it_keeps(tmp_path: Path) -> None:
    kept = Reserve(tmp_path, size=5_000_000, least_free=0)
    assert kept.tend() == []
    assert kept.path.stat().st_blocks * 512 >= 5_000_000
    assert reserve.kept(tmp_path) == 5_000_000


def test_it_is_not_made_where_it_would_make_the_disk_short(tmp_path: Path) -> None:
    Reserve(tmp_path, size=5_000_000, least_free=disk.free(tmp_path) - 1_000_000).tend()
    assert list(tmp_path.iterdir()) == []


def test_that_little_room_is_left_is_said_once_and_that_there_is_room_again(tmp_path: Path) -> None:
    kept = Reserve(tmp_path, size=0, least_free=MORE_THAN_THERE_IS)
    assert "uploads and trainings are refused" in kept.tend()[0]
    assert kept.short_since is not None
    assert kept.tend() == []
    kept.least_free = 0
    assert kept.tend() == ["there is room on the disk again"]
    assert kept.short_since is None


def test_the_environment_says_how_much(tmp_path: Path) -> None:
    kept = reserve.of(tmp_path, {"RESERVE_BYTES": "7", "MIN_FREE_BYTES": "9"})
    assert (kept.size, kept.least_free) == (7, 9)
    assert reserve.of(tmp_path, {"RESERVE_BYTES": "much"}) == Reserve(tmp_path)


def test_a_new_folder_needs_room_and_one_that_has_served_starts_on_a_disk_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIN_FREE_BYTES", str(MORE_THAN_THERE_IS))
    with pytest.raises(Stop, match="Running Glyphsmith needs about"):
        preflight.check_room_to_run(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "processes.json").write_text("{}")
    preflight.check_room_to_run(tmp_path)


def test_a_full_disk_is_known_by_whoever_says_it(tmp_path: Path) -> None:
    def wrapped(inner: Exception) -> Exception:
        try:
            try:
                raise inner
            except Exception as error:
                raise RuntimeError("the model could not be written") from error
        except RuntimeError as outer:
            return outer

    assert disk.is_full(wrapped(OSError(errno.ENOSPC, "No space left on device")), tmp_path)
    assert disk.is_full(RuntimeError("UNKNOWN: model.pb; No space left on device"), tmp_path)
    assert disk.is_full(sqlite3.OperationalError("database or disk is full"), tmp_path)
    assert not disk.is_full(wrapped(OSError(errno.EACCES, "Permission denied")), tmp_path)
    assert not disk.is_full(None, tmp_path)


def test_a_log_says_where_lines_are_missing(tmp_path: Path) -> None:
    """/dev/full takes nothing, as a full disk does."""
    log = LogFile(tmp_path, "web")
    log.keep("before")
    whole = log.stream
    log.stream = Path("/dev/full").open("a")  # noqa: SIM115
    log.keep("lost")
    log.keep("lost too")
    full, log.stream = log.stream, whole
    log.keep("after")
    log.close()
    with contextlib.suppress(OSError):  # what it could not take is still in its hands
        full.close()
    lines = (tmp_path / "web.log").read_text().splitlines()
    assert lines == ["before", "(the disk was full: up to 2 lines are missing here)", "after"]
