"""What a start looks at before it starts: whether the database is whole, of this release, and this folder's."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from accounts import installation
from accounts.models import Installation, User
from annotations.models import Image, Project
from runner.console import Stop
from server import adoption, belonging, database_file, preparation

NEWEST = ("accounts", "0002_installation")


def prepare() -> list[str]:
    said: list[str] = []
    preparation.prepare(said.append)
    connection.close()
    return said


def refusal() -> str:
    with pytest.raises(Stop) as stop:
        preparation.prepare(lambda _: None)
    connection.close()
    return str(stop.value)


def with_picture(data: Path) -> Path:
    """A project with an image, of which the file lies in the folder."""
    alice = User.objects.create_user("alice@example.org", "a-long-enough-password")
    project = Project.objects.create(name="Plates", created_by=alice)
    picture = stray_picture(data, str(project.id))
    Image.objects.create(
        project=project, name="a.jpg", file=str(picture.relative_to(data / "media")), width=1, height=1, bytes=1,
        sha256="", phash="", uploaded_by=alice,
    )  # fmt: skip
    return picture


def stray_picture(data: Path, project: str = "") -> Path:
    picture = data / "media" / "images" / (project or str(uuid4())) / f"{uuid4()}.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    return picture


def stray_model(data: Path) -> Path:
    model = data / "runs" / str(uuid4()) / "bundle" / "bundle.json"
    model.parent.mkdir(parents=True)
    model.write_text("{}")
    return model


# --- One folder, one database ---


def test_a_new_folder_and_a_new_database_become_one_installation(file: Path, data_dir: Path) -> None:
    assert prepare() == []
    assert installation.belongs()
    assert prepare() == []


@pytest.mark.parametrize("stray", [stray_picture, stray_model], ids=["pictures", "models"])
@pytest.mark.parametrize("emptied", [False, True], ids=["missing", "empty"])
def test_pictures_without_a_database_are_refused_and_no_database_is_made(
    emptied: bool, stray: Callable[[Path], Path], file: Path, data_dir: Path
) -> None:
    kept = stray(data_dir)
    if emptied:
        file.touch()
    said = refusal()
    assert f"The data folder {data_dir} holds pictures or models, but the database {file} is missing or empty." in said
    assert "--data" in said
    assert "backup" in said
    assert kept.exists()
    assert (file.stat().st_size == 0) if emptied else not file.exists()
    assert sorted(path.name for path in data_dir.iterdir()) == sorted(
        ["media", "outbox", "runs", *(["glyphsmith.sqlite3"] if emptied else [])]
    )


def test_a_database_that_goes_missing_is_refused_even_where_no_picture_lies_yet(database: Path, data_dir: Path) -> None:
    prepare()
    database.unlink()
    assert f"{data_dir} has a database already, but the database {database} is missing or empty." in refusal()
    assert not database.exists()


def test_another_database_is_refused_and_stays_as_it_is(database: Path, prepared: Path, data_dir: Path) -> None:
    prepare()
    picture = with_picture(data_dir)
    connection.close()
    other = data_dir.parent / f"{data_dir.name}-other.sqlite3"
    connection.settings_dict["NAME"] = str(other)
    assert f"but the database {other} is missing or empty" in refusal()
    assert not other.exists()
    shutil.copy(prepared, other)
    assert f"but the database {other} knows none of them" in refusal()
    assert not Installation.objects.exists()
    Installation.objects.create(uuid=uuid4())
    assert f"belongs to another database than the database {other}." in refusal()
    assert picture.exists()


def test_a_database_that_knows_none_of_the_pictures_is_refused(database: Path, data_dir: Path) -> None:
    kept = stray_picture(data_dir)
    assert "knows none of them" in refusal()
    assert kept.exists()
    assert not Installation.objects.exists()
    assert not (data_dir / "installation").exists()


def test_an_older_installation_is_marked_at_its_next_start(database: Path, data_dir: Path) -> None:
    with_picture(data_dir)
    stray_picture(data_dir)  # a crash may have left it
    prepare()
    assert installation.belongs()


def test_a_copy_of_the_database_from_before_it_was_marked_may_come_back(database: Path, data_dir: Path) -> None:
    with_picture(data_dir)
    prepare()
    marked = installation.folder_id()
    Installation.objects.all().delete()
    prepare()
    assert installation.database_id() == marked == installation.folder_id()


def test_a_database_alone_is_refused_where_its_pictures_are_not(database: Path, data_dir: Path) -> None:
    with_picture(data_dir)
    shutil.rmtree(data_dir / "media")
    (data_dir / "media").mkdir()
    assert f"The database {database} lists images or runs, but the data folder {data_dir} holds none" in refusal()
    assert not (data_dir / "installation").exists()


def test_what_is_known_to_belong_together_can_be_said_to(database: Path, data_dir: Path) -> None:
    stray_picture(data_dir)
    assert "files of 1 projects and 0 runs" in adoption.what_it_means()
    assert "knows all but 1 of them" in adoption.what_it_means()
    refusal()
    assert adoption.adopt(lambda _: None).endswith("belong together now.")
    prepare()
    assert installation.belongs()
    assert "already" in adoption.what_it_means()


def test_a_missing_database_cannot_be_adopted(file: Path, data_dir: Path) -> None:
    stray_picture(data_dir)
    with pytest.raises(Stop, match="is missing or empty"):
        adoption.adopt(lambda _: None)
    assert not file.exists()


# --- Workers that are started apart; on each kind of database ---


def admit() -> list[str]:
    said: list[str] = []
    belonging.admit_worker(said.append)
    return said


def test_a_worker_on_another_machine_may_begin_with_an_empty_folder(
    installed: Path, settings: Settings, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = installation.database_id()
    settings.DATA_DIR = tmp_path_factory.mktemp("worker")
    settings.MEDIA_ROOT, settings.RUNS_DIR = settings.DATA_DIR / "media", settings.DATA_DIR / "runs"
    (said,) = admit()
    assert f"{settings.DATA_DIR} belongs to" in said
    assert installation.folder_id() == before == installation.database_id()
    assert admit() == []


def test_a_worker_with_another_installations_folder_is_refused(installed: Path) -> None:
    (installed / "installation").write_text(str(uuid4()))
    with pytest.raises(Stop, match="belongs to another database"):
        admit()


def test_a_worker_with_pictures_that_the_database_does_not_know_is_refused(installed: Path) -> None:
    (installed / "installation").unlink()
    stray_picture(installed)
    with pytest.raises(Stop, match="knows none of them"):
        admit()
    assert not (installed / "installation").exists()


def test_a_worker_waits_for_no_database_that_is_not_there_yet(file: Path, data_dir: Path) -> None:
    assert admit() == []
    assert not file.exists()


# --- A database that is broken, or newer ---


def large(file: Path) -> None:
    """Many pages, written back into the file itself."""
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("CREATE TABLE filler (words TEXT)")
        opened.executemany("INSERT INTO filler VALUES (?)", [("word " * 100,)] * 5000)
        opened.commit()
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def garbage(file: Path) -> None:
    file.write_bytes(b"\xdf\x00no database" * 1000)


def halved(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwritten(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 40_000] = b"\xa5" * 40_000
    file.write_bytes(whole)


@pytest.mark.parametrize("broken", [garbage, halved, overwritten])
def test_a_broken_database_is_named_with_what_to_do_and_left_as_it_is(
    broken: Callable[[Path], None], database: Path, data_dir: Path
) -> None:
    prepare()
    large(database)
    broken(database)
    left = database.read_bytes()
    said = refusal()
    assert f"The database {database} is damaged (" in said
    assert "backup" in said
    assert "Traceback" not in said
    assert "\n" not in said
    assert database.read_bytes() == left


def test_looking_through_a_database_ends_in_time() -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    interrupted = pytest.raises(sqlite3.OperationalError, match="interrupted")
    with closing(sqlite3.connect(":memory:")) as opened, interrupted, database_file.interrupted_after(0.0, opened):
        opened.execute(endless).fetchone()


def test_data_of_a_newer_version_is_refused(database: Path, data_dir: Path) -> None:
    prepare()
    MigrationRecorder(connection).record_applied("annotations", "0099_of_the_future")
    said = refusal()
    assert "was used by a newer version of Glyphsmith than this one" in said
    assert "annotations.0099_of_the_future" in said
    assert not database_file.kept_copies(database)


def test_an_app_that_is_here_no_more_makes_no_data_newer(database: Path, data_dir: Path) -> None:
    MigrationRecorder(connection).record_applied("socialaccount", "0001_initial")
    prepare()


# --- The copy from before an update ---


def age() -> None:
    """As a release before the newest migrations left it."""
    call_command("migrate", "accounts", "0001", verbosity=0, skip_checks=True)
    connection.close()


def test_before_an_update_the_database_is_kept(database: Path, data_dir: Path) -> None:
    with_picture(data_dir)
    age()
    (said,) = prepare()
    (kept,) = database_file.kept_copies(database)
    assert str(kept) in said
    assert kept.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(kept)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("SELECT name FROM annotations_image").fetchall() == [("a.jpg",)]
        assert not opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'accounts_installation'").fetchall()
    assert installation.belongs()


def test_where_nothing_is_to_be_updated_no_copy_is_made(database: Path, data_dir: Path) -> None:
    prepare()
    prepare()
    assert database_file.kept_copies(database) == []


def test_of_copies_a_few_are_kept_and_one_of_each_state(database: Path) -> None:
    for number, state in enumerate(["first", "second", "third", "third", "fourth"]):
        old = database.with_name(f"{database.name}.before-2026-01-0{number + 1}T00-00-00-{state}")
        shutil.copy(database, old)
    kept = database_file.keep_copy("third")
    assert kept is not None
    assert [copy.name.rpartition("-")[2] for copy in database_file.kept_copies(database)] == [
        "second",
        "fourth",
        "third",
    ]


def test_where_no_copy_can_be_kept_nothing_is_updated(database: Path, data_dir: Path) -> None:
    age()
    longest = database.rename(data_dir / ("long" * 60))  # its copies' names are too long for the file system
    connection.settings_dict["NAME"] = str(longest)
    said = refusal()
    assert f"The database {longest} must be brought up to date" in said
    assert "Nothing was changed" in said
    assert NEWEST not in MigrationRecorder(connection).applied_migrations()
