"""The id that a data folder and its database share."""

import stat
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts import installation
from accounts.models import Installation


def test_a_new_folder_and_a_new_database_get_one_id(data_dir: Path, db: None) -> None:
    assert not installation.belongs()
    made = installation.stamp()
    assert installation.belongs()
    assert UUID((data_dir / "installation").read_text().strip()) == made == Installation.objects.get().uuid
    assert stat.S_IMODE((data_dir / "installation").stat().st_mode) == 0o600


def test_the_id_stays(installed: Path) -> None:
    assert installation.stamp() == installation.stamp()
    assert [path.name for path in installed.glob("*inst*")] == ["installation"]


def test_a_folder_with_another_id_does_not_belong(installed: Path) -> None:
    (installed / "installation").write_text(f"{uuid4()}\n")
    assert not installation.belongs()


def test_a_folder_with_an_id_and_a_database_without_do_not_belong(installed: Path) -> None:
    Installation.objects.all().delete()
    assert not installation.belongs()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"an id"])
def test_a_file_that_holds_no_id_belongs_to_nothing(installed: Path, content: bytes) -> None:
    (installed / "installation").write_bytes(content)
    assert not installation.belongs()


def test_a_database_is_one_installation(installed: Path) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Installation.objects.create(only=2, uuid=uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        Installation.objects.create(only=1, uuid=uuid4())
