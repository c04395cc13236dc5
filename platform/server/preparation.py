"""What must be done before anything is started: the database is looked at, brought up to date, and marked."""

import hashlib
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from accounts import installation
from runner.console import Stop
from server import belonging, database_file


def prepare(say: Callable[[str], None], *, adopt: bool = False) -> None:
    """Raises Stop, before anything is changed, where the start must not go on."""
    file = database_file.path()
    try:
        if not database_file.is_missing():
            if file is not None:
                database_file.refuse_damaged(file)
            refuse_newer()
        if not adopt:
            belonging.refuse_strangers()
        bring_up_to_date(say)
        installation.stamp()
    except DatabaseError as error:
        if file is not None and (damage := database_file.as_stop(file, error.__cause__)):
            raise damage from error
        if isinstance(error, OperationalError):
            words = " ".join(str(error).split())
            database = belonging.sentence_case(database_file.name())
            raise Stop(f"{database} does not answer: {words}. Nothing was started.") from error
        raise


def refuse_newer() -> None:
    if unknown := unknown_migrations(MigrationLoader(connection)):
        raise Stop(newer(unknown))


def bring_up_to_date(say: Callable[[str], None]) -> None:
    """Migrates where there is something to migrate; of older data a copy is kept first."""
    executor = MigrationExecutor(connection)
    applied = executor.loader.applied_migrations
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if applied and (copy := database_file.keep_copy(digest(applied))):
        say(f"the database is brought up to date; as it was, it is kept as {copy}")
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


def unknown_migrations(loader: MigrationLoader) -> list[str]:
    """What was done to the database that this release knows nothing of. An app that is here no more does not count."""
    known = set(loader.disk_migrations) | {old for each in loader.disk_migrations.values() for old in each.replaces}
    applied = (key for key in loader.applied_migrations if key[0] in loader.migrated_apps)
    return sorted(f"{app}.{name}" for app, name in applied if (app, name) not in known)


def newer(unknown: list[str]) -> str:
    file = database_file.path()
    copies = database_file.kept_copies(file) if file else []
    beside = f" As it was before the last update it is kept beside it, as {copies[-1].name}." if copies else ""
    return (
        f"{belonging.sentence_case(database_file.name())} was used by a newer version of Glyphsmith than this one, "
        f"{settings.VERSION}, which does not know {', '.join(unknown[:3])}. Nothing was started, and nothing was "
        f"changed. Start the newer version, or restore the backup from before the update.{beside}"
    )


def digest(applied: Iterable[tuple[str, str]]) -> str:
    """Names the state of a schema."""
    return hashlib.sha256(repr(sorted(applied)).encode()).hexdigest()[:8]
