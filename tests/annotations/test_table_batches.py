"""Tables are saved some rows at a time: others work meanwhile, and what breaks off goes on where it stopped."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from accounts.models import User
from annotations import images, importing, imports, intake, labelling, labels, placing
from annotations.models import Image, Import, Label, Project, Region, RegionEdit
from tests.annotations.conftest import MakeImage
from tests.annotations.test_leases import gone

HEADER = "files,text,xmin,xmax,ymin,ymax,label\n"

pytestmark = pytest.mark.usefixtures("valkey")


class Killed(BaseException):
    """The process is gone: nothing that it would do on its way out is done."""


def table(rows: int, pictures: int) -> bytes:
    places = [(n % pictures, n // pictures % 19 * 4, n // pictures // 19 * 5) for n in range(rows)]
    lines = [f"{n}.png,T{x}-{y},{x},{x + 3},{y},{y + 4},number_plate" for n, x, y in places]
    return (HEADER + "\n".join(lines)).encode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at_once", [5000, 0], ids=["in the request", "in the worker"])
def test_others_save_while_a_table_is_taken_in(
    at_once: int, project: Project, alice: User, bob: User, label: Label, make_image: MakeImage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(imports, "ROWS_AT_ONCE", at_once)
    rows = 1500
    for n in range(15):
        make_image(f"{n}.jpg", size=(80, 120))
    own = make_image("bobs.jpg")

    def take_in() -> None:
        made = imports.take_table(project, alice, name="long.csv", data=table(rows, 15), format_key="tutorial-csv")
        intake.run(made.id)
        connection.close()

    taking = threading.Thread(target=take_in)
    taking.start()
    while taking.is_alive() and not Region.objects.exists():
        time.sleep(0.01)
    before = Region.objects.count()
    labelling.add(bob, own.id, label_id=label.id, quad=[[1, 1], [9, 1], [9, 9], [1, 9]], text="Bob's")
    taking.join()
    assert 0 < before < rows
    assert Region.objects.count() == rows + 1
    assert Import.objects.get().state == "done"


MIXED = (
    HEADER
    + """0.png,A,10,60,20,40,plate
9.png,no such image,10,60,20,40,plate
0.png,again,10,60,20,40,plate
1.png,B  B,10,60,20,40,total
1.png,over the edge,110,170,60,80,
0.png,C,70,100,20,40,plate
0.png,again,70,101,20,40,plate
0.png,a far duplicate,11,60,20,40,plate
2.png, ,10,60,20,40,plate
2.png,D,10,60,20,40,
"""
).encode()


@pytest.fixture
def broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worker is killed after its first batch, which has three rows."""
    monkeypatch.setattr(placing, "ROWS_A_BATCH", 3)

    def killed(running: Import) -> None:
        raise Killed

    monkeypatch.setattr(importing, "make_way", killed)


@pytest.mark.parametrize("at_once", [5000, 0], ids=["begun in the request", "in the worker"])
@pytest.mark.usefixtures("broken_off")
def test_a_table_that_is_broken_off_again_and_again_ends_as_one_that_is_not(
    at_once: int, project: Project, alice: User, make_image: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        make_image(f"{n}.jpg")
    given: dict[str, Any] = {"name": "t.csv", "data": MIXED, "format_key": "tutorial-csv"}
    expected = imports.take_table(project, alice, **given, dry_run=True).report
    assert not Region.objects.exists()
    assert not labels_of(project)
    monkeypatch.setattr(imports, "ROWS_AT_ONCE", at_once)
    monkeypatch.setattr("annotations.leases.ATTEMPTS", 9)
    ends = 0
    try:
        imports.take_table(project, alice, **given)
    except Killed:
        ends += 1
    while (made := Import.objects.get()).done < 10:
        Import.objects.filter(state="running").update(owner_token=gone())
        importing.sweep()
        with pytest.raises(Killed):
            intake.run(made.id)
        ends += 1
    assert ends == 4
    Import.objects.update(owner_token=gone())
    importing.sweep()
    intake.run(made.id)
    made.refresh_from_db()
    assert (made.state, made.done, made.report) == ("done", 10, expected)
    assert sorted(Region.objects.values_list("text", flat=True)) == ["A", "B B", "C", "D", "over the edge"]
    assert (expected["imported"], expected["images"], expected["left_out_count"]) == (5, 3, 5)
    assert labels_of(project) == ["plate", "total", "text"]
    assert RegionEdit.objects.count() == 5
    assert dict(Image.objects.values_list("name", "version")) == {"0.jpg": 3, "1.jpg": 2, "2.jpg": 2}
    assert not default_storage.exists(made.file)


def labels_of(project: Project) -> list[str]:
    return [label.name for label in project.labels.order_by("position")]


def annotate(project: Project, bob: User, image: Image) -> None:
    label = project.labels.get()
    labelling.add(bob, image.id, label_id=label.id, quad=[[10, 20], [60, 20], [60, 40], [10, 40]], text="Bob's")


def delete(project: Project, bob: User, image: Image) -> None:
    images.delete(project, [image.id])


def label(project: Project, bob: User, image: Image) -> None:
    labels.create(project, "total")


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (annotate, ["Duplicate: the project has this box with the text “Bob's”."]),
        (delete, ["The image was deleted in the meantime."] * 2),
        (label, []),
    ],
)
def test_what_changes_between_reading_and_saving_is_judged_again(
    change: Callable[[Project, User, Image], None], reasons: list[str], project: Project, alice: User, bob: User,
    make_image: MakeImage, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    labels.create(project, "plate")
    image = make_image("0.jpg")
    looks = placing.still_holds

    def meanwhile(*arguments: Any) -> bool:
        change(project, bob, image)
        return looks(*arguments)

    monkeypatch.setattr(placing, "still_holds", meanwhile)
    rows = "0.png,A,10,60,20,40,plate\n0.png,B,70,90,20,40,total\n"
    made = imports.take_table(project, alice, name="t.csv", data=(HEADER + rows).encode(), format_key="tutorial-csv")
    assert made.state == "done"
    assert [left["reason"] for left in made.report["left_out"]] == reasons
    assert made.report["imported"] == 2 - len(reasons)
    assert labels_of(project) == (["plate"] if change is delete else ["plate", "total"])
