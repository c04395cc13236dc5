"""GET of one run, its epochs, log, evaluation and crops, and cancelling it."""

import json

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.training.conftest import MakeRun, MakeVersion, evaluation_of, streamed
from training import folders
from training.models import Run, RunState

pytestmark = pytest.mark.usefixtures("valkey", "data_dir")

PARTS = ["", "/epochs", "/log", "/evaluation"]


def address(run: Run, part: str = "") -> str:
    return f"/api/v1/runs/{run.pk}{part}"


def test_a_run_shows_its_progress(make_run: MakeRun, bob_client: APIClient) -> None:
    run = make_run(
        RunState.TRAINING, started_at=timezone.now(), progress={"part": "reader", "fraction": 0.5}, device="CPU"
    )
    told = bob_client.get(address(run)).json()
    assert (told["state"], told["progress"]["fraction"], told["device"]) == ("training", 0.5, "CPU")
    assert told["queue_position"] is None
    assert told["seconds"] >= 0


@pytest.mark.parametrize("part", PARTS)
def test_a_stranger_finds_no_run(make_run: MakeRun, charlie_client: APIClient, part: str) -> None:
    assert charlie_client.get(address(make_run(), part)).status_code == 404


@pytest.mark.parametrize("part", PARTS)
def test_without_a_key_no_run_is_shown(make_run: MakeRun, anyone: APIClient, part: str) -> None:
    assert anyone.get(address(make_run(), part)).status_code == 401


def test_the_epochs_are_those_written_whole(make_run: MakeRun, alice_client: APIClient) -> None:
    run = make_run()
    assert alice_client.get(address(run, "/epochs")).json() == []
    folder = folders.of(run.pk)
    folder.mkdir(parents=True)
    whole = json.dumps({"part": "reader", "epoch": 1, "loss": 0.5})
    (folder / "epochs.jsonl").write_text(f'{whole}\n{{"part": "rea')
    assert alice_client.get(address(run, "/epochs")).json() == [{"part": "reader", "epoch": 1, "loss": 0.5}]


def test_the_log_is_cut_at_its_end(make_run: MakeRun, alice_client: APIClient) -> None:
    run = make_run()
    assert alice_client.get(address(run, "/log")).json() == {"text": ""}
    folders.of(run.pk).mkdir(parents=True)
    (folders.of(run.pk) / "log.txt").write_text("x" * 300_000 + "the end")
    text = alice_client.get(address(run, "/log")).json()["text"]
    assert len(text) == folders.LOG_TAIL_BYTES
    assert text.endswith("the end")


def test_a_run_without_a_version_has_no_evaluation(make_run: MakeRun, alice_client: APIClient) -> None:
    response = alice_client.get(address(make_run(), "/evaluation"))
    assert response.status_code == 404
    assert "no evaluation" in response.json()["error"]["message"]


def test_the_evaluation_speaks_in_sentences_and_shows_misses(make_version: MakeVersion, bob_client: APIClient) -> None:
    run = make_version(right=9).run
    told = bob_client.get(address(run, "/evaluation")).json()
    assert told["sentences"]["end_to_end"] == (
        "On whole pictures it reads 9 of 10 held-out fields exactly (90 %, likely between 60 and 98 %)."
    )
    assert told["overall"] == evaluation_of(9)["overall"]
    assert told["misses"][0]["crop"] == f"/media/runs/{run.pk}/crops/000.png"


def test_the_crop_of_a_miss_is_shown_to_members_alone(
    make_version: MakeVersion, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    run = make_version().run
    misses = folders.of(run.pk) / "misses"
    misses.mkdir()
    (misses / "000.png").write_bytes(b"\x89PNG")
    crop = f"/media/runs/{run.pk}/crops/000.png"
    response = bob_client.get(crop)
    assert streamed(response) == b"\x89PNG"
    assert response["Content-Type"] == "image/png"
    assert charlie_client.get(crop).status_code == 404
    assert anyone.get(crop).status_code == 401


@pytest.mark.parametrize("name", ["001.png", "..%2Fevaluation.json", "%2e%2e%2flog.txt"])
def test_nothing_but_crops_is_served(make_version: MakeVersion, alice_client: APIClient, name: str) -> None:
    run = make_version().run
    (folders.of(run.pk) / "log.txt").write_text("secret")
    assert alice_client.get(f"/media/runs/{run.pk}/crops/{name}").status_code == 404


def test_an_owner_cancels(make_run: MakeRun, alice_client: APIClient) -> None:
    response = alice_client.post(address(make_run(), "/cancel"))
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")


def test_a_running_run_is_shown_as_cancelling(make_run: MakeRun, alice_client: APIClient) -> None:
    told = alice_client.post(address(make_run(RunState.TRAINING, owner_token="w"), "/cancel")).json()
    assert (told["state"], told["cancelling"]) == ("training", True)


def test_an_ended_run_is_not_cancelled(make_run: MakeRun, alice_client: APIClient) -> None:
    assert alice_client.post(address(make_run(RunState.READY), "/cancel")).status_code == 409


def test_only_owners_cancel(
    make_run: MakeRun, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    run = make_run()
    statuses = [client.post(address(run, "/cancel")).status_code for client in (bob_client, charlie_client, anyone)]
    assert statuses == [403, 404, 401]
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
