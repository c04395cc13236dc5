"""The one writer of an import's state: claimed, counted on, ended, cancelled, taken up again.

Whatever is taken in is saved in one transaction with the counter that moves past it, so an import that breaks off goes
on exactly where it stopped, and takes in nothing twice.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import OperationalError
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts import room
from accounts.errors import Refusal
from annotations import holders, leases, projects, tasks, texts
from annotations.leases import Lease, Leases
from annotations.models import Import, ImportState, Project
from annotations.reports import Report

log = logging.getLogger(__name__)

FILES = "files"  # Import.format of what holds pictures rather than annotations
UNFINISHED = (ImportState.WAITING, ImportState.RUNNING)
TURN_SECONDS = 20  # then a long import lets go first what waits behind it, an email or a sweep


class Overtaken(Exception):
    """The import is no longer this worker's: it was cancelled, or another has taken it up."""


class MakeWay(Exception):
    """Others wait: the import goes on after them."""


LEASES = Leases(Import, lambda import_id: tasks.run_import.delay(str(import_id)))


# What the worker does -------------------------------------------------------------------------------------------------


def claim(import_id: UUID) -> Import | None:
    lease = LEASES.claim(import_id, failure="")
    if lease is None:
        return None
    running = Import.objects.select_related("project", "user").get(id=import_id)
    running.lease, running.began = lease, time.monotonic()
    return running


def begin(made: Import) -> None:
    """Save a new import that this process takes in itself, without the queue. Where that fails no file stays."""
    made.state, made.owner_token, made.attempts = ImportState.RUNNING, holders.new_token(), 1
    made.heartbeat_at = made.sent_at = Now()
    try:
        made.save()
    except BaseException:
        default_storage.delete(made.file)
        raise
    made.lease, made.began = Lease(made.id, made.owner_token), time.monotonic()


@contextmanager
def ended(running: Import) -> Iterator[None]:
    """Whatever happens inside becomes the import's state, in one place."""
    try:
        yield
    except Overtaken:
        log.info("Import %s was cancelled, or is another worker's now.", running.id)
    except MakeWay:
        LEASES.give_back(running.lease, send=True)
    except (SystemExit, KeyboardInterrupt):
        LEASES.give_back(running.lease)
        raise
    except room.NoRoom as refusal:
        put_off(running, passing(refusal))
    except Refusal as refusal:
        fail(running, refusal.message)
    except FileNotFoundError:
        fail(running, f"{running.name} is missing from the storage. Upload it again.")
    except Exception as error:
        if sentence := passing(error):
            log.warning("Import %s waits: %s", running.id, error)
            put_off(running, sentence)
            return
        fail(running, f"{running.name} could not be taken in because of a fault in Glyphsmith; its log says more.")
        raise


def set_total(running: Import, total: int) -> None:
    running.total = total
    LEASES.held(running.lease).update(total=total)


def move(running: Import, report: Report, *, done: int, page: int = 0) -> None:
    """Count what was taken in, inside the transaction that saves it. Raises Overtaken, which undoes both."""
    here = LEASES.held(running.lease).filter(done=running.done, page=running.page)
    if not here.update(done=done, page=page, report=report.kept(), heartbeat_at=Now()):
        raise Overtaken
    projects.touch(running.project_id)
    running.done, running.page, running.report = done, page, report.kept()


def make_way(running: Import) -> None:
    """Between two steps: raises MakeWay where this worker's turn is over and something waits on the queue."""
    if time.monotonic() - running.began > TURN_SECONDS and 0 < leases.queued("default") < leases.UNKNOWN:
        raise MakeWay


def finish(running: Import) -> bool:
    return _end(running, LEASES.held(running.lease), ImportState.DONE)


def fail(running: Import, sentence: str) -> bool:
    return _end(running, LEASES.held(running.lease), ImportState.FAILED, sentence)


def put_off(running: Import, sentence: str) -> None:
    """What keeps it from going on is not its own fault: it is tried again until that is over."""
    LEASES.held(running.lease).update(failure=sentence)
    LEASES.give_back(running.lease)


def passing(error: Exception) -> str:
    """The sentence for an error that will pass without anybody's touching the import; else nothing."""
    if room.is_full(error):
        return "The server's disk is nearly full. It goes on as soon as there is room again."
    if isinstance(error, OperationalError):
        return "The database does not answer. It goes on as soon as it does."
    return ""


# What people do and see -----------------------------------------------------------------------------------------------


def cancel(found: Import) -> Import:
    """What was taken in stays; a worker that is at it stops where it next counts."""
    if not _end(found, Import.objects.filter(id=found.id, state__in=UNFINISHED), ImportState.CANCELLED):
        found.refresh_from_db()
        if found.state != ImportState.CANCELLED:
            raise Refusal(f"This import has ended already: it is {found.state}.", code="already_ended", status=409)
    found.refresh_from_db()
    return found


def cancel_deleted() -> None:
    """What is under way for projects that are deleted ends. The uploads go with the daily sweep."""
    unfinished = Import.objects.filter(state__in=UNFINISHED, project__in=projects.deleted())
    unfinished.update(
        state=ImportState.CANCELLED, failure="The project was deleted.", finished_at=timezone.now(), owner_token=""
    )


def of_project(project: Project, *, unfinished: bool = False) -> "QuerySet[Import]":
    """Newest first."""
    found = Import.objects.filter(project=project).select_related("user")
    return found.filter(state__in=UNFINISHED) if unfinished else found


def note(found: Import) -> str:
    """What a person who waits for it should know beyond its counters; "" as a rule."""
    if found.state == ImportState.WAITING and found.failure:
        return found.failure
    if found.state == ImportState.WAITING and found.attempts:
        return "Interrupted. It is taken up again within a minute."
    if found.state == ImportState.RUNNING and found.attempts > 1:
        return "Taken up again after an interruption."
    return ""


# What the sweep does --------------------------------------------------------------------------------------------------


def sweep() -> None:
    cancel_deleted()  # what began in the moment of the deletion
    LEASES.take_back_lost(_give_up)
    LEASES.send_lost()


def _give_up(lost: Import, still: "QuerySet[Import]") -> bool:
    return _end(lost, still, ImportState.FAILED, killed_too_often(lost))


def killed_too_often(lost: Import) -> str:
    times = {1: "once", 2: "twice", 3: "three times"}.get(lost.attempts, f"{lost.attempts} times")
    what = "part" if lost.format == FILES else "row"
    return (
        f"The process that took {lost.name} in was killed {times}; most often the machine ran out of memory. "
        f"It had come to {lost.done:,} of {texts.counted(lost.total, what)}; what was taken in by then stays. "
        "For the rest, upload it again, perhaps in smaller parts: what is there already is recognised."
    )


def _end(ended: Import, rows: "QuerySet[Import]", state: ImportState, failure: str = "") -> bool:
    """The upload is removed after the row has ended, so a crash between leaves at most a file that nobody names."""
    changed = rows.update(state=state, failure=failure, finished_at=timezone.now(), owner_token="")
    if changed:
        if ended.file:
            default_storage.delete(ended.file)
        projects.touch(ended.project_id)
    return bool(changed)
