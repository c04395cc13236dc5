"""A run on a disk that is nearly full: it waits, and that is no attempt."""

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from annotations.models import Project
from runner import heartbeats
from tests.training.conftest import evaluation_of
from training import dispatch, execution, runs, sweeps
from training.engine import checkpoint
from training.engine.report import OnEpoch, Report, Stopped
from training.engine.spec import EngineError, TrainSpec
from training.models import Run, RunState, Version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey", "eager_tasks")]

MORE_THAN_THERE_IS = 10**15
Engine = Callable[[TrainSpec, Path, OnEpoch], None]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The runs whose task was put on the queue; the tests train themselves."""
    found: list[Any] = []

    def send(run_id: UUID) -> bool:
        found.append(run_id)
        return True

    monkeypatch.setattr(dispatch, "train", send)
    return found


@pytest.fixture
def run(annotated_project: Project, alice: User) -> Run:
    return runs.start(annotated_project, alice)


@pytest.fixture
def engine(published_bundle: Path) -> Engine:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        for step in ("preparing", "training"):
            if not on_epoch(Report(step=step, fraction=0.5)):
                raise Stopped
        (folder / "bundle").symlink_to(published_bundle)
        (folder / "evaluation.json").write_text(json.dumps(evaluation_of(8)))

    return train


def after(run: Run, engine: Engine) -> Run:
    execution.execute(run.pk, engine, lambda bundle, folder: {})
    run.refresh_from_db()
    return run


def full(error: Exception, settings: Settings) -> Engine:
    """The disk fills up while the engine works."""

    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        settings.MIN_FREE_BYTES = MORE_THAN_THERE_IS
        raise error

    return train


def test_no_training_is_started_where_there_is_no_room(
    annotated_project: Project, alice_client: APIClient, settings: Settings
) -> None:
    settings.MIN_FREE_BYTES = MORE_THAN_THERE_IS
    answer = alice_client.post(f"/api/v1/projects/{annotated_project.pk}/runs", {})
    assert answer.status_code == 507
    assert "must stay free" in answer.json()["error"]["message"]
    assert not Run.objects.exists()


def test_a_run_that_waits_is_not_begun_until_there_is_room(
    run: Run, engine: Engine, settings: Settings, alice_client: APIClient, sent: list[Any]
) -> None:
    settings.MIN_FREE_BYTES = MORE_THAN_THERE_IS
    assert (after(run, engine).state, run.attempts) == (RunState.QUEUED, 0)
    heartbeats.beat("training")
    sent.clear()
    sweeps.sweep()
    assert sent == []
    assert alice_client.get(f"/api/v1/runs/{run.pk}").json()["waits_for_room"] is True
    settings.MIN_FREE_BYTES = 0
    sweeps.sweep()
    assert sent == [run.pk]
    assert alice_client.get(f"/api/v1/runs/{run.pk}").json()["waits_for_room"] is False
    assert (after(run, engine).state, run.attempts) == (RunState.READY, 1)


def test_one_that_runs_stops_at_its_next_report_and_that_is_no_attempt(
    run: Run, engine: Engine, settings: Settings
) -> None:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        assert on_epoch(Report(step="training"))
        settings.MIN_FREE_BYTES = MORE_THAN_THERE_IS
        engine(spec, folder, on_epoch)

    assert (after(run, train).state, run.attempts, run.failure) == (RunState.QUEUED, 0, "")
    assert mail.outbox == []
    settings.MIN_FREE_BYTES = 0
    assert (after(run, engine).state, run.attempts) == (RunState.READY, 1)
    assert Version.objects.count() == 1


def wrapped() -> Exception:
    error = EngineError("The bundle could not be written.")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError("UNKNOWN: saved_model.pb; No space left on device"),
        wrapped(),
    ],
    ids=["a file", "a quota", "a library", "the engine"],
)
def test_one_that_meets_the_full_disk_waits_and_that_is_no_attempt(
    error: Exception, run: Run, engine: Engine, settings: Settings
) -> None:
    assert (after(run, full(error, settings)).state, run.attempts, run.failure) == (RunState.QUEUED, 0, "")
    settings.MIN_FREE_BYTES = 0
    assert (after(run, engine).state, run.attempts) == (RunState.READY, 1)


def test_one_that_needs_more_than_there_is_fails_rather_than_tries_for_ever(run: Run) -> None:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert after(run, train).state == RunState.FAILED
    assert run.failure.startswith("The disk is full. Free some space")


def test_cancelling_a_run_that_waits_for_room_ends_it(run: Run, engine: Engine, settings: Settings) -> None:
    settings.MIN_FREE_BYTES = MORE_THAN_THERE_IS
    after(run, engine)
    assert runs.cancel(run).state == RunState.CANCELLED


def test_a_progress_that_the_database_does_not_take_ends_no_training(run: Run, engine: Engine) -> None:
    """Its table is out of reach for a moment, as while somebody else writes for long."""

    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE training_run RENAME TO away")
        try:
            assert on_epoch(Report(step="training"))
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE away RENAME TO training_run")
        engine(spec, folder, on_epoch)

    assert after(run, train).state == RunState.READY


def test_a_checkpoint_that_does_not_fit_leaves_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    first = checkpoint.Checkpoint({"epoch": 1})
    checkpoint.save(tmp_path, "reader", first)
    (tmp_path / checkpoint.FOLDER / "reader.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(tmp_path, "reader", checkpoint.Checkpoint({"epoch": 2}))
    assert [path.name for path in (tmp_path / checkpoint.FOLDER).iterdir()] == ["reader.npz"]
    found = checkpoint.load(tmp_path, "reader")
    assert found is not None
    assert found.numbers == {"epoch": 1}
