"""Every door, with every nasty value in every place: no answer is a 500, each refusal has a code and a sentence.

The doors are those of the API's own schema and of the Nanonets-compatible addresses. A door without an example of what
it usually takes fails here too: add it to GOOD. Each request is taken back, so that all meet the same world; they go
out as a program with its key and as a page with its session in turn.
"""

import json
import logging
import re
import time
from collections.abc import Iterator
from functools import cache
from http.cookies import SimpleCookie
from itertools import cycle
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.core.cache import cache as counted
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.middleware.csrf import _get_new_csrf_string
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.models import User
from annotations.models import Project
from runner import heartbeats
from server.content_types import readable
from tests.doors.conftest import QUAD, SIGNED_UP
from tests.doors.nasty import BODIES, HEADERS, HOLE, IN_JSON, IN_TEXT, LONG, filled, holes, share

P = "/api/v1/projects/{project_id}"
M = "/api/v2/ObjectDetection/Model/{project_id}"
PICTURE = "a picture"
TABLE = "a table"
SLOW = {("post", "/api/v1/projects/sample")}  # draws for seconds, and reads nothing of what is sent
IN_ONE_SHAPE = ("/api/v1/", "/api/v2/", "/media/")
METHODS = ("get", "post", "put", "patch", "delete", "options", "head")
ACCOUNT = {"email": SIGNED_UP, "password": "a-long-enough-password", "name": "Somebody"}
LABEL = {"name": "date", "colour": "#112233", "pattern": "[A-Z]+", "words": ["A"]}
BOXES = [
    {
        "filename": "a.png",
        "object": [
            {"name": "number_plate", "ocr_text": "A", "bndbox": {"xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9}},
        ],
    }
]

# What a door usually takes in its body; "{...}" is filled in from the world.
GOOD: dict[tuple[str, str], dict[str, Any]] = {
    ("patch", "/api/v1/account"): {"name": "Alice"},
    ("post", "/api/v1/account/password"): {
        "current": "a-wrong-one", "password": "a-long-one-indeed", "revoke_keys": True
    },
    ("patch", "/api/v1/images/{image_id}"): {
        "state": "reviewed", "version": 1, "split": "test", "absent": ["{label_id}"],
    },
    ("post", "/api/v1/images/{image_id}/regions"): {
        "id": "7f2c0f0e-7d0c-4b6f-9f43-0a4f0b5f1c11", "label": "{label_id}", "quad": QUAD, "text": "A",
        "image_version": 1,
    },
    ("post", "/api/v1/invitations"): {"email": "new@example.org"},
    ("post", "/api/v1/invitations/accept"): {"token": "{invitation}", "password": "a-long-one-indeed", "name": "Ida"},
    ("post", "/api/v1/keys"): {"name": "script"},
    ("patch", "/api/v1/labels/{label_id}"): LABEL | {"position": 3},
    ("post", "/api/v1/labels/{label_id}/unlike"): {"texts": ["A"]},
    ("post", "/api/v1/projects"): {"name": "Meters", "labels": ["reading"]},
    ("patch", "/api/v1/people/{user_id}"): {"shut_out": True},
    ("patch", P): {"name": "Plates", "prediction_days": 30},
    ("post", f"{P}/comparisons"): {"versions": ["{version_id}", "{version_id}"]},
    ("post", f"{P}/images"): {"file": PICTURE, "folder": "cam1"},
    ("post", f"{P}/images/delete"): {"ids": ["{image_id}"]},
    ("post", f"{P}/images/restore"): {"ids": ["{image_id}"]},
    ("post", f"{P}/images/split"): {"train": ["car.png"], "test": []},
    ("post", f"{P}/imports"): {
        "file": TABLE, "format": "tutorial-csv", "label": "number_plate", "drawn_on": "upright", "dry_run": "false",
    },
    ("post", f"{P}/labels"): LABEL,
    ("post", f"{P}/members"): {"email": "new@example.org", "role": "viewer"},
    ("patch", f"{P}/members/{{user_id}}"): {"role": "viewer"},
    ("post", f"{P}/predictions"): {"file": PICTURE, "version": "1", "wait": "0"},
    ("post", f"{P}/runs"): {
        "network": "ppocr",
        "options": {
            "reader_epochs": 2, "finder_epochs": 2, "max_minutes": 1.0, "tower": "own", "rectifier": "none",
            "exports": ["x"],
        },
    },
    ("patch", "/api/v1/regions/{region_id}"): {
        "label": "{label_id}", "quad": QUAD, "text": "B", "origin": "person", "version": 1,
    },
    ("post", "/api/v1/session/first-account"): ACCOUNT,
    ("post", "/api/v1/session/reset"): {"email": SIGNED_UP},
    ("post", "/api/v1/session/reset/confirm"): {
        "uid": "{uid}", "token": "{reset}", "password": "a-long-one-indeed", "revoke_keys": "false",
    },
    ("post", "/api/v1/session/sign-in"): {"email": SIGNED_UP, "password": "a-long-enough-password"},
    ("post", "/api/v1/session/sign-up"): ACCOUNT,
    ("post", "/api/v2/ObjectDetection/Model/"): {"categories": ["number_plate"], "model_type": "ocr"},
    ("post", f"{M}/UploadFile/"): {"file": PICTURE, "data": BOXES},
    ("post", f"{M}/UploadUrls/"): {"urls": ["http://127.0.0.1:9/a.png"], "data": BOXES},
    ("post", f"{M}/LabelFile/?async=true"): {
        "base64_data": "iVBO", "file": "a.png", "pages_to_process": "1", "request_metadata": "mine",
    },
    ("post", f"{M}/LabelUrls/"): {"urls": ["http://127.0.0.1:9/a.png"], "request_metadata": "mine"},
    ("post", f"{M}/Train/"): {},
    ("post", "/api/v2/OCR/FullText"): {"file": PICTURE},
}  # fmt: skip

# Queries that the schema does not tell of, and addresses that it leaves out.
LISTED = {("get", f"{P}/images"), ("get", f"{P}/predictions")}
LISTS = ("cursor", "limit", "format")
OTHERS: dict[str, tuple[str, ...]] = {
    "/api/v2/ObjectDetection/Model/": ("modelId", "id"),
    M: (),
    f"{M}/Annotations": (),
    f"{M}/ImageLevelInferences/": ("start_day_interval", "current_batch_day"),
    f"{M}/ImageLevelInferences/{{page_id}}": (),
    f"{M}/InferenceRequestFiles/GetPredictions/{{prediction_id}}": (),
    f"{M}/LabelFile/": ("async",),
    "/media/images/{image_id}/file": ("v",),
    "/media/images/{image_id}/thumbnail": ("v",),
    "/media/predictions/{prediction_id}/{page_id}/file": (),
    "/media/runs/{run_id}/crops/{crop}": (),
    "/media/runs/{run_id}/looks/{crop}": (),
    "/media/comparisons/{comparison_id}/crops/{place}": (),
    "/media/signed/{token}": (),
    "/healthz": ("x",),
}
NAMES = ("é" * 130 + ".png", "x" * 252 + ".png", "000.png\0", "0" * 40, "{" + "0" * 32 + "}")
MORE_NAMES = {"crop": "000.png", "place": "0", "token": "x"}
CURSORS = (
    "cD0wMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAw",
    "cD1ub25zZW5zZQ==",
    "bz05OTk5OTk5OTk5OTk5OTk5OTk5OTk=",
    "cj0ywrI=",
    "cD0A",
)


class Askers:
    """Alice, once with her key and once with her session, in turn; what they do is taken back each time."""

    def __init__(self, world: dict[str, str], alice: User) -> None:
        program, page = APIClient(raise_request_exception=False), APIClient(enforce_csrf_checks=True)
        page.raise_request_exception = False
        program.credentials(HTTP_AUTHORIZATION=f"Bearer {world['key']}")
        page.force_login(alice)
        token = page.cookies["csrftoken"] = _get_new_csrf_string()
        page.credentials(HTTP_X_CSRFTOKEN=token)
        self._kept = page.cookies.output(header="", sep=";")
        for client in (program, page):
            client.handler = as_served(client.handler)
        self._page, self._program = page, program
        self._turns = cycle((program, page))
        self.sent, self._beat = 0, 0.0
        self.faults: list[str] = []

    def send(self, method: str, address: str, what: str, body: Any = b"", content_type: str = "", **more: Any) -> None:
        self.sent += 1
        if time.monotonic() - self._beat > 1:  # a busy machine takes longer for all this than a heartbeat is kept
            heartbeats.beat("predict")
            self._beat = time.monotonic()
        counted.clear()
        client = self._program if address.startswith("/api/v2") else next(self._turns)
        self._page.cookies = SimpleCookie(self._kept)
        with transaction.atomic():
            answer = client.generic(method.upper(), address, body, content_type, **more)
            if fault := wrong(answer, method, address):
                self.faults.append(f"{method} {address[:100]} {what[:60]} → {fault}")
            transaction.set_rollback(True)
        if answer.streaming:
            answer.getvalue()  # closes what it reads from


def as_served(handler: Any) -> Any:
    """What server.wsgi does before Django sees a request."""
    return lambda environ: handler(readable(environ))


def wrong(answer: Any, method: str, address: str) -> str:
    """What is wrong with an answer; nothing with most."""
    if answer.status_code >= 500:
        return f"{answer.status_code}: {answer.exc_info[1]!r}" if getattr(answer, "exc_info", None) else "500"
    if answer.status_code < 400 or method == "head" or not address.startswith(IN_ONE_SHAPE):
        return ""
    try:
        body = json.loads(answer.content.decode(), parse_constant=lambda name: name[9])
        error = body["error"]
        if not (error["code"] and isinstance(error["message"], str) and error["message"].strip()):
            return "an error without code or sentence"
        if error["code"] == "unfit_value":
            return "no door refused it: it came as far as the database"
        if address.startswith(("/api/v2", "/v2")) and not (body["message"] and isinstance(body["errors"], list)):
            return "no message and errors, as clients of the Nanonets API look for"
    except (ValueError, LookupError, TypeError):
        return f"{answer.status_code}, and no JSON error: {answer.content[:80]!r}"
    return ""


@pytest.fixture
def askers(world: dict[str, str], alice: User, project: Project) -> Iterator[Askers]:
    logging.disable(logging.CRITICAL)
    made = Askers(world, alice)
    yield made
    logging.disable(logging.NOTSET)
    print(f"{made.sent} requests")  # noqa: T201
    assert not made.faults, "\n".join(made.faults[:60])


@cache
def schema() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


def doors() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for address, operations in schema()["paths"].items():
        for method, operation in operations.items():
            if (method, address) not in SLOW:
                yield method, address, operation


def at(address: str, world: dict[str, str], **other: str) -> str:
    return address.format(**{**MORE_NAMES, **world, **other})


def in_world(value: Any, world: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: world[found[1]], value)
    if isinstance(value, list):
        return [in_world(part, world) for part in value]
    return {name: in_world(part, world) for name, part in value.items()} if isinstance(value, dict) else value


def test_every_door_that_takes_a_body_has_an_example_here() -> None:
    told = schema()
    for method, address, operation in doors():
        content = operation.get("requestBody", {}).get("content", {})
        for kind in content.values():
            name = kind["schema"].get("$ref", "").rpartition("/")[2]
            fields = told["components"]["schemas"][name]["properties"] if name else kind["schema"].get("properties", {})
            assert set(fields) == set(GOOD[method, address]), (method, address)


def test_no_value_inside_a_json_body_is_a_fault(askers: Askers, world: dict[str, str]) -> None:
    for (method, address), good in GOOD.items():
        if PICTURE in good.values() or TABLE in good.values():
            continue
        whole = in_world(good, world)
        for turn, with_hole in enumerate(list(holes(whole))[1:]):
            for value in share(IN_JSON, turn, of=2 if HOLE in with_hole.values() else 4):
                body = filled(with_hole, value)
                askers.send(method, at(address, world), body[:60] + value[:20], body, "application/json")


def test_no_value_inside_a_form_is_a_fault(askers: Askers, world: dict[str, str], picture: bytes) -> None:
    for (method, address), good in GOOD.items():
        whole = {name: as_part(part, picture) for name, part in in_world(good, world).items()}
        for turn, name in enumerate(whole):
            for value in share(IN_TEXT, turn, of=3):
                body = encode_multipart(BOUNDARY, whole | {name: value})
                askers.send(method, at(address, world), f"{name}={value[:20]!r}", body, MULTIPART_CONTENT)


def as_part(value: Any, picture: bytes) -> Any:
    if value == PICTURE:
        return SimpleUploadedFile("a.png", picture)
    if value == TABLE:
        return SimpleUploadedFile("t.csv", b"files,text,xmin,xmax,ymin,ymax\n")
    return value if isinstance(value, str) else json.dumps(value)


def test_no_body_is_a_fault(askers: Askers, world: dict[str, str]) -> None:
    for method, address in GOOD:
        for content_type, body in BODIES:
            askers.send(method, at(address, world), f"{content_type} {body[:20]!r}", body, content_type)


def test_no_query_is_a_fault(askers: Askers, world: dict[str, str]) -> None:
    asked = [("get", address, names) for address, names in OTHERS.items()]
    for method, address, operation in doors():
        names = tuple(one["name"] for one in operation.get("parameters", []) if one["in"] == "query")
        asked.append((method, address, (*names, *LISTS) if (method, address) in LISTED else names))
    for method, address, names in asked:
        for turn, name in enumerate(names):
            values = share(IN_TEXT, turn, of=2)
            for value in (*values, *(CURSORS if name == "cursor" else ())):
                askers.send(method, f"{at(address, world)}?{urlencode({name: value})}", f"{name}={value[:20]!r}")


@pytest.mark.parametrize("name", ["version", "lang"])
def test_no_query_of_the_schema_is_a_fault(name: str, askers: Askers) -> None:
    for value in ("a\nb", "\0", "../x", LONG):  # few: each makes the whole schema
        askers.send("get", f"/api/schema/?{urlencode({name: value})}", value[:9])


def test_no_name_or_number_in_an_address_is_a_fault(askers: Askers, world: dict[str, str]) -> None:
    for address in {address for _, address, _ in doors()} | OTHERS.keys():
        for name in re.findall(r"\{(\w+)\}", address):
            for value in (
                *IN_TEXT,
                "é" * 130 + ".png",
                "x" * 252 + ".png",
                "000.png\0",
                "0" * 40,
                "{" + "0" * 32 + "}",
            ):
                askers.send("get", at(address, world, **{name: quote(value, safe="")}), value[:20])


def test_no_method_is_a_fault(askers: Askers, world: dict[str, str]) -> None:
    for address in {address for _, address, _ in doors()} | OTHERS.keys():
        for method in METHODS:
            if (method, address) not in SLOW:
                askers.send(method, at(address, world), "", b"{}", "application/json")


def test_no_header_is_a_fault(askers: Askers, world: dict[str, str]) -> None:
    for address in ("/api/v1/session", P, "/media/images/{image_id}/file", M, "/healthz", "/static/none.js", "/"):
        for headers in HEADERS:
            askers.send("get", at(address, world), str(headers)[:60], **headers)


def test_the_session_of_the_page_counts_and_the_key_of_the_program_too(askers: Askers, world: dict[str, str]) -> None:
    """Without, all of the above would only ever have met the answer 401."""
    for client in (askers._program, askers._page):
        assert client.get(at(P, world)).status_code == 200
        assert client.patch(at(P, world), {"name": "New"}, format="json").status_code == 200
    assert settings.SIGNUP == "open"
