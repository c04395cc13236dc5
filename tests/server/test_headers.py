from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient


@pytest.mark.parametrize("path", ["/", "/projects/1", "/api/v1/session", "/healthz", "/api/v1/nothing"])
def test_every_answer_limits_what_a_browser_may_do_with_it(path: str, db: None, anyone: APIClient) -> None:
    headers = anyone.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy  # so scripts come from here alone, and none from inside a page
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_behind_a_proxy_cookies_travel_over_https_only(settings: Settings, db: None, anyone: APIClient) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = anyone.get("/api/v1/session", headers={"X-Forwarded-Proto": "https"})
    assert answer.wsgi_request.is_secure()
    assert answer.cookies["csrftoken"]["secure"]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/api/v1/session/sign-in", "application/json"),
        ("/api/v1/session/sign-in", "multipart/form-data; boundary=x"),
        ("/api/v1/projects", "application/json"),
    ],
)
def test_a_body_that_is_too_long_is_refused_before_it_is_read(
    path: str, content_type: str, anyone: APIClient, db: None
) -> None:
    answer = anyone.generic("POST", path, "", content_type=content_type, CONTENT_LENGTH="6000000")
    assert answer.status_code == 413
    sentence = "This request is 6,000,000 bytes long; at most 5,000,000 bytes are taken."
    assert answer.json()["error"]["message"] == sentence


def test_files_may_be_longer_but_not_endless(settings: Settings, anyone: APIClient, db: None) -> None:
    settings.MAX_UPLOAD_BYTES = settings.MAX_ARCHIVE_BYTES = 10_000_000
    kind = "multipart/form-data; boundary=x"
    path = "/api/v1/projects/none/images"
    assert anyone.generic("POST", path, "", content_type=kind, CONTENT_LENGTH="12000000").status_code == 413
    assert anyone.generic("POST", path, "", content_type=kind, CONTENT_LENGTH="9000000").status_code != 413


def test_a_length_that_is_no_number_is_no_fault_of_ours(anyone: APIClient, db: None) -> None:
    answer = anyone.generic("POST", "/api/v1/session/sign-in", "", CONTENT_LENGTH="many")
    assert answer.status_code < 500


def test_the_page_is_the_built_one_and_every_address_of_the_frontend_leads_to_it(
    settings: Settings, tmp_path: Path, anyone: APIClient
) -> None:
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "index.html").write_text("<title>Built</title>")
    for path in ("/", "/projects/1/images", "/reset/a/b-c"):
        answer = anyone.get(path)
        assert answer.status_code == 200
        assert answer.content == b"<title>Built</title>"
        assert "no-cache" in answer.headers["Cache-Control"]
    assert anyone.get("/").cookies["csrftoken"].value


def test_a_frontend_that_is_not_built_is_said(settings: Settings, tmp_path: Path, anyone: APIClient) -> None:
    settings.FRONTEND_DIST = tmp_path
    answer = anyone.get("/")
    assert answer.status_code == 503
    assert b"script/server" in answer.content


def test_built_files_are_kept_by_the_browser_for_ever(settings: Settings, tmp_path: Path, db: None) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc123.js").write_text("1")
    settings.STATICFILES_DIRS = [tmp_path]
    client = APIClient()
    answer = client.get("/static/assets/index-abc123.js")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "max-age=315360000" in answer.headers["Cache-Control"]
    assert client.get("/static/assets/none.js").status_code == 404


def test_the_schema_and_its_pages_need_nothing_from_elsewhere(db: None, anyone: APIClient) -> None:
    schema = anyone.get("/api/schema/?format=json")
    assert schema.status_code == 200
    assert "/api/v1/keys" in schema.json()["paths"]
    page = anyone.get("/api/docs/")
    assert page.status_code == 200
    assert "https://" not in page.content.decode()
    assert "script-src 'self' 'unsafe-inline'" in page.headers["Content-Security-Policy"]
