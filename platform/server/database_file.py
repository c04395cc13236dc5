"""The database where it is an SQLite file: whether it is there and whole, and copies of it while it is in use."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from runner.console import Stop

SECONDS_OF_LOOKING = 3.0  # what a start may take for it; a file of some hundred MB is read through in that time
KEPT = 3  # copies from before updates
BEFORE = ".before-"
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def path() -> Path | None:
    """None where the database is a server's."""
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None


def is_missing() -> bool:
    """Whether a connection would make a new database. An empty file holds as little as none."""
    file = path()
    return file is not None and (not file.exists() or file.stat().st_size == 0)


def name() -> str:
    """The database as people know it, without a password."""
    if connection.vendor == "sqlite":
        return f"the database {path()}"
    known = connection.settings_dict
    return f"the {connection.display_name} database {known['NAME']} on {known['HOST'] or 'this machine'}"


def refuse_damaged(file: Path, seconds: float | None = SECONDS_OF_LOOKING, named: Path | None = None) -> None:
    """Raises Stop where the file is no database or a part of it is broken. Writes nothing. `named`: what it copies.

    Of a file that is too large to be read through in these seconds, only a part is looked at.
    """
    named = named or file
    try:
        with closing(_read_only(file)) as opened, interrupted_after(seconds, opened):
            found = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return
        raise (as_stop(named, error) or Stop(f"The database {named} cannot be read: {error}.")) from error
    if found != "ok":
        raise _damaged(named, found.splitlines()[-1])


@contextmanager
def interrupted_after(seconds: float | None, opened: sqlite3.Connection) -> Iterator[None]:
    """A progress handler is not asked within the check of one table; an interruption is heard there, once it runs."""
    over = threading.Event()

    def interrupt() -> None:
        pause = seconds
        while not over.wait(pause):
            opened.interrupt()
            pause = 0.005

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()  # it must not meet a closed connection


def as_stop(file: Path, error: BaseException | None) -> Stop | None:
    """What to say of an error by which SQLite tells that the file is broken; None of any other."""
    if not isinstance(error, sqlite3.Error) or error.sqlite_errorcode & 0xFF not in DAMAGED:
        return None
    return _damaged(file, str(error))


def _damaged(file: Path, words: str) -> Stop:
    copies = kept_copies(file)
    beside = f" A copy from before the last update lies beside it: {copies[-1].name}." if copies else ""
    return Stop(
        f"The database {file} is damaged ({words}). Nothing was started, and nothing was changed. Unpack your newest "
        f"backup into a folder of its own and start that with --data.{beside} docs/running.md says how, under “Backup”."
    )


def copy_to(target: Path) -> None:
    """The whole database as it is at one moment, by SQLite's own means; the server may work meanwhile."""
    source = path()
    if source is None:
        raise TypeError("a database server keeps no file to copy")
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_read_only(source)) as opened, closing(sqlite3.connect(target)) as copied:
            opened.backup(copied)  # in one step: a backup in steps begins anew with each write of others
            copied.execute("PRAGMA journal_mode=DELETE")  # one file that needs none beside it
        with target.open("rb") as written:
            os.fsync(written.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def keep_copy(state: str) -> Path | None:
    """A copy from before an update, beside the database. `state` names the schema: of one state one copy is kept,

    so that an update that fails again and again does not push out the copy from before its first try.
    """
    file = path()
    if file is None:
        return None
    kept = file.with_name(f"{file.name}{BEFORE}{time.strftime('%Y-%m-%dT%H-%M-%S')}-{state}")
    unfinished = kept.with_name(f"{kept.name}.part")
    with _said_where_it_fails(file):
        copy_to(unfinished)
        unfinished.replace(kept)
        same = [copy for copy in kept_copies(file) if copy != kept and copy.name.endswith(f"-{state}")]
        others = [copy for copy in kept_copies(file) if copy not in same]
        for old in [*same, *others[:-KEPT]]:
            old.unlink(missing_ok=True)
    return kept


def kept_copies(file: Path) -> list[Path]:
    """Oldest first: their names begin with the time."""
    return sorted(copy for copy in file.parent.glob(f"{file.name}{BEFORE}*") if copy.suffix != ".part")


@contextmanager
def _said_where_it_fails(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise Stop(
            f"The database {file} must be brought up to date, and the copy that is kept before could not be made "
            f"({error}). Nothing was changed. Make room for it, or give this user the right to write beside it."
        ) from error


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=20)
