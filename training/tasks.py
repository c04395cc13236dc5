"""THE SEAM: what workers do, and the one place that reaches the engine, imported inside the tasks' bodies.

Tasks take ids, are sent when the row is committed, and may run twice.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from smtplib import SMTPException
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery import Task, shared_task
from celery.signals import worker_ready

if TYPE_CHECKING:
    from training.engine.report import OnEpoch
    from training.engine.spec import TrainSpec


class RunTask(Task[Any, Any]):
    """What its messages are made into when a worker receives them."""

    Request = "training.deliveries:RunDelivery"


@shared_task(queue="training", base=RunTask, acks_late=False, reject_on_worker_lost=False)
def train(run_id: str) -> None:
    """Acknowledged early: the lease in the database, not the broker, knows whether a run lives."""
    from training import execution

    execution.execute(UUID(run_id), train_on, evaluate_on)


def train_on(spec: "TrainSpec", run_folder: Path, on_epoch: "OnEpoch") -> None:
    """The engine's training. Importing it takes up to a minute, so that comes after the run is claimed."""
    from training.engine import loop

    loop.train(spec, run_folder, on_epoch)


def evaluate_on(bundle: Path, run_folder: Path) -> dict[str, Any]:
    """An earlier bundle, measured on the held-out images of a run, under the names that labels have there."""
    from training.engine.evaluate import EVALUATION_FILE, Evaluation, evaluate
    from training.engine.manifest import read_manifest
    from training.engine.predict import Bundle
    from training.engine.spec import names_by_id

    images = read_manifest(run_folder / "manifest.jsonl")
    own = run_folder / EVALUATION_FILE
    if own.exists():  # some may have been left out for want of time: only what both have seen can be compared
        left_out = set(Evaluation.load(own).left_out)
        images = [image for image in images if image.image not in left_out]
    opened = Bundle.load(bundle, names=names_by_id(run_folder))
    return evaluate(opened, images, run_folder, "test").model_dump(mode="json")


@shared_task(queue="default")
def freeze(run_id: str) -> None:
    from training import freezing

    freezing.freeze(UUID(run_id))


@shared_task(queue="predict")
def predict(prediction_id: str) -> None:
    from training import bundles, predictions

    predictions.answer(UUID(prediction_id), bundles.warm)


@shared_task(queue="predict")
def compare(comparison_id: str) -> None:
    from training import comparisons

    comparisons.answer(UUID(comparison_id), measure_on)


def measure_on(bundle: Path, root: Path, folder: Path, on_image: Callable[[int, int], bool]) -> dict[str, Any]:
    """A bundle measured on the images of `root`, under the names that labels have there, every miss kept.

    One at a time on one core, and timed by what the processor spent on it: what else the server does sways nothing.
    """
    from training.engine.evaluate import evaluate
    from training.engine.manifest import read_manifest
    from training.engine.predict import Bundle
    from training.engine.spec import names_by_id

    images = read_manifest(root / "manifest.jsonl")
    opened = Bundle.load(bundle, threads=1, names=names_by_id(root))
    measured = evaluate(opened, images, root, "test", folder, on_image, most_misses=sys.maxsize, clock=time.thread_time)
    return measured.model_dump(mode="json")


@shared_task(bind=True, queue="default", autoretry_for=(SMTPException,), retry_backoff=30, max_retries=3)
def mail_run(self: "Task[..., None]", run_id: str) -> None:
    from training import mails

    mails.send(UUID(run_id))


@shared_task(queue="default")
def sweep_runs() -> None:
    from training import sweeps

    sweeps.sweep()


@shared_task(queue="default")
def remove_expired() -> None:
    from training import retention

    retention.remove_expired()


@shared_task(queue="default")
def sweep_removed() -> None:
    from training import sweeps

    sweeps.sweep_removed()


@worker_ready.connect
def sweep_at_start(**_: Any) -> None:
    """A worker that starts after a crash finds at once what the crash left behind."""
    sweep_runs.delay()
