"""How long a write waits for somebody else's: PostgreSQL would wait for ever, and hold a web thread as long."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from server.environment import LOCK_SECONDS


def limit() -> None:
    connection_created.connect(_set, dispatch_uid="lock_waits")


def _set(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """By a statement, not as a parameter of the connection, which poolers such as PgBouncer refuse."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
