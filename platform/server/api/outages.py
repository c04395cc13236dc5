"""What stands in the way of any request for a while and is nobody's doing: a full disk, a database that is busy."""

from collections.abc import Iterator

from django.db.utils import Error as DatabaseError

from accounts import room
from accounts.errors import Refusal

RETRY_SECONDS = 5
SQLITE_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
SQLSTATES = (  # PostgreSQL's
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available: lock_timeout is over
    "57014",  # query_canceled: statement_timeout is over
)


def outage(error: BaseException | None) -> Refusal | None:
    """The answer to an error that passes by itself or by making room; None for every other."""
    if error is None or isinstance(error, Refusal):
        return None
    if room.is_full(error):
        return room.refusal(room.free())
    return busy() if is_locked(error) else None


def busy() -> Refusal:
    return Refusal(
        "The database is busy with somebody else's long work, such as a large import. Nothing of this was saved; "
        "try again in a few seconds.",
        code="busy",
        status=503,
        retry_after=RETRY_SECONDS,
    )


def is_locked(error: BaseException) -> bool:
    """Whether the database gave up waiting for a lock, or asks to try again."""
    return isinstance(error, DatabaseError) and any(_says_locked(one) for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    if error.__cause__ is not None:
        yield error.__cause__


def _says_locked(error: BaseException) -> bool:
    if getattr(error, "sqlstate", None) in SQLSTATES:
        return True
    return (getattr(error, "sqlite_errorname", "") or "").startswith(SQLITE_LOCKED)
