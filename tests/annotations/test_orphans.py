"""Files that no row names: aside for 30 days first, back when a row names them, and untouched where most look so."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Installation
from annotations import orphans, sweeping
from annotations import tasks as annotations_tasks
from annotations.models import Image, Project
from tests.annotations.conftest import MakeImage
from training import tasks as training_tasks

pytestmark = pytest.mark.usefixtures("installed")
MakeOrphan = Callable[..., Path]


@pytest.fixture
def make_orphan(project: Project, data_dir: Path) -> MakeOrphan:
    """A file of two days ago that no row names."""

    def make(folder: str = "images", name: str = "") -> Path:
        path = data_dir / "media" / folder / str(project.id) / (name or f"{uuid4()}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        age(path)
        return path

    return make


def age(*paths: Path) -> None:
    then = time.time() - timedelta(days=2).total_seconds()
    for path in paths:
        os.utime(path, (then, then))


def once_a_day() -> None:
    annotations_tasks.sweep_deleted()
    training_tasks.sweep_removed()


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_a_file_that_no_row_names_lies_in_the_trash_for_30_days(
    make_image: MakeImage, make_orphan: MakeOrphan, data_dir: Path
) -> None:
    make_image()
    kept = files(data_dir / "media")
    left = [make_orphan(folder) for folder in ("images", "thumbnails", "imports", "snapshots", "predictions")]
    once_a_day()
    assert files(data_dir / "media") == kept
    aside = data_dir / "trash" / timezone.now().date().isoformat()
    assert files(aside) == {path.relative_to(data_dir) for path in left}
    sweeping.sweep(timezone.now() + timedelta(days=29))
    assert len(files(aside)) == len(left)
    sweeping.sweep(timezone.now() + timedelta(days=32))
    assert not aside.exists()


def test_a_file_of_today_may_still_get_its_row(make_orphan: MakeOrphan) -> None:
    path = make_orphan()
    path.touch()
    once_a_day()
    assert path.exists()


def test_a_start_with_an_empty_database_removes_nothing_and_says_why(
    project: Project, make_orphan: MakeOrphan, data_dir: Path, administrator_client: APIClient, valkey: redis.Redis
) -> None:
    pictures = [make_orphan() for _ in range(12)]
    runs = [data_dir / "runs" / str(uuid4()) / "bundle.json" for _ in range(12)]
    for run in runs:
        run.parent.mkdir()
        run.touch()
        age(run.parent)
    project.delete()
    once_a_day()
    assert all(path.exists() for path in (*pictures, *runs))
    told = administrator_client.get("/api/v1/system").json()["health"]
    assert told["status"] == "degraded"
    assert not told["checks"]["files"]["ok"]
    assert "12 of 12 pictures of images are named by no row of the database" in told["checks"]["files"]["message"]
    assert "12 of 12 folders of runs" in told["checks"]["files"]["message"]


def test_where_most_are_orphans_and_a_person_says_so_they_are_moved(make_orphan: MakeOrphan, data_dir: Path) -> None:
    pictures = [make_orphan() for _ in range(12)]
    said = StringIO()
    call_command("sweep", stderr=said)
    assert "--even-most" in said.getvalue()
    assert all(path.exists() for path in pictures)
    call_command("sweep", "--even-most", stdout=said)
    assert not any(path.exists() for path in pictures)
    assert len(files(data_dir / "trash")) == 12
    assert orphans.noted() == []


def test_where_folder_and_database_do_not_belong_together_nothing_is_removed(
    make_image: MakeImage, make_orphan: MakeOrphan, data_dir: Path
) -> None:
    Image.objects.filter(id=make_image().id).update(deleted_at=timezone.now() - timedelta(days=31))
    make_orphan()
    before = files(data_dir / "media")
    Installation.objects.update(uuid=uuid4())
    once_a_day()
    assert files(data_dir / "media") == before
    assert "do not belong together" in orphans.noted()[0]


def test_a_restored_database_finds_its_files_again(
    make_image: MakeImage, data_dir: Path, alice_client: APIClient, eager_tasks: None
) -> None:
    image = make_image()
    age(*(data_dir / "media").rglob("*.*"))
    Image.objects.all().delete()
    once_a_day()
    assert not (data_dir / "media" / image.file).exists()
    image.save(force_insert=True)
    annotations_tasks.put_back_at_start()
    for address in ("file", "thumbnail"):
        assert alice_client.get(f"/media/images/{image.id}/{address}").status_code == 200
    assert files(data_dir / "trash") == set()


def test_what_is_no_id_is_passed_over_and_stops_nothing(make_orphan: MakeOrphan, data_dir: Path) -> None:
    strays = [
        data_dir / "media" / "predictions" / "lost+found" / "a.png",
        data_dir / "runs" / f"{uuid4()}-old" / "log.txt",
        data_dir / "runs" / "lost+found" / "a",
        data_dir / "media" / "images" / "notes.txt",
        data_dir / "media" / "images" / str(uuid4()) / ".nfs0001",
    ]
    for stray in strays:
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.touch()
        age(stray, stray.parent)
    folder = data_dir / "runs" / str(uuid4())
    folder.mkdir()
    age(folder)
    page = make_orphan("predictions")
    once_a_day()
    assert all(stray.exists() for stray in strays)
    assert not folder.exists()
    assert not page.exists()


def test_one_that_cannot_be_moved_does_not_stop_the_others(make_orphan: MakeOrphan, data_dir: Path) -> None:
    first, second = make_orphan("images"), make_orphan("thumbnails")
    in_the_way = data_dir / "trash" / timezone.now().date().isoformat() / "media" / "images"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.touch()
    once_a_day()
    assert [first.exists(), second.exists()] == [True, False]


def test_one_that_cannot_be_removed_does_not_stop_the_others(make_image: MakeImage, data_dir: Path) -> None:
    first, second = make_image(), make_image()
    in_the_way = (data_dir / "media" / first.thumbnail).parent
    shutil.rmtree(in_the_way)
    in_the_way.touch()  # a file where their folder should be
    Image.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    once_a_day()
    assert not Image.objects.exists()
    assert not any((data_dir / "media" / image.file).exists() for image in (first, second))
