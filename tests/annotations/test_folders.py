"""Pictures of one name in several folders are told apart by those, in ZIPs, in folders of the page, and in tables."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from annotations.matching import Names, Pictured
from annotations.models import Image, Label, Project, Region
from tests.annotations.conftest import content_of, upload
from tests.annotations.test_archives import finished, picture, zipped
from tests.annotations.test_archives import send as send_zip
from tests.annotations.test_imports import HEADER, send

pytestmark = pytest.mark.usefixtures("valkey")
CAMERAS = [f"cam{camera}/000{number}.jpg" for camera in (1, 2) for number in range(3)]


def table(paths: list[str]) -> str:
    return HEADER + "".join(f"{path},{path.replace('/', ' ')},10,60,20,40\n" for path in paths)


@pytest.fixture
def cameras(alice_client: APIClient, project: Project, label: Label) -> Project:
    content = zipped({f"shots/{path}": picture(seed) for seed, path in enumerate(CAMERAS)})
    assert finished(alice_client, send_zip(alice_client, project, content))["report"]["images"] == 6
    return project


def texts_by_path() -> dict[str, str]:
    regions = Region.objects.select_related("image")
    return {f"{region.image.folder}/{region.image.name}": region.text for region in regions}


@pytest.mark.parametrize("lead", ["", "shots/", "C:\\data\\shots\\", "/home/a/Shots/", "./"])
def test_the_folders_of_a_zip_tell_which_picture_a_row_means(
    lead: str, alice_client: APIClient, cameras: Project
) -> None:
    report = send(alice_client, cameras, table([lead + path for path in CAMERAS])).json()["report"]
    assert (report["imported"], report["images"], report["left_out_count"]) == (6, 6, 0)
    assert {path: text.split(" ")[-1] for path, text in texts_by_path().items()} == {
        f"shots/{path}": path.rpartition("/")[2] for path in CAMERAS
    }
    assert all(path.split("/")[1] in text for path, text in texts_by_path().items())
    assert Image.objects.filter(name="0000.jpg").count() == 2


def test_a_bare_name_that_fits_two_is_told_with_their_folders(alice_client: APIClient, cameras: Project) -> None:
    (left,) = send(alice_client, cameras, table(["0001.png"])).json()["report"]["left_out"]
    assert left["reason"] == (
        "The project has 2 images of this name, in the folders shots/cam1, shots/cam2. "
        "Name the folder too, as in shots/cam1/0001.jpg."
    )


def test_no_row_is_given_to_the_picture_of_another_folder(
    alice_client: APIClient, project: Project, label: Label
) -> None:
    finished(alice_client, send_zip(alice_client, project, zipped({"cam1/0000.jpg": picture(1)})))
    report = send(alice_client, project, table(["cam1/0000.jpg", "cam2/0000.jpg"])).json()["report"]
    assert texts_by_path() == {"cam1/0000.jpg": "cam1 0000.jpg"}
    assert [(left["row"], left["reason"]) for left in report["left_out"]] == [
        (3, "This table names files of this name in 2 folders, and the project has only one, in the folder cam1.")
    ]


def test_pictures_sent_one_by_one_keep_their_folders(alice_client: APIClient, project: Project, label: Label) -> None:
    for seed, path in enumerate(CAMERAS):
        folder, _, name = path.partition("/")
        body: Any = {**upload(picture(seed), name), "folder": f"../{folder}"}
        answer = alice_client.post(f"/api/v1/projects/{project.id}/images", body, format="multipart")
        assert [image["folder"] for image in answer.json()["images"]] == [folder]
    assert send(alice_client, project, table(CAMERAS)).json()["report"]["imported"] == 6
    found = alice_client.get(f"/api/v1/projects/{project.id}/images", {"search": "CAM2"}).json()["results"]
    assert {image["folder"] for image in found} == {"cam2"}


@pytest.mark.parametrize("form", ["tutorial-csv", "manifest"])
def test_an_export_names_folders_where_names_repeat_and_comes_back(
    form: str, alice_client: APIClient, cameras: Project
) -> None:
    content = zipped({"more/alone.jpg": picture(77)})
    finished(alice_client, send_zip(alice_client, cameras, content))
    send(alice_client, cameras, table([*CAMERAS, "alone.jpg"]))
    before = texts_by_path()
    exported = content_of(alice_client.get(f"/api/v1/projects/{cameras.id}/export?format={form}")).decode()
    assert "shots/cam1/0000.jpg" in exported
    assert "more/alone.jpg" not in exported
    Region.objects.all().delete()
    body = {**upload(exported.encode(), "table"), "format": form}
    answer = alice_client.post(f"/api/v1/projects/{cameras.id}/imports", body, format="multipart")
    assert answer.json()["report"]["imported"] == 7
    assert texts_by_path() == before


def test_the_same_picture_in_two_folders_answers_to_both(
    alice_client: APIClient, project: Project, label: Label
) -> None:
    content = zipped({"a/0.jpg": picture(1), "b/0.jpg": picture(1), "b/1.jpg": picture(2)})
    report = finished(alice_client, send_zip(alice_client, project, content))["report"]
    assert [left["reason"] for left in report["left_out"]] == ["The project has this picture already, as a/0.jpg."]
    assert send(alice_client, project, table(["b/0.jpg"])).json()["report"]["imported"] == 1
    assert texts_by_path() == {"a/0.jpg": "b 0.jpg"}


def test_a_side_of_the_split_can_be_chosen_by_folder_and_name(alice_client: APIClient, cameras: Project) -> None:
    answer = alice_client.post(
        f"/api/v1/projects/{cameras.id}/images/split", {"test": ["shots/cam2/0000.jpg"]}, format="json"
    )
    assert answer.json() == {"train": 0, "test": 1}
    assert Image.objects.get(split="test").folder == "shots/cam2"


def named(*paths: str) -> Names:
    made = []
    for number, path in enumerate(paths):
        folder, _, name = path.rpartition("/")
        made.append(Pictured(number, name, 0, 10, 10, folder))  # type: ignore[arg-type]
    return Names(made)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a/1.jpg", 0),
        ("A/1.PNG", 0),
        ("x/a/1.jpg", 0),
        ("b/a/1.jpg", 1),
        ("c/1.jpg", 2),
        ("1.png", 2),
        ("elsewhere/2.jpg", 3),
        ("1.jpg", None),
    ],
)
def test_the_longest_end_of_a_path_decides_and_then_the_exact_name(written: str, found: int | None) -> None:
    image = named("a/1.jpg", "b/a/1.jpg", "c/1.png", "d/2.jpg").find(written)
    assert (image.id if isinstance(image, Pictured) else None) == found
