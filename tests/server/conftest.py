"""Databases as files of their own, in the test's data folder."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker


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
