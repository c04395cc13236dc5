"""What is answered to content types that Django falls over while it makes the request."""

import json
from typing import Any

import pytest
from django.test import RequestFactory

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
