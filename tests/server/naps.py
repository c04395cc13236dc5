"""Tasks for the test of the workers: they write what they do into a file."""

import os
import time
from pathlib import Path

from celery import shared_task
from celery.worker.consumer import Consumer

if os.environ.get("STUCK_WHILE_STOPPING"):
    setattr(Consumer, "cancel_active_requests", lambda self: time.sleep(3600))  # noqa: B010  (mypy: a method)


@shared_task
def nap(seconds: float, diary: str) -> None:
    Path(diary).with_suffix(".pid").write_text(str(os.getpid()))
    write(diary, "asleep")
    time.sleep(seconds)
    write(diary, "awake")


def write(diary: str, word: str) -> None:
    with Path(diary).open("a") as file:
        file.write(word + "\n")
