"""A training on a disk that is filled under it, and is given room again: takes some ten minutes on two cores.

Not part of the gate, as its name does not begin with `test_`:

    .venv/bin/python -m pytest tests/long/full_disk.py

Needs Linux, and root or user namespaces (tests/small_disk.py); up to 1.2 GB of memory for the disk.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from annotations.drawn import draw_scene
from tests import small_disk
from tests.server.test_full_disk import EMAIL, PASSWORD, Person, processes, until
from tests.small_disk import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

SIZE = "1200m"
PLATES = 12


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with small_disk.started(tmp_path, SIZE, MIN_FREE_BYTES="300000000", RUN_LEASE_SECONDS="20") as running:
        yield running


@pytest.fixture
def alice(server: Server) -> Person:
    person = Person(server.address)
    person.post("/api/v1/session/first-account", {"email": EMAIL, "password": PASSWORD, "name": "Alice"})
    return person


@pytest.fixture
def project(alice: Person) -> str:
    made = alice.post("/api/v1/projects", {"name": "Plates", "labels": ["number_plate"]}).json()
    for seed in range(PLATES):
        scene = draw_scene(seed, (320, 240), easy=True)
        buffer = BytesIO()
        scene.image.save(buffer, "PNG")
        files = {"file": (f"{seed}.png", buffer.getvalue(), "image/png")}
        image = alice.post(f"/api/v1/projects/{made['id']}/images", files=files).json()["images"][0]["id"]
        for region in scene.regions:
            body = {"label": made["labels"][0]["id"], "quad": region.quad, "text": region.text}
            assert alice.post(f"/api/v1/images/{image}/regions", body).status_code == 201
    return str(made["id"])


def run_of(alice: Person, run: str) -> dict[str, Any]:
    return dict(alice.get(f"/api/v1/runs/{run}").json())


def started(alice: Person, project: str) -> str:
    body = {"options": {"finder_epochs": 2, "reader_epochs": 2}}
    run = str(alice.post(f"/api/v1/projects/{project}/runs", body).json()["id"])
    until(lambda: (run_of(alice, run)["progress"].get("epoch") or 0) >= 1, 600)
    return run


def ends_well(server: Server, alice: Person, run: str, before: dict[str, dict[str, Any]]) -> None:
    server.make_room()
    ended = until(lambda: (told := run_of(alice, run))["finished_at"] and told, 900)
    assert ended["state"] == "ready", ended["failure"]
    assert ended["attempts"] == 1
    epochs = alice.get(f"/api/v1/runs/{run}/epochs").json()
    places = [(line["part"], line["epoch"]) for line in epochs]
    assert len(places) == len(set(places)), "an epoch stands twice in the curve"
    assert len(until(lambda: list((server.disk / "outbox").glob("*.eml")), 60)) == 1
    pids = {name: each["pid"] for name, each in processes(server).items()}
    assert pids == {name: each["pid"] for name, each in before.items()}


def test_a_training_waits_while_the_disk_is_nearly_full(server: Server, alice: Person, project: str) -> None:
    before = processes(server)
    run = started(alice, project)
    server.fill(leave=50_000_000)
    waits = until(lambda: (told := run_of(alice, run))["state"] == "queued" and told, 180)
    assert (waits["attempts"], waits["waits_for_room"], waits["failure"]) == (0, True, "")
    ends_well(server, alice, run, before)


def test_a_training_waits_on_a_disk_with_not_a_byte_left(server: Server, alice: Person, project: str) -> None:
    before = processes(server)
    run = started(alice, project)
    server.fill()
    until(lambda: not (server.disk / "reserve").exists(), 10)
    while server.free():
        server.fill()
    said = until(lambda: "too little room is left on the disk" in log_of(server, run), 300)
    assert said
    assert alice.get(f"/api/v1/projects/{project}/images").status_code == 200
    ends_well(server, alice, run, before)


def log_of(server: Server, run: str) -> str:
    """What the run said, in its own log as far as the disk took it, and in the worker's lines."""
    return (server.disk / "runs" / run / "log.txt").read_text(errors="replace") + server.said()
