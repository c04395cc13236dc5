import gzip
from pathlib import Path

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.test import APIClient

from server.compression import CompressLongAnswers

TAKES = {"Accept-Encoding": "gzip, deflate, br"}
LONG = "number_plate " * 200


def sent(response: HttpResponseBase, method: str = "GET", path: str = "/api/v1/projects", **more: str) -> str:
    """How a response leaves the server: its Content-Encoding."""
    request = RequestFactory().generic(method, path, headers={**TAKES, **more})
    answer = CompressLongAnswers(lambda _: response).process_response(request, response)
    return str(answer.headers.get("Content-Encoding", ""))


def test_a_long_answer_of_the_api_goes_out_compressed(db: None, anyone: APIClient) -> None:
    plain = anyone.get("/api/schema/?format=json")
    answer = anyone.get("/api/schema/?format=json", headers=TAKES)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.content) == plain.content
    assert int(answer.headers["Content-Length"]) == len(answer.content) < len(plain.content) / 5
    assert "Content-Encoding" not in plain.headers


def test_short_answers_and_what_is_compressed_in_itself_stay_as_they_are() -> None:
    assert sent(JsonResponse({"name": "Plates"})) == ""
    for kind in ("image/jpeg", "image/webp", "application/zip", "application/octet-stream"):
        assert sent(HttpResponse(LONG, content_type=kind)) == ""


def test_what_is_sent_as_it_is_made_is_still_sent_so(tmp_path: Path) -> None:
    assert sent(StreamingHttpResponse(iter([LONG.encode()]), content_type="application/json")) == ""
    (tmp_path / "a.csv").write_text(LONG)
    assert sent(FileResponse((tmp_path / "a.csv").open("rb"), content_type="text/csv")) == ""


def test_no_secret_lies_in_an_answer_whose_length_tells_of_it() -> None:
    """What a page can make a browser send is compressed only where it reads; see BREACH."""

    def answer() -> JsonResponse:
        return JsonResponse({"name": LONG, "key": "gs_secret"})

    assert sent(answer()) == "gzip"
    for path in ("/api/v1/keys", "/api/v1/session/sign-in", "/api/v1/invitations"):
        assert sent(answer(), "POST", path) == ""
        assert sent(answer(), "POST", path, Authorization="Bearer gs_x") == "gzip"  # no page can send that
    assert sent(answer(), "GET", "/api/v1/system/outbox/1.eml") == ""


@pytest.mark.parametrize(("takes", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("", None)])
def test_built_files_are_sent_as_they_were_compressed_by_the_build(
    settings: Settings, tmp_path: Path, takes: str, encoding: str | None
) -> None:
    (tmp_path / "assets").mkdir()
    for ending, content in (("", LONG), (".gz", "zipped"), (".br", "small")):
        (tmp_path / "assets" / f"index-abc123.js{ending}").write_text(content)
    settings.STATICFILES_DIRS = [tmp_path]
    answer = APIClient().get("/static/assets/index-abc123.js", headers={"Accept-Encoding": takes})
    assert answer.status_code == 200
    assert answer.headers.get("Content-Encoding") == encoding
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Vary"] == "Accept-Encoding"
