"""POST /api/v1/projects/{id}/runs"""

from dataclasses import replace

import pytest
from rest_framework.test import APIClient

from annotations.models import Project
from tests.training.conftest import MakeRun
from training.engine.spec import TrainSpec
from training.engine.zoo import NETWORKS
from training.models import Run

pytestmark = pytest.mark.usefixtures("valkey")


def address(project: Project) -> str:
    return f"/api/v1/projects/{project.pk}/runs"


def test_it_freezes_the_data_and_queues_a_run(annotated_project: Project, alice_client: APIClient) -> None:
    response = alice_client.post(address(annotated_project), {"options": {"reader_epochs": 2}})
    assert response.status_code == 201, response.content
    told = response.json()
    assert (told["state"], told["number"], told["queue_position"]) == ("queued", 1, 1)
    assert told["started_by"]["email"] == "alice@example.org"
    assert told["counts"]["labels"] == {"number_plate": 12}
    run = Run.objects.get()
    assert run.spec["reader_epochs"] == 2
    (label,) = run.project.labels.all()
    assert run.spec["labels"] == [{"name": "number_plate", "id": str(label.pk), "pattern": None, "words": []}]
    assert len(run.frozen.digest) == 64


def test_data_that_cannot_be_trained_is_refused_with_its_findings(project: Project, alice_client: APIClient) -> None:
    project.labels.create(name="number_plate", colour="#000000")
    response = alice_client.post(address(project), {})
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "not_ready"
    assert all(finding["message"] for finding in error["detail"]["findings"])
    assert not Run.objects.exists()


def test_a_project_without_labels_is_refused(project: Project, alice_client: APIClient) -> None:
    response = alice_client.post(address(project), {})
    assert response.status_code == 400
    assert "no labels" in response.json()["error"]["message"]


def test_a_second_run_waits_for_the_first_to_end(annotated_project: Project, alice_client: APIClient) -> None:
    assert alice_client.post(address(annotated_project), {}).status_code == 201
    response = alice_client.post(address(annotated_project), {})
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "already_running"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"network": "nonsense"}, "network"),
        ({"options": {"reader_epochs": 0}}, "reader_epochs"),
        ({"options": {"reader_epochs": 1.5}}, "reader_epochs"),
        ({"options": {"finder_epochs": "many"}}, "finder_epochs"),
        ({"options": {"max_minutes": True}}, "max_minutes"),
        ({"options": {"epochs": 3}}, "epochs"),
        ({"options": {"tower": "leaning"}}, "tower"),
        ({"options": {"rectifier": "ironed"}}, "rectifier"),
        ({"options": {"rectifier": ["affine"]}}, "rectifier"),
        ({"options": {"exports": "litert"}}, "exports"),
        ({"options": {"exports": ["litert", "paper"]}}, "exports"),
        ({"options": {"exports": [["litert"]]}}, "exports"),
        ({"network": "ppocr", "options": {"tower": "pretrained", "rectifier": "affine"}}, "tower"),
    ],
)
def test_a_bad_choice_is_named(
    annotated_project: Project, alice_client: APIClient, body: dict[str, object], field: str
) -> None:
    response = alice_client.post(address(annotated_project), body)
    assert response.status_code == 400
    assert field in response.json()["error"]["fields"]


def test_a_format_the_network_cannot_be_exported_to_is_refused_before_anything_is_trained(
    annotated_project: Project, alice_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfit = replace(NETWORKS["crnn"], not_as=(("litert", "its loops have no fixed length."),))
    monkeypatch.setitem(NETWORKS, "crnn", unfit)
    body = {"network": "crnn", "options": {"exports": ["savedmodel", "litert"], "rectifier": "affine"}}
    response = alice_client.post(address(annotated_project), body, format="json")
    assert response.status_code == 400
    assert response.json()["error"]["fields"] == {
        "exports": ["The network crnn cannot be exported as litert: its loops have no fixed length."]
    }
    assert not Run.objects.exists()


def test_a_run_is_told_its_network_and_what_goes_with_it(
    annotated_project: Project, alice_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NETWORKS, "crnn", replace(NETWORKS["crnn"], towers=("pretrained", "own"), not_as=()))
    options = {"tower": "own", "rectifier": "tps", "exports": ["savedmodel", "litert", "litert"], "max_minutes": None}
    told = alice_client.post(address(annotated_project), {"network": "crnn", "options": options}, format="json").json()
    assert told["network"] == {"key": "crnn", "name": "CRNN", "tower": "own", "rectifier": "tps"}
    spec = TrainSpec.model_validate(Run.objects.get().spec)
    assert (spec.network, spec.tower, spec.rectifier) == ("crnn", "own", "tps")
    assert spec.exports == ("litert", "savedmodel")


def test_an_annotator_may_not_train(annotated_project: Project, bob_client: APIClient) -> None:
    assert bob_client.post(address(annotated_project), {}).status_code == 403


def test_a_stranger_finds_no_project(annotated_project: Project, charlie_client: APIClient) -> None:
    assert charlie_client.post(address(annotated_project), {}).status_code == 404
    assert charlie_client.get(address(annotated_project)).status_code == 404


def test_without_a_key_nothing_starts(annotated_project: Project, anyone: APIClient) -> None:
    assert anyone.post(address(annotated_project), {}).status_code == 401


def test_an_api_key_starts_a_run(annotated_project: Project, key_client: APIClient) -> None:
    assert key_client.post(address(annotated_project), {}).status_code == 201


def test_the_list_shows_the_newest_first(make_run: MakeRun, bob_client: APIClient) -> None:
    make_run("failed", failure="The disk is full.")
    newest = make_run()
    told = bob_client.get(address(newest.project)).json()
    assert [run["number"] for run in told] == [2, 1]
    assert told[1]["failure"] == "The disk is full."
