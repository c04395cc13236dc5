"""POST and GET of comparisons: versions measured on the same held-out images by a predict worker."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from rest_framework.serializers import DictField, ListSerializer, Serializer
from rest_framework.test import APIClient

from accounts.models import User
from annotations import snapshots
from annotations.models import Image as StoredImage
from annotations.models import Project, Snapshot
from runner import heartbeats
from tests.training.conftest import MakeRun, evaluation_of, streamed
from training import comparisons, folders, tasks
from training.api.comparisons import ComparisonShape
from training.models import Comparison, ComparisonState, RunState, Version

transactional = pytest.mark.django_db(transaction=True)
Trained = Callable[..., Version]


@pytest.fixture
def trained(annotated_project: Project, alice: User, make_run: MakeRun, published_bundle: Path) -> Trained:
    """Versions of the project as it is annotated, with the published networks, or with ones that find nothing."""

    def make(*, blind: bool = False, frozen: Snapshot | None = None, **spec: Any) -> Version:
        told = {"project": "Plates", "labels": [{"name": "number_plate"}], "network": "ppocr"} | spec
        now = timezone.now()
        run = make_run(
            RunState.READY,
            project=annotated_project,
            snapshot=frozen or snapshots.freeze(annotated_project, alice),
            spec=told,
            started_at=now - timedelta(minutes=3),
            finished_at=now,
        )
        bundle = folders.bundle(run.pk)
        shutil.copytree(published_bundle, bundle, copy_function=os.link)
        if blind:
            told = json.loads((bundle / "bundle.json").read_text())
            told["finder"]["thresholds"] = [1.0]
            (bundle / "bundle.json").unlink()  # it is the other bundles' too
            (bundle / "bundle.json").write_text(json.dumps(told))
        return Version.objects.create(
            project=annotated_project, run=run, number=run.number, evaluation=evaluation_of(9), accuracy=0.9
        )

    return make


def frozen_as(project: Project, alice: User, side: Callable[[int], str]) -> Snapshot:
    """A snapshot in which the n-th image stands on the side that is said."""
    found = snapshots.freeze(project, alice)
    with default_storage.open(found.manifest) as file:
        lines = [json.loads(line) for line in file.read().decode().splitlines()]
    told = [json.dumps(line | {"split": side(place)}) + "\n" for place, line in enumerate(lines)]
    found.manifest = default_storage.save(f"{found.manifest}.other", ContentFile("".join(told).encode()))
    found.save()
    return found


def address(project_id: Any) -> str:
    return f"/api/v1/projects/{project_id}/comparisons"


def compare(client: APIClient, *versions: Version) -> Any:
    body = {"versions": [str(version.pk) for version in versions]}
    return client.post(address(versions[0].project_id), body, format="json")


def done(client: APIClient, *versions: Version) -> dict[str, Any]:
    response = compare(client, *versions)
    assert response.status_code == 201, response.content
    told: dict[str, Any] = client.get(f"/api/v1/comparisons/{response.json()['id']}").json()
    assert told["state"] == "done", told["failure"]
    return told


@transactional
def test_versions_are_measured_on_the_same_images(
    trained: Trained, predict_worker: None, alice: User, bob_client: APIClient
) -> None:
    seeing, blind = trained(), trained(blind=True, network="crnn", rectifier="affine")
    told = done(bob_client, blind, seeing)
    assert told["versions"] == [seeing.number, blind.number]
    result = told["result"]
    held_out = seeing.run.frozen.counts
    assert result["images"] == held_out["images"]["test"]
    assert [one["exact"]["of"] for one in result["versions"]] == [held_out["regions"]["test"]] * 2
    one, other = result["versions"]
    assert one["network"] == {"key": "ppocr", "name": "PP-OCRv6", "tower": None, "rectifier": None}
    assert other["network"] == {"key": "crnn", "name": "CRNN", "tower": None, "rectifier": "affine"}
    assert (other["exact"]["right"], other["found"]) == (0, 0)
    assert one["megabytes"] > 5
    assert (one["minutes"], one["milliseconds"] > 0) == (3.0, True)
    assert told["done"] == told["total"] == 2 * result["images"]


@transactional
def test_what_they_read_differently_is_shown_with_its_picture(
    trained: Trained, predict_worker: None, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    seeing, blind = trained(), trained(blind=True)
    result = done(bob_client, seeing, blind)["result"]
    counts = result["counts"]
    assert counts["fields"] == counts["some_right"] + counts["none_right"]
    assert result["differing"] == len(result["differences"]) > 0
    for one in result["differences"]:
        assert one["readings"][str(blind.number)] is None
        assert (one["right"] == [seeing.number]) == (one["readings"][str(seeing.number)] == one["truth"])
        assert StoredImage.objects.filter(pk=one["image_id"]).exists()
        with Image.open(BytesIO(streamed(bob_client.get(one["crop"])))) as crop:
            assert crop.width > crop.height
    crop = result["differences"][0]["crop"]
    assert charlie_client.get(crop).status_code == 404
    assert anyone.get(crop).status_code == 401
    assert bob_client.get(crop.replace("/crops/0", "/crops/999")).status_code == 404


@transactional
def test_no_image_is_taken_that_one_of_them_learnt_from(
    trained: Trained, annotated_project: Project, alice: User, predict_worker: None, bob_client: APIClient
) -> None:
    first = trained(frozen=frozen_as(annotated_project, alice, lambda place: "test" if place < 6 else "train"))
    second = trained(frozen=frozen_as(annotated_project, alice, lambda place: "test" if place > 3 else "train"))
    result = done(bob_client, first, second)["result"]
    assert (result["images"], result["some_only"]) == (2, 10)
    with default_storage.open(first.run.frozen.manifest) as file:
        names = [json.loads(line)["image"] for line in file.read().decode().splitlines()]
    assert {one["image"] for one in result["differences"]} <= set(names[4:6])


@transactional
def test_the_same_versions_are_measured_once(trained: Trained, predict_worker: None, bob_client: APIClient) -> None:
    one, two = trained(), trained()
    first = done(bob_client, one, two)
    assert done(bob_client, two, one)["id"] == first["id"]
    told = bob_client.get(address(one.project_id)).json()
    assert [(one["id"], one["state"]) for one in told] == [(first["id"], "done")]
    assert "result" not in told[0]
    Comparison.objects.update(state=ComparisonState.WAITING)
    tasks.compare(first["id"])
    tasks.compare(first["id"])
    assert Comparison.objects.get().attempts == 2


@transactional
def test_one_that_failed_is_tried_again(trained: Trained, predict_worker: None, bob_client: APIClient) -> None:
    one, two = trained(), trained()
    told = done(bob_client, one, two)
    Comparison.objects.update(state=ComparisonState.FAILED, failure="The disk is full.", result={})
    again = done(bob_client, one, two)
    assert (again["id"], again["failure"]) == (told["id"], "")


@transactional
def test_a_bundle_that_cannot_be_used_is_named(trained: Trained, predict_worker: None, bob_client: APIClient) -> None:
    one, two = trained(), trained()
    (folders.bundle(two.run_id) / "reader.onnx").unlink()
    told = bob_client.get(f"/api/v1/comparisons/{compare(bob_client, one, two).json()['id']}").json()
    assert told["state"] == "failed"
    assert told["failure"] == (
        f"v{two.number} cannot be measured: its files are damaged, or of another release. Train again."
    )


@transactional
def test_the_schema_of_the_api_describes_all_of_a_comparison(
    trained: Trained, predict_worker: None, bob_client: APIClient
) -> None:
    from training.api.comparisons import ResultShape

    told = done(bob_client, trained(), trained(blind=True))
    assert set(told) == set(ComparisonShape().fields)
    assert undescribed(told["result"], ResultShape()) == set()


def undescribed(told: Any, shape: Any, path: str = "") -> set[str]:
    """The paths that are told and not in the shape, or in the shape and not told."""
    if isinstance(shape, ListSerializer | DictField):
        values = told.values() if isinstance(told, dict) else told
        return set().union(*(undescribed(value, shape.child, f"{path}.*") for value in values))
    if not isinstance(shape, Serializer) or told is None:
        return set()
    amiss = {f"{path}.{name}" for name in set(told) ^ set(shape.fields)}
    known = set(told) & set(shape.fields)
    return amiss.union(*(undescribed(told[name], shape.fields[name], f"{path}.{name}") for name in known))


@pytest.fixture
def asleep(valkey: Any) -> None:
    """A predict worker that is alive, and does nothing."""
    heartbeats.beat("predict")


def refusal(response: Any, status: int) -> str:
    assert response.status_code == status, response.content
    told: str = response.json()["error"]["message"]
    assert not Comparison.objects.exists()
    return told


@pytest.mark.usefixtures("asleep")
class TestRefused:
    def test_versions_that_share_no_held_out_image(
        self, trained: Trained, annotated_project: Project, alice: User, bob_client: APIClient
    ) -> None:
        first = trained(frozen=frozen_as(annotated_project, alice, lambda place: "test" if place < 4 else "train"))
        second = trained(frozen=frozen_as(annotated_project, alice, lambda place: "test" if place > 8 else "train"))
        said = refusal(compare(bob_client, first, second), 409)
        assert said == (
            f"These versions share no held-out images: v{second.number} was measured on 3 images, and v{first.number} "
            "learnt from 3 of them. "
            "Train the older ones again with the images as they are now, then they can be compared."
        )

    def test_versions_whose_shared_images_were_deleted(
        self, trained: Trained, annotated_project: Project, bob_client: APIClient
    ) -> None:
        one, two = trained(), trained()
        StoredImage.objects.update(deleted_at=timezone.now())
        assert "the pictures were deleted" in refusal(compare(bob_client, one, two), 409)

    def test_versions_that_read_no_field_in_common(self, trained: Trained, bob_client: APIClient) -> None:
        one, two = trained(), trained(labels=[{"name": "date"}])
        said = refusal(compare(bob_client, one, two), 409)
        assert said == f"v{one.number} and v{two.number} read no field in common."

    def test_a_version_whose_bundle_is_gone(self, trained: Trained, bob_client: APIClient) -> None:
        one, two = trained(), trained()
        folders.remove(two.run_id)
        assert f"v{two.number} cannot be measured" in refusal(compare(bob_client, one, two), 409)

    def test_a_single_version_too_many_and_one_of_another_project(
        self, trained: Trained, bob_client: APIClient
    ) -> None:
        one = trained()
        for versions in ([str(one.pk)], [str(one.pk)] * 2, [str(one.pk), str(uuid4())], ["v1", "v2"], "v1"):
            response = bob_client.post(address(one.project_id), {"versions": versions}, format="json")
            refusal(response, 400)
            assert all(name.startswith("versions") for name in response.json()["error"]["fields"])

    def test_a_second_one_while_the_first_is_measured(self, trained: Trained, bob_client: APIClient) -> None:
        one, two, three = trained(), trained(), trained()
        assert compare(bob_client, one, two).json()["state"] == "waiting"
        response = compare(bob_client, one, three)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "already_comparing")
        assert f"v{one.number} and v{two.number} are being compared" in response.json()["error"]["message"]


@pytest.mark.usefixtures("valkey")
def test_without_a_predict_worker_nothing_is_compared(trained: Trained, bob_client: APIClient) -> None:
    assert "no prediction worker is running" in refusal(compare(bob_client, trained(), trained()), 503)


@pytest.mark.usefixtures("asleep")
@pytest.mark.parametrize(("who", "status"), [("charlie_client", 404), ("anyone", 401)])
def test_who_may_not_compare(trained: Trained, request: pytest.FixtureRequest, who: str, status: int) -> None:
    client: APIClient = request.getfixturevalue(who)
    one, two = trained(), trained()
    waiting = Comparison.objects.create(project=one.project, of="1,2", started_by=one.run.started_by)
    answers = [
        compare(client, one, two),
        client.get(address(one.project_id)),
        client.get(f"/api/v1/comparisons/{waiting.pk}"),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3


@pytest.mark.usefixtures("asleep")
def test_an_api_key_compares(trained: Trained, key_client: APIClient) -> None:
    assert compare(key_client, trained(), trained()).status_code == 201


class TestWorkerThatDies:
    @pytest.fixture
    def running(self, project: Project, alice: User) -> Comparison:
        return Comparison.objects.create(
            project=project,
            of="1,2",
            started_by=alice,
            state=ComparisonState.RUNNING,
            owner_token="elsewhere:1:x",
            heartbeat_at=timezone.now() - timedelta(hours=1),
            attempts=1,
        )

    def test_its_comparison_is_measured_by_the_next(self, running: Comparison, asleep: None) -> None:
        comparisons.sweep()
        running.refresh_from_db()
        assert (running.state, running.owner_token, running.sent_at is not None) == ("waiting", "", True)

    def test_after_three_deaths_it_has_failed(self, running: Comparison, asleep: None) -> None:
        Comparison.objects.update(attempts=comparisons.ATTEMPTS)
        comparisons.sweep()
        running.refresh_from_db()
        assert running.state == "failed"
        assert running.failure.startswith("The process that measured the versions was killed")

    def test_one_that_is_only_slow_keeps_it(self, running: Comparison, valkey: Any) -> None:
        Comparison.objects.update(heartbeat_at=timezone.now())
        comparisons.sweep()
        running.refresh_from_db()
        assert running.state == "running"

    def test_one_that_lost_it_writes_nothing_more(self, running: Comparison) -> None:
        lease = comparisons.Lease(running.pk, "another")
        assert not comparisons.note(lease, 1, 2)
        assert not comparisons.finish(lease, {})
        assert not comparisons.fail(lease, "no")
