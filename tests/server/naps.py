"""Tasks for the test of the workers: they write what they do into a file."""

import time
from pathlib import Path

from celery import shared_task


@shared_task
def nap(seconds: float, diary: str) -> None:
    write(diary, "asleep")
    time.sleep(seconds)
    write(diary, "awake")


def write(diary: str, word: str) -> None:
    with Path(diary).open("a") as file:
        file.write(word + "\n")
