"""One training run from claim to end, as the training worker goes through it.

The engine comes in as two functions, so that nothing here imports it.
"""

import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django import db
from django.conf import settings

from accounts.errors import Refusal
from annotations import snapshots
from runner import heartbeats
from training import folders, holders, logs, runs, versions
from training.engine.report import OnEpoch, Report, Stopped
from training.engine.spec import EngineError, TrainSpec
from training.models import Run
from training.runs import Hold, Lease

log = logging.getLogger(__name__)

Train = Callable[[TrainSpec, Path, OnEpoch], Any]
Compare = Callable[[Path, Path], dict[str, Any]]
"""(a bundle, the new run's folder) → the evaluation of that bundle on the new run's held-out images."""

SECONDS_BETWEEN_WRITES = 1.0
DISK_FULL = 28


def execute(run_id: UUID, train: Train, compare: Compare) -> None:
    """Train a queued run. A second delivery of its task finds it claimed and returns at once."""
    token = holders.new_token()
    run = runs.claim(run_id, token)
    if run is None:
        log.info("run %s is not waiting; nothing to do", run_id)
        return
    lease = Lease(run.pk, token)
    runs.note_device(lease, heartbeats.training_device() or "")  # its bundle will say it exactly
    folder = folders.of(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    with Watch(lease) as watch, logs.captured(folder / folders.LOG):
        log.info("run %s of project %s, attempt %s", run.number, run.project.name, run.attempts)
        with ended(lease, watch):
            prepare_folder(run, folder)
            train(TrainSpec.load(folder / "spec.json"), folder, reporter(lease, watch))
            versions.publish(run, lease, compare)


@contextmanager
def ended(lease: Lease, watch: "Watch") -> Iterator[None]:
    """Whatever happens inside becomes the run's state, in one place."""
    try:
        yield
    except Stopped:
        if watch.hold is Hold.LOST:
            log.warning("run %s was taken back from this worker", lease.run_id)
        elif not runs.finish_cancelled(lease):
            log.warning("run %s ended elsewhere", lease.run_id)
    except (SystemExit, KeyboardInterrupt):
        runs.release(lease)
        raise
    except (EngineError, Refusal) as error:
        log.warning("%s", error)
        runs.fail(lease, str(error))
    except Exception as error:
        log.exception("the run failed")
        runs.fail(lease, sentence_for(error))


def prepare_folder(run: Run, folder: Path) -> None:
    """spec.json, manifest.jsonl and the images; a run that goes on keeps what it has."""
    spec, manifest = folder / "spec.json", folder / "manifest.jsonl"
    if not manifest.exists():
        snapshots.write_run_folder(run.snapshot, folder)
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
            watch.hold = runs.note_progress(lease, report)
            last, written = place, time.monotonic()
        return watch.hold is Hold.HELD

    return on_epoch


def sentence_for(error: Exception) -> str:
    """The reason of a failure nobody foresaw, for the person who waits for the model."""
    if isinstance(error, MemoryError) or "ResourceExhausted" in type(error).__name__:
        return "The machine ran out of memory while training. Close other programs or use a machine with more memory."
    if isinstance(error, OSError) and error.errno == DISK_FULL:
        return "The disk is full. Free some space and start the run again."
    return f"Training stopped on a fault nobody foresaw ({type(error).__name__}: {error}). The log says where."


DONE = b"\0"  # no signal has this number


class Watch:
    """A thread that renews the lease while the worker is busy, and remembers what it learned.

    It also hears of SIGTERM when the worker itself cannot: Python's handlers wait until TensorFlow comes back from a
    long computation, and the process may be killed before. The number of each signal arrives in a pipe at once.
    """

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.hold = Hold.HELD
        self._ears, self._mouth = os.pipe()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {lease.run_id}", daemon=True)

    def __enter__(self) -> "Watch":
        os.set_blocking(self._mouth, False)
        self._before = signal.set_wakeup_fd(self._mouth, warn_on_full_buffer=False)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._before)
        os.write(self._mouth, DONE)
        self._thread.join(timeout=10)
        os.close(self._mouth)
        os.close(self._ears)

    def _keep(self) -> None:
        try:
            while self.hold is not Hold.LOST:
                heard = self._listen()
                if DONE in heard:
                    return
                if bytes([signal.SIGTERM]) in heard:
                    self._release()
                elif not heard:
                    self._beat()
        finally:
            db.connections.close_all()

    def _listen(self) -> bytes:
        """The signals that came, or nothing when it is time for the next heartbeat."""
        ready, _, _ = select.select([self._ears], [], [], settings.RUN_HEARTBEAT_SECONDS)
        return os.read(self._ears, 64) if ready else b""

    def _release(self) -> None:
        log.info("this worker is being stopped; the run goes on at the next start")
        runs.release(self.lease)
        self.hold = Hold.LOST

    def _beat(self) -> None:
        try:
            asked_before = self.hold is Hold.CANCEL
            self.hold = runs.beat(self.lease)
            if asked_before and self.hold is Hold.CANCEL:
                # The engine is deep in a computation. The person need not wait for it: it stops at its next report.
                runs.finish_cancelled(self.lease)
                self.hold = Hold.LOST
        except db.Error:  # a busy or absent database: the lease outlasts several missed beats
            log.warning("the lease of run %s could not be renewed just now", self.lease.run_id, exc_info=True)
            db.connections.close_all()
