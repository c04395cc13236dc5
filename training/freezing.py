"""The data of a large project, frozen for a run that waits for it: what the default worker does after Train.

The run is there from the moment of the click and keeps its place in the queue. Edits of the seconds until the worker
reads the data are in it; from then on it is as it was at that one moment.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts import room
from accounts.errors import Refusal
from annotations import leases, projects, snapshots
from annotations.leases import Watch
from annotations.models import Snapshot
from training import dispatch, runs, specs
from training.engine.spec import TrainSpec
from training.models import Run, RunState

log = logging.getLogger(__name__)

SILENT_AFTER = timedelta(seconds=40)
FAULT = "The data could not be frozen because of a fault in Glyphsmith; the log of the default worker says more."
KILLED = (
    "The data could not be frozen for training: the process that does it was stopped again and again; most often the "
    "machine ran out of memory. Start the run again."
)


def freeze(run_id: UUID) -> None:
    """May run twice. A worker that dies at it, or a database that does not answer, leaves the run to the sweep."""
    if room.is_short():
        log.warning("run %s waits for room on the disk before its data is frozen", run_id)
        return
    run = begin(run_id)
    if run is None:
        return
    try:
        with Telling(run) as telling:
            snapshot = snapshots.freeze(run.project, run.started_by, on_progress=telling.count)
    except Exception as error:
        end_by(error, run)
        if not isinstance(error, Refusal):
            raise
    else:
        hand_over(run, snapshot)


def end_by(error: Exception, run: Run) -> None:
    if room.is_full(error):  # the sweep sends it again; this try is not counted
        unfrozen().filter(pk=run.pk).update(attempts=F("attempts") - 1)
    elif isinstance(error, Refusal):
        runs.refuse(run.pk, error.message)
    elif not isinstance(error, OperationalError):
        runs.refuse(run.pk, FAULT)


def hand_over(run: Run, snapshot: Snapshot) -> None:
    """To the training worker, with the labels as they are now: some may have been renamed since the click."""
    spec = specs.with_labels_of(TrainSpec.model_validate(run.spec), run.project)
    try:
        specs.refuse_other_labels(spec, snapshot)
    except Refusal as refusal:
        runs.refuse(run.pk, refusal.message)
        snapshots.discard(snapshot)
        return
    given = (
        unfrozen()
        .filter(pk=run.pk)
        .update(snapshot=snapshot, spec=spec.model_dump(mode="json"), attempts=0, progress={}, sent_at=Now())
    )
    if given:
        dispatch.train(run.pk)
    else:
        log.info("nobody waits for the data of run %s any more", run.pk)
        snapshots.discard(snapshot)


def unfrozen() -> QuerySet[Run]:
    return Run.objects.filter(state=RunState.QUEUED, snapshot=None)


def begin(run_id: UUID) -> Run | None:
    """None where nothing is to be frozen. Twice at once costs time and harms nothing: one of the two gives its own."""
    begun = unfrozen().filter(pk=run_id, project__in=projects.existing())
    if not begun.update(attempts=F("attempts") + 1, sent_at=Now()):
        return None
    return Run.objects.select_related("project", "started_by").get(pk=run_id)


def resend() -> None:
    """Those whose worker is silent are frozen anew, a few times."""
    silent = unfrozen().filter(leases.not_sent_for(SILENT_AFTER))
    for run in silent.only("pk", "attempts"):
        if run.attempts >= settings.RUN_ATTEMPTS:
            runs.refuse(run.pk, KILLED)
        elif silent.filter(pk=run.pk).update(sent_at=Now()):
            dispatch.freeze(run.pk)


class Telling(Watch):
    """Tells each second how far it has come, by a connection of its own: the other is busy reading one moment."""

    every = 1.0

    def __init__(self, run: Run) -> None:
        super().__init__(f"freezing of {run.pk}")
        self.run_id = run.pk
        self.done, self.total = 0, 0

    def count(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def renew(self) -> bool:
        far = f": {self.done:,} of {self.total:,} images" if self.total else ""
        told = {"step": "queued", "message": f"Freezing the data{far}.", "fraction": self.done / max(1, self.total)}
        return bool(unfrozen().filter(pk=self.run_id).update(progress=told, sent_at=Now()))

    def give_back(self) -> None:
        """The message goes back to its queue by itself."""
