"""What a door does not know is refused by its name, never passed over; what is sent must be of its own kind."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver
from django.urls.resolvers import URLResolver
from rest_framework.test import APIClient

from accounts.api.doors import Door
from annotations.models import Image, Label, Origin, Project, Region
from tests.doors.conftest import QUAD
from tests.doors.test_nasty_values import GOOD, PICTURE, TABLE, at, doors, in_world
from training.models import Prediction

OF_PAGES = ("/api/v1/account/password", "/api/v1/invitations/accept")  # open no door to a key


@pytest.fixture
def program(world: dict[str, str]) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {world['key']}")
    return client


def told(answer: Any, status: int = 400) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()["error"]


def picture_named(name: str, picture: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture)


def test_every_door_of_the_native_api_refuses_a_query_that_it_does_not_know(
    program: APIClient, world: dict[str, str]
) -> None:
    taken = []
    for method, address, _ in doors():
        if (
            address == "/api/schema/"
            or not address.startswith("/api/v1/")
            or "/session" in address
            or address in OF_PAGES
        ):
            continue
        answer = program.generic(method.upper(), f"{at(address, world)}?colour=red", "", "application/json")
        if answer.status_code != 400 or "`colour` is no query" not in answer.json()["error"]["message"]:
            taken.append((method, address, answer.status_code))
    assert taken == []


def test_every_view_of_the_native_api_is_a_door() -> None:
    views = {view for route, view in routes(get_resolver().url_patterns) if route.startswith("api/v1/")}
    assert views
    assert not [view for view in views if not issubclass(getattr(view, "cls", None) or view.view_class, Door)]


def routes(patterns: list[Any], before: str = "") -> Any:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern), pattern.callback


def test_every_door_that_takes_json_refuses_a_field_that_it_does_not_know(
    program: APIClient, world: dict[str, str]
) -> None:
    taken = []
    for (method, address), good in GOOD.items():
        if not address.startswith("/api/v1/") or "/session" in address or address in OF_PAGES:
            continue
        if PICTURE in good.values() or TABLE in good.values():
            continue
        sent = json.dumps(in_world(good, world) | {"colour_": "red"})
        answer = program.generic(method.upper(), at(address, world), sent, "application/json")
        if answer.status_code != 400 or not answer.json()["error"]["message"].startswith("`colour_` is no field"):
            taken.append((method, address, answer.content[:200]))
    assert taken == []


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("images?status=todo", "`status` is no query of this address. It takes: cursor, ids, label, limit, "),
        ("predictions?state=failed", "`state` is no query of this address. It takes: cursor, limit."),
        ("runs?state=ready", "`state` is no query of this address. It takes: none."),
        ("versions?live=true&limit=5", "`live`, `limit` are no queries of this address."),
        ("images?state=todo&state=reviewed", "`state` is taken once in a request, and was sent 2 times."),
        ("images?limit=many", "limit: A valid integer is required."),
        ("images?limit=0", "limit: Ensure this value is greater than or equal to 1."),
    ],
)
def test_a_filter_that_would_change_nothing_is_refused_by_its_name(
    program: APIClient, world: dict[str, str], address: str, names: str
) -> None:
    answer = program.get(f"/api/v1/projects/{world['project_id']}/{address}")
    assert told(answer)["message"].startswith(names)


@pytest.mark.parametrize(
    ("field", "value"), [("threshold", "0.5"), ("crops", "true"), ("url", "https://example.org/a.png")]
)
def test_a_choice_that_a_prediction_does_not_offer_is_refused(
    program: APIClient, world: dict[str, str], picture: bytes, field: str, value: str
) -> None:
    address = f"/api/v1/projects/{world['project_id']}/predictions"
    sent = {"file": picture_named("a.png", picture), field: value}
    error = told(program.post(address, sent, format="multipart"))
    assert error["message"] == f"`{field}` is no field of this address. It takes: file, version, wait."
    assert list(error["fields"]) == [field]
    assert told(program.post(f"{address}?wait=0", sent, format="multipart"))["code"] == "unknown_query"
    assert Prediction.objects.count() == 1  # the world's own


@pytest.mark.parametrize("door", ["predictions", "images", "imports"])
def test_a_second_file_is_refused_where_one_is_taken(
    program: APIClient, world: dict[str, str], picture: bytes, door: str
) -> None:
    sent: dict[str, Any] = {"file": [picture_named(f"{number}.png", picture + bytes([number])) for number in range(3)]}
    sent |= {"format": "tutorial-csv"} if door == "imports" else {}
    answer = program.post(f"/api/v1/projects/{world['project_id']}/{door}", sent, format="multipart")
    assert told(answer)["message"] == "`file` is taken once in a request, and was sent 3 times."
    assert (Image.objects.count(), Prediction.objects.count()) == (1, 1)  # the world's own


TEXT = 'This must be text, in quotes, as in "12".'


@pytest.mark.parametrize(
    ("method", "address", "sent", "field", "said"),
    [
        ("post", "projects", {"name": 0}, "name", TEXT),
        ("post", "projects", {"name": "A", "labels": ["a", 0]}, "labels.1", TEXT),
        ("post", "projects/{project_id}/labels", {"name": 12.5}, "name", TEXT),
        ("post", "projects/{project_id}/labels", {"name": "a", "words": [7]}, "words.0", TEXT),
        ("post", "projects/{project_id}/labels", {"name": "a", "words": [False]}, "words.0", TEXT),
        ("post", "projects/{project_id}/labels", {"name": "a", "pattern": 1}, "pattern", TEXT),
        ("patch", "labels/{label_id}", {"name": True}, "name", TEXT),
        ("patch", "labels/{label_id}", {"position": True}, "position", "This must be a number."),
        ("patch", "regions/{region_id}", {"version": 1, "text": 12}, "text", TEXT),
        ("patch", "regions/{region_id}", {"version": "1", "text": "A"}, "version", "This must be a number."),
        ("post", "images/{image_id}/regions", {"label": 0, "quad": QUAD}, "label", TEXT),
        ("post", "images/{image_id}/regions", {"label": "{label_id}", "quad": QUAD, "text": 7}, "text", TEXT),
        ("post", "projects/{project_id}/images/delete", {"ids": [0]}, "ids.0", TEXT),
        ("post", "labels/{label_id}/unlike", {"texts": ["A", 1]}, "texts.1", TEXT),
        ("post", "keys", {"name": 5}, "name", TEXT),
        ("patch", "people/{user_id}", {"shut_out": "false"}, "shut_out", "This must be true or false."),
    ],
)
def test_what_is_no_text_in_json_is_not_made_one(
    program: APIClient, world: dict[str, str], method: str, address: str, sent: Any, field: str, said: str
) -> None:
    answer = program.generic(
        method.upper(), at(f"/api/v1/{address}", world), json.dumps(in_world(sent, world)), "application/json"
    )
    error = told(answer)
    assert error["fields"] == {field: [said]}
    assert error["message"] == f"{field}: {said}"
    assert (Project.objects.count(), Label.objects.count()) == (1, 1)
    assert Region.objects.get().text == "A 1"


def test_the_compatible_api_takes_what_its_clients_send_beside(
    program: APIClient, world: dict[str, str], picture: bytes
) -> None:
    model = f"/api/v2/OCR/Model/{world['project_id']}"
    sent = {"file": picture_named("b.png", picture), "modelId": world["project_id"], "l": "eng", "other": "1"}
    assert program.post(f"{model}/UploadFile/?l=eng&modelId=x", sent, format="multipart").status_code == 200
    assert program.get(f"{model}?anything=1").status_code == 200


def test_the_page_may_say_that_a_suggestion_is_right(program: APIClient, world: dict[str, str]) -> None:
    Region.objects.update(origin=Origin.SUGGESTION)
    answer = program.patch(f"/api/v1/regions/{world['region_id']}", {"origin": "person", "version": 1}, format="json")
    assert answer.status_code == 200
    assert Region.objects.get().origin == Origin.PERSON
