"""Drawing, changing, deleting: saved once, never over someone else's change, with its history."""

from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.errors import Conflict
from accounts.models import User
from annotations import labelling, labels, projects, quads
from annotations.models import Image, Label, Origin, Project, Region, RegionEdit

QUAD = [[5, 5], [50, 6], [50, 20.5], [5, 20]]


def draw(client: APIClient, image: Image, label: Label, /, **facts: Any) -> Any:
    body = {"label": str(label.id), "quad": QUAD, "text": "KL 55", "image_version": 1} | facts
    return client.post(f"/api/v1/images/{image.id}/regions", body)


def test_a_drawn_region_is_saved_and_the_image_is_annotated(
    bob_client: APIClient, bob: User, image: Image, label: Label
) -> None:
    answer = draw(bob_client, image, label, text="  KL  55 ")
    assert answer.status_code == 201
    region = answer.json()["region"]
    assert (region["quad"], region["text"], region["label"]) == (QUAD, "KL 55", str(label.id))
    assert (region["origin"], region["confidence"], region["version"]) == ("person", None, 1)
    assert answer.json()["image"] == {"id": str(image.id), "version": 2, "state": "annotated", "absent": []}
    edit = RegionEdit.objects.get()
    assert (str(edit.region_id), edit.image_version, edit.before, edit.user) == (region["id"], 2, None, bob)
    assert edit.after is not None
    assert edit.after["text"] == "KL 55"
    kept = Region.objects.get()
    assert (kept.xmin, kept.ymin, kept.xmax, kept.ymax) == (5, 5, 50, 20.5)


def test_sent_again_with_the_same_id_it_is_saved_once(alice_client: APIClient, image: Image, label: Label) -> None:
    region_id = str(uuid4())
    first = draw(alice_client, image, label, id=region_id).json()
    again = draw(alice_client, image, label, id=region_id)
    assert again.status_code == 201
    assert again.json() == first
    assert Region.objects.count() == RegionEdit.objects.count() == 1


def test_an_id_on_another_image_is_taken(alice_client: APIClient, image: Image, label: Label, make_image: Any) -> None:
    region_id = str(uuid4())
    draw(alice_client, image, label, id=region_id)
    answer = draw(alice_client, make_image(), label, id=region_id)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "id_taken")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"quad": [[5, 5], [50, 5], [50, 400], [5, 20]]}, "quad"),
        ({"quad": QUAD[::-1]}, "quad"),
        ({"quad": "everywhere"}, "quad"),
        ({"quad": None}, "quad"),
        ({"text": "a\u0007"}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"label": str(uuid4())}, "label"),
        ({"label": "plate"}, "label"),
        ({"id": "7"}, "id"),
    ],
)
def test_a_bad_region_is_refused_at_its_field(
    facts: dict[str, Any], field: str, alice_client: APIClient, image: Image, label: Label
) -> None:
    answer = draw(alice_client, image, label, **facts)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert answer.json()["error"]["message"].endswith(".")
    assert not Region.objects.exists()
    assert not RegionEdit.objects.exists()


def test_the_label_of_another_project_is_unknown(alice_client: APIClient, image: Image, alice: User) -> None:
    other = labels.create(projects.create(alice, "Other"), "secret")
    assert draw(alice_client, image, other).status_code == 400


def test_two_tabs_do_not_overwrite_each_other(
    alice_client: APIClient, bob_client: APIClient, image: Image, label: Label
) -> None:
    address = f"/api/v1/regions/{draw(alice_client, image, label).json()['region']['id']}"
    first = alice_client.patch(address, {"text": "KL 56", "version": 1})
    assert (first.status_code, first.json()["region"]["version"]) == (200, 2)
    assert first.json()["image"]["version"] == 3
    second = bob_client.patch(address, {"quad": [[0, 0], [9, 0], [9, 9], [0, 9]], "version": 1})
    assert second.status_code == 409
    error = second.json()["error"]
    assert (error["code"], error["detail"]["region"]["text"]) == ("version_conflict", "KL 56")
    assert error["detail"]["region"]["version"] == 2
    assert bob_client.delete(f"{address}?version=1").status_code == 409
    assert Region.objects.get().quad == QUAD


def test_a_change_sent_again_after_its_answer_was_lost_is_no_conflict(
    alice_client: APIClient, image: Image, label: Label
) -> None:
    address = f"/api/v1/regions/{draw(alice_client, image, label).json()['region']['id']}"
    first = alice_client.patch(address, {"text": "KL 56", "version": 1}).json()
    again = alice_client.patch(address, {"text": "KL 56", "version": 1})
    assert again.status_code == 200
    assert again.json()["region"] == first["region"]
    assert RegionEdit.objects.count() == 2


def test_a_change_that_is_refused_changes_nothing(alice_client: APIClient, image: Image, label: Label) -> None:
    address = f"/api/v1/regions/{draw(alice_client, image, label).json()['region']['id']}"
    assert alice_client.patch(address, {"text": "new", "quad": QUAD[::-1], "version": 1}).status_code == 400
    assert alice_client.patch(address, {"text": "new"}).status_code == 400
    region = Region.objects.get()
    assert (region.text, region.version) == ("KL 55", 1)


def test_deleting_the_last_region_makes_the_image_one_to_do_and_undo_brings_it_back_whole(
    alice_client: APIClient, image: Image, label: Label
) -> None:
    region = draw(alice_client, image, label).json()["region"]
    address = f"/api/v1/regions/{region['id']}"
    gone = alice_client.delete(f"{address}?version=1")
    now = {"id": str(image.id), "version": 3, "state": "todo", "absent": []}
    assert gone.json() == {"region": None, "image": now}
    assert alice_client.delete(f"{address}?version=1").json() == gone.json()  # sent again
    assert alice_client.patch(address, {"text": "x", "version": 1}).status_code == 404
    back = alice_client.post(f"{address}/restore")
    assert back.status_code == 201
    restored = back.json()["region"]
    assert {k: restored[k] for k in ("id", "quad", "text", "label", "origin")} == {
        k: region[k] for k in ("id", "quad", "text", "label", "origin")
    }
    assert restored["version"] == 2
    assert back.json()["image"]["state"] == "annotated"
    assert alice_client.post(f"{address}/restore").json() == back.json()
    edits = RegionEdit.objects.order_by("id")
    assert [(e.before is None, e.after is None) for e in edits] == [(True, False), (False, True), (True, False)]


def test_a_reviewed_image_stays_reviewed_when_its_last_region_goes(
    alice_client: APIClient, image: Image, label: Label
) -> None:
    region = draw(alice_client, image, label).json()["region"]
    alice_client.patch(f"/api/v1/images/{image.id}", {"state": "reviewed", "version": 2})
    answer = alice_client.delete(f"/api/v1/regions/{region['id']}?version=1")
    assert answer.json()["image"]["state"] == "reviewed"


def test_a_region_whose_label_was_deleted_cannot_come_back(alice_client: APIClient, image: Image, label: Label) -> None:
    region = draw(alice_client, image, label).json()["region"]
    alice_client.delete(f"/api/v1/regions/{region['id']}?version=1")
    alice_client.delete(f"/api/v1/labels/{label.id}")
    answer = alice_client.post(f"/api/v1/regions/{region['id']}/restore")
    assert answer.status_code == 409
    assert "label" in answer.json()["error"]["message"]


def test_a_suggestion_is_accepted_by_any_change_even_none(
    alice_client: APIClient, image: Image, label: Label, alice: User
) -> None:
    (region,) = labelling.save_all(image, alice, [(label, quads.parsed(QUAD), "KL", 0.6)], origin=Origin.SUGGESTION)
    assert Image.objects.get().state == "todo"
    answer = alice_client.patch(f"/api/v1/regions/{region.id}", {"version": 1})
    assert (answer.json()["region"]["origin"], answer.json()["region"]["confidence"]) == ("person", 0.6)
    assert answer.json()["image"]["state"] == "annotated"


def test_saving_all_saves_all_or_nothing(image: Image, label: Label, alice: User) -> None:
    good, bad = quads.parsed(QUAD), quads.of_box((0, 0, 9999, 5))
    with pytest.raises(quads.BadQuad):
        labelling.save_all(image, alice, [(label, good, "A", None), (label, bad, "B", None)], origin=Origin.PERSON)
    assert not Region.objects.exists()
    assert Image.objects.get().version == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_changes_at_the_same_moment_one_wins_and_the_others_are_told(
    project: Project, image: Image, label: Label, alice: User, bob: User
) -> None:
    region = labelling.add(alice, image.id, label_id=label.id, quad=QUAD, text="A").region
    assert region is not None
    outcomes: list[str] = []

    def change(user: User, text: str) -> None:
        try:
            labelling.change(user, region.id, version=1, text=text)
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [Thread(target=change, args=(user, f"{n}")) for n, user in enumerate([alice, bob] * 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 5 + ["saved"]
    assert Region.objects.get().version == 2
    assert Image.objects.get().version == 3
