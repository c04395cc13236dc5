"""The Nanonets-compatible API: LabelFile, LabelUrls and what was answered earlier."""

import base64
import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotations.models import Project
from runner import heartbeats
from tests.training.conftest import MakeVersion, model, picture_of_text
from training import bundles, predictions
from training.models import Prediction, Version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(make_version: MakeVersion) -> Version:
    version = make_version(live=True)
    version.project.labels.create(name="number_plate", colour="#000000")
    return version


def picture(text: str = "GLYPH 42", name: str = "151.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture_of_text(text), content_type="image/jpeg")


def ask(
    client: APIClient, version: Version, rest: str = "/LabelFile/", family: str = "ObjectDetection", **body: Any
) -> Any:
    return client.post(model(version.project, rest, family), body, format="multipart")


@pytest.mark.parametrize("family", ["ObjectDetection", "OCR"])
@pytest.mark.parametrize("rest", ["/LabelFile/", "/LabelFile", "/LabelFile?async=false"])
def test_a_file_is_read(
    live: Version,
    predict_worker: None,
    script: APIClient,
    family: str,
    rest: str,
) -> None:
    response = ask(script, live, rest, family, file=picture(), modelId=str(live.project_id))
    assert response.status_code == 200, response.content
    told = response.json()
    assert told["message"] == "Success"
    (result,) = told["result"]
    assert (result["input"], result["page"], result["rotation"]) == ("151.jpg", 0, 0)
    assert result["size"] == {"width": 320, "height": 240}
    assert (result["request_metadata"], result["processing_type"]) == ("", "sync")
    (box,) = result["prediction"]
    assert (box["label"], box["ocr_text"], box["type"]) == ("number_plate", "GLYPH 42", "field")
    assert all(isinstance(box[side], int) for side in ("xmin", "ymin", "xmax", "ymax"))
    assert isinstance(box["score"], float)
    assert box["label_id"] == str(live.project.labels.get().pk)
    assert None not in box.values()


def test_several_files_are_answered_in_order(
    live: Version,
    predict_worker: None,
    script: APIClient,
) -> None:
    told = ask(script, live, file=[picture("FIRST", "1.jpg"), picture("SECOND", "2.jpg")]).json()
    read = {entry["input"]: entry["prediction"][0]["ocr_text"] for entry in told["result"]}
    assert read == {"1.jpg": "FIRST", "2.jpg": "SECOND"}


def test_the_links_show_the_picture_without_a_key(
    live: Version,
    predict_worker: None,
    script: APIClient,
    anyone: APIClient,
) -> None:
    told = ask(script, live, file=picture()).json()
    links = told["signed_urls"][told["result"][0]["filepath"]]
    assert set(links) == {
        "original", "original_compressed", "thumbnail", "acw_rotate_90", "acw_rotate_180", "acw_rotate_270",
        "original_with_long_expiry",
    }  # fmt: skip
    for link in links.values():
        parts = urlsplit(link)
        assert f"{parts.scheme}://{parts.netloc}" == "http://testserver"
        assert anyone.get(parts.path).status_code == 200


def test_the_links_lead_to_the_address_that_was_set(
    live: Version, predict_worker: None, script: APIClient, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.PUBLIC_URL_IS_SET = "https://ocr.example.org", True
    told = ask(script, live, file=picture()).json()
    links = told["signed_urls"][told["result"][0]["filepath"]]
    assert all(link.startswith("https://ocr.example.org/media/signed/") for link in links.values())


def test_a_link_expires_and_cannot_be_altered(
    live: Version,
    predict_worker: None,
    script: APIClient,
    anyone: APIClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = ask(script, live, file=picture()).json()
    links = told["signed_urls"][told["result"][0]["filepath"]]
    short, long = urlsplit(links["original"]).path, urlsplit(links["original_with_long_expiry"]).path
    assert anyone.get(short[:-1] + ("A" if short[-1] != "A" else "B")).status_code == 404
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 25 * 3600)
    assert anyone.get(short).status_code == 404
    assert anyone.get(long).status_code == 200


def test_it_can_be_asked_now_and_fetched_later(
    live: Version,
    valkey: Any,
    script: APIClient,
) -> None:
    heartbeats.beat("predict")
    response = ask(script, live, "/LabelFile/?async=true", file=picture(), request_metadata="row 7")
    assert response.status_code == 200
    (result,) = response.json()["result"]
    assert (result["prediction"], result["processing_type"], result["request_metadata"]) == ([], "async", "row 7")

    page = f"/api/v2/Inferences/Model/{live.project_id}/ImageLevelInferences/{result['id']}"
    assert script.get(page).json()["message"] == "pending"
    predictions.answer(Prediction.objects.get().pk, bundles.warm)
    told = script.get(page).json()
    assert told["message"] == "Success"
    assert told["result"][0]["prediction"][0]["ocr_text"] == "GLYPH 42"
    assert told["predicted_boxes"] == told["result"][0]["prediction"]

    files = f"/api/v2/Inferences/Model/{live.project_id}/InferenceRequestFiles/GetPredictions"
    told = script.get(f"{files}/{result['request_file_id']}").json()
    assert (told["unmoderated_images_count"], told["moderated_images"]) == (1, [])
    assert told["unmoderated_images"][0]["predicted_boxes"][0]["ocr_text"] == "GLYPH 42"
    for unknown in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        assert script.get(f"{files}/{unknown}").status_code == 404
        assert script.get(page.replace(result["id"], unknown)).status_code == 404


def test_a_late_answer_is_202_with_where_it_will_be(
    live: Version,
    valkey: Any,
    script: APIClient,
    settings: Any,
) -> None:
    heartbeats.beat("predict")
    settings.PREDICT_WAIT_SECONDS = 0
    response = ask(script, live, file=picture())
    assert response.status_code == 202
    assert "ImageLevelInferences" in response.json()["message"]


def test_inferences_are_listed_by_day(
    live: Version,
    predict_worker: None,
    script: APIClient,
) -> None:
    ask(script, live, file=picture())
    today = int(time.time() // 86400)
    address = f"/api/v2/Inferences/Model/{live.project_id}/ImageLevelInferences"

    def count(query: str) -> int:
        return int(script.get(f"{address}{query}").json()["unmoderated_images_count"])

    assert count(f"?start_day_interval={today - 3}&current_batch_day={today}") == 1
    assert count(f"/?start_day_interval={today - 3}&current_batch_day={today - 1}") == 0
    assert count("") == 1
    assert script.get(f"{address}?start_day_interval=yesterday").status_code == 400


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_a_picture_may_come_as_base64(
    live: Version,
    predict_worker: None,
    script: APIClient,
    prefix: str,
) -> None:
    encoded = prefix + base64.b64encode(picture_of_text("GLYPH 42")).decode()
    told = ask(script, live, file="scan.png", base64_data=encoded).json()
    assert told["result"][0]["input"] == "scan.png"
    assert told["result"][0]["prediction"][0]["ocr_text"] == "GLYPH 42"


def test_one_bad_file_leaves_the_others(
    live: Version,
    predict_worker: None,
    script: APIClient,
) -> None:
    response = ask(script, live, file=[picture(), SimpleUploadedFile("notes.jpg", b"no picture")])
    assert response.status_code == 202
    told = response.json()
    assert len(told["result"]) == 1
    assert "notes.jpg" in told["errors"][0]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "`file` is missing"),
        ({"base64_data": "not base64!"}, "not base64"),
        ({"file": SimpleUploadedFile("notes.jpg", b"no picture")}, "notes.jpg is not a picture"),
        ({"file": SimpleUploadedFile("a.png", b"x"), "pages_to_process": "first"}, "page numbers"),
        ({"file": SimpleUploadedFile("a.png", b"x"), "pages_to_process": "0"}, "counts from 1"),
    ],
)
def test_what_cannot_be_read_is_refused(
    live: Version,
    predict_worker: None,
    script: APIClient,
    body: dict[str, Any],
    said: str,
) -> None:
    response = ask(script, live, **body)
    assert response.status_code in (400, 415)
    assert said in response.json()["message"]


def test_a_model_without_a_live_version_is_not_ready_and_says_what_to_do(
    make_version: MakeVersion, predict_worker: None, script: APIClient
) -> None:
    response = ask(script, make_version(), file=picture())
    assert (response.status_code, response.json()["error"]["code"]) == (400, "not_ready")
    assert "Make one live" in response.json()["message"]


def test_an_untrained_model_is_not_ready(
    project: Project,
    predict_worker: None,
    data_dir: Any,
    script: APIClient,
) -> None:
    response = script.post(model(project, "/LabelFile/"), {"file": picture()}, format="multipart")
    assert response.status_code == 400
    assert "not ready" in response.json()["message"]


def test_without_a_worker_it_is_503(live: Version, valkey: Any, script: APIClient) -> None:
    assert ask(script, live, file=picture()).status_code == 503


def test_without_a_key_it_is_401(live: Version, predict_worker: None, anyone: APIClient) -> None:
    assert ask(anyone, live, file=picture()).status_code == 401


def test_whole_pages_are_not_read_but_the_key_is_checked(
    script: APIClient,
    anyone: APIClient,
) -> None:
    assert script.post("/api/v2/OCR/FullText").status_code == 400
    assert anyone.post("/api/v2/OCR/FullText").status_code == 401


def test_an_address_in_the_own_network_is_not_fetched(
    live: Version,
    predict_worker: None,
    script: APIClient,
) -> None:
    body = "urls=http://127.0.0.1:1/a.jpg&urls=http://10.0.0.1/b.jpg"
    response = script.post(model(live.project, "/LabelUrls/"), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 2
    assert json.dumps(response.json()).count("private network") >= 2
