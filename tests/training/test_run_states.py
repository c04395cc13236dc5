"""The state machine of runs: claims, leases, cancelling, and workers that die."""

import subprocess

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import Refusal
from annotations import holders
from tests.training.conftest import MakeRun, silent_for
from training import runs
from training.engine.report import Report
from training.models import ACTIVE_STATES, Run, RunState
from training.runs import Hold, Lease

pytestmark = pytest.mark.usefixtures("valkey")


def state_of(run: Run) -> str:
    return Run.objects.values_list("state", flat=True).get(pk=run.pk)


def test_of_two_claims_one_wins(make_run: MakeRun) -> None:
    run = make_run()
    first, second = runs.claim(run.pk, "worker-1"), runs.claim(run.pk, "worker-2")
    assert first is not None
    assert second is None
    assert (first.state, first.owner_token, first.attempts) == (RunState.PREPARING, "worker-1", 1)
    assert first.started_at is not None
    assert "preparing" in first.steps


def test_a_claim_that_read_before_another_won_comes_too_late(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    read = runs._entered

    def overtaken(*args: object) -> dict[str, str]:
        monkeypatch.setattr(runs, "_entered", read)
        assert runs.claim(run.pk, "worker-2") is not None
        return read(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "_entered", overtaken)
    assert runs.claim(run.pk, "worker-1") is None
    run.refresh_from_db()
    assert (run.owner_token, run.attempts) == ("worker-2", 1)


@pytest.mark.parametrize("state", [s for s in RunState if s is not RunState.QUEUED])
def test_only_a_queued_run_can_be_claimed(make_run: MakeRun, state: RunState) -> None:
    assert runs.claim(make_run(state).pk, "worker-1") is None


def test_the_state_follows_the_engines_step(held: tuple[Run, Lease]) -> None:
    run, lease = held
    for step in ("preparing", "training", "exporting", "evaluating"):
        assert runs.note_progress(lease, Report(step=step, part="reader", epoch=2, epochs=9, fraction=0.4)) is Hold.HELD
        run.refresh_from_db()
        assert run.state == step
        assert run.progress["epoch"] == 2
    assert sorted(run.steps, key=run.steps.__getitem__) == [
        "queued", "preparing", "training", "exporting", "evaluating",
    ]  # fmt: skip


def test_a_step_keeps_the_time_it_was_entered(held: tuple[Run, Lease]) -> None:
    run, lease = held
    runs.note_progress(lease, Report(step="training"))
    run.refresh_from_db()
    entered = run.steps["training"]
    runs.note_progress(lease, Report(step="training", epoch=1))
    run.refresh_from_db()
    assert run.steps["training"] == entered


def test_a_queued_run_is_cancelled_at_once(make_run: MakeRun) -> None:
    run = runs.cancel(make_run())
    assert run.state == RunState.CANCELLED
    assert run.finished_at is not None


@pytest.mark.parametrize("state", ACTIVE_STATES)
def test_a_running_run_stops_where_it_next_reports(make_run: MakeRun, state: RunState) -> None:
    run = make_run(state, owner_token="worker-1", heartbeat_at=timezone.now())
    lease = Lease(run.pk, "worker-1")
    assert runs.cancel(run).state == state
    assert runs.note_progress(lease, Report(step="training")) is Hold.CANCEL
    assert runs.finish_cancelled(lease)
    assert state_of(run) == RunState.CANCELLED
    assert runs.look(lease) is Hold.LOST


@pytest.mark.parametrize("state", [RunState.READY, RunState.FAILED])
def test_an_ended_run_cannot_be_cancelled(make_run: MakeRun, state: RunState) -> None:
    run = make_run(state)
    with pytest.raises(Refusal, match="ended already") as refused:
        runs.cancel(run)
    assert refused.value.status == 409
    assert state_of(run) == state


def test_cancelling_twice_is_cancelling_once(make_run: MakeRun) -> None:
    run = make_run()
    assert runs.cancel(run).finished_at == runs.cancel(run).finished_at


def test_a_cancelled_run_that_fails_meanwhile_is_cancelled(held: tuple[Run, Lease]) -> None:
    run, lease = held
    runs.cancel(run)
    assert not runs.fail(lease, "The disk is full.")
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.CANCELLED, "")


def test_a_failure_keeps_its_sentence(held: tuple[Run, Lease]) -> None:
    run, lease = held
    assert runs.fail(lease, "The disk is full.")
    run.refresh_from_db()
    assert (run.state, run.failure, run.owner_token) == (RunState.FAILED, "The disk is full.", "")


def test_a_stopped_worker_leaves_its_run_to_the_next_and_it_does_not_count(held: tuple[Run, Lease]) -> None:
    run, lease = held
    assert runs.release(lease)
    run.refresh_from_db()
    assert (run.state, run.owner_token, run.attempts) == (RunState.QUEUED, "", 0)
    assert runs.resend_waiting(workers=1) == run.pk


def test_a_stopped_worker_ends_a_run_that_was_being_cancelled(held: tuple[Run, Lease]) -> None:
    run, lease = held
    runs.cancel(run)
    assert not runs.release(lease)
    assert state_of(run) == RunState.CANCELLED


def test_a_beating_worker_keeps_its_run(held: tuple[Run, Lease]) -> None:
    run, lease = held
    silent_for(run, 3600)
    assert runs.beat(lease) is Hold.HELD
    assert runs.sweep_lost() == []


def test_a_killed_workers_run_goes_back_to_the_queue_once(held: tuple[Run, Lease]) -> None:
    run, lease = held
    silent_for(run, 61)
    assert runs.sweep_lost() == [run.pk]
    assert runs.sweep_lost() == []
    assert state_of(run) == RunState.QUEUED
    assert runs.note_progress(lease, Report(step="training")) is Hold.LOST
    assert not runs.finish(lease)
    assert not runs.fail(lease, "too late")
    second = runs.claim(run.pk, "worker-2")
    assert second is not None
    assert second.attempts == 2
    assert runs.claim(run.pk, "worker-3") is None


def test_a_run_whose_process_is_gone_from_this_machine_is_taken_back_at_once(make_run: MakeRun) -> None:
    run = make_run()
    done = subprocess.Popen(["true"])
    done.wait()
    assert runs.claim(run.pk, f"{holders.place()}:{done.pid}:x")
    assert runs.sweep_lost() == [run.pk]


@pytest.mark.parametrize(
    "token", [holders.new_token(), "elsewhere:1:x", "worker-1"], ids=["alive", "elsewhere", "of another form"]
)
def test_a_run_whose_process_lives_or_cannot_be_seen_is_left_to_its_heartbeat(make_run: MakeRun, token: str) -> None:
    assert runs.claim(make_run().pk, token)
    assert runs.sweep_lost() == []


def test_a_run_killed_three_times_has_failed(make_run: MakeRun) -> None:
    run = make_run()
    for attempt in range(1, 4):
        assert runs.claim(run.pk, f"worker-{attempt}")
        silent_for(run, 61)
        runs.sweep_lost()
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.failure.startswith("The training process was killed three times; most often the machine ran out of mem")


def test_a_killed_workers_run_that_was_being_cancelled_is_cancelled(held: tuple[Run, Lease]) -> None:
    run, _ = held
    runs.cancel(run)
    silent_for(run, 61)
    runs.sweep_lost()
    assert state_of(run) == RunState.CANCELLED


def test_waiting_runs_know_their_place(make_run: MakeRun, other_project_run: MakeRun) -> None:
    first, second = make_run(), other_project_run()
    assert (runs.queue_position(first), runs.queue_position(second)) == (1, 2)
    assert runs.claim(first.pk, "worker-1")
    first.refresh_from_db()
    assert (runs.queue_position(first), runs.queue_position(second)) == (None, 1)


def test_a_lost_message_is_sent_again_when_a_worker_is_free(make_run: MakeRun) -> None:
    run = make_run(sent_at=None)
    assert runs.resend_waiting(workers=1) == run.pk
    assert runs.resend_waiting(workers=1) is None


def test_no_message_is_sent_again_while_all_workers_are_busy(make_run: MakeRun, other_project_run: MakeRun) -> None:
    make_run(RunState.TRAINING, owner_token="worker-1", heartbeat_at=timezone.now())
    waiting = other_project_run(sent_at=None)
    assert runs.resend_waiting(workers=1) is None
    assert runs.resend_waiting(workers=2) == waiting.pk


def test_the_database_refuses_a_second_unfinished_run(make_run: MakeRun) -> None:
    make_run()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run()
