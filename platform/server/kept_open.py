"""One connection to an SQLite database, open for as long as a web process lives.

Whoever closes the last connection removes the files beside the database (-wal, -shm), and whoever comes next makes them
anew. On a full disk they cannot be made, so that even reading fails. Each request opens and closes its own connection;
this one keeps the files in being, and with them the room they have.
"""

import logging
import os
import threading
from typing import Any

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)
_kept: dict[int, BaseDatabaseWrapper] = {}
_lock = threading.Lock()


def keep(**_: Any) -> None:
    """Called as a request begins, so that it is opened in the process that answers: none may be carried over a fork."""
    if os.getpid() in _kept or connection.vendor != "sqlite":
        return
    with _lock:
        if os.getpid() not in _kept:
            _open()


def _open() -> None:
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master").fetchone()  # the files are made when something is read
    except DatabaseError as error:  # the request itself will say it; the next one tries again
        logger.warning("The database cannot be kept open: %s", error)
    else:
        _kept[os.getpid()] = own
