"""One archive of an installation, also while it works: the database as it is at one moment, then the files.

In this order, because a file is written before its row and removed after it: whatever the database names is there.
"""

import os
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection

from annotations.models import Image, Snapshot
from runner import reserve
from runner.broker import BROKEN
from runner.console import Stop
from server import belonging, database_file
from training.models import Version

Say = Callable[[str], None]
ENDINGS = (".tar", ".tar.gz", ".tgz")
PG_DUMP = {"host": "HOST", "port": "PORT", "username": "USER"}
DATABASE = "glyphsmith.sqlite3"  # in the archive, wherever DATABASE_URL has it
# What a start makes anew: which processes run and what they say, unfinished uploads, queued work, the kept room.
LEFT_OUT = {"run", "logs", "tmp", "valkey", reserve.FILE}
SECONDS_BETWEEN_WORDS = 5.0


@dataclass
class Written:
    """What went into the archive."""

    files: dict[str, int] = field(default_factory=dict)  # sizes by path in the data folder
    bytes: int = 0
    changed: list[str] = field(default_factory=list)  # became shorter while they were copied
    missing: list[str] = field(default_factory=list)  # the database names them, and they are not there


def back_up(wanted: Path, say: Say) -> Path:
    """Writes the archive beside its name and gives it the name when it is whole and was read again."""
    belonging.refuse_strangers()
    if database_file.is_missing():
        raise Stop(f"There is nothing to back up: {database_file.name()} is missing or empty.")
    target = destination(wanted)
    unfinished, database = (target.with_name(f".{target.name}.{part}.part") for part in ("archive", "database"))
    try:
        with said_where_it_fails(target):
            keep_database(database, say)
            written = write(unfinished, target, database, say)
            look_again(unfinished, target, written)
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
        database.unlink(missing_ok=True)
    tell(target, written, say)
    return target


def destination(wanted: Path) -> Path:
    """The file to write; in a folder, one that is named by the time."""
    target = wanted.expanduser().absolute()
    if target.is_dir():
        target = target / f"glyphsmith-{datetime.now():%Y-%m-%dT%H-%M-%S}.tar"
    if not any(target.name.endswith(ending) for ending in ENDINGS):
        raise Stop(
            f"{target.name} must end in one of {', '.join(ENDINGS)}. Images hardly shrink, so .tar is the fastest."
        )
    if target.exists():
        raise Stop(f"{target} is there already and is not overwritten. Give another name, or a folder.")
    if not target.parent.is_dir():
        raise Stop(f"There is no folder {target.parent}. Make it, or give another place.")
    if target.parent.resolve().is_relative_to(Path(settings.DATA_DIR).resolve()):
        raise Stop(f"{target} lies in the data folder itself. Keep backups elsewhere, best on another disk.")
    return target


def keep_database(copy: Path, say: Say) -> None:
    file = database_file.path()
    if file is None:
        known = connection.settings_dict
        address = " ".join(f"--{key}={known[name]}" for key, name in PG_DUMP.items() if known[name])
        dump = f"pg_dump --format=custom --file=glyphsmith.dump {address} {known['NAME']}"
        say(f"The database is {connection.display_name}'s and is not in this archive. Dump it first: {dump}")
        return
    database_file.copy_to(copy)
    database_file.refuse_damaged(copy, seconds=None, named=file)


def write(unfinished: Path, target: Path, database: Path, say: Say) -> Written:
    written, names = Written(), list(named())  # before the files, as the database itself
    paths = sorted(held())
    total = sum(path.lstat().st_size for path in paths if path.exists()) + size_of(database)
    if (free := shutil.disk_usage(target.parent).free) < total:
        raise Stop(f"The backup needs about {amount(total)}, and {target.parent} has {amount(free)} left.")
    spoken = time.monotonic()
    with created(unfinished) as file, packed(target, file) as archive:
        add_top(archive, target)
        if database.exists():
            add(archive, target, database, DATABASE, written)
        for path in paths:
            add(archive, target, path, str(path.relative_to(settings.DATA_DIR)), written)
            if time.monotonic() - spoken > SECONDS_BETWEEN_WORDS:
                spoken = time.monotonic()
                say(f"{amount(written.bytes)} of about {amount(total)}")
    written.missing = [name for name in names if name not in written.files]
    return written


def held() -> Iterator[Path]:
    """The files of the data folder that a start does not make anew, without the database, which is copied by itself."""
    folder, file = Path(settings.DATA_DIR), database_file.path() or Path(settings.DATA_DIR) / DATABASE
    seen: set[str] = set()
    for at, folders, names in os.walk(folder, followlinks=True):  # media/ may lie on a disk of its own
        folders[:] = [name for name in folders if new_to(seen, Path(at) / name)]
        if Path(at) == folder:
            folders[:] = [name for name in folders if name not in LEFT_OUT and not name.startswith(BROKEN)]
            names = [name for name in names if name not in LEFT_OUT and not name.startswith((file.name, ".writable-"))]
        yield from (path for name in names if (path := Path(at) / name).is_file())


def new_to(seen: set[str], folder: Path) -> bool:
    """Whether this folder was not met by another name."""
    found = os.path.realpath(folder)
    is_new = found not in seen
    seen.add(found)
    return is_new


def add(archive: tarfile.TarFile, target: Path, path: Path, name: str, written: Written) -> None:
    try:
        opened = path.open("rb")
    except FileNotFoundError:  # removed meanwhile
        return
    with opened:
        entry = archive.gettarinfo(arcname=f"{top_of(target)}/{name}", fileobj=opened)
        if entry is None or not (entry.isreg() or entry.islnk()):
            return
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        exact = Exact(opened, entry.size)
        archive.addfile(entry, exact if entry.isreg() else None)  # type: ignore[arg-type]
        if exact.fell_short:
            written.changed.append(name)
        written.files[name] = entry.size
        written.bytes += entry.size


class Exact:
    """Reads as many bytes as were announced, also of a file that somebody shortens meanwhile."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.left = size
        self.fell_short = False

    def read(self, count: int) -> bytes:
        piece = self.file.read(min(count, self.left))
        wanted = min(count, self.left)
        if len(piece) < wanted:
            self.fell_short = True
            piece = piece.ljust(wanted, b"\0")
        self.left -= wanted
        return piece


def add_top(archive: tarfile.TarFile, target: Path) -> None:
    entry = tarfile.TarInfo(top_of(target))
    entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o700, int(time.time())
    archive.addfile(entry)


def look_again(unfinished: Path, target: Path, written: Written) -> None:
    """The archive read from its beginning to its end holds what was written."""
    beginning = len(top_of(target)) + 1
    with tarfile.open(unfinished) as archive:
        found = {entry.name[beginning:]: entry.size for entry in archive if entry.isreg() or entry.islnk()}
    if found != written.files:
        raise Stop(f"The archive {target} could not be read again as it was written. Try another disk.")


def named() -> Iterator[str]:
    """The files that the database names, as paths in the data folder."""
    for image in Image.objects.values_list("file", "thumbnail").iterator(chunk_size=2000):
        yield from (f"media/{key}" for key in image)
    for manifest in Snapshot.objects.values_list("manifest", flat=True).iterator(chunk_size=2000):
        yield f"media/{manifest}"
    for run_id in Version.objects.values_list("run_id", flat=True).iterator(chunk_size=2000):
        yield f"runs/{run_id}/bundle/bundle.json"


def tell(target: Path, written: Written, say: Say) -> None:
    if written.missing:
        say(
            f"{len(written.missing):,} files that the database names are missing in the data folder, and so in the "
            f"backup, for example {written.missing[0]}."
        )
    if written.changed:
        say(f"Became shorter while they were copied: {', '.join(written.changed[:5])}.")
    say(
        f"{target} is whole: {len(written.files):,} files, {amount(written.bytes)}. To restore it, unpack it and start "
        f"the folder in it: tar -xf {target.name} && script/server --data {top_of(target)}"
    )


@contextmanager
def created(path: Path) -> Iterator[BinaryIO]:
    """For its owner alone: it holds hashed passwords and the key that signs sessions. On the disk when it is closed."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def said_where_it_fails(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise Stop(f"The backup {target} could not be written ({error}). Nothing is left of it.") from error


def packed(target: Path, file: BinaryIO) -> tarfile.TarFile:
    if target.name.endswith(".tar"):
        return tarfile.open(fileobj=file, mode="w:")
    return tarfile.open(fileobj=file, mode="w:gz")


def top_of(target: Path) -> str:
    """The folder that the archive unpacks to: as the archive is named."""
    ending = next(ending for ending in ENDINGS if target.name.endswith(ending))
    return target.name.removesuffix(ending) or "glyphsmith"


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def amount(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
