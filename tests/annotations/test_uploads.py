from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from annotations import intake, stored, uploads
from annotations.models import Image, Project
from tests.annotations.conftest import blocks, encoded, upload


def send(client: APIClient, project: Project, content: bytes, name: str) -> Any:
    return client.post(f"/api/v1/projects/{project.id}/images", upload(content, name), format="multipart")


def test_a_picture_becomes_an_image_with_its_files(bob_client: APIClient, project: Project, data_dir: Path) -> None:
    answer = send(bob_client, project, encoded(blocks((640, 480)), "PNG"), "holiday/car.png")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["duplicates"], body["import"]) == ([], None)
    (told,) = body["images"]
    assert (told["name"], told["page"], told["width"], told["height"]) == ("car.png", 0, 640, 480)
    assert (told["state"], told["version"], told["region_count"]) == ("todo", 1, 0)
    image = Image.objects.get()
    assert default_storage.size(image.file) == told["bytes"]
    assert sorted(p.suffix for p in (data_dir / "media").rglob("*.*")) == [".png", ".webp"]


def test_the_same_picture_twice_is_known_by_its_pixels(alice_client: APIClient, project: Project) -> None:
    first = send(alice_client, project, encoded(blocks(), "PNG"), "a.png").json()["images"][0]
    answer = send(alice_client, project, encoded(blocks(), "BMP"), "b.bmp")
    assert answer.status_code == 201
    assert answer.json()["images"] == []
    assert answer.json()["duplicates"] == [{"name": "b.bmp", "image_id": first["id"]}]
    assert Image.objects.get().also_named == ["b.bmp"]


def test_another_project_may_have_the_same_picture(
    alice_client: APIClient, project: Project, alice: User, image: Image
) -> None:
    other = alice_client.post("/api/v1/projects", {"name": "Other"}).json()
    content = default_storage.open(image.file).read()
    answer = alice_client.post(f"/api/v1/projects/{other['id']}/images", upload(content, "x.png"), format="multipart")
    assert len(answer.json()["images"]) == 1


def test_a_deleted_picture_may_be_uploaded_again(alice_client: APIClient, project: Project, image: Image) -> None:
    alice_client.post(f"/api/v1/projects/{project.id}/images/delete", {"ids": [str(image.id)]})
    answer = send(alice_client, project, default_storage.open(image.file).read(), "again.png")
    assert len(answer.json()["images"]) == 1
    back = alice_client.post(f"/api/v1/projects/{project.id}/images/restore", {"ids": [str(image.id)]}).json()
    assert back["restored"] == 0
    assert "uploaded again" in back["left_out"][0]["reason"]


def test_the_pages_of_a_document_are_images(alice_client: APIClient, project: Project) -> None:
    content = encoded(blocks(), "PDF", save_all=True, append_images=[blocks((80, 20)), blocks()])
    answer = send(alice_client, project, content, "three.pdf").json()
    assert [(i["name"], i["page"]) for i in answer["images"]] == [("three.pdf", 0), ("three.pdf", 1)]
    assert answer["duplicates"][0]["name"] == "three.pdf"


@pytest.mark.parametrize(
    ("content", "name", "status", "start"),
    [
        (b"", "empty.jpg", 400, "empty.jpg is empty."),
        (b"not a picture", "notes.txt", 415, "notes.txt is not a picture."),
        (encoded(blocks(), "PNG")[:70], "cut.png", 400, "cut.png is damaged"),
        (encoded(blocks((600, 600)), "PNG"), "wide.png", 413, "wide.png has 600 × 600 pixels"),
        (bytes(60_001), "big.jpg", 413, "big.jpg has 0.1 MB; at most 0.06 MB are taken."),
    ],
)
def test_what_is_refused_is_named_and_leaves_nothing_behind(
    content: bytes, name: str, status: int, start: str, alice_client: APIClient, project: Project, settings: Settings,
    data_dir: Path,
) -> None:  # fmt: skip
    settings.MAX_UPLOAD_BYTES, settings.MAX_IMAGE_PIXELS = 60_000, 300_000
    answer = send(alice_client, project, content, name)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].startswith(start)
    assert not Image.objects.exists()
    assert not list((data_dir / "media").rglob("*.*"))


def test_a_request_without_a_file_is_refused(alice_client: APIClient, project: Project) -> None:
    answer = alice_client.post(f"/api/v1/projects/{project.id}/images", {}, format="multipart")
    assert answer.status_code == 400
    assert "file" in answer.json()["error"]["fields"]
    assert alice_client.post(f"/api/v1/projects/{project.id}/images", {"a": 1}).status_code == 415


def test_when_the_row_cannot_be_written_its_files_go(project: Project, data_dir: Path) -> None:
    nobody = User(email="nobody@example.org")  # was never saved, so the row that names her cannot be
    with pytest.raises(ValueError, match="unsaved related object"):
        uploads.take(project, nobody, "a.png", BytesIO(encoded(blocks(), "PNG")))
    assert not Image.objects.exists()
    assert not list((data_dir / "media").rglob("*.*"))


@pytest.mark.django_db(transaction=True)
def test_the_same_picture_by_two_doors_at_once_is_one_image(project: Project, alice: User, data_dir: Path) -> None:
    taken: list[uploads.Taken] = []

    def take() -> None:
        try:
            taken.append(uploads.take(project, alice, "a.png", BytesIO(encoded(blocks((600, 400)), "PNG"))))
        finally:
            connection.close()

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(each.images) for each in taken) == 1
    assert sum(len(each.duplicates) for each in taken) == 3
    assert len(list((data_dir / "media").rglob("*.*"))) == 2


def test_a_picture_whose_thumbnail_cannot_be_stored_leaves_no_file(
    project: Project, alice: User, data_dir: Path
) -> None:
    (data_dir / "media" / "thumbnails").write_text("in the way")
    with pytest.raises(OSError, match="thumbnails"):
        uploads.take(project, alice, "a.png", BytesIO(encoded(blocks(), "PNG")))
    assert [path.name for path in (data_dir / "media").rglob("*") if path.is_file()] == ["thumbnails"]


def test_a_waiting_import_whose_row_cannot_be_saved_leaves_no_file(project: Project, data_dir: Path) -> None:
    with pytest.raises(ValueError, match="unsaved related object"):
        intake.wait(project, User(email="nobody@example.org"), "x.zip", SimpleUploadedFile("x.zip", b"PK\x03\x04"))
    assert [path for path in (data_dir / "media").rglob("*") if path.is_file()] == []


def test_what_is_stored_together_goes_together(data_dir: Path) -> None:
    def two_and_a_fault() -> None:
        with stored.together() as store:
            assert default_storage.exists(store("predictions/a.png", b"a"))
            store("predictions/b.png", b"b")
            raise OSError("the third does not fit")

    with pytest.raises(OSError, match="does not fit"):
        two_and_a_fault()
    assert list((data_dir / "media" / "predictions").iterdir()) == []


def test_with_little_room_nothing_is_stored_and_the_sentence_says_what_is_needed(
    alice_client: APIClient, project: Project, data_dir: Path, settings: Settings
) -> None:
    settings.MIN_FREE_BYTES = 10**15
    answer = send(alice_client, project, encoded(blocks(), "PNG"), "a.png")
    assert answer.status_code == 507
    error = answer.json()["error"]
    assert "1,000,000,000 MB must stay free. Nothing was stored." in error["message"]
    assert error["detail"]["needed"] >= 10**15
    sample = alice_client.post("/api/v1/projects/sample")
    assert sample.status_code == 507
    assert Project.objects.count() == 1
    assert list((data_dir / "media").iterdir()) == []
