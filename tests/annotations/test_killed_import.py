"""Workers that are killed in the middle of an import: real processes, on the tests' own database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from annotations.drawn import draw_scene
from annotations.models import Image, Import, Project
from tests.annotations.conftest import encoded, upload
from tests.annotations.test_archives import zipped

ROOT = Path(__file__).resolve().parents[2]
PICTURES = 60

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start_worker(valkey: redis.Redis, data_dir: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []
    name = str(connection.settings_dict["NAME"])
    on_postgres = os.environ.get("DATABASE_URL", "").replace("/postgres?", f"/{name}?")
    environment = {
        **os.environ,
        "GLYPHSMITH_DATA": str(data_dir),
        "REDIS_URL": settings.REDIS_URL,
        "TEST_WORKER_DATABASE": on_postgres or f"sqlite:///{name}",
        "TEST_WORKER_MEDIA": str(data_dir / "media"),
        "DJANGO_SETTINGS_MODULE": "tests.annotations.worker_settings",
    }

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "worker", "default"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return started[-1]

    yield start
    for process in started:
        kill_all(process)


def kill_all(worker: subprocess.Popen[bytes]) -> None:
    """The worker and its children at once, as when a machine loses its power."""
    if worker.poll() is None:
        parent = psutil.Process(worker.pid)
        for process in [*parent.children(recursive=True), parent]:
            process.kill()
    worker.wait()


def until(true: Callable[[Import], bool], seconds: float = 60) -> Import:
    end = time.monotonic() + seconds
    while not true(made := Import.objects.get()):
        assert time.monotonic() < end, f"waited in vain: {made.state}, {made.done} of {made.total}"
        time.sleep(0.02)
    return made


def holder(made: Import) -> int:
    return int(made.owner_token.split(":")[1])


def test_an_import_whose_worker_is_killed_is_taken_up_where_it_was_and_counts_each_picture_once(
    start_worker: Start, project: Project, alice: User, client: Client
) -> None:
    scene = draw_scene(1, (480, 360)).image
    pictures: dict[str, bytes] = {}
    for number in range(PICTURES):
        scene.putpixel((number, 0), (255, 0, 255))
        pictures[f"{number:02}.jpg"] = encoded(scene, "PNG")
    client.force_login(alice)
    address = f"/api/v1/projects/{project.id}"
    sent: Any = client.post(f"{address}/images", upload(zipped(pictures), "a.zip"))
    assert sent.status_code == 202

    first = start_worker()
    made = until(lambda found: found.done >= 3)
    os.kill(holder(made), signal.SIGKILL)  # the child alone: the worker has another one soon
    before = made.done
    made = until(lambda found: found.attempts == 2 and found.state == "running" and found.done > before)
    told = client.get(f"/api/v1/imports/{made.id}").json()
    assert told["note"] == "Taken up again after an interruption."
    kill_all(first)
    start_worker()

    made = until(lambda found: found.state == "done")
    assert (made.attempts, made.done, made.report["images"], made.report["left_out"]) == (3, PICTURES, PICTURES, [])
    assert sorted(Image.objects.values_list("name", flat=True)) == sorted(pictures)
