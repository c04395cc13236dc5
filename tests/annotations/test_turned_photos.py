"""Boxes drawn on photos as they lie in their files, before the server turned them upright."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture
from rest_framework.test import APIClient

from accounts.models import User
from annotations import quads, turns, uploads
from annotations.drawn import Scene, draw_scene
from annotations.models import Image, Label, Project, Region
from tests.annotations.conftest import encoded, upload
from tests.annotations.test_imports import HEADER, send

SIZE = (400, 300)
INVERSE = {2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
WAITS = "The box seems to be drawn on the photo as it lies in its file"


def photo(scene: Scene, turn: int) -> bytes:
    """As a camera stores it that was held so."""
    lying = scene.image if turn == 1 else turned_back(scene.image, turn)
    exif = Picture.Exif()
    exif[0x0112] = turn
    return encoded(lying, "JPEG", quality=92, exif=exif)


def turned_back(upright: Picture.Image, turn: int) -> Picture.Image:
    ways = Picture.Transpose
    return upright.transpose(
        {2: ways.FLIP_LEFT_RIGHT, 3: ways.ROTATE_180, 4: ways.FLIP_TOP_BOTTOM, 5: ways.TRANSPOSE,
         6: ways.ROTATE_90, 7: ways.TRANSVERSE, 8: ways.ROTATE_270}[turn]
    )  # fmt: skip


def stored(project: Project, user: User, turn: int, count: int = 12) -> list[Scene]:
    """Photos 0.jpg, 1.jpg, … that were held so."""
    scenes = [draw_scene(seed, SIZE) for seed in range(count)]
    for number, scene in enumerate(scenes):
        uploads.take(project, user, f"{number}.jpg", BytesIO(photo(scene, turn)))
    return scenes


def right_box(scene: Scene) -> quads.Box:
    return quads.bounding_box(scene.regions[0].quad)


def box_in_file(box: quads.Box, turn: int) -> quads.Box:
    """Where it lies in the file: what a tool that ignores the turn gives."""
    lying = SIZE[::-1] if turn in turns.ON_THEIR_SIDE else SIZE
    return quads.bounding_box(turns.to_upright(quads.of_box(box), INVERSE.get(turn, 1), lying))


def table(boxes: list[quads.Box]) -> str:
    return HEADER + "".join(f"{n}.jpg,AB {n},{b[0]},{b[2]},{b[1]},{b[3]}\n" for n, b in enumerate(boxes))


def all_are_right(scenes: list[Scene]) -> bool:
    regions = {region.image.name: region for region in Region.objects.select_related("image")}
    return len(regions) == len(scenes) and all(
        abs(a - b) < 1.01
        for n, scene in enumerate(scenes)
        for a, b in zip(right_box(scene), edges(regions[f"{n}.jpg"]), strict=True)
    )


def edges(region: Region) -> quads.Box:
    return (region.xmin, region.ymin, region.xmax, region.ymax)


@pytest.mark.parametrize("turn", [3, 6, 8, 2, 5])
def test_boxes_drawn_on_turned_photos_wait_for_a_word_and_are_turned(
    turn: int, alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    scenes = stored(project, alice, turn)
    sent = table([box_in_file(right_box(scene), turn) for scene in scenes])
    told = send(alice_client, project, sent).json()["report"]
    assert (told["imported"], told["held"], told["left_out_count"]) == (0, 12, 12)
    assert all(left["reason"].startswith(WAITS) for left in told["left_out"])
    assert not Region.objects.exists()
    told = send(alice_client, project, sent, drawn_on="file").json()["report"]
    assert (told["imported"], told["held"]) == (12, 0)
    assert told["notes"] == ["12 boxes were turned upright with their photos."]
    assert all_are_right(scenes)


@pytest.mark.parametrize("turn", [3, 6])
def test_boxes_drawn_on_the_photos_as_they_are_seen_are_taken_and_it_is_said(
    turn: int, alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    scenes = stored(project, alice, turn)
    told = send(alice_client, project, table([right_box(scene) for scene in scenes])).json()["report"]
    assert (told["imported"], told["held"]) == (12, 0)
    assert told["notes"] == [
        "12 boxes are on photos that lie turned in their files; they were taken as drawn on the photos as you see "
        "them here."
    ]
    assert all_are_right(scenes)


def test_what_is_not_on_a_turned_photo_is_taken_meanwhile(
    alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    scenes = stored(project, alice, 3, count=6)
    straight = draw_scene(99, SIZE)
    uploads.take(project, alice, "6.jpg", BytesIO(photo(straight, 1)))
    boxes = [box_in_file(right_box(scene), 3) for scene in scenes] + [right_box(straight)]
    told = send(alice_client, project, table(boxes)).json()["report"]
    assert (told["imported"], told["held"]) == (1, 6)
    told = send(alice_client, project, table(boxes), drawn_on="upright").json()["report"]
    assert (told["imported"], told["held"]) == (6, 0)  # who says so is believed


def test_a_dry_run_asks_as_well_and_an_odd_word_is_refused(
    alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    scenes = stored(project, alice, 3, count=6)
    sent = table([box_in_file(right_box(scene), 3) for scene in scenes])
    assert send(alice_client, project, sent, dry_run="true").json()["report"]["held"] == 6
    answer = send(alice_client, project, sent, drawn_on="stored")
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["drawn_on"])


def test_a_manifest_s_quadrilaterals_are_turned_with_their_photos(
    alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    stored(project, alice, 6, count=1)
    quad = [[100, 50], [140, 60], [136, 76], [96, 66]]  # leans; in the file, 300 × 400
    line = f'{{"image": "0.jpg", "regions": [{{"label": "number_plate", "quad": {quad}, "text": "AB"}}]}}'
    body = {**upload(line.encode(), "m.jsonl"), "format": "manifest", "drawn_on": "file"}
    answer = alice_client.post(f"/api/v1/projects/{project.id}/imports", body, format="multipart")
    assert answer.json()["report"]["imported"] == 1
    assert Region.objects.get().quad == [[350, 100], [340, 140], [324, 136], [334, 96]]


def test_a_box_that_fits_only_the_photo_in_its_file_is_refused_with_the_reason(
    alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    stored(project, alice, 6, count=1)
    sent = HEADER + "0.jpg,AB,20,90,340,380\n"
    (left,) = send(alice_client, project, sent, drawn_on="upright").json()["report"]["left_out"]
    assert left["reason"] == (
        "The box is outside the image, which is 400 × 300 pixels: 0% of it lies inside. "
        "It would fit the photo as it lies in its file; boxes belong on the photo as it was turned upright."
    )
    assert send(alice_client, project, sent, drawn_on="file").json()["report"]["imported"] == 1


@pytest.mark.usefixtures("valkey")
def test_a_program_is_told_why_its_box_is_outside(key_client: APIClient, project: Project, label: Label) -> None:
    field = {"name": label.name, "ocr_text": "AB", "bndbox": {"xmin": 20, "ymin": 90, "xmax": 280, "ymax": 380}}
    body = {
        "file": SimpleUploadedFile("0.jpg", photo(draw_scene(1, SIZE), 6)),
        "data": json.dumps([{"filename": "0.jpg", "object": [field]}]),
    }
    answer = key_client.post(f"/api/v2/ObjectDetection/Model/{project.id}/UploadFile/", body, format="multipart")
    assert answer.status_code == 202, answer.content
    assert "It would fit the photo as it lies in its file" in answer.json()["errors"][0]


def test_a_photo_stored_before_its_turn_was_kept_tells_it_when_it_comes_again(
    alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    (scene,) = stored(project, alice, 3, count=1)
    Image.objects.update(turn=None)
    sent = table([box_in_file(right_box(scene), 3)])
    (left,) = send(alice_client, project, sent, drawn_on="file").json()["report"]["left_out"]
    assert "Upload it again" in left["reason"]
    uploads.take(project, alice, "0.jpg", BytesIO(photo(scene, 3)))
    assert send(alice_client, project, sent, drawn_on="file").json()["report"]["imported"] == 1
    assert all_are_right([scene])


def test_photos_whose_files_are_gone_tell_nothing(
    alice_client: APIClient, alice: User, project: Project, label: Label
) -> None:
    scenes = stored(project, alice, 3, count=2)
    for image in Image.objects.all():
        default_storage.delete(image.file)
    told = send(alice_client, project, table([right_box(scene) for scene in scenes])).json()
    assert told["report"]["imported"] == 2


def test_a_turned_page_of_a_tiff_is_known_for_one(alice: User, project: Project) -> None:
    scene: Any = draw_scene(1, SIZE)
    content = encoded(turned_back(scene.image, 6), "TIFF", tiffinfo={0x0112: 6})
    uploads.take(project, alice, "scan.tif", BytesIO(content))
    assert Image.objects.values_list("turn", "width", "height").get() == (6, *SIZE)
