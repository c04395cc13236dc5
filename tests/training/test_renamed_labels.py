"""A label that is renamed, or deleted, after a version was trained: its name is the project's, everywhere."""

import json
import os
import shutil
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Picture
from rest_framework.test import APIClient

from accounts.models import User
from annotations import labels, snapshots
from annotations.models import Image, Label, Project, Region
from tests.training.conftest import MakeRun, evaluation_of, model, picture_of_text
from training import evaluations, folders, tasks
from training.models import Prediction, PredictionState, RunState, Version

Trained = Callable[..., Version]
QUAD = [[40.0, 90.0], [200.0, 90.0], [200.0, 130.0], [40.0, 130.0]]


@pytest.fixture
def label(annotated_project: Project) -> Label:
    return annotated_project.labels.get()


@pytest.fixture
def trained(annotated_project: Project, alice: User, make_run: MakeRun, published_bundle: Any, label: Label) -> Trained:
    """A live version, trained under the name that the label has now, with ids or as earlier releases did."""

    def make(*, by_id: bool = True, live: bool = True) -> Version:
        name = Label.objects.get(pk=label.pk).name
        known = {"name": name} | ({"id": str(label.pk)} if by_id else {})
        run = make_run(
            RunState.READY,
            project=annotated_project,
            snapshot=snapshots.freeze(annotated_project, alice),
            spec={"project": "Plates", "labels": [known], "network": "ppocr"},
        )
        bundle = folders.bundle(run.pk)
        shutil.copytree(published_bundle, bundle, copy_function=os.link)
        told = json.loads((bundle / "bundle.json").read_text())
        told["labels"] = [told["labels"][0] | known]
        (bundle / "bundle.json").unlink()  # it is the other bundles' too
        (bundle / "bundle.json").write_text(json.dumps(told))
        evaluation = evaluation_of(9)
        return Version.objects.create(
            project=annotated_project, run=run, number=run.number, evaluation=evaluation, accuracy=0.9, live=live
        )

    return make


def answered(version: Version, user: User, *regions: dict[str, Any]) -> Prediction:
    """A prediction of one page as it is kept."""
    made = Prediction.objects.create(
        project=version.project, version=version, user=user, via="ui", name="car.png", state=PredictionState.DONE
    )
    files: dict[str, str] = {}
    for name in ("file", "thumbnail"):
        body = BytesIO()
        Picture.new("RGB", (320, 240), (len(files), 9, Prediction.objects.count())).save(body, "PNG")
        files[name] = default_storage.save(f"predictions/{made.pk}-{name}.png", ContentFile(body.getvalue()))
    page = {"id": str(made.pk), "page": 0, "width": 320, "height": 240, **files}
    found = [{"quad": QUAD, "text": "KL 55", "confidence": 0.9, "finder_score": 0.9, "characters": []} | region
             for region in regions]  # fmt: skip
    made.pages = [page | {"regions": found}]
    made.save()
    return made


def regions_of(client: APIClient, prediction: Prediction) -> list[tuple[str, str | None]]:
    told = client.get(f"/api/v1/predictions/{prediction.pk}").json()
    return [(region["label"], region["label_id"]) for region in told["pages"][0]["regions"]]


@pytest.mark.django_db(transaction=True)
def test_a_live_version_answers_under_the_new_name_at_both_doors(
    trained: Trained, label: Label, predict_worker: None, bob_client: APIClient, script: APIClient
) -> None:
    version = trained()
    labels.change(label, name="Wert €")
    file = BytesIO(picture_of_text("GLYPH 42"))
    file.name = "photo.png"
    told = bob_client.post(f"/api/v1/projects/{version.project_id}/predictions", {"file": file}, format="multipart")
    (region,) = told.json()["pages"][0]["regions"]
    assert (region["label"], region["label_id"], region["text"]) == ("Wert €", str(label.pk), "GLYPH 42")
    file.seek(0)
    other = script.post(model(version.project, "/LabelFile/"), {"file": file}, format="multipart").json()
    (box,) = other["result"][0]["prediction"]
    categories = script.get(model(version.project, "/")).json()["categories"]
    assert (box["label"], box["label_id"]) == ("Wert €", str(label.pk))
    assert [(each["name"], each["id"]) for each in categories] == [("Wert €", str(label.pk))]


def test_a_prediction_becomes_suggestions_of_the_label_that_was_renamed(
    trained: Trained, label: Label, alice: User, bob_client: APIClient
) -> None:
    prediction = answered(trained(), alice, {"label": "number_plate", "label_id": str(label.pk)})
    labels.change(label, name="Wert €")
    assert regions_of(bob_client, prediction) == [("Wert €", str(label.pk))]
    added = bob_client.post(f"/api/v1/predictions/{prediction.pk}/add-to-project").json()
    region = Region.objects.get(image=added["image_id"])
    assert (region.label, region.text, added["notes"]) == (label, "KL 55", [])


def test_another_label_that_has_the_old_name_now_is_not_mistaken_for_it(
    trained: Trained, label: Label, alice: User, bob_client: APIClient
) -> None:
    version = trained()
    prediction = answered(version, alice, {"label": "number_plate", "label_id": str(label.pk)})
    labels.change(label, name="Wert €")
    labels.create(version.project, "number_plate")
    assert regions_of(bob_client, prediction) == [("Wert €", str(label.pk))]
    told = bob_client.get(f"/api/v1/runs/{version.run_id}/evaluation").json()
    assert (list(told["labels"]), told["misses"][0]["label"]) == (["Wert €"], "Wert €")
    Image.objects.all().delete()
    labels.delete(label)
    assert regions_of(bob_client, prediction) == [("number_plate (deleted)", None)]
    told = bob_client.get(f"/api/v1/runs/{version.run_id}/evaluation").json()
    assert list(told["labels"]) == ["number_plate (deleted)"]


def test_what_was_read_of_a_label_that_was_deleted_keeps_its_name_and_is_told_when_it_is_added(
    trained: Trained, label: Label, alice: User, bob_client: APIClient, script: APIClient
) -> None:
    version = trained()
    date = labels.create(version.project, "date")
    known, gone = {"label": "number_plate", "label_id": str(label.pk)}, {"label": "date", "label_id": str(date.pk)}
    prediction = answered(version, alice, known, gone, gone)
    labels.delete(date)
    assert regions_of(bob_client, prediction) == [("number_plate", str(label.pk)), ("date", None), ("date", None)]
    address = f"/InferenceRequestFiles/GetPredictions/{prediction.pk}"
    told = script.get(model(version.project, address, "Inferences")).json()
    boxes = told["unmoderated_images"][0]["predicted_boxes"]
    assert [(box["label"], box["label_id"]) for box in boxes][1:] == [("date", "")] * 2
    added = bob_client.post(f"/api/v1/predictions/{prediction.pk}/add-to-project").json()
    assert Region.objects.filter(image=added["image_id"]).count() == 1
    assert added["notes"] == ["2 fields of “date” were left out: the project has no such label any more."]


def test_what_an_earlier_release_has_kept_by_names_alone_is_known_by_them(
    trained: Trained, label: Label, alice: User, bob_client: APIClient
) -> None:
    prediction = answered(trained(by_id=False), alice, {"label": "number_plate"})
    assert regions_of(bob_client, prediction) == [("number_plate", str(label.pk))]
    added = bob_client.post(f"/api/v1/predictions/{prediction.pk}/add-to-project").json()
    assert Region.objects.get(image=added["image_id"]).label == label
    labels.change(label, name="Wert €")
    assert regions_of(bob_client, prediction) == [("number_plate", None)]
    other = answered(prediction.version, alice, {"label": "number_plate"})
    added = bob_client.post(f"/api/v1/predictions/{other.pk}/add-to-project").json()
    assert added["notes"] == ["1 field of “number_plate” was left out: the project has no such label any more."]


def test_the_live_version_is_measured_on_a_later_run_under_the_names_of_that(
    trained: Trained, label: Label, alice: User, make_run: MakeRun
) -> None:
    before = trained()
    labels.change(label, name="Wert €")
    later = trained(live=False)
    folder = folders.of(later.run_id)
    snapshots.write_run_folder(later.run.frozen, folder)
    (folder / "spec.json").write_text(json.dumps(later.run.spec))
    measured = tasks.evaluate_on(folders.bundle(before.run_id), folder)
    assert list(measured["labels"]) == ["Wert €"]
    assert evaluations.end_to_end(measured).of == later.run.frozen.counts["regions"]["test"]


@pytest.mark.django_db(transaction=True)
def test_versions_from_before_and_after_are_compared_under_the_name_of_now(
    trained: Trained, label: Label, predict_worker: None, bob_client: APIClient
) -> None:
    before = trained()
    labels.change(label, name="Wert €")
    after = trained(live=False)
    body = {"versions": [str(before.pk), str(after.pk)]}
    made = bob_client.post(f"/api/v1/projects/{before.project_id}/comparisons", body, format="json").json()
    labels.change(label, name="Sum")
    told = bob_client.get(f"/api/v1/comparisons/{made['id']}").json()
    assert told["state"] == "done", told["failure"]
    result = told["result"]
    assert result["labels"] == ["Sum"]
    assert {one["exact"]["of"] for one in result["versions"]} == {after.run.frozen.counts["regions"]["test"]}
    assert {one["label"] for one in result["differences"]} <= {"Sum"}


def test_a_version_trained_before_names_had_one_form_still_knows_its_label(
    alice_client: APIClient, alice: User, trained: Trained, label: Label
) -> None:
    labels.change(label, name="n\u00famero")
    prediction = answered(trained(by_id=False), alice, {"label": "nu\u0301mero"})
    assert regions_of(alice_client, prediction) == [("n\u00famero", str(label.pk))]
