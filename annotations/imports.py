"""Tables of annotations: a small one is taken in at once, a long one by the default worker."""

from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from annotations import importing, placing, tasks, texts, turns
from annotations.formats import FORMATS, Remark, Row
from annotations.models import Import, ImportState, Project
from annotations.reports import Report

ROWS_AT_ONCE = 5000  # a longer table is taken in by the default worker
DEFAULT_LABEL = "text"


def take_table(
    project: Project,
    user: User,
    *,
    name: str,
    data: bytes,
    format_key: str,
    label: str = "",
    drawn_on: str = "",
    dry_run: bool = False,
) -> Import:
    """A small table at once; a long one is left waiting for the worker. `dry_run`: only the report, nothing kept.

    `drawn_on`: the picture that boxes were drawn on (`placing.ON_FILE`); "": found out, and asked where it matters.
    """
    rows, remarks = parsed(format_key, data)
    made = Import(project=project, user=user, format=format_key, name=texts.file_name(name), total=len(rows))
    first = label or project.labels.values_list("name", flat=True).first() or DEFAULT_LABEL
    held = not drawn_on and turns.table_seems_drawn_before(project, rows)
    made.options = {"label": first, "drawn_on": drawn_on, "held": held}
    made.report = Report.with_remarks(remarks).kept()
    if dry_run:
        made.report = placing.rehearsed(made, rows).kept()
        made.state, made.done, made.finished_at = ImportState.DONE, len(rows), timezone.now()
        return made
    made.file = default_storage.save(f"imports/{project.id}/{uuid4()}", ContentFile(data))
    if len(rows) > ROWS_AT_ONCE:
        tasks.hand_over(made)
    else:
        importing.begin(made)
        with importing.ended(made):
            placing.place(made, rows)
        made.refresh_from_db()
    return made


def run_table(running: Import) -> None:
    """In the worker."""
    with default_storage.open(running.file) as file:
        rows, _ = parsed(running.format, file.read())
    placing.place(running, rows)


def parsed(format_key: str, data: bytes) -> tuple[list[Row], list[Remark]]:
    kind = FORMATS.get(format_key)
    if kind is None or kind.read is None:
        known = ", ".join(key for key, each in FORMATS.items() if each.read)
        raise Refusal(f"The format “{format_key}” is not known here. Known are {known}.", code="unknown_format")
    read = list(kind.read(data))
    return [row for row in read if not isinstance(row, Remark)], [row for row in read if isinstance(row, Remark)]
