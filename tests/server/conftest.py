"""Databases as files of their own, and a web that is really started."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from accounts import keys
from accounts.models import User
from annotations.models import Membership, Project, Role
from tests import web_process
from tests.cast import PASSWORD

MOST_BYTES = 3_000_000  # of one file that the live web takes


@pytest.fixture(scope="session")
def prepared(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An SQLite file with all tables and no rows, to be copied."""
    if connection.vendor != "sqlite":
        pytest.skip("of SQLite files")
    made = tmp_path_factory.mktemp("prepared") / "glyphsmith.sqlite3"
    source = Path(connection.settings_dict["NAME"])
    if source.exists():
        with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(made)) as copy:
            opened.backup(copy)
    else:  # no test of this session has asked for the tests' database
        with used(made), django_db_blocker.unblock():
            call_command("migrate", verbosity=0, skip_checks=True)
    return made


@pytest.fixture
def file(data_dir: Path, prepared: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """Where this test's database is to lie: DATA/glyphsmith.sqlite3, missing as yet."""
    with used(data_dir / "glyphsmith.sqlite3") as file, django_db_blocker.unblock():
        yield file


@contextmanager
def used(file: Path) -> Iterator[Path]:
    """This file is Django's database meanwhile."""
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(file)
    try:
        yield file
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@pytest.fixture
def database(file: Path, prepared: Path) -> Path:
    """An older installation's database: prepared, and without an id."""
    return Path(shutil.copy(prepared, file))


@dataclass(frozen=True)
class Site:
    """A running web with one project of Alice's. It believes X-Forwarded-For, to be asked from many addresses."""

    address: str
    key: str
    project: Project

    @property
    def images(self) -> str:
        return f"{self.address}/api/v1/projects/{self.project.pk}/images"

    @property
    def upload_file(self) -> str:
        return f"{self.address}/api/v2/OCR/Model/{self.project.pk}/UploadFile/"


@pytest.fixture(scope="session")
def live_site(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("web")
    database = Path(shutil.copy(prepared, data / "glyphsmith.sqlite3"))
    with used(database), django_db_blocker.unblock():
        alice = User.objects.create_user("alice@example.org", name="Alice")
        alice.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)  # as the product takes it
        alice.save()
        project = Project.objects.create(name="Plates", created_by=alice)
        Membership.objects.create(project=project, user=alice, role=Role.OWNER)
        key = keys.make(alice, "test")[1]
    limits = {
        "MAX_UPLOAD_BYTES": str(MOST_BYTES),
        "MAX_ARCHIVE_BYTES": str(MOST_BYTES),
        "WEB_CONCURRENCY": "2",
        "PROXIES": "1",
    }
    with web_process.running(data, f"sqlite:///{database}", **limits) as address:
        yield Site(address, key, project)
