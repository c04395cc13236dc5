"""ZIPs and long documents, taken in by the default worker."""

import struct
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from annotations import importing, intake, uploads
from annotations.drawn import draw_scene
from annotations.models import Image, Import, Project
from tests.annotations.conftest import blocks, encoded, upload

pytestmark = pytest.mark.usefixtures("valkey")


def picture(seed: int) -> bytes:
    return encoded(draw_scene(seed, (120, 90)).image, "JPEG")


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def send(client: APIClient, project: Project, content: bytes, name: str = "photos.zip") -> Any:
    return client.post(f"/api/v1/projects/{project.id}/images", upload(content, name), format="multipart")


def finished(client: APIClient, sent: Any) -> Any:
    assert sent.status_code == 202, sent.content
    waiting = sent.json()["import"]
    assert (waiting["state"], sent.json()["images"]) == ("waiting", [])
    intake.run(waiting["id"])
    return client.get(f"/api/v1/imports/{waiting['id']}").json()


def test_a_zip_with_folders_junk_and_other_files_is_taken_in(
    alice_client: APIClient, project: Project, valkey: Any
) -> None:
    content = zipped(
        {
            "plates/day 1/0.jpg": picture(0),
            "plates/day 2/1.jpg": picture(1),
            "plates/again.jpg": picture(0),
            "plates/": b"",
            "__MACOSX/plates/._0.jpg": b"\x00\x05\x16\x07",
            "plates/.DS_Store": b"Bud1",
            "plates/Thumbs.db": b"x",
            "plates/annot_file.csv": b"files,text\n",
            "plates/more.zip": zipped({"2.jpg": picture(2)}),
            "plates/cut.jpg": picture(3)[:200],
        }
    )
    done = finished(alice_client, send(alice_client, project, content))
    assert (done["state"], done["done"], done["total"], done["report"]["images"]) == ("done", 6, 6, 2)
    reasons = {left["name"]: left["reason"] for left in done["report"]["left_out"]}
    assert reasons["plates/day 1/0.jpg"] == "The project has this picture already, as plates/again.jpg."
    assert reasons["plates/annot_file.csv"].startswith("plates/annot_file.csv is not a picture.")
    assert reasons["plates/more.zip"] == "A ZIP inside the ZIP is not unpacked."
    assert reasons["plates/cut.jpg"].startswith("plates/cut.jpg is damaged")
    assert len(reasons) == 4
    assert sorted(Image.objects.values_list("name", flat=True)) == ["1.jpg", "again.jpg"]
    assert not default_storage.exists(Import.objects.get().file)
    assert valkey.llen("default") == 1


def test_a_task_that_runs_twice_takes_in_once(alice_client: APIClient, project: Project) -> None:
    sent = send(alice_client, project, zipped({f"{n}.jpg": picture(n) for n in range(3)}))
    first = finished(alice_client, sent)
    intake.run(sent.json()["import"]["id"])
    assert alice_client.get(f"/api/v1/imports/{first['id']}").json() == first
    assert Image.objects.count() == 3


def test_what_another_worker_has_taken_up_is_left_to_it(
    alice_client: APIClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(alice_client, project, zipped({f"{n}.jpg": picture(n) for n in range(3)}))
    written = uploads.written

    def slow(*arguments: Any) -> Image:
        Import.objects.update(owner_token="another worker")
        return written(*arguments)

    monkeypatch.setattr(uploads, "written", slow)
    intake.run(sent.json()["import"]["id"])
    made = Import.objects.get()
    assert (made.state, made.done, made.owner_token) == ("running", 0, "another worker")
    assert not Image.objects.exists()
    assert default_storage.listdir(f"images/{project.id}") == ([], [])


def test_a_long_document_in_a_zip_goes_on_at_its_next_page(
    alice_client: APIClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [blocks((20 + n, 10)) for n in range(6)]
    book = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    sent = send(alice_client, project, zipped({"a.jpg": picture(1), "book.tif": book, "z.jpg": picture(2)}))
    monkeypatch.setattr(importing, "TURN_SECONDS", 0)  # the message of the next import makes this one give way
    send(alice_client, project, zipped({"b.jpg": picture(3)}))
    steps = []
    while (made := Import.objects.get(id=sent.json()["import"]["id"])).state == "waiting":
        steps.append((made.done, made.page))
        intake.run(made.id)
    assert steps[:5] == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert (made.state, made.done, made.attempts, made.report["images"]) == ("done", 3, 1, 8)
    assert (made.report["left_out"], Image.objects.count()) == ([], 8)


def test_a_long_document_is_taken_in_page_by_page(alice_client: APIClient, project: Project) -> None:
    pages = [blocks((20 + n, 10)) for n in range(24)]
    content = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    done = finished(alice_client, send(alice_client, project, content, "book.tif"))
    assert (done["done"], done["total"], done["report"]["images"]) == (24, 24, 24)
    assert sorted(Image.objects.values_list("page", "width")) == [(n, 20 + n) for n in range(24)]


def bomb() -> bytes:
    """A ZIP whose one file says it is small and unpacks to 40 MB of nothing."""
    content = bytearray(zipped({"a.jpg": bytes(40_000_000)}))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(signature)
        struct.pack_into("<I", content, start + at, 1000)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bomb(), "a.jpg"),
        (zipped({"a.jpg": bytes(40_000_000)}), "a.jpg has 40.0 MB; at most 1 MB are taken."),
        (zipped({"../../a.jpg": b"nothing"}), "a.jpg is not a picture"),
    ],
    ids=["lies about its size", "unpacks too large", "points outside"],
)
def test_a_file_meant_to_harm_is_left_out(
    content: bytes, reason: str, alice_client: APIClient, project: Project, settings: Settings
) -> None:
    settings.MAX_UPLOAD_BYTES = 1_000_000
    done = finished(alice_client, send(alice_client, project, content))
    assert done["state"] == "done"
    assert done["report"]["images"] == 0
    assert done["report"]["left_out"][0]["reason"].startswith(reason)


@pytest.mark.parametrize(
    ("content", "limit", "sentence"),
    [
        (zipped({"a.jpg": picture(1)})[:-30], 10**6, "photos.zip is damaged"),
        (zipped({f"{n}.txt": bytes(300_000) for n in range(10)}), 100_000, "The ZIP would unpack to"),
        (zipped({f"{n}.txt": b"x" for n in range(20_001)}), 10**7, "The ZIP holds 20,001 files"),
    ],
    ids=["cut", "a bomb of many files", "too many files"],
)
def test_a_zip_that_cannot_be_used_fails_with_a_sentence(
    content: bytes, limit: int, sentence: str, alice_client: APIClient, project: Project, settings: Settings
) -> None:
    settings.MAX_ARCHIVE_BYTES = limit
    sent = send(alice_client, project, content)
    done = finished(alice_client, sent)
    assert done["state"] == "failed"
    assert done["failure"].startswith(sentence)
    assert not default_storage.exists(Import.objects.get().file)


def renamed(content: bytes, name: bytes, flag: int = 0) -> bytes:
    """The archive with its only name written over, and with flags set where it says what a name is written in."""
    found = bytearray(content.replace(b"n" * len(name), name))
    found[found.find(b"PK\x03\x04") + 7] |= flag
    found[found.find(b"PK\x01\x02") + 9] |= flag
    return bytes(found)


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (renamed(zipped({"n" * 20: picture(1)}), b"\0" * 20), "done"),
        (renamed(zipped({"n" * 20: picture(1)}), b"\xff" * 20), "done"),
        (renamed(zipped({"n" * 20: picture(1)}), b"\xff" * 20, flag=0x08), "failed"),
    ],
    ids=["no name at all", "an old name", "said to be UTF-8"],
)
def test_names_that_are_none_break_no_import(
    content: bytes, state: str, alice_client: APIClient, project: Project
) -> None:
    done = finished(alice_client, send(alice_client, project, content))
    assert done["state"] == state
    assert state == "done" or "is damaged and cannot be unpacked" in done["failure"]


def test_a_zip_larger_than_the_limit_is_refused_at_the_door(
    alice_client: APIClient, project: Project, settings: Settings
) -> None:
    settings.MAX_ARCHIVE_BYTES = 1000
    answer = send(alice_client, project, zipped({"a.jpg": picture(1)}))
    assert answer.status_code == 413
    assert not Import.objects.exists()


def test_when_the_stored_file_is_lost_the_import_says_so(
    alice_client: APIClient, project: Project, alice: User
) -> None:
    key = default_storage.save("imports/x", ContentFile(b"PK\x03\x04"))
    made = Import.objects.create(project=project, user=alice, format="files", name="x.zip", file=key)
    default_storage.delete(key)
    intake.run(made.id)
    made.refresh_from_db()
    assert (made.state, made.failure) == ("failed", "x.zip is missing from the storage. Upload it again.")


def test_a_zip_waits_for_room_instead_of_leaving_its_files_out(
    alice_client: APIClient, project: Project, settings: Settings
) -> None:
    sent = send(alice_client, project, zipped({f"{seed}.jpg": picture(seed) for seed in range(3)}))
    settings.MIN_FREE_BYTES = 10**15
    waits = finished(alice_client, sent)
    assert (waits["state"], waits["done"], waits["report"]["left_out"]) == ("waiting", 0, [])
    assert waits["note"] == "The server's disk is nearly full. It goes on as soon as there is room again."
    settings.MIN_FREE_BYTES = 0
    intake.run(waits["id"])
    assert (Import.objects.get().state, Import.objects.get().attempts, Image.objects.count()) == ("done", 1, 3)
