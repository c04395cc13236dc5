"""Databases as files of their own, in the test's data folder."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def prepared(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows, to be copied."""
    if connection.vendor != "sqlite":
        pytest.skip("of SQLite files")
    made = tmp_path_factory.mktemp("prepared") / "glyphsmith.sqlite3"
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as source, closing(sqlite3.connect(made)) as copy:
        source.backup(copy)
    return made


@pytest.fixture
def file(data_dir: Path, prepared: Path, django_db_blocker: pytest.FixtureRequest) -> Iterator[Path]:
    """Where this test's database is to lie: DATA/glyphsmith.sqlite3, missing as yet."""
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(data_dir / "glyphsmith.sqlite3")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield data_dir / "glyphsmith.sqlite3"
    connection.close()
    connection.settings_dict["NAME"] = before


@pytest.fixture
def database(file: Path, prepared: Path) -> Path:
    """An older installation's database: prepared, and without an id."""
    return Path(shutil.copy(prepared, file))
