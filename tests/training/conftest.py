"""Runs of Alice's project, in any state, without training anything."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from annotations import projects
from annotations.models import Project, Snapshot
from server import heartbeats
from training import runs
from training.models import Run, RunState
from training.runs import Lease

MakeRun = Callable[..., Run]


@pytest.fixture
def snapshot(project: Project, alice: User) -> Snapshot:
    counts = {"images": {"train": 3, "test": 2}, "regions": {"train": 3, "test": 2}, "labels": {"number_plate": 5}}
    return Snapshot.objects.create(
        project=project, digest="d" * 64, manifest="snapshots/none.jsonl", counts=counts, created_by=alice
    )


@pytest.fixture
def make_run(snapshot: Snapshot, alice: User) -> MakeRun:
    def make(state: RunState = RunState.QUEUED, **fields: Any) -> Run:
        values = {
            "project": snapshot.project,
            "number": Run.objects.count() + 1,
            "snapshot": snapshot,
            "spec": {"project": "Plates", "labels": [{"name": "number_plate"}], "network": "ppocr"},
            "started_by": alice,
            "steps": {"queued": timezone.now().isoformat()},
            "sent_at": timezone.now(),
        }
        return Run.objects.create(state=state, **{**values, **fields})

    return make


@pytest.fixture
def other_project_run(alice: User, make_run: MakeRun) -> MakeRun:
    """Makes runs of another project of Alice's."""
    other = projects.create(alice, "Meters", ["reading"])

    def make(state: RunState = RunState.QUEUED, **fields: Any) -> Run:
        return make_run(state, project=other, **fields)

    return make


@pytest.fixture
def held(make_run: MakeRun) -> tuple[Run, Lease]:
    """A run that a worker has claimed."""
    run = runs.claim(make_run().pk, "worker-1")
    assert run is not None
    return run, Lease(run.pk, "worker-1")


def silent_for(run: Run, seconds: float) -> None:
    """As if the worker of a run had not been heard of for a while."""
    Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=seconds))


@pytest.fixture
def training_worker(valkey: Any) -> Iterator[None]:
    """The heartbeat that a training worker leaves."""
    heartbeats.beat("training")
    yield
    heartbeats.stop("training")
