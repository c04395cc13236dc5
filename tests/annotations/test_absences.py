"""What a person said is not on an image: kept with it, and ended by what is drawn."""

import json
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from annotations import exports, imports, labelling, labels, quads
from annotations.models import Absence, Image, ImageState, Label, Origin, Project, Region
from annotations.reports import Report
from tests.annotations.conftest import MakeImage

BOX = quads.of_box((5, 5, 50, 20))
ELSEWHERE = quads.of_box((5, 40, 50, 60))


@pytest.fixture
def total(project: Project, label: Label) -> Label:
    return labels.create(project, "total")


def say(client: APIClient, image: Image, absent: list[str], version: int = 1, **others: Any) -> Any:
    return client.patch(f"/api/v1/images/{image.id}", {"absent": absent, "version": version, **others})


def told(client: APIClient, image: Image) -> Any:
    return client.get(f"/api/v1/images/{image.id}").json()


def names(image: Image) -> list[str]:
    return sorted(Absence.objects.filter(image=image).values_list("label__name", flat=True))


def test_a_label_that_is_said_not_to_be_there_is_told_with_the_image(
    bob_client: APIClient, image: Image, label: Label, total: Label
) -> None:
    assert told(bob_client, image)["absent"] == []
    answer = say(bob_client, image, [str(total.id)])
    assert answer.status_code == 200, answer.content
    now = answer.json()
    assert (now["absent"], now["state"], now["version"]) == ([str(total.id)], "annotated", 2)
    assert told(bob_client, image)["absent"] == [str(total.id)]
    both = say(bob_client, image, [str(label.id), str(total.id)], 2).json()
    assert both["absent"] == sorted([str(label.id), str(total.id)])
    none = say(bob_client, image, [], 3).json()
    assert (none["absent"], none["state"]) == ([], "todo")


def test_it_is_said_in_one_act_with_reviewed(bob_client: APIClient, image: Image, total: Label) -> None:
    now = say(bob_client, image, [str(total.id)], state="reviewed").json()
    assert (now["absent"], now["state"], now["version"]) == ([str(total.id)], "reviewed", 2)
    assert say(bob_client, image, [], 2).json()["state"] == "reviewed"


def test_who_saw_an_older_version_is_told_and_changes_nothing(
    alice_client: APIClient, bob_client: APIClient, image: Image, label: Label, total: Label
) -> None:
    say(alice_client, image, [str(total.id)])
    late = say(bob_client, image, [str(label.id)])
    assert late.status_code == 409
    assert late.json()["error"]["detail"]["image"]["absent"] == [str(total.id)]
    assert names(image) == ["total"]


def test_a_mark_that_is_sent_again_is_no_conflict(bob_client: APIClient, image: Image, total: Label) -> None:
    for _ in range(2):
        answer = say(bob_client, image, [str(total.id)], state="reviewed")
        assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_a_label_with_a_region_cannot_be_said_not_to_be_there(
    bob_client: APIClient, image: Image, label: Label, alice: User
) -> None:
    labelling.save_all(image, alice, [(label, BOX, "KL 1", None)], origin=Origin.PERSON)
    answer = say(bob_client, image, [str(label.id)], 2)
    assert answer.status_code == 409
    assert "“number_plate” has 1 region on this image" in answer.json()["error"]["message"]
    assert names(image) == []


def test_a_label_of_another_project_is_refused_and_a_stranger_says_nothing(
    bob_client: APIClient, charlie_client: APIClient, image: Image, total: Label
) -> None:
    own = charlie_client.post("/api/v1/projects", {"name": "Mine", "labels": ["total"]}).json()
    foreign = own["labels"][0]["id"]
    for unknown in (foreign, str(uuid4())):
        answer = say(bob_client, image, [str(total.id), unknown])
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_label")
    assert say(charlie_client, image, [foreign]).status_code == 404
    assert names(image) == []


def test_a_region_that_is_drawn_or_relabelled_ends_what_was_said(
    bob_client: APIClient, image: Image, label: Label, total: Label
) -> None:
    say(bob_client, image, [str(label.id), str(total.id)])
    address = f"/api/v1/images/{image.id}/regions"
    saved = bob_client.post(address, {"label": str(label.id), "quad": BOX, "text": "KL 1"}).json()
    assert saved["image"]["absent"] == [str(total.id)]
    assert names(image) == ["total"]
    region = saved["region"]
    change = {"label": str(total.id), "version": region["version"]}
    changed = bob_client.patch(f"/api/v1/regions/{region['id']}", change).json()
    assert changed["image"]["absent"] == []
    assert names(image) == []


def test_the_last_region_that_goes_leaves_what_was_said(
    bob_client: APIClient, image: Image, label: Label, total: Label, alice: User
) -> None:
    say(bob_client, image, [str(total.id)])
    (region,) = labelling.save_all(image, alice, [(label, BOX, "KL 1", None)], origin=Origin.PERSON)
    gone = bob_client.delete(f"/api/v1/regions/{region.id}?version=1").json()
    assert (gone["image"]["state"], gone["image"]["absent"]) == ("annotated", [str(total.id)])


def test_what_is_not_there_is_not_suggested(
    bob_client: APIClient, image: Image, label: Label, total: Label, alice: User
) -> None:
    say(bob_client, image, [str(total.id)])
    found = [(label, BOX, "KL 1", 0.9), (total, ELSEWHERE, "12", 0.4)]
    labelling.save_all(image, alice, found, origin=Origin.SUGGESTION)
    assert [region.label.name for region in Region.objects.all()] == ["number_plate"]
    assert names(image) == ["total"]


def test_it_goes_with_its_label_and_with_its_image(
    bob_client: APIClient, make_image: MakeImage, label: Label, total: Label
) -> None:
    first, second = make_image(), make_image()
    for image in (first, second):
        say(bob_client, image, [str(label.id), str(total.id)])
    labels.delete(total)
    assert told(bob_client, first)["absent"] == [str(label.id)]
    first.delete()
    assert list(Absence.objects.values_list("image", "label")) == [(second.id, label.id)]


def taken(project: Project, user: User, *lines: dict[str, Any]) -> Report:
    data = "\n".join(json.dumps(line) for line in lines).encode()
    made = imports.take_table(project, user, name="manifest.jsonl", data=data, format_key="manifest")
    return Report.of(made.report)


def test_a_manifest_gives_it_out_and_takes_it_in(
    bob_client: APIClient, project: Project, alice: User, make_image: MakeImage, label: Label, total: Label
) -> None:
    image, other = make_image(), make_image()
    labelling.save_all(image, alice, [(label, BOX, "KL 1", None)], origin=Origin.PERSON)
    say(bob_client, image, [str(total.id)], 2)
    say(bob_client, other, [str(label.id), str(total.id)])
    written = b"".join(exports.export(project, "manifest")[1])
    lines = [json.loads(line) for line in written.decode().splitlines()]
    assert [line["absent"] for line in lines] == [["total"], ["number_plate", "total"]]
    Region.objects.all().delete()
    labels.delete(total)
    labels.delete(label)
    Image.objects.update(state=ImageState.TODO)
    report = taken(project, alice, *lines)
    assert (report.left_out, report.labels) == ([], ["total", "number_plate"])
    assert (names(image), names(other)) == (["total"], ["number_plate", "total"])
    assert set(Image.objects.values_list("state", flat=True)) == {"annotated"}
    versions = list(Image.objects.order_by("id").values_list("version", flat=True))
    assert taken(project, alice, *lines).imported == 0
    assert list(Image.objects.order_by("id").values_list("version", flat=True)) == versions


def test_a_manifest_that_contradicts_itself_or_the_project_is_told(
    project: Project, alice: User, make_image: MakeImage, label: Label
) -> None:
    image, other = make_image(), make_image()
    labelling.save_all(other, alice, [(label, BOX, "KL 1", None)], origin=Origin.PERSON)
    region = {"label": "total", "quad": BOX, "text": "12"}
    report = taken(
        project,
        alice,
        {"image": image.name, "absent": ["total"], "regions": [region]},
        {"image": other.name, "absent": ["number_plate", "x" * 61], "regions": []},
        {"image": image.name, "absent": "total"},
    )
    reasons = [left["reason"] for left in report.as_json()["left_out"]]
    assert any("“total” is in absent, and there is a region of it." in reason for reason in reasons)
    assert any("“number_plate” has a region on this image" in reason for reason in reasons)
    assert any("between 1 and 60" in reason for reason in reasons)
    assert "absent must be a list of labels' names." in reasons
    assert report.imported == 1
    assert names(image) == names(other) == []
