"""The Nanonets-compatible API: what becomes of each field that is sent with a picture."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from annotations import datacheck, labelling
from annotations.models import Image, Label, Origin, Project, Region
from tests.annotations.test_imports import HEADER, send
from tests.training.conftest import model
from tests.training.test_nanonets_uploads import BOX, FIELD, picture, plates, upload

__all__ = ["plates"]


def moved(by: int) -> dict[str, int]:
    return {side: value + by if side.startswith("x") else value for side, value in BOX.items()}


def box_at(left: int, right: int, top: int = 80, bottom: int = 140) -> dict[str, int]:
    return {"xmin": left, "ymin": top, "xmax": right, "ymax": bottom}


def sent(client: APIClient, project: Project, *fields: Any, name: str = "0.jpg") -> Any:
    return upload(client, project, picture(name), [{"filename": name, "object": list(fields)}])


@pytest.mark.parametrize("text", ["12", "12.50", "1e5", "true", '["A"]', "{}"])
def test_a_text_that_is_no_text_is_told_and_not_kept(plates: Project, script: APIClient, text: str) -> None:
    field = json.dumps(FIELD | {"ocr_text": "@"}).replace('"@"', text)
    good = json.dumps(FIELD | {"bndbox": box_at(210, 300)})
    response = upload(script, plates, picture("0.jpg"), f'[{{"filename": "0.jpg", "object": [{field}, {good}]}}]')
    assert response.status_code == 202
    (error,) = response.json()["errors"]
    assert error.startswith("0.jpg: the ocr_text of number_plate is ")
    assert "in quotes" in error
    assert [region.text for region in Region.objects.all()] == ["MH15TC554"]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"bndbox": box_at(900, 990)}, "0% of it lies inside"),
        ({"bndbox": box_at(312, 472)}, "5% of it lies inside"),
        ({"bndbox": box_at(30, 30)}, "has no area"),
        ({"bndbox": {"xmin": 1}}, "needs the numbers"),
        ({"bndbox": BOX | {"xmin": True}}, "needs the numbers"),
        ({"bndbox": None}, "has no bndbox"),
        ({"name": ""}, "has no name"),
        ({"name": 7}, "has no name"),
        ({"ocr_text": "A" * 501}, "501 characters long"),
    ],
)
def test_one_bad_field_loses_no_other(plates: Project, script: APIClient, bad: dict[str, Any], said: str) -> None:
    fields = [
        FIELD | {"ocr_text": "AB 2", "bndbox": box_at(20, 100)},
        FIELD | bad,
        FIELD | {"ocr_text": "YY", "bndbox": box_at(210, 300)},
    ]
    response = sent(script, plates, *fields)
    assert (response.status_code, response.json()["message"]) == (202, "Partially successful")
    (error,) = response.json()["errors"]
    assert error.startswith("0.jpg: ")
    assert said in error
    assert sorted(Region.objects.values_list("text", flat=True)) == ["AB 2", "YY"]


def test_an_entry_without_a_name_loses_no_other(plates: Project, script: APIClient) -> None:
    data = [{"object": [FIELD]}, {"filename": "0.jpg", "object": [FIELD]}]
    response = upload(script, plates, picture("0.jpg"), data)
    assert response.json()["errors"] == ["Entry 1 of `data` has no filename, so its fields were not taken."]
    assert Region.objects.count() == 1


@pytest.mark.parametrize(("right", "taken"), [(321, True), (380, True), (381, False), (900, False)])
def test_one_rule_says_at_every_door_how_far_a_box_may_reach_out(
    plates: Project, script: APIClient, alice_client: APIClient, right: int, taken: bool
) -> None:
    """From x = 140 on: of a box to 380 three quarters lie in the picture, which is 320 wide."""
    sent(script, plates, FIELD | {"bndbox": box_at(140, right)}, name="compatible.jpg")
    image = upload(script, plates, picture("native.jpg", "NATIVE")).json()["Data"][0]["id"]
    label = Label.objects.get().pk
    quad = [[140, 80], [right, 80], [right, 140], [140, 140]]
    alice_client.post(f"/api/v1/images/{image}/regions", {"label": label, "quad": quad, "text": "A"}, format="json")
    upload(script, plates, picture("table.jpg", "TABLE"))
    send(alice_client, plates, f"{HEADER}table.jpg,A,140,{right},80,140\n")
    edges = {"compatible.jpg": 320, "native.jpg": 320, "table.jpg": 320} if taken else {}
    assert dict(Region.objects.values_list("image__name", "xmax")) == edges


def test_a_picture_sent_again_with_its_box_moved_a_little_doubles_nothing(plates: Project, script: APIClient) -> None:
    sent(script, plates, FIELD)
    response = sent(script, plates, FIELD | {"bndbox": moved(3)})
    assert response.status_code == 200
    assert [(region.xmin, region.text) for region in Region.objects.all()] == [(30, "MH15TC554")]


@pytest.mark.parametrize("name", ["0.jpg", "other.jpg"])
def test_another_text_of_the_same_place_is_told_and_overwrites_nothing(
    plates: Project, script: APIClient, name: str
) -> None:
    sent(script, plates, FIELD)
    response = sent(script, plates, FIELD | {"ocr_text": "MH15", "bndbox": moved(3)}, name=name)
    assert response.status_code == 202
    (error,) = response.json()["errors"]
    assert error.startswith(f"{name}: number_plate: The picture has this box of number_plate already")
    assert "“MH15TC554”" in error
    assert "“MH15” was not taken" in error
    assert [region.text for region in Region.objects.all()] == ["MH15TC554"]


def test_two_texts_for_one_place_in_a_request_are_told(plates: Project, script: APIClient) -> None:
    response = sent(script, plates, FIELD, FIELD | {"ocr_text": "XX"})
    assert response.status_code == 202
    assert [region.text for region in Region.objects.all()] == ["MH15TC554"]


@pytest.mark.parametrize("untyped", [{}, {"ocr_text": None}, {"ocr_text": ""}])
def test_a_text_can_be_sent_after_its_box(plates: Project, script: APIClient, untyped: dict[str, Any]) -> None:
    assert sent(script, plates, {"name": "number_plate", "bndbox": BOX} | untyped).status_code == 200
    assert sent(script, plates, FIELD).status_code == 200
    assert [region.text for region in Region.objects.all()] == ["MH15TC554"]


def test_what_is_sent_for_a_suggestion_stands_instead_of_it(plates: Project, script: APIClient, alice: User) -> None:
    upload(script, plates, picture("0.jpg"))
    image, label = Image.objects.get(), Label.objects.get()
    quad = ((33, 80), (203, 80), (203, 140), (33, 140))
    labelling.save_all(image, alice, [(label, quad, "MH15TC55A", 0.4)], origin=Origin.SUGGESTION)
    assert sent(script, plates, FIELD).status_code == 200
    region = Region.objects.get()
    assert (region.origin, region.text, region.xmin) == (Origin.PERSON, "MH15TC554", 30)


def test_a_picture_sent_with_no_fields_is_annotated_as_one_without(plates: Project, script: APIClient) -> None:
    response = sent(script, plates)
    assert response.status_code == 200
    (told,) = response.json()["Data"]
    assert (told["state"], told["object"]) == ("annotated", [])
    assert [absence.label.name for absence in Image.objects.get().absences.all()] == ["number_plate"]
    summary = datacheck.check(plates).summary
    assert (summary["images"], summary["annotated"], summary["regions"]) == (1, 1, 0)
    assert "untouched" not in [finding.code for finding in datacheck.check(plates).findings]


@pytest.mark.parametrize("data", [[{"filename": "0.jpg"}], [{"filename": "0.jpg", "object": {}}], None])
def test_a_picture_without_a_word_about_its_fields_stays_to_do(plates: Project, script: APIClient, data: Any) -> None:
    upload(script, plates, picture("0.jpg"), data)
    assert Image.objects.get().state == "todo"


def test_a_picture_whose_only_field_cannot_be_kept_is_not_one_without(plates: Project, script: APIClient) -> None:
    assert sent(script, plates, FIELD | {"ocr_text": 12}).status_code == 202
    assert Image.objects.get().state == "todo"


def test_fields_that_are_there_are_not_deleted_by_sending_none(plates: Project, script: APIClient) -> None:
    sent(script, plates, FIELD)
    response = sent(script, plates)
    assert response.status_code == 202
    (error,) = response.json()["errors"]
    assert error.startswith("0.jpg: The picture was sent as one without fields, and has 1 field here.")
    assert Region.objects.count() == 1


def test_the_101st_file_of_a_request_is_refused_with_the_limit(
    plates: Project, script: APIClient, alice_client: APIClient
) -> None:
    told = upload(script, plates, [picture(f"{number}.jpg", "A") for number in range(101)])
    assert told.status_code == 400
    assert told.json()["message"].startswith("At most 100 files are taken in one request.")
    assert told.json()["errors"] == [told.json()["message"]]
    native = {"file": [picture(f"{number}.jpg", "A") for number in range(101)]}
    answer = alice_client.post(f"/api/v1/projects/{plates.pk}/images", native, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("At most 100 files are taken in one request.")
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({str(n): "x" for n in range(1001)}, 400, "At most 1,000 fields"),
        ({"x": "y" * 5_000_001}, 413, "5,000,000 bytes"),
    ],
    ids=["too many", "too long"],
)
def test_a_form_with_too_much_in_it_is_refused_with_the_limit(
    plates: Project, script: APIClient, fields: dict[str, str], status: int, said: str
) -> None:
    for address in (model(plates, "/UploadFile/"), f"/api/v1/projects/{plates.pk}/images"):
        told = script.post(address, fields, format="multipart")
        assert told.status_code == status
        assert said in told.json()["error"]["message"]
