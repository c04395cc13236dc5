"""Reading much at once, as it was at one moment, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside is as it was at the first query; nobody waits for it. Nothing may be written inside.

    The settings' transactions would take SQLite's write lock as they begin; a deferred one never does. Inside another
    transaction this is that transaction's matter.
    """
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        yield
        return
    usual = getattr(connection, "transaction_mode", None)
    try:
        if connection.vendor == "sqlite":
            connection.transaction_mode = "DEFERRED"
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(READ_ONLY)
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = usual
