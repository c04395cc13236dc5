"""Whether a data folder and a database belong together: decided before anything is started, migrated or deleted.

To a wrong database every picture is one that no row names, and its first visitor would be administrator over them all.
docs/decisions/one-folder-one-database.md has the cases.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection

from accounts import installation
from accounts.models import Installation
from annotations.models import Image, Project
from runner.console import Stop
from server import database_file
from training.models import Run

MEANS = (
    "Set DATABASE_URL and --data (or GLYPHSMITH_DATA) right, or restore folder and database from one backup, or begin "
    "anew with another --data."
)
ADOPT = " Where you know that they belong together: script/manage adopt"

MISSING = "is missing or empty"


@dataclass(frozen=True)
class Found:
    """What there is to decide by."""

    folder: UUID | None  # the ids
    database: UUID | None
    holds: bool  # pictures, models or runs lie in the folder
    knows: bool  # the database has a row for at least one project or run that they lie there for
    lists: bool  # the database lists images or runs


def refuse_strangers() -> None:
    """Raises Stop where folder and database do not belong together. Changes nothing, and makes no database file."""
    if not database_file.is_missing() and has_table(Installation) and installation.belongs():
        return
    if reason := why_not(found()):
        adopt = "" if database_file.is_missing() else ADOPT
        raise Stop(f"{reason} Nothing was started, and nothing was changed. {MEANS}{adopt}")


def admit_worker(say: Callable[[str], None]) -> None:
    """The same for a worker that is started apart; on a machine of its own it may begin with an empty folder."""
    try:
        if not database_file.is_missing() and has_table(Installation) and installation.belongs():
            return
        seen = found()
        if seen.folder or seen.holds:
            refuse_strangers()
        if seen.database and not seen.folder:
            installation.stamp()
            say(f"the data folder {settings.DATA_DIR} belongs to {database_file.name()} from now on")
    except (OperationalError, ProgrammingError):
        return  # it does not answer just now; whatever deletes files asks again


def why_not(seen: Found) -> str:
    """A sentence on why these two do not belong together; nothing where they do, or may be made to."""
    folder, database = f"the data folder {settings.DATA_DIR}", database_file.name()
    missing = database_file.is_missing()
    reason = ""
    if seen.folder and seen.database:
        if seen.folder != seen.database:
            reason = f"{folder} belongs to another database than {database}."
    elif seen.holds and not seen.knows:
        reason = f"{folder} holds pictures or models, but {database} {MISSING if missing else 'knows none of them'}."
    elif seen.folder and not seen.knows:
        reason = f"{folder} has a database already, but {database} {MISSING if missing else 'is another'}."
    elif seen.lists and not seen.holds:
        reason = f"{database} lists images or runs, but {folder} holds none of them."
    return sentence_case(reason)


def found() -> Found:
    projects, runs = set(held_projects()), set(held_runs())
    holds = bool(projects or runs)
    if database_file.is_missing():
        return Found(installation.folder_id(), None, holds, knows=False, lists=False)
    return Found(
        folder=installation.folder_id(),
        database=installation.database_id() if has_table(Installation) else None,
        holds=holds,
        knows=bool(known(Project, projects) or known(Run, runs)),
        lists=any(has_table(model) and model._default_manager.exists() for model in (Image, Run)),
    )


def known(model: type[Project] | type[Run], ids: set[UUID]) -> set[UUID]:
    """Those of the ids that are in the database; asks for nothing else, so an older schema can answer."""
    if not has_table(model):
        return set()
    wanted = list(ids)
    pieces = (wanted[start : start + 500] for start in range(0, len(wanted), 500))
    return {pk for piece in pieces for pk in model._default_manager.filter(pk__in=piece).values_list("pk", flat=True)}


def held_projects() -> Iterator[UUID]:
    """Projects for which files lie in media/: images, thumbnails, snapshots, pages of predictions and others."""
    for folder in Path(settings.MEDIA_ROOT).glob("*/*"):
        if (project := as_id(folder)) and any(folder.iterdir()):
            yield project


def held_runs() -> Iterator[UUID]:
    for folder in Path(settings.RUNS_DIR).glob("*"):
        if (run := as_id(folder)) and any(folder.iterdir()):
            yield run


def as_id(folder: Path) -> UUID | None:
    try:
        return UUID(folder.name) if folder.is_dir() else None
    except ValueError:
        return None


def has_table(model: type[Installation] | type[Image] | type[Project] | type[Run]) -> bool:
    return model._meta.db_table in connection.introspection.table_names()


def sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]
