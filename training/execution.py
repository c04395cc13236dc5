"""One training run from claim to end, as the training worker goes through it.

The engine comes in as two functions, so that nothing here imports it.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django import db

from accounts import room
from accounts.errors import Refusal
from annotations import holders, leases, snapshots
from runner import heartbeats
from training import folders, logs, runs, versions
from training.engine.report import OnEpoch, Report, Stopped
from training.engine.spec import EngineError, TrainSpec
from training.models import Run
from training.runs import Hold, Lease

log = logging.getLogger(__name__)

Train = Callable[[TrainSpec, Path, OnEpoch], Any]
Compare = Callable[[Path, Path], dict[str, Any]]
"""(a bundle, the new run's folder) → the evaluation of that bundle on the new run's held-out images."""

SECONDS_BETWEEN_WRITES = 1.0
SECONDS_BETWEEN_TRIES = 1.0
"""Between two tries to give a run back on a disk so full that the database takes nothing."""


def execute(run_id: UUID, train: Train, compare: Compare) -> None:
    """Train a queued run. A second delivery of its task finds it claimed and returns at once."""
    if room.is_short():
        log.warning("run %s waits for room on the disk", run_id)
        runs.send_later(run_id)
        return
    token = holders.new_token()
    run = runs.claim(run_id, token)
    if run is None:
        log.info("run %s is not waiting; nothing to do", run_id)
        return
    lease = Lease(run.pk, token)
    with Watch(lease) as watch, ended(lease, watch):  # also where not even its log can be opened
        runs.note_device(lease, heartbeats.training_device() or "")  # its bundle will say it exactly
        folder = folders.of(run.pk)
        folder.mkdir(parents=True, exist_ok=True)
        with logs.captured(folder / folders.LOG), ended(lease, watch):
            log.info("run %s of project %s, attempt %s", run.number, run.project.name, run.attempts)
            prepare_folder(run, folder)
            train(TrainSpec.load(folder / "spec.json"), folder, reporter(lease, watch))
            versions.publish(run, lease, compare)


@contextmanager
def ended(lease: Lease, watch: "Watch") -> Iterator[None]:
    """Whatever happens inside becomes the run's state, in one place."""
    try:
        yield
    except Stopped:
        if watch.no_room and watch.hold is Hold.HELD:
            wait_for_room(lease)
        elif watch.hold is Hold.LOST:
            log.warning("run %s was taken back from this worker", lease.run_id)
        elif not runs.finish_cancelled(lease):
            log.warning("run %s ended elsewhere", lease.run_id)
    except (SystemExit, KeyboardInterrupt):
        runs.release(lease)
        raise
    except Exception as error:
        if room.is_full(error) and room.is_short():
            log.warning("the disk is full: %s", error)
            wait_for_room(lease)
        elif isinstance(error, EngineError | Refusal):
            log.warning("%s", error)
            runs.fail(lease, str(error))
        else:
            log.exception("the run failed")
            runs.fail(lease, sentence_for(error))


def wait_for_room(lease: Lease) -> None:
    """Give the run back: it goes on from its checkpoint when there is room, and this start is not counted.

    The database may be on the same full disk. What is not written now would look like a killed worker later, so this
    tries until it is; Ctrl-C and the like end it as ever.
    """
    log.warning("too little room is left on the disk; the run waits and goes on from its last checkpoint")
    while True:
        try:
            runs.release(lease)
            return
        except db.Error as error:
            log.warning("the run cannot be given back yet: %s", error)
            db.connections.close_all()
            time.sleep(SECONDS_BETWEEN_TRIES)


def prepare_folder(run: Run, folder: Path) -> None:
    """spec.json, manifest.jsonl and the images; a run that goes on keeps what it has."""
    spec, manifest = folder / "spec.json", folder / "manifest.jsonl"
    if not manifest.exists():
        snapshots.write_run_folder(run.frozen, folder)
    if not spec.exists():
        TrainSpec.model_validate(run.spec).save(spec)


def reporter(lease: Lease, watch: "Watch") -> OnEpoch:
    """`on_epoch` for the engine: stores each step, part and epoch, and between them at most once a second."""
    last: tuple[object, ...] = ()
    written = 0.0

    def on_epoch(report: Report) -> bool:
        nonlocal last, written
        place = (report.step, report.part, report.epoch, report.message, report.held_out_loss)
        if place != last:
            log.info("%s", report.line())
        if place != last or time.monotonic() - written >= SECONDS_BETWEEN_WRITES:
            watch.note(report)
            last, written = place, time.monotonic()
        watch.no_room = room.is_nearly_gone()
        return watch.hold is Hold.HELD and not watch.no_room

    return on_epoch


def sentence_for(error: Exception) -> str:
    """The reason of a failure nobody foresaw, for the person who waits for the model."""
    if isinstance(error, MemoryError) or "ResourceExhausted" in type(error).__name__:
        return "The machine ran out of memory while training. Close other programs or use a machine with more memory."
    if room.is_full(error):  # and yet there is room: it is another disk, or the run needs more than there is
        return "The disk is full. Free some space, also where temporary files are kept, and start the run again."
    return f"Training stopped on a fault nobody foresaw ({type(error).__name__}: {error}). The log says where."


class Watch(leases.Watch):
    """Renews the run's lease while the worker is busy, and remembers what it learned."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(f"lease of {lease.run_id}")
        self.lease = lease
        self.hold = Hold.HELD
        self.no_room = False

    def note(self, report: Report) -> None:
        """A progress that a busy or full database does not take is no reason to stop: the lease outlasts that."""
        try:
            self.hold = runs.note_progress(self.lease, report)
        except db.Error as error:
            log.warning("the progress could not be stored just now: %s", error)
            db.connections.close_all()

    def renew(self) -> bool:
        asked_before = self.hold is Hold.CANCEL
        self.hold = runs.beat(self.lease)
        if asked_before and self.hold is Hold.CANCEL:
            # The engine is deep in a computation. The person need not wait for it: it stops at its next report.
            runs.finish_cancelled(self.lease)
            self.hold = Hold.LOST
        return self.hold is not Hold.LOST

    def give_back(self) -> None:
        runs.release(self.lease)
        self.hold = Hold.LOST
