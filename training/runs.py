"""The one writer of a run's state.

Every change is a conditional update: `filter(what must still be true).update(...)` and a look at the count, so that
two workers, a cancelling person and the sweep never overwrite each other. A worker holds a run by a lease: an owner
token and a heartbeat (docs/decisions/early-acknowledgement.md). Leases, and what is sent again, go by the database's
clock (`annotations.leases`); the times of `steps` are only shown.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts import room
from accounts.errors import Refusal
from accounts.models import User
from annotations import holders, kept_checks, leases, projects, snapshots
from annotations.models import Project
from training import dispatch, specs
from training.engine.report import Report
from training.models import ACTIVE_STATES, ENDED_STATES, UNFINISHED_STATES, Run, RunState

log = logging.getLogger(__name__)

STEP_STATES = {
    "preparing": RunState.PREPARING,
    "training": RunState.TRAINING,
    "exporting": RunState.EXPORTING,
    "evaluating": RunState.EVALUATING,
}


class Hold(StrEnum):
    """What a worker learns whenever it writes to the run it holds."""

    HELD = "held"
    CANCEL = "cancel"  # still ours, and asked to stop
    LOST = "lost"  # another worker's now, or ended: write nothing more


@dataclass(frozen=True, slots=True)
class Lease:
    """What a worker holds while it trains: the run, and the token that every write of it must match."""

    run_id: UUID
    token: str


# What people do -----------------------------------------------------------------------------------------------------


def start(project: Project, user: User, *, network: str | None = None, options: dict[str, Any] | None = None) -> Run:
    """Freeze the project's data, queue a run, and put its task on the training queue once the row is committed.

    The data of a large project is frozen by the default worker (`training.freezing`), and what its data check refuses
    ends the run. Raises Refusal: for data that cannot be trained yet (with its findings), for a bad option, for a
    second run.
    """
    spec = specs.build(project, network=network, options=options or {})
    refuse_second(project)
    room.check()
    snapshot = None
    if kept_checks.is_large(project):
        kept_checks.refuse_unready(project)
    else:
        snapshot = snapshots.freeze(project, user)
        specs.refuse_other_labels(spec, snapshot)
    try:
        with transaction.atomic():
            Project.objects.select_for_update().get(pk=project.pk)
            number = (Run.objects.filter(project=project).aggregate(Max("number"))["number__max"] or 0) + 1
            now = timezone.now()
            run = Run.objects.create(
                project=project,
                number=number,
                snapshot=snapshot,
                spec=spec.model_dump(mode="json"),
                started_by=user,
                steps={RunState.QUEUED.value: now.isoformat()},
                sent_at=Now(),
            )
            transaction.on_commit(partial(dispatch.train if snapshot else dispatch.freeze, run.id))
    except IntegrityError as error:  # two clicks at once: the database let one through
        raise already_running() from error
    return run


def refuse_second(project: Project) -> None:
    if Run.objects.filter(project=project, state__in=UNFINISHED_STATES).exists():
        raise already_running()


def already_running() -> Refusal:
    return Refusal(
        "This project is being trained already. Wait for that run to end, or cancel it first.",
        code="already_running",
        status=409,
    )


def cancel(run: Run) -> Run:
    """A queued run is cancelled at once; a running one is asked to stop, and ends where it next reports."""
    _ask_to_stop(run)
    run.refresh_from_db()
    if run.state in (RunState.READY, RunState.FAILED):
        raise Refusal(f"This run has ended already: it is {run.state}.", code="already_ended", status=409)
    return run


def cancel_deleted() -> None:
    """Cancel the runs of deleted projects: nobody can see or cancel them, and others wait for the worker."""
    unfinished = Run.objects.filter(state__in=UNFINISHED_STATES, cancel_requested_at=None)
    for run in unfinished.filter(project__deleted_at__isnull=False).only("pk"):
        _ask_to_stop(run)


def _ask_to_stop(run: Run) -> None:
    if _end(Q(pk=run.pk, state=RunState.QUEUED), RunState.CANCELLED):
        return
    asked = Run.objects.filter(pk=run.pk, state__in=ACTIVE_STATES, cancel_requested_at=None)
    # A lost worker's run may go back to the queue between the two updates: then it is cancelled there.
    if not asked.update(cancel_requested_at=Now()):
        _end(Q(pk=run.pk, state=RunState.QUEUED), RunState.CANCELLED)


# What a worker does ---------------------------------------------------------------------------------------------------


def refuse(run_id: UUID, sentence: str) -> bool:
    """End a run whose data was not frozen: what is told at once of a smaller project."""
    refused = _end(Q(pk=run_id, state=RunState.QUEUED, snapshot=None), RunState.FAILED, failure=sentence)
    if refused:
        dispatch.mail_run(run_id)
    return refused


def is_queued(run_id: UUID) -> bool:
    return _frozen().filter(pk=run_id).exists()


def claim(run_id: UUID, token: str) -> Run | None:
    """Take a queued run, or None: another worker holds it, it has ended, or its project is gone. Of two one wins."""
    run = _frozen().filter(pk=run_id).first()
    if run is None:
        return None
    queued = _frozen().filter(pk=run_id, owner_token="", project__in=projects.existing())
    won = queued.update(
        state=RunState.PREPARING,
        owner_token=token,
        heartbeat_at=Now(),
        started_at=Coalesce("started_at", Now()),
        attempts=F("attempts") + 1,
        steps=_entered(run, RunState.PREPARING),
        progress={},
    )
    return Run.objects.select_related("project", "snapshot", "started_by").get(pk=run_id) if won else None


def send_later(run_id: UUID) -> None:
    """It cannot be trained just now: the sweep sends its task again as soon as it can be."""
    Run.objects.filter(pk=run_id, state=RunState.QUEUED).update(sent_at=None)


def beat(lease: Lease) -> Hold:
    """Say that the worker is alive, and learn whether the run is still its own."""
    _held(lease).update(heartbeat_at=Now())
    return look(lease)


def look(lease: Lease) -> Hold:
    asked = _held(lease).values_list("cancel_requested_at", flat=True).first()
    if asked is not None:
        return Hold.CANCEL
    return Hold.HELD if _held(lease).exists() else Hold.LOST


def note_progress(lease: Lease, report: Report) -> Hold:
    """Store the engine's report; the run's state follows its step."""
    run = _held(lease).only("state", "steps").first()
    if run is None:
        return Hold.LOST
    state = STEP_STATES[report.step]
    changes: dict[str, Any] = {"progress": report.as_dict(), "heartbeat_at": Now()}
    if run.state != state:
        changes |= {"state": state, "steps": _entered(run, state)}
    _held(lease).update(**changes)
    return look(lease)


def note_device(lease: Lease, device: str) -> None:
    _held(lease).update(device=device[:200])


def release(lease: Lease) -> bool:
    """The worker is being stopped: the run waits for the next one, and this start is not counted against it."""
    if _end(_as_q(lease) & Q(cancel_requested_at__isnull=False), RunState.CANCELLED):
        return False
    return _requeue(_as_q(lease), attempts=F("attempts") - 1, sent_at=None)


def finish(lease: Lease) -> bool:
    """Trained, measured and stored. Called by `versions.publish` in the transaction that makes the version."""
    return _end(_as_q(lease), RunState.READY)


def fail(lease: Lease, sentence: str) -> bool:
    """End the run with the reason; a run that was asked to stop is cancelled instead, whatever went wrong meanwhile."""
    if _end(_as_q(lease) & Q(cancel_requested_at__isnull=False), RunState.CANCELLED):
        return False
    failed = _end(_as_q(lease), RunState.FAILED, failure=sentence)
    if failed:
        dispatch.mail_run(lease.run_id)
    return failed


def finish_cancelled(lease: Lease) -> bool:
    return _end(_as_q(lease), RunState.CANCELLED)


# What the sweep does --------------------------------------------------------------------------------------------------


def sweep_lost() -> list[UUID]:
    """Take back the runs of workers that were killed: queued again, or failed after the last attempt. Returns them.

    A worker is held dead when its process is gone from this machine, or when it has been silent for too long.
    """
    held = Run.objects.filter(state__in=ACTIVE_STATES).only("pk", "attempts", "owner_token")
    return [run.pk for run in held if _take_back(run)]


def _take_back(run: Run) -> bool:
    lost = Q(pk=run.pk, owner_token=run.owner_token, state__in=ACTIVE_STATES)
    if not holders.is_dead(run.owner_token):
        lost &= leases.silent()  # compared in the update itself: a worker that was only slow keeps its run
    if _end(lost & Q(cancel_requested_at__isnull=False), RunState.CANCELLED):
        return True
    if run.attempts >= settings.RUN_ATTEMPTS:
        if ended := _end(lost, RunState.FAILED, failure=killed_too_often(run.attempts)):
            dispatch.mail_run(run.pk)
        return ended
    if not _requeue(lost, attempts=F("attempts"), sent_at=Now()):
        return False
    log.warning("run %s: its worker is gone or silent; it waits for the next", run.pk)
    dispatch.train(run.pk)
    return True


def killed_too_often(attempts: int) -> str:
    times = {1: "once", 2: "twice", 3: "three times"}.get(attempts, f"{attempts} times")
    return (
        f"The training process was killed {times}; most often the machine ran out of memory. "
        "Close other programs, or train on a machine with more memory, and start the run again."
    )


def resend_waiting(workers: int) -> UUID | None:
    """Put the oldest queued run's task on the queue again when a worker is free and its message seems lost.

    A message is lost when the broker was away as the run was made, or with a worker that had fetched it.
    """
    if Run.objects.filter(state__in=ACTIVE_STATES).count() >= workers:
        return None
    oldest = waiting().filter(snapshot__isnull=False).first()
    if oldest is None:
        return None
    long_ago = timedelta(seconds=settings.RUN_LEASE_SECONDS)
    lost = Run.objects.filter(leases.not_sent_for(long_ago), pk=oldest.pk, state=RunState.QUEUED)
    if not lost.update(sent_at=Now()):
        return None
    dispatch.train(oldest.pk)
    return oldest.pk


# What everyone reads --------------------------------------------------------------------------------------------------


def waiting() -> QuerySet[Run]:
    """Queued runs in the order in which they will be trained."""
    return Run.objects.filter(state=RunState.QUEUED).order_by("created_at", "pk")


def queue_position(run: Run) -> int | None:
    """1 for the run that is trained next; None for a run that does not wait."""
    if run.state != RunState.QUEUED:
        return None
    earlier = Q(created_at__lt=run.created_at) | Q(created_at=run.created_at, pk__lt=run.pk)
    return waiting().filter(earlier).count() + 1


def seconds_taken(run: Run) -> float | None:
    if run.started_at is None:
        return None
    return ((run.finished_at or timezone.now()) - run.started_at).total_seconds()


# How it is written ----------------------------------------------------------------------------------------------------


def _frozen() -> QuerySet[Run]:
    return Run.objects.filter(state=RunState.QUEUED, snapshot__isnull=False)


def _as_q(lease: Lease) -> Q:
    return Q(pk=lease.run_id, owner_token=lease.token, state__in=ACTIVE_STATES)


def _held(lease: Lease) -> QuerySet[Run]:
    return Run.objects.filter(_as_q(lease))


def _entered(run: Run, state: RunState) -> dict[str, str]:
    return {**run.steps, state.value: timezone.now().isoformat()}


def _end(condition: Q, state: RunState, *, failure: str = "") -> bool:
    """Move one run to an ended state if `condition` still holds for it, and drop the lease."""
    if state not in ENDED_STATES:
        raise ValueError(f"{state} does not end a run")
    run = Run.objects.filter(condition).only("pk", "steps").first()
    if run is None:
        return False
    ended = Run.objects.filter(condition).update(
        state=state, finished_at=Now(), owner_token="", failure=failure, steps=_entered(run, state)
    )
    return bool(ended)


def _requeue(condition: Q, **changes: Any) -> bool:
    """Back to the queue, without lease, its steps still to come; what was trained so far is in its checkpoint."""
    steps = {RunState.QUEUED.value: timezone.now().isoformat()}
    back = Run.objects.filter(condition).update(
        state=RunState.QUEUED, owner_token="", heartbeat_at=None, steps=steps, **changes
    )
    return bool(back)
