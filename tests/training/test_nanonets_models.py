"""The Nanonets-compatible API: creating, reading, listing and training models; keys, slashes and errors."""

import base64
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import keys
from accounts.models import User
from annotations import labels, projects
from annotations.models import Project
from tests.annotations.test_exports import filled
from tests.training.conftest import MakeRun, MakeVersion, model
from training.models import Run, RunState, Version

pytestmark = pytest.mark.usefixtures("valkey")

FAMILIES = ["ObjectDetection", "OCR"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_model_is_made_with_one_category(script: APIClient, alice: User, family: str, slash: str) -> None:
    body = {"categories": ["number_plate"], "model_type": "ocr"}
    response = script.post(f"/api/v2/{family}/Model{slash}", body, format="json")
    assert response.status_code == 200, response.content
    told = response.json()
    project = Project.objects.get(pk=told["model_id"])
    assert (told["model_type"], told["state"]) == ("ocr", 0)
    assert [(c["name"], c["count"]) for c in told["categories"]] == [("number_plate", 0)]
    assert project.created_by == alice


def test_a_model_is_made_from_repeated_form_fields(script: APIClient) -> None:
    response = script.post("/api/v2/OCR/Model/", {"categories": ["date", "total"]}, format="multipart")
    assert [category["name"] for category in response.json()["categories"]] == ["date", "total"]


@pytest.mark.parametrize(
    "body", [{}, {"categories": []}, {"categories": "date"}, {"categories": [1]}, {"categories": [""]}, ["date"]]
)
def test_categories_that_are_none_are_refused(script: APIClient, body: Any) -> None:
    response = script.post("/api/v2/ObjectDetection/Model/", body, format="json")
    assert response.status_code == 400
    told = response.json()
    assert told["message"]
    assert told["errors"] == [told["message"]]
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ImageCategorization/Model/", None),
        ("ImageCategorization/Models", None),
        ("OCR/Model/", "classification"),
        ("ObjectDetection/Model/", "localization"),
    ],
)
def test_a_model_of_another_kind_is_refused_with_a_sentence(script: APIClient, address: str, kind: str | None) -> None:
    body = {"categories": ["cat", "dog"]} | ({"model_type": kind} if kind else {})
    response = script.post(f"/api/v2/{address}", body, format="json")
    assert response.status_code == 400
    assert response.json()["message"].startswith("Only models that find and read texts are made here")
    assert not Project.objects.exists()


@pytest.mark.parametrize("spelling", ["Basic {basic}", "Basic {key}", "Bearer {key}", "{key}"])
def test_a_key_is_known_in_every_spelling(project: Project, key: str, anyone: APIClient, spelling: str) -> None:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    header = spelling.format(key=key, basic=basic)
    assert anyone.get(model(project), HTTP_AUTHORIZATION=header).status_code == 200


@pytest.mark.parametrize("header", ["Basic Z3Nfd3Jvbmc6", "gs_wrong", "Bearer gs_wrong", None])
def test_a_wrong_key_is_401(project: Project, anyone: APIClient, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    response = anyone.get(model(project), headers=headers)
    assert response.status_code == 401
    assert response.json()["message"]


@pytest.mark.parametrize("accept", ["application/x-www-form-urlencoded", "Multipart/form-data", "text/html", "*/*"])
def test_the_answer_is_json_whatever_is_accepted(project: Project, script: APIClient, accept: str) -> None:
    response = script.get(model(project), HTTP_ACCEPT=accept)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_model_is_read_through_both_families(project: Project, script: APIClient, family: str, slash: str) -> None:
    told = script.get(model(project, slash, family)).json()
    assert told["model_id"] == str(project.pk)
    assert (told["accuracy"], told["network"]) == (0, "")
    assert isinstance(told["status"], str)


@pytest.mark.parametrize("model_id", ["00000000-0000-0000-0000-000000000000", "nonsense"])
@pytest.mark.parametrize("rest", ["", "/Annotations", "/Train/", "/UploadFile/", "/LabelFile/"])
def test_an_unknown_model_is_404(script: APIClient, model_id: str, rest: str) -> None:
    url = f"/api/v2/ObjectDetection/Model/{model_id}{rest}"
    response = script.post(url) if rest.endswith("/") else script.get(url)
    assert response.status_code == 404
    assert response.json()["message"].startswith("There is no model with this id.")


def test_a_strangers_model_is_unknown(project: Project, charlie: User, anyone: APIClient) -> None:
    header = f"Bearer {keys.make(charlie, 'script')[1]}"
    assert anyone.get(model(project), HTTP_AUTHORIZATION=header).status_code == 404


def test_an_annotator_may_not_train(project: Project, bob: User, anyone: APIClient) -> None:
    header = f"Bearer {keys.make(bob, 'script')[1]}"
    assert anyone.post(model(project, "/Train/"), HTTP_AUTHORIZATION=header).status_code == 403


def state(script: APIClient, project: Project) -> int:
    told = script.get(model(project)).json()
    assert told["status"]
    return int(told["state"])


def test_the_state_goes_up_as_the_work_goes_on(
    annotated_project: Project, make_run: MakeRun, script: APIClient
) -> None:
    project = annotated_project
    assert state(script, project) == 2
    for image in project.images.all():
        image.regions.update(text="")
    assert state(script, project) == 1
    project.images.all().update(deleted_at="2026-01-01T00:00:00Z")
    assert state(script, project) == 0


@pytest.mark.parametrize(
    ("run", "number"),
    [
        (RunState.QUEUED, 3),
        (RunState.PREPARING, 4),
        (RunState.TRAINING, 4),
        (RunState.EVALUATING, 4),
        (RunState.FAILED, -1),
        (RunState.CANCELLED, 0),
    ],
)
def test_the_state_follows_the_newest_run(make_run: MakeRun, script: APIClient, run: RunState, number: int) -> None:
    assert state(script, make_run(run, failure="The disk is full.").project) == number


def test_the_state_stays_5_while_a_version_serves_and_another_is_trained(
    make_version: MakeVersion, make_run: MakeRun, script: APIClient
) -> None:
    version = make_version(9, live=True)
    make_run(RunState.TRAINING)
    told = script.get(model(version.project)).json()
    assert (told["state"], told["accuracy"], told["network"]) == (5, 0.9, "ppocr")
    assert "new version" in told["status"]


def test_a_failed_training_says_why(make_run: MakeRun, script: APIClient) -> None:
    run = make_run(RunState.FAILED, failure="The disk is full.")
    assert "The disk is full." in script.get(model(run.project)).json()["status"]


def test_a_version_that_did_not_go_live_ends_the_waiting_with_its_reason(
    make_version: MakeVersion, script: APIClient
) -> None:
    version = make_version(4)
    Version.objects.update(note="Not live: it reads 4 of 10 held-out fields, the untrained start reads 6.")
    told = script.get(model(version.project)).json()
    assert told["state"] == -1
    assert "the untrained start reads 6" in told["status"]


@pytest.mark.parametrize("address", ["ImageCategorization/Models/", "ImageCategorization/Models", "OCR/Model/"])
def test_the_list_holds_the_models_of_the_account(
    project: Project, charlie: User, script: APIClient, address: str
) -> None:
    told = script.get(f"/api/v2/{address}").json()
    assert [(one["model_id"], one["model_type"]) for one in told] == [(str(project.pk), "ocr")]


@pytest.mark.parametrize("query", ["modelId", "id"])
def test_one_model_is_read_by_query(project: Project, script: APIClient, query: str) -> None:
    told = script.get(f"/api/v2/ImageCategorization/Model/?{query}={project.pk}").json()
    assert told["model_id"] == str(project.pk)


def test_many_models_are_listed_in_as_many_queries_as_one(
    project: Project, alice: User, script: APIClient, make_version: MakeVersion, django_assert_max_num_queries: Any
) -> None:
    make_version(9, live=True)
    script.get("/api/v2/OCR/Models/")  # the first use of a key is noted
    with CaptureQueriesContext(connection) as of_one:
        script.get("/api/v2/OCR/Models/")
    for number in range(12):
        projects.create(alice, f"Model {number}", ["date", "total"])
    with django_assert_max_num_queries(len(of_one) + 1):  # what was drawn is asked for models without a version
        told = script.get("/api/v2/OCR/Models/").json()
    assert len(told) == 13
    assert {one["state"] for one in told} == {0, 5}
    assert [len(one["categories"]) for one in told if one["state"] == 0] == [2] * 12
    assert told == [script.get(f"/api/v2/OCR/Model/{one['model_id']}").json() for one in told]


def test_annotations_of_a_large_model_are_sent_as_they_are_read(
    project: Project, alice: User, script: APIClient
) -> None:
    label = labels.create(project, "plate")
    filled(project, alice, label, [f"KL {number}" for number in range(1200)])
    answer = script.get(model(project, "/Annotations"))
    assert answer.streaming
    pieces = list(answer)
    assert len(pieces) > 2
    told = json.loads(b"".join(pieces))
    assert told["Meta"]["categories"][0]["count"] == len(told["Data"]) == 1200
    newest = told["Data"][0]
    assert newest["object"][0]["bndbox"] == {"xmin": 10, "ymin": 10, "xmax": 60, "ymax": 30}
    assert {one["object"][0]["ocr_text"] for one in told["Data"]} == {f"KL {number}" for number in range(1200)}


def test_annotations_of_an_empty_model_are_an_empty_list(project: Project, script: APIClient) -> None:
    assert json.loads(b"".join(script.get(model(project, "/Annotations"))))["Data"] == []


def test_annotations_speak_both_spellings(annotated_project: Project, script: APIClient) -> None:
    told = json.loads(b"".join(script.get(model(annotated_project, "/Annotations"))))
    assert len(told["Data"]) == 12
    assert told["Meta"]["categories"] == told["Meta"]["Categories"]
    assert told["Meta"]["categories"][0]["count"] == 12
    assert told["Meta"]["state"] == told["Meta"]["State"] == 2
    (entry,) = told["Data"][0]["object"]
    assert set(entry) == {"name", "ocr_text", "bndbox"}
    assert all(isinstance(side, int) for side in entry["bndbox"].values())


@pytest.mark.parametrize("rest", ["/Train/", "/Train", "/Train/?modelId=x"])
def test_training_starts_a_run(annotated_project: Project, script: APIClient, rest: str) -> None:
    response = script.post(model(annotated_project, rest), data="")
    assert response.status_code == 200, response.content
    assert (response.json()["state"], Run.objects.get().state) == (3, "queued")


def test_training_without_data_is_400(project: Project, script: APIClient) -> None:
    project.labels.create(name="number_plate", colour="#000000")
    response = script.post(model(project, "/Train/"))
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "not_ready"


@pytest.mark.parametrize("address", ["/v2/", "/v2", "/api/v2/"])
def test_the_connection_test_answers(anyone: APIClient, address: str) -> None:
    assert anyone.get(address).json()["message"]


def test_what_is_not_offered_says_so_in_json(script: APIClient, project: Project) -> None:
    for response in (script.get("/api/v2/OCR/Nothing/"), script.post("/api/v2/OCR/Nothing")):
        assert response.status_code == 404
        assert "not offered" in response.json()["message"]
