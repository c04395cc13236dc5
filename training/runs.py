"""The one writer of a run's state.

Every change is a conditional update: `filter(what must still be true).update(...)` and a look at the count, so that
two workers, a cancelling person and the sweep never overwrite each other. A worker holds a run by a lease: an owner
token and a heartbeat (docs/decisions/early-acknowledgement.md).
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from annotations import snapshots
from annotations.models import Project
from training import dispatch, holders, specs
from training.engine.report import Report
from training.models import ACTIVE_STATES, ENDED_STATES, UNFINISHED_STATES, Run, RunState

log = logging.getLogger(__name__)

MAIL_RESENT_AFTER = timedelta(minutes=10)
MAIL_GIVEN_UP_AFTER = timedelta(days=1)
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

    Raises Refusal: for data that cannot be trained yet (with its findings), for a bad option, for a second run.
    """
    spec = specs.build(project, network=network, options=options or {})
    refuse_second(project)
    snapshot = snapshots.freeze(project, user)
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
                sent_at=now,
            )
            transaction.on_commit(partial(dispatch.train, run.id))
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
    now = timezone.now()
    if not _end(Q(pk=run.pk, state=RunState.QUEUED), RunState.CANCELLED, now):
        asked = Run.objects.filter(pk=run.pk, state__in=ACTIVE_STATES, cancel_requested_at=None)
        # A lost worker's run may go back to the queue between the two updates: then it is cancelled there.
        if not asked.update(cancel_requested_at=now):
            _end(Q(pk=run.pk, state=RunState.QUEUED), RunState.CANCELLED, now)
    run.refresh_from_db()
    if run.state in (RunState.READY, RunState.FAILED):
        raise Refusal(f"This run has ended already: it is {run.state}.", code="already_ended", status=409)
    return run


# What a worker does ---------------------------------------------------------------------------------------------------


def claim(run_id: UUID, token: str) -> Run | None:
    """Take a queued run, or None: it is held by another worker, has ended, or is gone. Of two claims one wins."""
    run = Run.objects.filter(pk=run_id, state=RunState.QUEUED).first()
    if run is None:
        return None
    now = timezone.now()
    won = Run.objects.filter(pk=run_id, state=RunState.QUEUED, owner_token="").update(
        state=RunState.PREPARING,
        owner_token=token,
        heartbeat_at=now,
        started_at=run.started_at or now,
        attempts=F("attempts") + 1,
        steps=_entered(run, RunState.PREPARING, now),
        progress={},
    )
    return Run.objects.select_related("project", "snapshot", "started_by").get(pk=run_id) if won else None


def beat(lease: Lease) -> Hold:
    """Say that the worker is alive, and learn whether the run is still its own."""
    _held(lease).update(heartbeat_at=timezone.now())
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
    state, now = STEP_STATES[report.step], timezone.now()
    changes: dict[str, Any] = {"progress": report.as_dict(), "heartbeat_at": now}
    if run.state != state:
        changes |= {"state": state, "steps": _entered(run, state, now)}
    _held(lease).update(**changes)
    return look(lease)


def note_device(lease: Lease, device: str) -> None:
    _held(lease).update(device=device[:200])


def release(lease: Lease) -> bool:
    """The worker is being stopped: the run waits for the next one, and this start is not counted against it."""
    now = timezone.now()
    if _end(_as_q(lease) & Q(cancel_requested_at__isnull=False), RunState.CANCELLED, now):
        return False
    return _requeue(_as_q(lease), attempts=F("attempts") - 1, sent_at=None)


def finish(lease: Lease) -> bool:
    """Trained, measured and stored. Called by `versions.publish` in the transaction that makes the version."""
    return _end(_as_q(lease), RunState.READY, timezone.now())


def fail(lease: Lease, sentence: str) -> bool:
    """End the run with the reason; a run that was asked to stop is cancelled instead, whatever went wrong meanwhile."""
    now = timezone.now()
    if _end(_as_q(lease) & Q(cancel_requested_at__isnull=False), RunState.CANCELLED, now):
        return False
    failed = _end(_as_q(lease), RunState.FAILED, now, failure=sentence)
    if failed:
        dispatch.mail_run(lease.run_id)
    return failed


def finish_cancelled(lease: Lease) -> bool:
    return _end(_as_q(lease), RunState.CANCELLED, timezone.now())


# What the sweep does --------------------------------------------------------------------------------------------------


def sweep_lost() -> list[UUID]:
    """Take back the runs of workers that were killed: queued again, or failed after the last attempt. Returns them.

    A worker is held dead when its process is gone from this machine, or when it has been silent for too long.
    """
    silent_since = timezone.now() - timedelta(seconds=settings.RUN_LEASE_SECONDS)
    held = Run.objects.filter(state__in=ACTIVE_STATES).only("pk", "attempts", "owner_token", "heartbeat_at")
    lost = [run for run in held if holders.is_dead(run.owner_token) or _silent(run, silent_since)]
    return [run.pk for run in lost if _take_back(run)]


def _silent(run: Run, since: datetime) -> bool:
    return run.heartbeat_at is None or run.heartbeat_at < since


def _take_back(run: Run) -> bool:
    # The heartbeat is compared again in the update itself: a worker that was only slow keeps its run.
    still = Q(pk=run.pk, owner_token=run.owner_token, heartbeat_at=run.heartbeat_at, state__in=ACTIVE_STATES)
    now = timezone.now()
    if _end(still & Q(cancel_requested_at__isnull=False), RunState.CANCELLED, now):
        return True
    if run.attempts >= settings.RUN_ATTEMPTS:
        if ended := _end(still, RunState.FAILED, now, failure=killed_too_often(run.attempts)):
            dispatch.mail_run(run.pk)
        return ended
    if not _requeue(still, attempts=F("attempts"), sent_at=now):
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
    oldest = waiting().first()
    since = timezone.now() - timedelta(seconds=settings.RUN_LEASE_SECONDS)
    if oldest is None or (oldest.sent_at is not None and oldest.sent_at > since):
        return None
    sent = Run.objects.filter(pk=oldest.pk, state=RunState.QUEUED, sent_at=oldest.sent_at)
    if not sent.update(sent_at=timezone.now()):
        return None
    dispatch.train(oldest.pk)
    return oldest.pk


def resend_mails() -> list[UUID]:
    """Knock again for mails that should be out by now: their task was lost, or the mail server took none. For a day."""
    now = timezone.now()
    unmailed = Run.objects.filter(
        state__in=(RunState.READY, RunState.FAILED),
        mailed_at=None,
        finished_at__range=(now - MAIL_GIVEN_UP_AFTER, now - MAIL_RESENT_AFTER),
    )
    due = unmailed.filter(Q(sent_at=None) | Q(sent_at__lt=now - MAIL_RESENT_AFTER))
    sent = [run.pk for run in due.only("pk") if due.filter(pk=run.pk).update(sent_at=now)]
    for run_id in sent:
        dispatch.mail_run(run_id)
    return sent


def claim_mail(run_id: UUID) -> bool:
    """True for one caller only: that one sends the mail of this ended run."""
    ended = Run.objects.filter(pk=run_id, state__in=(RunState.READY, RunState.FAILED), mailed_at=None)
    return bool(ended.update(mailed_at=timezone.now()))


def give_mail_back(run_id: UUID) -> None:
    """The mail could not be handed over: the next attempt may claim it."""
    Run.objects.filter(pk=run_id).update(mailed_at=None)


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


def _as_q(lease: Lease) -> Q:
    return Q(pk=lease.run_id, owner_token=lease.token, state__in=ACTIVE_STATES)


def _held(lease: Lease) -> QuerySet[Run]:
    return Run.objects.filter(_as_q(lease))


def _entered(run: Run, state: RunState, now: datetime) -> dict[str, str]:
    return {**run.steps, state.value: now.isoformat()}


def _end(condition: Q, state: RunState, now: datetime, *, failure: str = "") -> bool:
    """Move one run to an ended state if `condition` still holds for it, and drop the lease."""
    if state not in ENDED_STATES:
        raise ValueError(f"{state} does not end a run")
    run = Run.objects.filter(condition).only("pk", "steps").first()
    if run is None:
        return False
    ended = Run.objects.filter(condition).update(
        state=state, finished_at=now, owner_token="", failure=failure, steps=_entered(run, state, now)
    )
    return bool(ended)


def _requeue(condition: Q, **changes: Any) -> bool:
    """Back to the queue, without lease, its steps still to come; what was trained so far is in its checkpoint."""
    steps = {RunState.QUEUED.value: timezone.now().isoformat()}
    back = Run.objects.filter(condition).update(
        state=RunState.QUEUED, owner_token="", heartbeat_at=None, steps=steps, **changes
    )
    return bool(back)
