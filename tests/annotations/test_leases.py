"""Imports are held by a lease: whoever dies or falls silent loses it, and what waits is never forgotten."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import room
from accounts.models import User
from annotations import archives, holders, importing, intake, leases, projects
from annotations.models import Image, Import, Membership, Project, Role
from tests.annotations.test_archives import picture, send, zipped
from tests.cast import signed_in

MakeImport = Callable[..., Import]


@pytest.fixture
def make_import(project: Project, alice: User, valkey: redis.Redis) -> MakeImport:
    def make(**fields: Any) -> Import:
        values = {"format": "files", "name": "a.zip", "file": "imports/none", "sent_at": timezone.now(), "user": alice}
        return Import.objects.create(project=project, **{**values, **fields})

    return make


def gone() -> str:
    """The token of a process that was here and is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{holders.place()}:{process.pid}:x"


def long_ago(seconds: float = 3600) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def now(made: Import) -> tuple[str, int, str]:
    made.refresh_from_db()
    return made.state, made.attempts, made.owner_token


def test_of_two_workers_one_gets_the_import(make_import: MakeImport) -> None:
    made = make_import()
    claims = [importing.claim(made.id), importing.claim(made.id)]
    assert [claim is not None for claim in claims] == [True, False]


@pytest.mark.parametrize(
    ("token", "silent", "lost"),
    [(gone(), 0, True), ("elsewhere:1:x", 3600, True), ("elsewhere:1:x", 5, False), (holders.new_token(), 5, False)],
    ids=["gone from this machine", "silent on another", "alive on another", "alive on this machine"],
)
def test_what_the_dead_and_the_silent_hold_waits_again(
    token: str, silent: float, lost: bool, make_import: MakeImport, valkey: redis.Redis
) -> None:
    made = make_import(state="running", owner_token=token, heartbeat_at=long_ago(silent), attempts=1)
    importing.sweep()
    assert now(made) == (("waiting", 1, "") if lost else ("running", 1, token))
    assert valkey.llen("default") == lost


def test_a_worker_whose_clock_is_behind_keeps_its_import(
    make_import: MakeImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_import()
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: long_ago(600))
        assert importing.claim(made.id)
    Import.objects.update(owner_token="elsewhere:1:x")
    importing.sweep()
    assert now(made)[0] == "running"


def test_a_worker_that_comes_back_after_it_was_given_up_writes_nothing(make_import: MakeImport) -> None:
    made = make_import()
    running = importing.claim(made.id)
    assert running is not None
    Import.objects.update(owner_token="another")
    assert not importing.LEASES.beat(running.lease)
    assert not importing.finish(running)
    assert now(made) == ("running", 1, "another")


def test_an_import_whose_worker_dies_the_third_time_fails_and_says_how_far_it_came(
    make_import: MakeImport, valkey: redis.Redis
) -> None:
    made = make_import(state="running", owner_token=gone(), attempts=3, done=120, total=400)
    importing.sweep()
    assert now(made)[0] == "failed"
    assert made.failure == (
        "The process that took a.zip in was killed three times; most often the machine ran out of memory. It had come "
        "to 120 of 400 parts; what was taken in by then stays. For the rest, upload it again, perhaps in smaller "
        "parts: what is there already is recognised."
    )
    assert valkey.llen("default") == 0


def test_what_waits_is_sent_again_when_the_queue_has_lost_it(make_import: MakeImport, valkey: redis.Redis) -> None:
    made = make_import(sent_at=long_ago(60))
    importing.sweep()
    assert valkey.llen("default") == 1
    Import.objects.update(sent_at=long_ago(60))
    importing.sweep()  # its message lies there
    assert valkey.llen("default") == 1
    assert now(made)[0] == "waiting"


def test_what_was_sent_just_now_is_not_sent_again(make_import: MakeImport, valkey: redis.Redis) -> None:
    make_import(sent_at=long_ago(1))
    importing.sweep()
    assert valkey.llen("default") == 0


def test_a_worker_that_is_told_to_stop_gives_its_import_back_and_that_start_does_not_count(
    make_import: MakeImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_import()
    monkeypatch.setattr(archives, "run_files", raising(SystemExit(0)))
    with pytest.raises(SystemExit):
        intake.run(made.id)
    assert now(made) == ("waiting", 0, "")


NO_ROOM = "The server's disk is nearly full. It goes on as soon as there is room again."


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device"), NO_ROOM),
        (room.refusal(12_000_000), NO_ROOM),
        (OperationalError("database is locked"), "The database does not answer. It goes on as soon as it does."),
    ],
)
def test_what_passes_by_itself_ends_no_import(
    error: Exception, sentence: str, make_import: MakeImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_import()
    monkeypatch.setattr(archives, "run_files", raising(error))
    intake.run(made.id)
    assert now(made) == ("waiting", 0, "")
    assert made.failure == sentence
    assert importing.claim(made.id)
    made.refresh_from_db()
    assert made.failure == ""


@pytest.mark.parametrize("state", ["waiting", "running"])
@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("alice", 200), ("dora", 403), ("charlie", 404)])
def test_an_import_is_cancelled_by_who_started_it_or_an_owner(
    state: str, who: str, status: int, make_import: MakeImport, project: Project, bob: User, charlie: User
) -> None:
    dora = User.objects.create_user("dora@example.org", "a-long-enough-password")
    Membership.objects.create(project=project, user=dora, role=Role.ANNOTATOR)
    key = default_storage.save("imports/x", ContentFile(b"PK"))
    made = make_import(user=bob, state=state, file=key)
    answer = signed_in(User.objects.get(email=f"{who}@example.org")).post(f"/api/v1/imports/{made.id}/cancel")
    assert answer.status_code == status
    assert now(made)[0] == ("cancelled" if status == 200 else state)
    assert default_storage.exists(key) == (status != 200)


def test_a_cancelled_import_stops_at_its_next_picture_and_keeps_what_it_has(
    alice_client: APIClient, project: Project, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(alice_client, project, zipped({f"{n}.jpg": picture(n) for n in range(4)})).json()["import"]
    move = importing.move

    def cancelled_meanwhile(running: Import, *arguments: Any, **counter: Any) -> None:
        move(running, *arguments, **counter)
        if running.done == 2:
            assert alice_client.post(f"/api/v1/imports/{sent['id']}/cancel").json()["state"] == "cancelled"

    monkeypatch.setattr(importing, "move", cancelled_meanwhile)
    intake.run(sent["id"])
    told = alice_client.get(f"/api/v1/imports/{sent['id']}").json()
    assert (told["state"], told["done"], told["report"]["images"], Image.objects.count()) == ("cancelled", 2, 2, 2)
    again = alice_client.post(f"/api/v1/imports/{sent['id']}/cancel")
    assert again.status_code == 200
    Import.objects.update(state="done")
    assert alice_client.post(f"/api/v1/imports/{sent['id']}/cancel").status_code == 409


def test_the_imports_of_a_deleted_project_end(make_import: MakeImport, project: Project) -> None:
    waiting, running = make_import(), make_import(state="running", owner_token="elsewhere:1:x", attempts=1)
    done = make_import(state="done")
    projects.delete(project)
    assert [now(made)[0] for made in (waiting, running, done)] == ["cancelled", "cancelled", "done"]
    assert waiting.failure == "The project was deleted."


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: Any) -> None:
        raise error

    return fail


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_a_single_picture_takes_long(
    make_import: MakeImport, settings: Settings, data_dir: Path
) -> None:
    settings.RUN_HEARTBEAT_SECONDS = 0.02
    running = importing.claim(make_import().id)
    assert running is not None
    Import.objects.update(heartbeat_at=long_ago())
    until = time.monotonic() + 10
    with leases.Kept(importing.LEASES, running.lease):
        while not Import.objects.filter(heartbeat_at__gt=long_ago(60)).exists():
            assert time.monotonic() < until
            time.sleep(0.02)
