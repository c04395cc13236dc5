"""The archive of an installation, and that it starts again from it."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from accounts import installation
from accounts.models import User
from annotations.models import Image, Project
from runner.console import Stop
from server import backups, database_file, preparation

Backed = Callable[[str], tuple[Path, list[str]]]


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backups")


@pytest.fixture
def back_up(elsewhere: Path) -> Backed:
    def to(name: str) -> tuple[Path, list[str]]:
        said: list[str] = []
        return backups.back_up(elsewhere / name, said.append), said

    return to


def with_picture(data: Path) -> Path:
    alice = User.objects.create_user("alice@example.org", "a-long-enough-password")
    project = Project.objects.create(name="Plates", created_by=alice)
    keys = [f"{folder}/{project.id}/{uuid4()}.jpg" for folder in ("images", "thumbnails")]
    for key in keys:
        (data / "media" / key).parent.mkdir(parents=True)
        (data / "media" / key).write_bytes(b"a picture" * 1000)
    Image.objects.create(
        project=project, name="a.jpg", file=keys[0], thumbnail=keys[1], width=1, height=1, bytes=1, sha256="",
        phash="", uploaded_by=alice,
    )  # fmt: skip
    return data / "media" / keys[0]


@pytest.fixture
def running(database: Path, data_dir: Path) -> Path:
    """A data folder in use: a picture, a model, a mail, and what processes keep there."""
    preparation.prepare(lambda _: None)
    with_picture(data_dir)
    for name in ("runs/r/bundle/bundle.json", "outbox/one.eml", "secret_key", "removed/kept-for-a-while.jpg"):
        (data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (data_dir / name).write_text(f"the content of {name}")
    for name in ("run/processes.json", "logs/web.log", "tmp/upload", "valkey/log", "valkey.broken-2026/log", "reserve"):
        (data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (data_dir / name).write_text("not to be kept")
    database.with_name(f"{database.name}.before-2026-01-01T00-00-00-abc").write_text("an older copy")
    return data_dir


def unpacked(archive: Path) -> Path:
    subprocess.run(["tar", "-xf", archive.name], cwd=archive.parent, check=True)
    return archive.parent / backups.top_of(archive)


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_an_archive_that_is_made_while_others_write_starts_again_as_it_was(
    ending: str, running: Path, back_up: Backed, settings: Settings
) -> None:
    picture = Image.objects.get().file
    with closing(sqlite3.connect(running / "glyphsmith.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE annotations_project SET name = 'half written'")
        archive, said = back_up(f"monday{ending}")
        writer.execute("ROLLBACK")
    connection.close()
    assert said[-1].startswith(f"{archive} is whole: 8 files")
    assert "missing" not in " ".join(said)
    folder = unpacked(archive)
    assert folder.stat().st_mode & 0o077 == 0
    settings.DATA_DIR, settings.MEDIA_ROOT, settings.RUNS_DIR = folder, folder / "media", folder / "runs"
    connection.settings_dict["NAME"] = str(folder / "glyphsmith.sqlite3")
    preparation.prepare(said.append)
    assert installation.belongs()
    assert Project.objects.get().name == "Plates"
    assert (folder / "media" / picture).read_bytes() == b"a picture" * 1000
    assert (folder / "outbox" / "one.eml").read_text() == "the content of outbox/one.eml"


def test_what_a_start_makes_anew_is_left_out_and_nothing_else(running: Path, back_up: Backed) -> None:
    archive, _ = back_up("all.tar")
    folder = unpacked(archive)
    found = {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}
    assert found == {"glyphsmith.sqlite3", "installation", "media", "outbox", "removed", "runs", "secret_key"}


def test_media_on_a_disk_of_its_own_is_taken_along(running: Path, elsewhere: Path, back_up: Backed) -> None:
    shutil.move(running / "media", elsewhere / "large disk")
    (running / "media").symlink_to(elsewhere / "large disk")
    archive, said = back_up("all.tar")
    assert not any("missing" in line for line in said)
    assert len(list((unpacked(archive) / "media").rglob("*.jpg"))) == 2


def test_an_archive_is_its_owners_alone_and_nothing_lies_beside_it(running: Path, back_up: Backed) -> None:
    archive, _ = back_up("all.tar")
    assert archive.stat().st_mode & 0o077 == 0
    assert list(archive.parent.iterdir()) == [archive]


def test_in_a_folder_the_archive_is_named_by_the_time(running: Path, elsewhere: Path, back_up: Backed) -> None:
    archive, _ = back_up(".")
    assert archive.parent == elsewhere
    assert archive.name.startswith("glyphsmith-20")


def test_a_file_that_the_database_names_and_that_is_gone_is_told(running: Path, back_up: Backed) -> None:
    picture = f"media/{Image.objects.get().file}"
    (running / picture).unlink()
    _, said = back_up("all.tar")
    assert f"1 files that the database names are missing in the data folder, and so in the backup, for example {picture}." in said  # fmt: skip  # noqa: E501


def test_a_backup_that_is_there_is_not_overwritten(running: Path, elsewhere: Path, back_up: Backed) -> None:
    (elsewhere / "all.tar").write_text("of yesterday")
    with pytest.raises(Stop, match="is not overwritten"):
        back_up("all.tar")
    assert (elsewhere / "all.tar").read_text() == "of yesterday"


@pytest.mark.parametrize(("name", "words"), [("all.zip", "must end in one of .tar"), ("none/all.tar", "no folder")])
def test_where_it_cannot_be_written_is_said(name: str, words: str, running: Path, back_up: Backed) -> None:
    with pytest.raises(Stop, match=words):
        back_up(name)


def test_the_data_folder_is_no_place_for_its_backup(running: Path) -> None:
    with pytest.raises(Stop, match="lies in the data folder itself"):
        backups.back_up(running / "media" / "all.tar", lambda _: None)


def test_a_damaged_database_is_said_and_leaves_no_archive(running: Path, elsewhere: Path, back_up: Backed) -> None:
    file = running / "glyphsmith.sqlite3"
    connection.close()
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("CREATE TABLE filler (words TEXT)")
        opened.executemany("INSERT INTO filler VALUES (?)", [("word " * 100,)] * 5000)
        opened.commit()
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(file.read_bytes())
    whole[-80_000:-40_000] = b"\xa5" * 40_000
    file.write_bytes(whole)
    with pytest.raises(Stop, match=f"{file} is damaged"):
        back_up("all.tar")
    assert list(elsewhere.iterdir()) == []


def test_without_a_database_there_is_nothing_to_back_up(file: Path, data_dir: Path, back_up: Backed) -> None:
    with pytest.raises(Stop, match="nothing to back up"):
        back_up("all.tar")
    assert not file.exists()


def test_another_database_than_the_folders_is_not_backed_up(running: Path, elsewhere: Path, back_up: Backed) -> None:
    connection.close()
    connection.settings_dict["NAME"] = str(elsewhere / "mistyped.sqlite3")
    with pytest.raises(Stop, match="is missing or empty"):
        back_up("all.tar")
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_becomes_shorter_while_it_is_copied_does_not_break_the_archive(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("short")
    with (tmp_path / "log.txt").open("rb") as opened:
        exact = backups.Exact(opened, 8)
        assert exact.read(4) + exact.read(100) == b"short\0\0\0"
    assert exact.fell_short


@pytest.mark.skipif("database_file.path() is not None", reason="of database servers")
def test_of_a_database_server_the_files_are_kept_and_its_dump_is_asked_for(installed: Path, back_up: Backed) -> None:
    with_picture(installed)
    archive, said = back_up("all.tar")
    assert "pg_dump --format=custom --file=glyphsmith.dump" in said[0]
    assert f"{archive} is whole: 3 files" in said[-1]
    assert database_file.path() is None
