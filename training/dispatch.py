"""Putting tasks on their queues.

A broker that is away, or takes nothing, loses nothing: the row says what waits, and the sweep sends it again.
"""

import logging
from typing import Any
from uuid import UUID

from celery import Task
from kombu.exceptions import OperationalError
from redis import RedisError

from training import tasks

log = logging.getLogger(__name__)


def freeze(run_id: UUID) -> bool:
    return _send(tasks.freeze, run_id)


def train(run_id: UUID) -> bool:
    return _send(tasks.train, run_id)


def predict(prediction_id: UUID) -> bool:
    return _send(tasks.predict, prediction_id)


def compare(comparison_id: UUID) -> bool:
    return _send(tasks.compare, comparison_id)


def mail_run(run_id: UUID) -> bool:
    return _send(tasks.mail_run, run_id)


def _send(task: "Task[..., Any]", row_id: UUID) -> bool:
    """False when the broker cannot be reached, or its disk is full."""
    try:
        task.delay(str(row_id))
    except (OperationalError, RedisError) as error:
        log.error("%s of %s could not be sent, the sweep will try again: %s", task.name, row_id, error)
        return False
    return True
