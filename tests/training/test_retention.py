"""Predictions are kept for so many days, or not beyond the answer, and may be deleted by whoever asked."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from annotations.models import Membership, Project, Role
from tests.cast import signed_in
from tests.training.conftest import MakeVersion, model, picture_of_text
from training import predictions, tasks
from training.models import Prediction, PredictionState, Version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("predict_worker")]


@pytest.fixture
def live(make_version: MakeVersion) -> Version:
    return make_version(live=True)


def ask(client: APIClient, version: Version, **more: Any) -> dict[str, Any]:
    sent = {"file": SimpleUploadedFile("a.png", picture_of_text("GLYPH 42"), "image/png"), **more}
    answer = client.post(f"/api/v1/projects/{version.project_id}/predictions", sent, format="multipart")
    assert answer.status_code in (200, 202), answer.content
    return dict(answer.json())


def keep(project: Project, days: int | None, client: APIClient) -> None:
    answer = client.patch(f"/api/v1/projects/{project.pk}", {"prediction_days": days})
    assert answer.status_code == 200, answer.content


def stored(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "media" / "predictions").rglob("*") if path.is_file()]


def usage_today(client: APIClient, project: Project) -> int:
    return int(client.get(f"/api/v1/projects/{project.pk}/usage").json()["days"][-1]["count"])


def test_after_its_days_a_prediction_goes_with_its_pictures_and_texts(
    live: Version, alice_client: APIClient, data_dir: Path
) -> None:
    keep(live.project, 7, alice_client)
    old, new = ask(alice_client, live), ask(alice_client, live)
    Prediction.objects.filter(pk=old["id"]).update(created_at=timezone.now() - timedelta(days=8))
    assert len(stored(data_dir)) == 4
    tasks.remove_expired()
    assert len(stored(data_dir)) == 2
    assert alice_client.get(old["url"]).status_code == 404
    assert alice_client.get(old["pages"][0]["file_url"]).status_code == 404
    assert alice_client.get(new["url"]).status_code == 200
    row = Prediction.objects.get(pk=old["id"])
    assert (row.pages, row.name) == ([], "")


def test_the_servers_setting_says_how_long_where_the_project_does_not(
    live: Version, alice_client: APIClient, data_dir: Path, settings: Any
) -> None:
    ask(alice_client, live)
    Prediction.objects.update(created_at=timezone.now() - timedelta(days=29))
    tasks.remove_expired()
    assert len(stored(data_dir)) == 2
    settings.PREDICTION_DAYS = 20
    assert alice_client.get(f"/api/v1/projects/{live.project_id}").json()["prediction_days"] == 20
    tasks.remove_expired()
    assert stored(data_dir) == []


def test_a_project_that_keeps_nothing_gives_a_program_its_answer_and_forgets(
    live: Version, alice_client: APIClient, key_client: APIClient, script: APIClient, data_dir: Path
) -> None:
    keep(live.project, 0, alice_client)
    told = ask(key_client, live)
    assert told["pages"][0]["regions"][0]["text"] == "GLYPH 42"
    sent = {"file": SimpleUploadedFile("a.png", picture_of_text("GLYPH 43"), "image/png")}
    theirs = script.post(model(live.project, "/LabelFile/"), sent, format="multipart").json()
    assert theirs["result"][0]["prediction"][0]["ocr_text"] == "GLYPH 43"
    assert stored(data_dir) == []
    assert key_client.get(told["url"]).status_code == 404
    later = model(live.project, f"/ImageLevelInferences/{theirs['result'][0]['id']}")
    assert script.get(later).status_code == 404
    listed = script.get(model(live.project, "/ImageLevelInferences")).json()
    assert listed["unmoderated_images"] == []
    (link, *_) = theirs["signed_urls"][theirs["result"][0]["filepath"]].values()
    assert APIClient().get(link).status_code == 404
    assert usage_today(alice_client, live.project) == 2


def test_a_project_that_keeps_nothing_lets_a_late_answer_be_fetched_for_an_hour(
    live: Version, alice_client: APIClient, data_dir: Path
) -> None:
    keep(live.project, 0, alice_client)
    seen = ask(alice_client, live)  # by the Try page, which shows the picture
    told = seen["id"]
    tasks.remove_expired()
    assert len(stored(data_dir)) == 2
    Prediction.objects.filter(pk=told).update(finished_at=timezone.now() - timedelta(minutes=61))
    tasks.remove_expired()
    assert stored(data_dir) == []
    assert alice_client.get(seen["url"]).status_code == 404


def test_a_prediction_is_deleted_by_whoever_asked_or_an_owner(
    live: Version, alice_client: APIClient, bob_client: APIClient, charlie: Any, data_dir: Path
) -> None:
    Membership.objects.create(project=live.project, user=charlie, role=Role.VIEWER)
    asked = [ask(bob_client, live) for _ in range(2)]
    assert signed_in(charlie).delete(asked[0]["url"]).status_code == 403
    assert bob_client.delete(asked[0]["url"]).status_code == 204
    assert alice_client.delete(asked[1]["url"]).status_code == 204
    assert alice_client.delete(asked[1]["url"]).status_code == 404
    assert stored(data_dir) == []
    assert alice_client.get(f"/api/v1/projects/{live.project_id}/predictions").json()["results"] == []
    assert usage_today(alice_client, live.project) == 2


def test_a_stranger_finds_nothing_to_delete(live: Version, alice_client: APIClient, charlie_client: APIClient) -> None:
    url = ask(alice_client, live)["url"]
    assert charlie_client.delete(url).status_code == 404
    assert alice_client.get(url).status_code == 200


def test_one_that_is_deleted_while_it_waits_is_not_written_again(live: Version, alice_client: APIClient) -> None:
    told = ask(alice_client, live)
    Prediction.objects.update(state=PredictionState.WAITING, finished_at=None)
    waiting = Prediction.objects.get()

    def deleted_meanwhile(_: Any) -> Any:
        assert alice_client.delete(told["url"]).status_code == 204
        raise FileNotFoundError

    predictions.answer(waiting.pk, deleted_meanwhile)
    waiting.refresh_from_db()
    assert (waiting.pages, waiting.failure) == ([], "")


def test_what_is_not_counted_any_more_goes_with_its_row(live: Version, alice_client: APIClient) -> None:
    ask(alice_client, live)
    Prediction.objects.update(created_at=timezone.now() - timedelta(days=40))
    tasks.remove_expired()
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("days", [-1, "soon", 40000])
def test_a_number_of_days_that_is_none_is_refused(project: Project, alice_client: APIClient, days: Any) -> None:
    answer = alice_client.patch(f"/api/v1/projects/{project.pk}", {"prediction_days": days})
    assert answer.status_code == 400
    assert "prediction_days" in answer.json()["error"]["fields"]


def test_only_an_owner_says_how_long(project: Project, alice_client: APIClient, bob_client: APIClient) -> None:
    address = f"/api/v1/projects/{project.pk}"
    assert bob_client.patch(address, {"prediction_days": 0}).status_code == 403
    assert alice_client.patch(address, {"prediction_days": 5}).json()["prediction_days"] == 5
    assert alice_client.patch(address, {"prediction_days": None}).json()["prediction_days"] == 30
