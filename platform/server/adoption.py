"""Saying that a data folder and a database belong together where a start will not believe it."""

from collections.abc import Callable

from django.conf import settings

from accounts import installation
from accounts.models import Installation
from annotations.models import Project
from runner.console import Stop
from server import belonging, database_file, preparation
from training.models import Run


def what_it_means() -> str:
    """What adopting would do, for a person to decide by. Changes nothing."""
    if database_file.is_missing():
        raise Stop(
            f"{belonging.sentence_case(database_file.name())} is missing or empty. Restore it from a backup first."
        )
    if belonging.has_table(Installation) and installation.belongs():
        return "They belong together already; nothing is to be done."
    projects, runs = set(belonging.held_projects()), set(belonging.held_runs())
    strange = len(projects - belonging.known(Project, projects)) + len(runs - belonging.known(Run, runs))
    return (
        f"The data folder {settings.DATA_DIR} holds files of {len(projects)} projects and {len(runs)} runs; "
        f"{database_file.name()} knows all but {strange} of them. Files that no row names are removed in time. "
        "If the two belong together, make a copy of both and say so: script/manage adopt --yes"
    )


def adopt(say: Callable[[str], None]) -> str:
    """The database is looked at and brought up to date as at each start; then the folder takes its id, or gives one."""
    what_it_means()
    preparation.prepare(say, adopt=True)
    return f"The data folder {settings.DATA_DIR} and {database_file.name()} belong together now."
