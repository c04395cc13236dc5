"""Writes that are not worth waiting for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def not_waiting() -> Iterator[None]:
    """While somebody else writes, SQLite lets a write inside fail at once, instead of after its 20 seconds.

    On PostgreSQL rows are locked one by one: there is nothing to wait for but another write of the same row.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(before)}")
