import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, connection, transaction
from django.http import Http404
from django.test import Client, RequestFactory
from kombu.exceptions import OperationalError
from rest_framework import exceptions
from rest_framework.test import APIClient

from accounts.errors import Conflict, Refusal
from accounts.models import User
from server.api.errors import handler, sentences_by_field
from server.failures import server_error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refusal("No."), 400, "refused"),
        (Refusal("Too large.", code="too_large", status=413), 413, "too_large"),
        (Conflict("Changed meanwhile.", detail={"version": 2}), 409, "conflict"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (ModelValidationError("Wrong."), 400, "invalid"),
        (exceptions.ValidationError({"name": ["Too long."]}), 400, "invalid"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.NotFound(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "too_many_requests"),
        (exceptions.ParseError(), 400, "parse_error"),
        (OperationalError("gone"), 503, "broker_away"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_error_has_a_code_and_a_sentence(error: Exception, status: int, code: str) -> None:
    answer = handler(error, {})
    assert answer is not None
    assert answer.status_code == status
    assert answer.data["error"]["code"] == code
    assert answer.data["error"]["message"].endswith(".")


def test_what_is_not_foreseen_is_left_to_the_log() -> None:
    assert handler(RuntimeError("a fault of ours"), {}) is None


@pytest.mark.parametrize(
    "error",
    [
        OverflowError("Python int too large to convert to SQLite INTEGER"),
        ValueError("Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits"),
        DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_value_that_cannot_be_kept_is_the_askers_to_mend_and_is_logged(error: Exception, caplog: Any) -> None:
    answer = handler(error, {})
    assert answer is not None
    assert (answer.status_code, answer.data["error"]["code"]) == (400, "unfit_value")
    assert answer.data["error"]["message"].endswith(".")
    assert "got past the checks" in caplog.text


@pytest.mark.parametrize(
    "error", [OverflowError("math range error"), ValueError("x"), DataError("x"), RecursionError()]
)
def test_a_fault_of_ours_of_the_same_kind_stays_one(error: Exception) -> None:
    assert handler(error, {}) is None


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps texts of any length")
@pytest.mark.parametrize("values", [{"name": "x" * 101}, {"name": "a\0b"}])
def test_what_postgresql_refuses_is_the_askers_to_mend(values: dict[str, str], alice: User) -> None:
    with pytest.raises(DataError) as refused, transaction.atomic():
        User.objects.filter(pk=alice.pk).update(**values)
    answer = handler(refused.value, {})
    assert answer is not None
    assert answer.status_code == 400


def test_a_sentence_that_repeats_half_a_surrogate_pair_writes_it_out() -> None:
    answer = handler(Refusal("No \ud800.", fields={"a\ud800": ["Not \ud800."]}), {})
    assert answer is not None
    assert answer.data["error"]["message"] == "No \\ud800."
    assert answer.data["error"]["fields"] == {"a\\ud800": ["Not \\ud800."]}


def test_a_fault_below_the_nanonets_api_has_message_and_errors_too() -> None:
    body = json.loads(server_error(RequestFactory().get("/api/v2/OCR/Model/x")).content)
    assert body["errors"] == [body["message"]] == [body["error"]["message"]]


def test_a_refusal_carries_what_programs_need() -> None:
    answer = handler(Conflict("Changed meanwhile.", detail={"version": 2}), {})
    assert answer is not None
    assert answer.data == {
        "error": {"code": "conflict", "message": "Changed meanwhile.", "detail": {"version": 2}},
    }


def test_who_asks_too_often_is_told_how_long_to_wait() -> None:
    answer = handler(exceptions.Throttled(wait=7.4), {})
    assert answer is not None
    assert answer.headers["Retry-After"] == "8"
    assert answer.data["error"]["message"] == "Too many requests. Try again in 8 seconds."


@pytest.mark.parametrize(
    ("detail", "sentences"),
    [
        ({"name": ["Too long."]}, {"name": ["Too long."]}),
        (["Wrong."], {"": ["Wrong."]}),
        ({"non_field_errors": ["Wrong."]}, {"": ["Wrong."]}),
        ({"labels": {"0": ["Empty."]}}, {"labels.0": ["Empty."]}),
        ({"labels": [{}, {"name": ["Empty."]}]}, {"labels.1.name": ["Empty."]}),
        ({"quad": [["Not a number."], []]}, {"quad.0": ["Not a number."]}),
    ],
)
def test_nested_details_become_sentences_by_field(detail: Any, sentences: dict[str, list[str]]) -> None:
    assert sentences_by_field(exceptions.ValidationError(detail).detail) == sentences


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/media/nothing", "/api/v9/x"])
def test_an_unknown_address_of_the_api_is_answered_in_json(path: str, db: None, anyone: APIClient) -> None:
    answer = anyone.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_broken_json_is_a_sentence(alice_client: APIClient) -> None:
    answer = alice_client.post("/api/v1/keys", "{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("The request cannot be read. JSON parse error")


def test_a_kind_of_content_that_is_not_taken_is_said(alice_client: APIClient) -> None:
    answer = alice_client.post("/api/v1/keys", "name=x", content_type="text/plain")
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["error"]["message"]


def test_a_strange_host_name_is_told_what_to_set() -> None:
    answer = Client().get("/api/v1/session", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "PUBLIC_URL" in answer.json()["error"]["message"]


def test_a_fault_is_json_for_programs_and_a_page_for_people() -> None:
    requests = RequestFactory()
    assert server_error(requests.get("/api/v1/projects")).headers["Content-Type"] == "application/json"
    assert server_error(requests.get("/projects")).headers["Content-Type"] == "application/json"
    page = server_error(requests.get("/projects", headers={"Accept": "text/html,*/*;q=0.8"}))
    assert page.status_code == 500
    assert page.headers["Content-Type"].startswith("text/html")


def test_the_broker_being_away_loses_nothing_and_says_so() -> None:
    answer = handler(OperationalError("no such socket"), {})
    assert answer is not None
    assert "try again" in answer.data["error"]["message"]
