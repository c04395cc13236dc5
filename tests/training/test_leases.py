"""Machines whose clocks differ: leases, and what is sent again, go by the database's clock alone."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from annotations.models import Project
from runner import heartbeats
from tests.training.conftest import MakeRun, MakeVersion, silent_for
from training import comparisons, predictions, runs
from training.engine.report import Report
from training.models import Comparison, ComparisonState, Prediction, Run, RunState

pytestmark = pytest.mark.usefixtures("valkey")

OnAMachine = Callable[[timedelta], AbstractContextManager[None]]
HOURS = [timedelta(hours=-2), timedelta(hours=2)]


@pytest.fixture
def clock_off_by(monkeypatch: pytest.MonkeyPatch) -> OnAMachine:
    """As on a machine whose clock is off."""

    @contextmanager
    def on_a_machine(off: timedelta) -> Iterator[None]:
        right = timezone.now
        with monkeypatch.context() as its:
            its.setattr(timezone, "now", lambda: right() + off)
            yield

    return on_a_machine


@pytest.mark.parametrize("off", HOURS)
def test_a_worker_whose_clock_is_off_keeps_its_run(make_run: MakeRun, clock_off_by: OnAMachine, off: timedelta) -> None:
    run = make_run()
    with clock_off_by(off):
        assert runs.claim(run.pk, "worker-1")
    assert runs.sweep_lost() == []
    lease = runs.Lease(run.pk, "worker-1")
    with clock_off_by(off):
        runs.beat(lease)
    assert runs.sweep_lost() == []
    with clock_off_by(off):
        runs.note_progress(lease, Report(step="training"))
    assert runs.sweep_lost() == []


@pytest.mark.parametrize("off", HOURS)
def test_a_silent_run_is_taken_back_by_a_machine_whose_clock_is_off(
    held: tuple[Run, runs.Lease], clock_off_by: OnAMachine, off: timedelta
) -> None:
    run, _ = held
    silent_for(run, 61)
    with clock_off_by(off):
        assert runs.sweep_lost() == [run.pk]
        assert runs.sweep_lost() == []


@pytest.mark.parametrize("off", HOURS)
def test_a_comparison_stays_with_a_worker_whose_clock_is_off(
    project: Project, alice: User, clock_off_by: OnAMachine, off: timedelta
) -> None:
    made = Comparison.objects.create(project=project, of="1,2", started_by=alice)
    lease = comparisons.Lease(made.pk, "worker-1")
    with clock_off_by(off):
        assert comparisons.claim(lease)
        assert comparisons.note(lease, 1, 2)
    comparisons.sweep()
    made.refresh_from_db()
    assert (made.state, made.owner_token) == (ComparisonState.RUNNING, "worker-1")


@pytest.mark.parametrize("off", HOURS)
def test_what_waits_is_sent_again_by_the_databases_clock(
    make_run: MakeRun, make_version: MakeVersion, alice: User, valkey: Any, clock_off_by: OnAMachine, off: timedelta
) -> None:
    version = make_version()
    run = make_run(sent_at=None)
    asked = {"project": version.project, "version": version, "user": alice, "via": "api"}
    Prediction.objects.create(**asked, name="a.png", sent_at=None)
    Comparison.objects.create(project=version.project, of="1,2", started_by=alice)
    heartbeats.beat("predict")
    with clock_off_by(off):
        assert runs.resend_waiting(workers=1) == run.pk
        predictions.sweep_waiting()
        comparisons.sweep()
    assert valkey.llen("predict") == 2
    assert runs.resend_waiting(workers=1) is None
    predictions.sweep_waiting()
    comparisons.sweep()
    assert valkey.llen("predict") == 2


@pytest.mark.parametrize("off", HOURS)
def test_a_mail_is_sent_again_though_the_run_ended_on_a_machine_whose_clock_is_off(
    held: tuple[Run, runs.Lease], clock_off_by: OnAMachine, off: timedelta
) -> None:
    run, lease = held
    with clock_off_by(off):
        assert runs.fail(lease, "The disk is full.")
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.finished_at is not None
    assert abs(run.finished_at - timezone.now()) < timedelta(minutes=1)
