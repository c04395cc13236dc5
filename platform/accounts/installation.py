"""Which data folder and which database belong together: DATA/installation and one row of the database have one id.

Whatever removes files because no row names them asks `belongs` first: to another database every file looks like that.
"""

import os
import secrets
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

from accounts.models import Installation

FILE = "installation"


def belongs() -> bool:
    """Whether this data folder and this database have the same id; asked of both anew, and cheap."""
    here = folder_id()
    return here is not None and here == database_id()


def folder_id() -> UUID | None:
    """None where there is none, and where the file holds anything else."""
    try:
        return UUID((Path(settings.DATA_DIR) / FILE).read_text().strip())
    except (OSError, ValueError):
        return None


def database_id() -> UUID | None:
    """Raises DatabaseError where the database was never prepared."""
    return Installation.objects.values_list("uuid", flat=True).first()


def stamp() -> UUID:
    """Give folder and database the id that one of them has, or a new one where neither has.

    The row comes first: after a crash between the two, the database still names the folder's pictures.
    """
    row, _ = Installation.objects.get_or_create(only=1, defaults={"uuid": folder_id() or uuid4()})
    if folder_id() != row.uuid:
        _write(Path(settings.DATA_DIR) / FILE, row.uuid)
    return row.uuid


def _write(path: Path, identifier: UUID) -> None:
    """Whole or not at all, for its owner alone."""
    made = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{identifier}\n")
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
