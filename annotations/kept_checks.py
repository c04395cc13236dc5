"""Data checks that are kept until something changes, and made by the default worker where they take long.

A result is of one state of the data: its revision, read at the same moment as all the rest, and the code that looked at
it. It is told as current for exactly as long as both are the same.
"""

import hashlib
import inspect
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Literal
from uuid import UUID

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from annotations import (
    alphabets,
    corner_checks,
    datacheck,
    drafts,
    findings,
    fingerprints,
    label_checks,
    likeness_checks,
    patterns,
    region_checks,
    revisions,
    splitting,
    tasks,
    text_checks,
)
from annotations.drafts import OnProgress, quietly
from annotations.leases import Kept, Lease, Leases
from annotations.models import CheckState, DataCheck, Image, ImageState, Project

log = logging.getLogger(__name__)

IMAGES_AT_ONCE = 2000  # annotated ones; more are looked at by the default worker
APART = timedelta(seconds=20)  # between two checks by the worker, of a project that others go on annotating
TRIED_AGAIN_AFTER = timedelta(minutes=10)
UNFINISHED = (CheckState.WAITING, CheckState.RUNNING)
KILLED = (
    "The process that looked at your data was killed again and again; most often the machine ran out of memory. "
    "It is tried again in ten minutes, or when something has changed."
)
FAULT = (
    "Your data could not be looked at because of a fault in Glyphsmith; the log of the default worker says more. "
    "It is tried again in ten minutes, or when something has changed."
)

LEASES = Leases(DataCheck, lambda project_id: tasks.run_check.delay(str(project_id)))

State = Literal["done", "checking", "failed"]


@dataclass(frozen=True)
class Told:
    """`done`: `result` is of the data as it is. Else it is of an earlier state, or None where there is no other."""

    state: State
    result: dict[str, Any] | None
    done: int = 0
    total: int = 0
    checked_at: datetime | None = None
    failure: str = ""


# What people ask ------------------------------------------------------------------------------------------------------


def told(project: Project) -> Told:
    """The check of the data as it is: kept, made at once, or under way in the worker with the last result meanwhile."""
    row = DataCheck.objects.filter(project=project).first()
    basis = basis_of(revisions.of(project.id))
    if row is not None and row.state in UNFINISHED:
        return told_of(row, "checking")
    if row is not None and row.state == CheckState.DONE and row.basis == basis:
        return told_of(row, "done")
    if not is_large(project):
        return made_at_once(project)
    return told_of(*asked_for(project, basis))


def is_large(project: Project) -> bool:
    """Whether its data is looked at, and frozen for training, by the default worker."""
    return annotated(project) > IMAGES_AT_ONCE


def annotated(project: Project) -> int:
    return Image.objects.filter(project=project, deleted_at__isnull=True).exclude(state=ImageState.TODO).count()


def refuse_unready(project: Project) -> None:
    """Raises Refusal where the data as it is was looked at and cannot be trained; nothing is looked at for this."""
    basis = basis_of(revisions.of(project.id))
    row = DataCheck.objects.filter(project=project, state=CheckState.DONE, basis=basis).first()
    if row is not None:
        datacheck.refuse_unready(row.result)


def told_of(row: DataCheck, state: State) -> Told:
    return Told(state, row.result or None, row.done, row.total, row.finished_at, row.failure)


def made_at_once(project: Project) -> Told:
    """A database that takes no writes just now is no reason not to tell what was found."""
    basis, result = made(project)
    ended: dict[str, Any] = {"state": CheckState.DONE, "owner_token": "", "failure": "", "finished_at": Now()}
    try:
        DataCheck.objects.update_or_create(project=project, defaults={**ended, "basis": basis, "result": result})
    except DatabaseError:
        log.warning("the data check of project %s could not be kept", project.id, exc_info=True)
    return Told("done", result, result["summary"]["annotated"], result["summary"]["annotated"])


def asked_for(project: Project, basis: str) -> tuple[DataCheck, State]:
    """Lets the worker look at the data, if it has not just done so. A broker that is away loses nothing."""
    total = annotated(project)
    row, created = DataCheck.objects.get_or_create(
        project=project, defaults={"asked": basis, "total": total, "sent_at": Now()}
    )
    again = Q(state=CheckState.DONE, finished_at__lt=Now() - APART) | Q(state=CheckState.FAILED) & (
        ~Q(asked=basis) | Q(finished_at__lt=Now() - TRIED_AGAIN_AFTER)
    )
    waits = {"state": CheckState.WAITING, "asked": basis, "attempts": 0, "done": 0, "total": total, "failure": ""}
    if created or DataCheck.objects.filter(again, project=project).update(**waits, sent_at=Now()):
        transaction.on_commit(partial(LEASES.send, project.id))
    row = DataCheck.objects.get(project=project)
    return row, "failed" if row.state == CheckState.FAILED else "checking"


# What the worker does -------------------------------------------------------------------------------------------------


def run(project_id: UUID) -> None:
    lease = LEASES.claim(project_id)
    if lease is None:
        return
    project = Project.objects.filter(id=project_id, deleted_at__isnull=True).first()
    if project is None:
        LEASES.held(lease).delete()
        return
    try:
        with Counting(lease) as counting:
            basis, result = made(project, counting.count)
        end(LEASES.held(lease), CheckState.DONE, basis=basis, result=result, done=F("total"))
    except (SystemExit, KeyboardInterrupt, OperationalError):  # it waits for the next worker, or for the database
        LEASES.give_back(lease)
        raise
    except Exception:
        end(LEASES.held(lease), CheckState.FAILED, failure=FAULT)
        raise


def made(project: Project, on_progress: OnProgress = quietly) -> tuple[str, dict[str, Any]]:
    """The state of the data, and what there is to know about it."""
    with drafts.opened(project) as draft:
        check = datacheck.examine(draft, on_progress)
    return basis_of(draft.revision), check.as_dict()


class Counting(Kept[DataCheck]):
    """Keeps the lease and writes how far the check has come: its own connection is busy reading one moment."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(LEASES, lease)
        self.every = 1.0
        self.counted: dict[str, int] = {}

    def count(self, done: int, total: int) -> None:
        self.counted = {"done": done, "total": total}

    def renew(self) -> bool:
        return bool(LEASES.held(self._lease).update(heartbeat_at=Now(), **self.counted))


# What the sweep does --------------------------------------------------------------------------------------------------


def sweep() -> None:
    LEASES.take_back_lost(lambda row, still: end(still, CheckState.FAILED, failure=KILLED))
    LEASES.send_lost()


# How it is written ----------------------------------------------------------------------------------------------------


def end(rows: QuerySet[DataCheck], state: CheckState, **changes: Any) -> bool:
    return bool(rows.update(state=state, owner_token="", finished_at=Now(), **changes))


def basis_of(revision: int) -> str:
    return f"{revision}:{code()}"


@cache
def code() -> str:
    """What the findings and their words come from: another release looks again at what an earlier one has kept."""
    looks = (alphabets, corner_checks, label_checks, likeness_checks, region_checks, text_checks)
    parts = (datacheck, drafts, findings, fingerprints, patterns, splitting, *looks)
    sources = "".join(inspect.getsource(part) for part in parts).encode()
    return hashlib.sha256(sources).hexdigest()[:16]
