"""Putting tasks on their queues.

A broker that is away loses nothing: the row says what waits, and the sweep sends it again.
"""

import logging
from typing import Any
from uuid import UUID

from celery import Task
from kombu.exceptions import OperationalError

from training import tasks

log = logging.getLogger(__name__)


def train(run_id: UUID) -> bool:
    return _send(tasks.train, run_id)


def predict(prediction_id: UUID) -> bool:
    return _send(tasks.predict, prediction_id)


def compare(comparison_id: UUID) -> bool:
    return _send(tasks.compare, comparison_id)


def mail_run(run_id: UUID) -> bool:
    return _send(tasks.mail_run, run_id)


def _send(task: "Task[..., Any]", row_id: UUID) -> bool:
    """False when the broker cannot be reached."""
    try:
        task.delay(str(row_id))
    except OperationalError as error:
        log.error("%s of %s could not be sent, the sweep will try again: %s", task.name, row_id, error)
        return False
    return True
