"""What is answered to content types that Django falls over while it makes the request."""

import json
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

from server.content_types import readable

ODD = ["rot13", "zlib", "utf-7", "none-such", "undefined"]


def served(method: str, address: str, content_type: str) -> tuple[str, bytes]:
    """As the web server calls the product: below every handler of Django's."""
    from server.wsgi import application

    environ = RequestFactory().generic(method, address, b"{}").environ | {"CONTENT_TYPE": content_type}
    told: list[Any] = []
    body = b"".join(application(environ, lambda status, headers: told.append(status)))
    return told[0], body


@pytest.mark.parametrize(
    "content_type", [*(f"text/plain; charset={name}" for name in ODD), "text/plain; x*=none-such''y"]
)
def test_who_only_asks_is_answered_whatever_charset_is_named(content_type: str, db: None) -> None:
    assert served("GET", "/api/v1/formats?x=%ff", content_type)[0] == "401 Unauthorized"


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii", "latin-1", "windows-1252"])
def test_usual_charsets_are_passed_on(charset: str, db: None) -> None:
    status, body = served("POST", "/api/v1/session/reset", f"application/json; charset={charset}")
    assert (status, json.loads(body)["error"]["code"]) == ("403 Forbidden", "csrf")


def test_a_body_in_an_odd_charset_is_not_taken(db: None) -> None:
    status, body = served("POST", "/api/v2/ObjectDetection/Model/", "application/json; charset=rot13")
    assert status == "401 Unauthorized"
    assert json.loads(body)["message"]


@pytest.mark.parametrize("content_type", ['"application/json"', '"application/json; charset=utf-8"'])
@pytest.mark.parametrize("address", ["/api/v1/keys", "/api/v2/OCR/Model/"])
def test_a_content_type_in_quotes_is_taken_at_every_door(
    content_type: str, address: str, key_client: APIClient, valkey: object
) -> None:
    below: Any = key_client.handler
    key_client.handler = lambda environ: below(readable(environ))  # type: ignore[assignment]
    body = {"name": "camera"} if "v1" in address else {"categories": ["date"]}
    answer = key_client.generic("POST", address, json.dumps(body), content_type)
    assert answer.status_code in (200, 201), answer.content
