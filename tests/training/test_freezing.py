"""The data of a large project is frozen by the default worker; the run is there from the click on."""

from datetime import timedelta

import pytest
import redis
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from annotations import kept_checks, labels, snapshots
from annotations.models import Image, Project, Region, Snapshot
from tests.training.conftest import model
from training import freezing, runs, sweeps
from training.models import Run, RunState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def large(annotated_project: Project, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Its twelve images are more than are frozen in a request."""
    monkeypatch.setattr(kept_checks, "IMAGES_AT_ONCE", 11)
    return annotated_project


@pytest.fixture
def run(large: Project, alice: User) -> Run:
    return runs.start(large, alice)


def now(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def long_ago(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now() - timedelta(minutes=1))


def test_train_answers_at_once_and_the_worker_freezes_the_data(
    large: Project, alice_client: APIClient, valkey: redis.Redis
) -> None:
    answer = alice_client.post(f"/api/v1/projects/{large.pk}/runs", {})
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["queue_position"], answer.json()["counts"]) == ("queued", 1, {})
    assert not Snapshot.objects.exists()
    assert (valkey.llen("default"), valkey.llen("training")) == (1, 0)
    run = Run.objects.get()
    assert runs.claim(run.pk, "too early") is None
    freezing.freeze(run.pk)
    assert valkey.llen("training") == 1
    assert now(run).frozen.counts["labels"] == {"number_plate": 12}
    assert alice_client.get(f"/api/v1/runs/{run.pk}").json()["counts"]["labels"] == {"number_plate": 12}
    claimed = runs.claim(run.pk, "the training worker")
    assert claimed is not None
    assert claimed.attempts == 1


def test_the_message_that_comes_twice_freezes_once(run: Run) -> None:
    freezing.freeze(run.pk)
    frozen = now(run).frozen
    freezing.freeze(run.pk)
    assert now(run).frozen == frozen
    assert Snapshot.objects.count() == 1


def test_how_far_it_has_come_is_told_while_it_waits(run: Run, alice_client: APIClient) -> None:
    telling = freezing.Telling(run)
    with telling:
        telling.count(5, 12)
        assert telling.renew()
    told = alice_client.get(f"/api/v1/runs/{run.pk}").json()
    assert told["progress"]["message"] == "Freezing the data: 5 of 12 images."
    assert told["state"] == "queued"


def test_what_is_refused_ends_the_run_with_its_sentence(run: Run, large: Project, script: APIClient) -> None:
    Image.objects.update(split="test")
    freezing.freeze(run.pk)
    assert (now(run).state, now(run).snapshot) == (RunState.FAILED, None)
    assert "each side needs at least 2" in now(run).failure
    told = script.get(model(large, "/"))
    assert told.json()["state"] == -1
    assert "each side needs at least 2" in told.json()["status"]


def test_what_a_kept_check_refuses_is_refused_at_once(large: Project, alice_client: APIClient) -> None:
    Image.objects.update(split="test")
    check = f"/api/v1/projects/{large.pk}/check"
    alice_client.get(check)
    kept_checks.run(large.pk)
    assert alice_client.get(check).json()["ready"] is False
    answer = alice_client.post(f"/api/v1/projects/{large.pk}/runs", {})
    assert answer.status_code == 400
    assert answer.json()["error"]["detail"]["findings"] == alice_client.get(check).json()["findings"]
    assert not Run.objects.exists()


def test_clients_of_the_other_api_see_a_model_in_the_queue(large: Project, script: APIClient) -> None:
    assert script.post(model(large, "/Train/")).status_code == 200
    assert script.get(model(large, "/")).json()["state"] == 3
    freezing.freeze(Run.objects.get().pk)
    assert script.get(model(large, "/")).json()["state"] == 3


def test_a_run_that_is_cancelled_meanwhile_leaves_no_snapshot(run: Run, alice: User) -> None:
    begun = freezing.begin(run.pk)
    assert begun is not None
    snapshot = snapshots.freeze(run.project, alice)
    runs.cancel(run)
    freezing.hand_over(begun, snapshot)
    assert now(run).state == RunState.CANCELLED
    assert not Snapshot.objects.exists()
    assert not default_storage.exists(snapshot.manifest)
    freezing.freeze(run.pk)
    assert not Snapshot.objects.exists()


def test_a_label_that_is_renamed_after_the_click_is_trained_under_its_new_name(run: Run, large: Project) -> None:
    labels.change(large.labels.get(), name="plate")
    freezing.freeze(run.pk)
    assert [label["name"] for label in now(run).spec["labels"]] == ["plate"] == list(now(run).frozen.counts["labels"])


def test_a_label_that_is_renamed_while_the_data_is_frozen_ends_the_run(run: Run, large: Project, alice: User) -> None:
    begun = freezing.begin(run.pk)
    assert begun is not None
    snapshot = snapshots.freeze(large, alice)
    labels.change(large.labels.get(), name="plate")
    freezing.hand_over(begun, snapshot)
    assert now(run).state == RunState.FAILED
    assert "labels were changed" in now(run).failure
    assert not Snapshot.objects.exists()


def test_a_worker_that_falls_silent_is_replaced_and_given_up_after_the_third(run: Run, valkey: redis.Redis) -> None:
    sweeps.sweep()
    assert valkey.llen("default") == 1  # the message is on its way
    for attempt in (1, 2, 3):
        assert freezing.begin(run.pk)
        long_ago(run)
        sweeps.sweep()
        assert valkey.llen("training") == 0
        assert now(run).state == (RunState.QUEUED if attempt < 3 else RunState.FAILED)
    assert now(run).failure == freezing.KILLED


def test_a_lost_message_is_sent_again(run: Run, valkey: redis.Redis) -> None:
    valkey.flushall()
    long_ago(run)
    sweeps.sweep()
    assert valkey.llen("default") == 1


def test_an_edit_after_the_data_was_read_is_in_the_next_run(run: Run) -> None:
    freezing.freeze(run.pk)
    before = default_storage.open(now(run).frozen.manifest).read()
    Region.objects.update(text="LATER")
    assert default_storage.open(now(run).frozen.manifest).read() == before


def test_where_there_is_no_room_the_data_is_frozen_later_and_that_is_no_attempt(
    run: Run, settings: Settings, valkey: redis.Redis
) -> None:
    settings.MIN_FREE_BYTES = 10**15
    freezing.freeze(run.pk)
    assert (now(run).state, now(run).attempts, now(run).snapshot) == (RunState.QUEUED, 0, None)
    settings.MIN_FREE_BYTES = 0
    long_ago(run)
    sweeps.sweep()
    assert valkey.llen("default") == 2
    freezing.freeze(run.pk)
    assert now(run).snapshot is not None
