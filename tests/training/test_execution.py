"""A run from claim to end: whatever the engine does becomes one consistent state, one mail, one log."""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from annotations.models import Project, Snapshot
from tests.training.conftest import evaluation_of
from training import execution, folders, runs
from training.api.shapes import RunShape
from training.engine.report import OnEpoch, Report, Stopped
from training.engine.spec import EngineError, TrainSpec
from training.models import Run, RunState, Version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey", "eager_mail")]

Engine = Callable[[TrainSpec, Path, OnEpoch], None]


@pytest.fixture
def eager_mail(eager_tasks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks run where they are called, but for the training itself: these tests call it."""
    monkeypatch.setattr("training.dispatch.train", lambda run_id: True)


@pytest.fixture
def run(annotated_project: Project, alice: User) -> Run:
    return runs.start(annotated_project, alice)


@pytest.fixture
def engine(published_bundle: Path) -> Engine:
    """Leaves what the engine leaves, with the published networks for trained ones."""

    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        for step in ("preparing", "training", "exporting", "evaluating"):
            if not on_epoch(Report(step=step, fraction=0.5)):
                raise Stopped
        (folder / "bundle").symlink_to(published_bundle)
        (folder / "evaluation.json").write_text(json.dumps(evaluation_of(8)))

    return train


def never(bundle: Path, folder: Path) -> dict[str, Any]:
    raise AssertionError("there is nothing to compare with")


def raising(error: BaseException) -> Engine:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        raise error

    return train


def ended(run: Run, engine: Engine) -> Run:
    execution.execute(run.pk, engine, never)
    run.refresh_from_db()
    return run


def test_a_run_becomes_a_live_version_and_a_mail(run: Run, engine: Engine) -> None:
    assert ended(run, engine).state == RunState.READY
    version = Version.objects.get()
    assert (version.number, version.live, version.accuracy) == (1, True, 0.8)
    assert list(RunShape(run).data["steps"]) == [
        "queued", "preparing", "training", "exporting", "evaluating", "ready",
    ]  # fmt: skip
    assert [sent.subject for sent in mail.outbox] == ["Plates v1 is ready: 80 %"]


def test_the_run_folder_is_what_the_engine_needs(run: Run) -> None:
    seen: dict[str, Any] = {}

    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        seen["spec"] = spec
        seen["lines"] = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
        seen["there"] = all((folder / line["image"]).is_file() for line in seen["lines"])
        raise EngineError("Enough.")

    ended(run, train)
    assert seen["spec"].label_names == ("number_plate",)
    assert {line["split"] for line in seen["lines"]} == {"train", "test"}
    assert len(seen["lines"]) == 12
    assert seen["there"]


def test_a_second_delivery_of_the_task_does_nothing(run: Run, engine: Engine) -> None:
    ended(run, engine)
    assert ended(run, raising(AssertionError("trained twice"))).state == RunState.READY
    assert Version.objects.count() == 1


def test_a_delivery_during_the_run_does_nothing(run: Run, engine: Engine) -> None:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        execution.execute(run.pk, raising(AssertionError("trained twice")), never)
        engine(spec, folder, on_epoch)

    assert ended(run, train).state == RunState.READY


def test_the_task_of_a_run_that_is_gone_does_nothing(run: Run) -> None:
    run_id = run.pk
    run.delete()
    execution.execute(run_id, raising(AssertionError("trained nothing")), never)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EngineError("No region has a text."), "No region has a text."),
        (MemoryError(), "The machine ran out of memory while training."),
        (OSError(28, "No space left on device"), "The disk is full."),
        (ZeroDivisionError("division by zero"), "a fault nobody foresaw (ZeroDivisionError: division by zero)"),
    ],
)
def test_a_failure_is_a_sentence_in_the_run_and_in_the_mail(run: Run, error: Exception, said: str) -> None:
    assert ended(run, raising(error)).state == RunState.FAILED
    assert said in run.failure
    assert [sent.subject for sent in mail.outbox] == ["Training of Plates failed"]
    assert said in mail.outbox[0].body


def test_a_cancelled_run_stops_at_its_next_report_and_sends_no_mail(run: Run, engine: Engine) -> None:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        assert on_epoch(Report(step="training"))
        runs.cancel(Run.objects.get(pk=run.pk))
        engine(spec, folder, on_epoch)

    assert ended(run, train).state == RunState.CANCELLED
    assert not Version.objects.exists()
    assert mail.outbox == []


def test_cancelling_does_not_wait_for_a_long_computation(run: Run, engine: Engine, settings: Any) -> None:
    settings.RUN_HEARTBEAT_SECONDS = 0.05

    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        runs.cancel(Run.objects.get(pk=run.pk))
        for _ in range(200):
            if Run.objects.get(pk=run.pk).state == RunState.CANCELLED:
                break
            time.sleep(0.05)
        else:
            raise AssertionError("it waits for the engine")
        engine(spec, folder, on_epoch)

    assert ended(run, train).state == RunState.CANCELLED
    assert not Version.objects.exists()


def test_a_stopped_worker_leaves_the_run_to_the_next_which_goes_on(run: Run, engine: Engine) -> None:
    with pytest.raises(SystemExit):
        execution.execute(run.pk, raising(SystemExit(0)), never)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.QUEUED, 0)
    assert ended(run, engine).state == RunState.READY


def test_a_worker_that_is_told_to_stop_while_it_computes_gives_its_run_back(run: Run, engine: Engine) -> None:
    def ignored(*_: object) -> None:
        """As Python's own handler while TensorFlow computes: too late."""

    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        before = signal.signal(signal.SIGTERM, ignored)
        os.kill(os.getpid(), signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
        for _ in range(200):
            if Run.objects.get(pk=run.pk).state == RunState.QUEUED:
                break
            time.sleep(0.05)
        engine(spec, folder, on_epoch)

    assert ended(run, train).state == RunState.QUEUED
    assert (run.attempts, run.owner_token, run.sent_at) == (0, "", None)
    assert ended(run, engine).state == RunState.READY


def test_a_worker_that_lost_its_run_leaves_it_alone(run: Run, engine: Engine) -> None:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        Run.objects.filter(pk=run.pk).update(owner_token="another worker")
        engine(spec, folder, on_epoch)

    assert ended(run, train).state == RunState.PREPARING
    assert run.owner_token == "another worker"


def test_the_lease_is_renewed_while_the_engine_is_busy(run: Run, engine: Engine, settings: Any) -> None:
    settings.RUN_HEARTBEAT_SECONDS = 0.05

    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        first = Run.objects.get(pk=run.pk).heartbeat_at
        assert first is not None
        for _ in range(200):
            if Run.objects.get(pk=run.pk).heartbeat_at != first:
                return engine(spec, folder, on_epoch)
            time.sleep(0.05)
        raise AssertionError("the lease was not renewed")

    assert ended(run, train).state == RunState.READY, run.failure


def test_the_log_holds_all_that_was_said_by_any_means(run: Run) -> None:
    def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
        logging.getLogger("engine").info("said by logging")
        sys.__stdout__.write("said by print\n")  # type: ignore[union-attr]
        os.write(2, b"said by C++\n")
        raise ZeroDivisionError("said by the traceback")

    ended(run, train)
    text = folders.log_tail(run.pk)
    for said in ("said by logging", "said by C++", "ZeroDivisionError: said by the traceback"):
        assert text.count(said) == 1, text


def test_another_version_keeps_the_characters_of_the_one_before(run: Run, engine: Engine, alice: User) -> None:
    ended(run, engine)
    second = runs.start(run.project, alice)
    assert second.spec["parent"] == str(folders.bundle(run.pk))


def test_pictures_that_are_gone_are_a_sentence(run: Run, engine: Engine, settings: Any) -> None:
    snapshot = Snapshot.objects.get()
    for image in snapshot.project.images.all():
        (Path(settings.MEDIA_ROOT) / image.file).unlink()
    assert ended(run, engine).state == RunState.FAILED
    assert "deleted for good" in run.failure
