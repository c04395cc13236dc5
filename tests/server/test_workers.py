"""Real workers in processes of their own, on a real Valkey."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import redis
from django.conf import settings

from runner import heartbeats
from server.celery import app
from tests.cast import database_url
from training import tasks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def worker(valkey: redis.Redis, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(kind: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "GLYPHSMITH_DATA": str(tmp_path),
            "REDIS_URL": settings.REDIS_URL,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.server.worker_settings",
        }
        process = subprocess.Popen([sys.executable, "manage.py", "worker", kind], cwd=ROOT, env=environment)
        started.append(process)
        until(lambda: heartbeats.alive()[kind])
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def send(kind: str, seconds: float, diary: Path) -> None:
    app.send_task("tests.server.naps.nap", [seconds, str(diary)], queue=kind)


def words(diary: Path) -> list[str]:
    return diary.read_text().split() if diary.exists() else []


@pytest.mark.parametrize("kind", heartbeats.KINDS)
def test_told_to_stop_it_stops_in_time_and_its_task_goes_back(
    kind: str, worker: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path, valkey: redis.Redis
) -> None:
    process = worker(kind)
    lull = tmp_path / "lull"
    send(kind, 60, lull)
    until(lambda: words(lull) == ["asleep"])
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    assert time.monotonic() - asked < 10
    assert not heartbeats.alive()[kind]
    assert valkey.llen(kind) >= 1  # a default worker also sends itself a sweep when it starts


@pytest.mark.parametrize("kind", heartbeats.KINDS)
def test_it_stops_in_time_though_it_waits_in_vain_and_its_task_goes_back(
    kind: str,
    worker: Callable[[str], subprocess.Popen[bytes]],
    tmp_path: Path,
    valkey: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STUCK_WHILE_STOPPING", "yes")
    process = worker(kind)
    lull = tmp_path / "lull"
    send(kind, 60, lull)
    until(lambda: words(lull) == ["asleep"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 1
    assert not heartbeats.alive()[kind]
    assert valkey.llen(kind) >= 1


def test_the_default_worker_sends_the_periodic_tasks(
    worker: Callable[[str], subprocess.Popen[bytes]], valkey: redis.Redis
) -> None:
    worker("default")
    until(lambda: valkey.llen("clock") == 2)


def test_each_run_gets_a_fresh_process_and_the_next_waits_for_whoever_is_free(
    worker: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path, valkey: redis.Redis
) -> None:
    worker("training")
    first, second = tmp_path / "first", tmp_path / "second"
    send("training", 2, first)
    send("training", 0, second)
    until(lambda: words(first) == ["asleep"])
    assert valkey.llen("training") == 1  # not taken by a worker that has no hand free
    until(lambda: words(second) == ["asleep", "awake"])
    assert words(first) == ["asleep", "awake"]


@pytest.mark.django_db(transaction=True)
def test_the_message_of_a_run_that_does_not_wait_costs_no_process(
    worker: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path, valkey: redis.Redis
) -> None:
    process = worker("training")
    hands = [child.pid for child in psutil.Process(process.pid).children()]
    tasks.train.delay(str(uuid4()))
    nap = tmp_path / "nap"
    send("training", 0, nap)
    until(lambda: words(nap) == ["asleep", "awake"])
    assert nap.with_suffix(".pid").read_text() in map(str, hands)
    until(lambda: valkey.hlen("unacked") == 0)
