"""The Nanonets-compatible API: UploadFile and UploadUrls."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotations.models import Image, Project, Region
from tests.training.conftest import model, picture_of_text

BOX = {"xmin": 30, "ymin": 80, "xmax": 200, "ymax": 140}
FIELD = {"name": "number_plate", "ocr_text": "MH15TC554", "bndbox": BOX}


@pytest.fixture
def plates(project: Project, data_dir: object, valkey: object) -> Project:
    project.labels.create(name="number_plate", colour="#000000")
    return project


def picture(name: str, text: str = "MH15TC554") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture_of_text(text), content_type="image/jpeg")


def upload(client: APIClient, project: Project, files: Any, data: Any = None, rest: str = "/UploadFile/") -> Any:
    body = {"file": files, **({} if data is None else {"data": data if isinstance(data, str) else json.dumps(data)})}
    return client.post(model(project, rest), body, format="multipart")


@pytest.mark.parametrize("rest", ["/UploadFile/", "/UploadFile"])
def test_a_file_with_its_field_is_taken(plates: Project, script: APIClient, rest: str) -> None:
    response = upload(script, plates, picture("0.jpg"), [{"filename": "0.jpg", "object": [FIELD]}], rest)
    assert response.status_code == 200, response.content
    told = response.json()
    (entry,) = told["Data"]
    assert entry["filename"] == "0.jpg"
    assert entry["size"] == {"width": 320, "height": 240}
    assert entry["object"] == [FIELD]
    assert told["Meta"]["State"] == told["Meta"]["state"] == 2
    assert Region.objects.get().quad == [[30, 80], [200, 80], [200, 140], [30, 140]]


@pytest.mark.parametrize("sent", [{}, [], None, ""])
def test_a_file_without_fields_waits_for_annotation(
    plates: Project,
    script: APIClient,
    sent: Any,
) -> None:
    response = upload(script, plates, picture("0.jpg"), [{"filename": "0.jpg", "object": sent}])
    assert (response.status_code, response.json()["Meta"]["state"]) == (200, 1)
    assert Image.objects.count() == 1


def test_one_field_may_stand_alone(plates: Project, script: APIClient) -> None:
    upload(script, plates, picture("0.jpg"), [{"filename": "0.jpg", "object": FIELD}])
    assert Region.objects.get().text == "MH15TC554"


def test_a_box_without_text_is_taken(plates: Project, script: APIClient) -> None:
    field = {"name": "number_plate", "bndbox": BOX}
    response = upload(script, plates, picture("0.jpg"), [{"filename": "0.jpg", "object": [field]}])
    assert (response.status_code, response.json()["Meta"]["state"]) == (200, 1)
    assert Region.objects.get().text == ""


def test_a_batch_is_matched_by_name(plates: Project, script: APIClient) -> None:
    files = [picture("a.jpg", "AAA"), picture("b.jpg", "BBB")]
    data = [
        {"filename": "folder/b.jpg", "object": [FIELD | {"ocr_text": "BBB"}]},
        {"filename": "a.jpg", "object": [FIELD | {"ocr_text": "AAA"}]},
    ]
    assert upload(script, plates, files, data).status_code == 200
    assert {(r.image.name, r.text) for r in Region.objects.select_related("image")} == {
        ("a.jpg", "AAA"),
        ("b.jpg", "BBB"),
    }


def test_the_same_upload_twice_doubles_nothing(plates: Project, script: APIClient) -> None:
    for _ in range(2):
        response = upload(script, plates, picture("0.jpg"), [{"filename": "0.jpg", "object": [FIELD]}])
        assert response.status_code == 200
    assert (Image.objects.count(), Region.objects.count()) == (1, 1)


def test_a_box_over_the_edge_ends_there(plates: Project, script: APIClient) -> None:
    over = FIELD | {"bndbox": {"xmin": -9, "ymin": 80, "xmax": 329, "ymax": 140}}
    upload(script, plates, picture("0.jpg"), [{"filename": "0.jpg", "object": [over]}])
    region = Region.objects.get()
    assert (region.xmin, region.xmax) == (0, 320)


def test_one_bad_file_in_a_batch_leaves_the_others(plates: Project, script: APIClient) -> None:
    response = upload(script, plates, [picture("0.jpg"), SimpleUploadedFile("notes.jpg", b"no picture")])
    assert response.status_code == 202
    told = response.json()
    assert [entry["filename"] for entry in told["Data"]] == ["0.jpg"]
    assert len(told["errors"]) == 1
    assert "notes.jpg" in told["errors"][0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("not json", "not JSON"),
        ("7", "must be a list"),
        ([{"filename": "0.jpg", "object": [FIELD | {"name": "colour"}]}], "no category colour. It has: number_plate"),
    ],
)
def test_data_that_makes_no_sense_is_refused(
    plates: Project,
    script: APIClient,
    data: Any,
    said: str,
) -> None:
    response = upload(script, plates, picture("0.jpg"), data)
    assert response.status_code == 400
    assert said in response.json()["message"]
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"object": [FIELD]}, "has no filename"),
        ({"filename": "0.jpg", "object": 7}, "must be a list of fields"),
        ({"filename": "0.jpg", "object": [7]}, "must be a list of fields"),
        ({"filename": "0.jpg", "object": [{"bndbox": BOX}]}, "has no name"),
    ],
)
def test_a_picture_is_kept_without_fields_that_make_no_sense(
    plates: Project, script: APIClient, entry: Any, said: str
) -> None:
    response = upload(script, plates, picture("0.jpg"), [entry])
    assert response.status_code == 202
    (error,) = response.json()["errors"]
    assert said in error
    assert (Image.objects.get().state, Region.objects.count()) == ("todo", 0)


def test_no_file_is_400(plates: Project, script: APIClient) -> None:
    response = script.post(model(plates, "/UploadFile/"), {"modelId": str(plates.pk)}, format="multipart")
    assert response.status_code == 400
    assert "`file` is missing" in response.json()["message"]


def test_no_key_is_401(plates: Project, anyone: APIClient) -> None:
    assert upload(anyone, plates, picture("0.jpg")).status_code == 401
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/a.jpg", "private network"),
        ("http://localhost/a.jpg", "private network"),
        ("http://[::ffff:10.0.0.1]/a.jpg", "private network"),
        ("http://[64:ff9b::10.0.0.1]/a.jpg", "private network"),
        ("http://169.254.169.254/latest", "private network"),
        ("http://0/a.jpg", "private network"),
        ("file:///etc/passwd", "not a web address"),
        ("ftp://example.org/a.jpg", "not a web address"),
        ("nonsense", "not a web address"),
    ],
)
def test_no_address_leads_into_the_own_network(
    plates: Project,
    script: APIClient,
    url: str,
    said: str,
) -> None:
    response = script.post(model(plates, "/UploadUrls/"), {"urls": [url]}, format="json")
    assert response.status_code == 400
    assert said in response.json()["message"]
    assert url in response.json()["message"]


def test_no_addresses_are_400(plates: Project, script: APIClient) -> None:
    bodies: list[dict[str, Any]] = [{}, {"urls": []}, {"urls": 7}]
    for body in bodies:
        assert script.post(model(plates, "/UploadUrls/"), body, format="json").status_code == 400
