"""Tables of annotations, on drawn equivalents of every oddity that real tables have."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from kombu import pools
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from annotations import imports, intake, labelling, quads
from annotations.models import Image, Import, Label, Origin, Project, Region, RegionEdit
from server.celery import app
from tests.annotations.conftest import MakeImage, blocks, content_of, encoded, upload

HEADER = "files,text,xmin,xmax,ymin,ymax\n"


def send(client: APIClient, project: Project, table: str, **options: Any) -> Any:
    body = {**upload(table.encode(), "annot_file.csv"), "format": "tutorial-csv", **options}
    return client.post(f"/api/v1/projects/{project.id}/imports", body, format="multipart")


def send_picture(client: APIClient, project: Project, content: bytes, name: str) -> None:
    client.post(f"/api/v1/projects/{project.id}/images", upload(content, name), format="multipart")


def test_every_row_is_imported_or_reported_with_its_number_and_reason(
    alice_client: APIClient, project: Project, label: Label, make_image: MakeImage
) -> None:
    for name in ("0.jpg", "1.jpg", "2.PNG", "scan one.jpg"):
        make_image(name)
    make_image("twice.jpg")
    make_image("twice.png")
    same = encoded(blocks((160, 120)), "PNG")
    send_picture(alice_client, project, same, "104.jpg")
    send_picture(alice_client, project, same, "280.jpg")
    rows = [
        "0.png,MH15-TC-554,10,60,20,40,500",  # 2: by stem, an extra column
        '1.png,"KL 01, AL",10.5,60,20,40,500',  # 3: a comma in quotes
        "2.png, ,10,60,20,40,500",  # 4: no text
        "148.png,HR 99,10,60,20,40,500",  # 5: no such image
        "0.png,FAR OUT,100,900,20,40,500",  # 6: mostly outside
        "2.png,NEAR OUT,110,170,20,40,500",  # 7: mostly inside
        "1.png,KL 01,xx,60,20,40,500",  # 8: not a number
        "1.png,KL 01,60,60,20,40,500",  # 9: no size
        "0.png,MH15-TC-554,10,60,20,40,500",  # 10: the same row again
        "0.png,OTHER,11,60,20,41,500",  # 11: the same box with another text
        "twice.gif,AB,10,60,20,40,500",  # 12: two of that stem
        "photos/SCAN ONE.tif,KA  03,10,60,20,40,500",  # 13: a path, other case, double blank
        "104.png,KL 10,10,60,20,40,500",  # 14
        "280.png,KL 10,10,61,20,40,500",  # 15: the same picture under its other name
        "1.png,a\u0007b,70,90,20,40,500",  # 16: cannot be printed
        ",AB,10,60,20,40,500",  # 17: no name
    ]
    answer = send(alice_client, project, HEADER.replace("\n", ",width\n") + "\n".join(rows) + "\n")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["done"], told["total"], told["failure"]) == ("done", 16, 16, "")
    report = told["report"]
    assert (report["imported"], report["images"], report["left_out_count"]) == (5, 5, 11)
    assert {left["row"]: left["reason"] for left in report["left_out"]} == {
        4: "The text is empty.",
        5: "The project has no image of this name.",
        6: "The box is outside the image, which is 160 × 120 pixels: 8% of it lies inside.",
        8: "xmin is “xx”, which is not a number.",
        9: "The box has no size: xmax must be above xmin, and ymax above ymin.",
        10: "Duplicate: row 2 has this box with the same text.",
        11: "Duplicate: row 2 has this box with the text “MH15-TC-554”.",
        12: "The project has 2 images of this name.",
        15: "Duplicate: row 14 has this box with the same text. 104.jpg is the same picture.",
        16: "The text holds a character that cannot be printed (U+0007).",
        17: "No file is named.",
    }
    assert report["notes"] == [
        "1 box reached over the edge of the image and were cut to it.",
        "In 1 text white space of several characters became a single blank.",
    ]
    cut = Region.objects.get(text="NEAR OUT")
    assert (cut.xmin, cut.xmax, cut.origin) == (110, 160, Origin.IMPORT)
    assert Image.objects.filter(state="annotated").count() == 5
    assert RegionEdit.objects.count() == 5


def test_the_report_names_the_rows_with_a_stray_quote_or_with_several_lines_and_counts_every_row(
    alice_client: APIClient, project: Project, label: Label, make_image: MakeImage
) -> None:
    for n in range(4):
        make_image(f"{n}.jpg")
    rows = [
        '0.jpg,"AB 0,10,60,20,40',
        "1.jpg,AB 1,10,60,20,40",
        '2.jpg,"Ann\nNortham",10,60,20,40',
        '3.jpg,"3"" x,10,60,20,40',
    ]
    told = send(alice_client, project, "Plates of May\n" + HEADER + "\n".join(rows) + "\n").json()
    assert (told["total"], told["report"]["imported"], told["report"]["left_out_count"]) == (4, 4, 0)
    assert told["report"]["notes"] == [
        "Line 1, “Plates of May”, stands above the names of the columns and was passed over.",
        "Rows 3 and 7: A quote in it is opened and not closed, so it was taken as part of the text. "
        "See what the text should be.",
        "Row 5: A cell in quotes goes over several lines; a text keeps its lines.",
    ]
    assert set(Region.objects.values_list("text", flat=True)) == {'"AB 0', "AB 1", "Ann\nNortham", '"3"" x'}


def test_importing_the_same_table_again_imports_nothing(
    alice_client: APIClient, project: Project, label: Label, make_image: MakeImage
) -> None:
    make_image("0.jpg")
    table = HEADER + "0.png,A,10,60,20,40\n"
    assert send(alice_client, project, table).json()["report"]["imported"] == 1
    report = send(alice_client, project, table).json()["report"]
    assert report["imported"] == 0
    assert report["left_out"][0]["reason"] == "Duplicate: the project has this box with the same text."
    assert Region.objects.count() == 1


def test_a_dry_run_reports_and_keeps_nothing(alice_client: APIClient, project: Project, make_image: MakeImage) -> None:
    make_image("0.jpg")
    answer = send(alice_client, project, HEADER + "0.png,A,10,60,20,40\n", dry_run="true", label="plate")
    assert answer.json()["report"]["imported"] == 1
    assert answer.json()["report"]["notes"] == ["Labels made: plate."]
    assert not Region.objects.exists()
    assert not Label.objects.exists()
    assert not Import.objects.exists()
    assert Image.objects.get().version == 1


@pytest.mark.parametrize(
    ("existing", "header", "cells", "option", "used"),
    [
        (["date", "plate"], "", "", "", "date"),
        (["date", "plate"], "", "", "plate", "plate"),
        ([], "", "", "", "text"),
        (["date"], ",label", ",total", "", "total"),
        (["date"], ",label", ",", "plate", "plate"),
    ],
    ids=["the first label", "the one chosen", "none yet", "a column names it", "an empty cell"],
)
def test_which_label_a_row_gets(
    existing: list[str], header: str, cells: str, option: str, used: str, alice_client: APIClient, project: Project,
    make_image: MakeImage,
) -> None:  # fmt: skip
    for name in existing:
        alice_client.post(f"/api/v1/projects/{project.id}/labels", {"name": name})
    make_image("0.jpg")
    send(alice_client, project, HEADER.strip() + header + f"\n0.png,A,10,60,20,40{cells}\n", label=option)
    assert Region.objects.get().label.name == used
    assert Label.objects.count() == len({*existing, used})


@pytest.mark.parametrize(
    ("table", "options", "status", "sentence"),
    [
        ("name,box\n", {}, 400, "The table has no column files"),
        (HEADER, {"format": "voc"}, 400, "Known are tutorial-csv, manifest."),
        ("", {}, 400, "annot_file.csv is empty."),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_whole(
    table: str, options: dict[str, str], status: int, sentence: str, alice_client: APIClient, project: Project
) -> None:
    answer = send(alice_client, project, table, **options)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]["message"]
    assert not Import.objects.exists()


def test_a_long_table_is_taken_in_by_the_worker_once(
    project: Project, alice: User, label: Label, make_image: MakeImage, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "ROWS_AT_ONCE", 500)
    for n in range(8):
        make_image(f"{n}.jpg", size=(80, 60))
    places = [(n % 8, n // 8 % 19 * 4, n // 152 * 5) for n in range(501)]
    lines = [f"{n}.png,T{x}-{y},{x},{x + 3},{y},{y + 4}" for n, x, y in places]
    made = imports.take_table(
        project, alice, name="long.csv", data=(HEADER + "\n".join(lines)).encode(), format_key="tutorial-csv"
    )
    assert (made.state, made.total) == ("waiting", 501)
    assert valkey.llen("default") == 1
    intake.run(made.id)
    made.refresh_from_db()
    assert (made.state, made.done, made.report["imported"]) == ("done", 501, 501)
    intake.run(made.id)
    assert Region.objects.count() == 501
    assert not default_storage.exists(made.file)


def test_without_a_broker_a_long_table_is_refused_and_nothing_stays(
    alice_client: APIClient, project: Project, label: Label, valkey: Any, settings: Settings
) -> None:
    socket = Path(settings.REDIS_URL.removeprefix("unix://"))
    away = socket.rename(socket.with_suffix(".away"))
    forget_connections()
    try:
        answer = send(alice_client, project, HEADER + "0.png,A,10,60,20,40\n" * 5001)
    finally:
        away.rename(socket)
        forget_connections()
    assert answer.status_code == 503
    assert not Import.objects.exists()


def forget_connections() -> None:
    pools.reset()
    app._after_fork()  # type: ignore[attr-defined]


def test_what_is_exported_is_what_was_imported(
    alice_client: APIClient, bob_client: APIClient, project: Project, label: Label, make_image: MakeImage
) -> None:
    for n in range(4):
        make_image(f"{n}.png")
    rows = [
        ["0.png", "MH15-TC-554", "10", "60", "20", "40"],
        ["0.png", 'a "quoted", one', "10.5", "60.25", "50", "70"],
        ["2.png", "=1+1", "0", "160", "0", "120"],
        ["3.png", "कख 12", "1", "2.125", "3", "4"],
    ]
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([HEADER.strip().split(","), *rows])
    assert send(alice_client, project, table.getvalue()).json()["report"]["left_out"] == []
    answer = bob_client.get(f"/api/v1/projects/{project.id}/export?format=tutorial-csv")
    assert answer["Content-Disposition"] == 'attachment; filename="plates.csv"'
    safe = table.getvalue().replace("=1+1", "'=1+1")  # see test_exports.py
    assert content_of(answer).decode() == safe
    assert bob_client.get(f"/api/v1/projects/{project.id}/export?format=voc").status_code == 400


def test_the_manifest_carries_sides_quads_and_negatives(
    alice_client: APIClient, project: Project, label: Label, make_image: MakeImage
) -> None:
    for n in range(3):
        make_image(f"{n}.png")
    quad = [[10.0, 10.0], [60.0, 14.0], [60.0, 34.0], [10.0, 30.0]]
    lines: list[dict[str, Any]] = [
        {"image": "images/0.png", "split": "test", "regions": [{"label": "number_plate", "quad": quad, "text": "KL"}]},
        {"image": "images/1.png", "split": "train", "regions": []},
        {"image": "images/9.png", "split": "train", "regions": []},
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines)
    report = send(alice_client, project, content, format="manifest").json()["report"]
    assert report["imported"] == 1
    assert [(left["row"], left["name"]) for left in report["left_out"]] == [(3, "images/9.png")]
    kept = {i.name: (i.split, i.state) for i in Image.objects.all()}
    assert kept == {"0.png": ("test", "annotated"), "1.png": ("train", "annotated"), "2.png": ("", "todo")}
    assert Region.objects.get().quad == quad
    back = content_of(alice_client.get(f"/api/v1/projects/{project.id}/export?format=manifest")).decode()
    assert [json.loads(line) for line in back.splitlines()] == [
        {**lines[0], "image": "0.png"},
        {"image": "1.png", "regions": [], "split": "train"},
    ]


def test_pages_are_named_by_their_number(alice_client: APIClient, project: Project, label: Label, alice: User) -> None:
    content = encoded(blocks((100, 50)), "TIFF", save_all=True, append_images=[blocks((120, 60))])
    send_picture(alice_client, project, content, "scan.tif")
    table = HEADER + "scan.tif#2,A,70,110,20,40\nscan.tif,B,10,30,20,40\n"
    assert send(alice_client, project, table).json()["report"]["imported"] == 2
    assert {(r.image.page, r.text) for r in Region.objects.select_related("image")} == {(1, "A"), (0, "B")}
    exported = content_of(alice_client.get(f"/api/v1/projects/{project.id}/export")).decode().splitlines()[1:]
    assert sorted(exported) == sorted(table.splitlines()[1:])


def test_suggestions_stay_at_home(
    alice_client: APIClient, project: Project, image: Image, label: Label, alice: User
) -> None:
    box = quads.of_box((1, 1, 50, 20))
    labelling.save_all(image, alice, [(label, box, "GUESS", 0.4)], origin=Origin.SUGGESTION)
    labelling.save_all(image, alice, [(label, quads.of_box((60, 60, 90, 80)), "SURE", None)], origin=Origin.PERSON)
    content = content_of(alice_client.get(f"/api/v1/projects/{project.id}/export")).decode()
    assert "SURE" in content
    assert "GUESS" not in content


def test_imports_are_listed_newest_first(alice_client: APIClient, project: Project, label: Label) -> None:
    for n in range(2):
        send(alice_client, project, HEADER + f"{n}.png,A,1,2,3,4\n")
    listed = alice_client.get(f"/api/v1/projects/{project.id}/imports").json()
    assert [row["report"]["left_out"][0]["name"] for row in listed] == ["1.png", "0.png"]
    assert alice_client.get("/api/v1/formats").json()[0]["key"] == "tutorial-csv"
