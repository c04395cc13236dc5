"""POST and GET of predictions, read by the published networks; adding them to the project; usage."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from annotations.models import Image as StoredImage
from annotations.models import Project, Region
from runner import heartbeats
from tests.training.conftest import MakeVersion, picture_of_text, streamed
from training import bundles, folders, predictions
from training.models import Prediction, PredictionState, Version

transactional = pytest.mark.django_db(transaction=True)


def address(version: Version) -> str:
    return f"/api/v1/projects/{version.project_id}/predictions"


def upload(content: bytes, name: str = "photo.png") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content, content_type="image/png")}


def ask(client: APIClient, live: Version, content: bytes, name: str = "photo.png", **more: Any) -> Any:
    return client.post(address(live), {**upload(content, name), **more}, format="multipart")


@pytest.fixture
def live(make_version: MakeVersion) -> Version:
    return make_version(live=True)


@pytest.fixture
def sleeping_worker(valkey: Any) -> None:
    """A predict worker that is alive, and answers nothing."""
    heartbeats.beat("predict")


@transactional
def test_a_picture_is_read(live: Version, predict_worker: None, bob_client: APIClient) -> None:
    response = ask(bob_client, live, picture_of_text("GLYPH 42"))
    assert response.status_code == 200, response.content
    told = response.json()
    assert (told["state"], told["version"], told["name"]) == ("done", live.number, "photo.png")
    assert told["milliseconds"] > 0
    (page,) = told["pages"]
    (region,) = page["regions"]
    assert (region["label"], region["text"]) == ("number_plate", "GLYPH 42")
    assert 0 < region["confidence"] <= 1
    assert "".join(symbol for symbol, _ in region["characters"]) == "GLYPH 42"
    assert all(0 < sure <= 1 for _, sure in region["characters"])
    xs = [x for x, _ in region["quad"]]
    assert 30 < min(xs) < 60
    assert max(xs) < 320
    assert bob_client.get(told["url"]).json() == told


@transactional
def test_the_picture_of_a_prediction_is_shown_to_members_alone(
    live: Version, predict_worker: None, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    (page,) = ask(bob_client, live, picture_of_text("A 1")).json()["pages"]
    for url in (page["file_url"], page["thumbnail_url"]):
        shown = bob_client.get(url)
        with Image.open(BytesIO(streamed(shown))) as picture:
            assert picture.size == (320, 240)
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert charlie_client.get(url).status_code == 404
        assert anyone.get(url).status_code == 401


@transactional
def test_another_version_can_be_asked(
    live: Version, make_version: MakeVersion, predict_worker: None, bob_client: APIClient
) -> None:
    other = make_version()
    assert ask(bob_client, live, picture_of_text("A 1"), version=other.number).json()["version"] == other.number
    assert ask(bob_client, live, picture_of_text("A 1"), version=99).status_code == 404


@transactional
def test_all_pages_of_a_tiff_are_read(live: Version, predict_worker: None, bob_client: APIClient) -> None:
    frames = [Image.open(BytesIO(picture_of_text(text))) for text in ("FIRST", "SECOND")]
    buffer = BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])
    told = ask(bob_client, live, buffer.getvalue(), "scan.tiff").json()
    assert [page["regions"][0]["text"] for page in told["pages"]] == ["FIRST", "SECOND"]


@transactional
def test_an_answer_that_takes_longer_can_be_fetched_later(
    live: Version, sleeping_worker: None, bob_client: APIClient
) -> None:
    response = ask(bob_client, live, picture_of_text("LATER 7"), wait="0.2")
    assert response.status_code == 202
    told = response.json()
    assert told["state"] == "waiting"
    assert told["url"] in told["message"]
    assert response["Retry-After"] == "2"
    predictions.answer(Prediction.objects.get().pk, bundles.warm)
    assert bob_client.get(told["url"]).json()["pages"][0]["regions"][0]["text"] == "LATER 7"


@transactional
def test_a_prediction_delivered_twice_is_answered_once(
    live: Version, predict_worker: None, bob_client: APIClient
) -> None:
    ask(bob_client, live, picture_of_text("ONCE"))
    before = Prediction.objects.get()
    predictions.answer(before.pk, bundles.warm)
    assert Prediction.objects.get().finished_at == before.finished_at


def test_without_a_predict_worker_it_says_so_at_once(live: Version, valkey: Any, bob_client: APIClient) -> None:
    response = ask(bob_client, live, picture_of_text("A 1"))
    assert response.status_code == 503
    assert "no prediction worker is running" in response.json()["error"]["message"]
    assert not Prediction.objects.exists()


def test_an_untrained_project_says_so(project: Project, sleeping_worker: None, bob_client: APIClient) -> None:
    response = bob_client.post(
        f"/api/v1/projects/{project.pk}/predictions", upload(picture_of_text("A 1")), format="multipart"
    )
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "no_live_version"


@transactional
def test_where_no_version_is_live_it_says_what_to_do_and_a_version_can_be_asked_by_its_number(
    make_version: MakeVersion, predict_worker: None, bob_client: APIClient
) -> None:
    version = make_version()
    refused = ask(bob_client, version, picture_of_text("A 1"))
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "no_live_version")
    for said in ("No version of this project is live", "Make v1 live", "version=1", "more images"):
        assert said in error["message"]
    told = ask(bob_client, version, picture_of_text("ASKED 1"), version=version.number).json()
    assert told["pages"][0]["regions"][0]["text"] == "ASKED 1"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"This is a text file.", 415, "is not a picture"),
        (b"", 400, "is empty"),
        (picture_of_text("A 1")[:500], 400, "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(
    live: Version, sleeping_worker: None, bob_client: APIClient, content: bytes, status: int, said: str
) -> None:
    response = ask(bob_client, live, content, "notes.png")
    assert response.status_code == status
    message = response.json()["error"]["message"]
    assert "notes.png" in message
    assert said in message
    assert not Prediction.objects.exists()


def test_too_large_a_file_is_refused(
    live: Version, sleeping_worker: None, bob_client: APIClient, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    assert ask(bob_client, live, picture_of_text("A 1")).status_code == 413


@pytest.mark.parametrize("more", [{"wait": "61"}, {"wait": "soon"}, {"version": "first"}])
def test_a_bad_field_is_refused(
    live: Version, sleeping_worker: None, bob_client: APIClient, more: dict[str, str]
) -> None:
    response = ask(bob_client, live, picture_of_text("A 1"), **more)
    assert response.status_code == 400
    assert next(iter(more)) in response.json()["error"]["fields"]


def test_without_a_file_it_asks_for_one(live: Version, sleeping_worker: None, bob_client: APIClient) -> None:
    response = bob_client.post(address(live), {"wait": "1"}, format="multipart")
    assert response.status_code == 400
    assert "file" in response.json()["error"]["fields"]


@transactional
def test_a_version_whose_files_are_gone_says_so(live: Version, predict_worker: None, bob_client: APIClient) -> None:
    (folders.bundle(live.run_id) / "reader.onnx").unlink()
    told = ask(bob_client, live, picture_of_text("A 1")).json()
    assert told["state"] == "failed"
    assert told["failure"] == "v1 cannot answer: its files are missing or damaged. Train again."


@transactional
def test_strangers_and_people_without_a_key_get_nothing(
    live: Version, predict_worker: None, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    url = ask(bob_client, live, picture_of_text("A 1")).json()["url"]
    for client, status in ((charlie_client, 404), (anyone, 401)):
        assert ask(client, live, picture_of_text("A 1")).status_code == status
        assert client.get(url).status_code == status
        assert client.get(address(live)).status_code == status
        assert client.post(f"{url}/add-to-project").status_code == status
        assert client.get(f"/api/v1/projects/{live.project_id}/usage").status_code == status


@transactional
def test_the_list_comes_in_pages_newest_first(live: Version, predict_worker: None, bob_client: APIClient) -> None:
    for text in ("ONE", "TWO", "THREE"):
        ask(bob_client, live, picture_of_text(text), f"{text}.png")
    first = bob_client.get(f"{address(live)}?limit=2").json()
    assert [one["name"] for one in first["results"]] == ["THREE.png", "TWO.png"]
    assert [one["name"] for one in bob_client.get(first["next"]).json()["results"]] == ["ONE.png"]


@transactional
def test_a_prediction_becomes_an_image_with_suggestions(
    live: Version, predict_worker: None, bob_client: APIClient
) -> None:
    live.project.labels.create(name="number_plate", colour="#000000")
    told = ask(bob_client, live, picture_of_text("GLYPH 42")).json()
    added = bob_client.post(f"{told['url']}/add-to-project").json()
    region = Region.objects.get(image_id=added["image_id"])
    assert (region.text, region.origin) == ("GLYPH 42", "suggestion")
    assert region.confidence == told["pages"][0]["regions"][0]["confidence"]
    assert added["notes"] == []
    again = bob_client.post(f"{told['url']}/add-to-project").json()
    assert again["image_ids"] == added["image_ids"]
    assert again["notes"] == ["photo.png is in the project already. Its regions stay as they are."]
    assert (StoredImage.objects.count(), Region.objects.count()) == (1, 1)


@transactional
def test_a_waiting_prediction_cannot_be_added(live: Version, sleeping_worker: None, bob_client: APIClient) -> None:
    told = ask(bob_client, live, picture_of_text("A 1"), wait="0").json()
    assert bob_client.post(f"{told['url']}/add-to-project").status_code == 409


@transactional
def test_usage_counts_by_day(live: Version, predict_worker: None, key_client: APIClient) -> None:
    ask(key_client, live, picture_of_text("A 1"))
    told = key_client.get(f"/api/v1/projects/{live.project_id}/usage").json()
    assert len(told["days"]) == predictions.DAYS_SHOWN
    assert told["days"][-1] == {"date": timezone.now().date().isoformat(), "count": 1}
    assert sum(day["count"] for day in told["days"]) == 1
    assert (told["model_id"], told["base_url"]) == (str(live.project_id), "http://testserver")
    assert Prediction.objects.get().via == "api"


def test_programs_are_told_the_address_by_which_the_page_was_reached(
    live: Version, key_client: APIClient, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["10.0.0.7"]
    usage = f"/api/v1/projects/{live.project_id}/usage"
    assert key_client.get(usage, HTTP_HOST="10.0.0.7:8000").json()["base_url"] == "http://10.0.0.7:8000"
    settings.PUBLIC_URL, settings.PUBLIC_URL_IS_SET = "https://ocr.example.org", True
    assert key_client.get(usage, HTTP_HOST="10.0.0.7:8000").json()["base_url"] == "https://ocr.example.org"


@transactional
def test_a_lost_prediction_is_sent_again_and_given_up_after_an_hour(
    live: Version, sleeping_worker: None, bob_client: APIClient, valkey: Any
) -> None:
    for _ in range(2):
        ask(bob_client, live, picture_of_text("A 1"), wait="0")
    lost, old = Prediction.objects.all()
    Prediction.objects.filter(pk=lost.pk).update(sent_at=timezone.now() - predictions.RESENT_AFTER * 2)
    Prediction.objects.filter(pk=old.pk).update(created_at=timezone.now() - predictions.GIVEN_UP_AFTER * 2)
    waiting = valkey.llen("predict")
    predictions.sweep_waiting()
    predictions.sweep_waiting()
    assert valkey.llen("predict") == waiting + 1
    old.refresh_from_db()
    assert old.state == PredictionState.FAILED
    assert "Send the picture again" in old.failure
