"""Files that no row of the database names: moved to DATA/trash, and deleted 30 days later.

Nobody asked for their removal. A crash between file and row may have left them; but they also look like that to a
database that was restored from an old copy. So they are moved aside first, put back once a row names them again, and
left where they are when most of a kind are orphans: then the database is in doubt, not the files.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts import installation

logger = logging.getLogger(__name__)
AGE = timedelta(days=1)  # a file is written moments before its row
KEPT = timedelta(days=30)
HANDFUL = 10  # so few are moved though they may be most
BATCH = 200
ID_LENGTH = 36
MEDIA = "media/"

NOT_TOGETHER = (
    "The database and the data folder do not belong together, so no file is removed. "
    "Stop the server, and start it with the database that belongs to this folder."
)


@dataclass(frozen=True)
class Kind:
    """Files, or folders, that rows of the database name. Their keys are paths below the data folder."""

    name: str  # plural, for people
    list_keys: Callable[[Path], Iterator[str]]  # those below this folder, which is laid out as the data folder is
    named: Callable[[Sequence[str]], set[str]]  # those of these keys that a row names
    of_project: Callable[[UUID], Iterator[str]]


_kinds: list[Kind] = []


def register(*kinds: Kind) -> None:
    _kinds.extend(kind for kind in kinds if kind not in _kinds)


def sweep(now: datetime | None = None, *, even_most: bool = False) -> dict[str, str]:
    """Put back what rows name again, move orphans to the trash, empty it. What stays though orphaned, in sentences."""
    now = now or timezone.now()
    if not installation.belongs():
        logger.error(NOT_TOGETHER)
        return note({"": NOT_TOGETHER})
    put_back()
    left = {kind.name: sentence for kind in _kinds if (sentence := _sweep(kind, now, even_most))}
    empty_trash(now)
    return note(left)


def _sweep(kind: Kind, now: datetime, even_most: bool) -> str:
    """Why nothing was moved; empty where all orphans were."""
    total, orphans = 0, list[str]()
    for keys in in_batches(kind.list_keys(data())):
        total += len(keys)
        named = kind.named(keys)
        orphans += [key for key in keys if key not in named and _is_older(data() / key, now - AGE)]
    if not even_most and len(orphans) > HANDFUL and len(orphans) * 2 > total:
        sentence = doubtful(kind, len(orphans), total)
        logger.error(sentence)
        return sentence
    for key in orphans:
        _move(data() / key, trash() / now.date().isoformat() / key)
    if orphans:
        logger.info("%s %s that no row names were moved to the trash.", len(orphans), kind.name)
    return ""


def doubtful(kind: Kind, orphans: int, total: int) -> str:
    return (
        f"{orphans} of {total} {kind.name} are named by no row of the database, so none of them is moved to the trash. "
        "If this is not the database that belongs to the data folder, restore the right one. "
        "If it is, move them with `script/manage sweep --even-most`."
    )


def put_back() -> int:
    """What rows name again returns from the trash, as after a database was restored. How many."""
    if not installation.belongs():
        return 0
    moved = 0
    for day in sorted(_days(), reverse=True):
        folder = trash() / day.isoformat()
        for kind in _kinds:
            for keys in in_batches(kind.list_keys(folder)):
                missing = [key for key in kind.named(keys) if not (data() / key).exists()]
                moved += sum(_move(folder / key, data() / key) for key in missing)
    if moved:
        logger.warning("%s files that rows name again were put back from the trash.", moved)
    return moved


def empty_trash(now: datetime) -> None:
    for day in _days():
        if day < (now - KEPT).date():
            shutil.rmtree(trash() / day.isoformat(), ignore_errors=True)


def of_project(project_id: UUID) -> list[str]:
    """The keys of all that a project has. To be asked before its rows are gone."""
    return [key for kind in _kinds for key in kind.of_project(project_id)]


def remove(keys: Sequence[str]) -> None:
    """For good, as somebody asked for it 30 days ago. What cannot be removed stays, as an orphan."""
    for key in keys:
        path = data() / key
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s could not be removed: %s", key, error)


# Where they are -------------------------------------------------------------------------------------------------------


def data() -> Path:
    return Path(settings.DATA_DIR)


def trash() -> Path:
    return data() / "trash"


def files(name: str, folder: str, named: Callable[[Sequence[str]], set[str]]) -> Kind:
    """The kind of what is stored as DATA/media/FOLDER/PROJECT/ID…"""

    def list_keys(base: Path) -> Iterator[str]:
        for project in ids_in(base / MEDIA / folder):
            yield from below(base, project)

    def of_project(project_id: UUID) -> Iterator[str]:
        yield from below(data(), str(project_id))

    def below(base: Path, project: str) -> Iterator[str]:
        here = f"{MEDIA}{folder}/{project}"
        yield from (f"{here}/{name}" for name in _names(base / here) if id_in(name))

    return Kind(name, list_keys, named, of_project)


def ids_of(keys: Sequence[str]) -> list[UUID]:
    """The ids with which the names of these files or folders begin."""
    return [found for key in keys if (found := id_in(key.rpartition("/")[2]))]


def ids_in(folder: Path) -> list[str]:
    """The names in a folder that are ids. What else lies there, such as lost+found, is not ours and left alone."""
    return [name for name in _names(folder) if len(name) == ID_LENGTH and id_in(name)]


def id_in(name: str) -> UUID | None:
    """The id with which the name of a file begins, as all do that are made here."""
    try:
        found = UUID(name[:ID_LENGTH])
    except ValueError:
        return None
    return found if name.startswith(str(found)) else None


def in_batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, BATCH)):
        yield batch


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        logger.warning("%s could not be looked through: %s", folder, error)
        return []


def _days() -> list[date]:
    found = []
    for name in _names(trash()):
        try:
            found.append(date.fromisoformat(name))
        except ValueError:
            continue
    return found


def _is_older(path: Path, than: datetime) -> bool:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) < than
    except OSError:  # removed meanwhile, or not ours to see
        return False


def _move(source: Path, target: Path) -> bool:
    """One that cannot be moved must not stop the others."""
    try:
        trash().mkdir(exist_ok=True, mode=0o700)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():  # moved before, on the same day
            raise FileExistsError(f"{target} is there already")
        shutil.move(source, target)
    except OSError as error:
        logger.warning("%s could not be moved to %s: %s", source, target, error)
        return False
    return True


# What the System page says --------------------------------------------------------------------------------------------


def note(left: dict[str, str]) -> dict[str, str]:
    """Remember what was left where it is, and why, until the next sweep."""
    path = data() / "run" / "orphans.json"
    path.parent.mkdir(exist_ok=True, mode=0o700)
    made = path.with_suffix(f".{os.getpid()}")
    made.write_text(json.dumps(left))
    made.replace(path)
    return left


def noted() -> list[str]:
    try:
        return list(json.loads((data() / "run" / "orphans.json").read_bytes()).values())
    except (OSError, ValueError, AttributeError):
        return []
