"""Room on the disk: what writes much is refused while little is left, so that reading and small writes go on."""

from pathlib import Path

from django.conf import settings

from accounts.errors import Refusal
from runner import disk


class NoRoom(Refusal):
    """507 Insufficient Storage: the request may be right, and can be sent again when there is room."""

    def __init__(self, message: str, *, free: int, needed: int) -> None:
        super().__init__(message, code="no_room", status=507, detail={"free": free, "needed": needed})


def folders() -> list[Path]:
    """What is written to lies here; each may be a disk of its own."""
    return [Path(settings.DATA_DIR), Path(settings.MEDIA_ROOT), Path(settings.RUNS_DIR)]


def free() -> int:
    return disk.free(*folders())


def is_short() -> bool:
    return free() < settings.MIN_FREE_BYTES


def is_nearly_gone() -> bool:
    """So little is left that work which is under way, and writes much, had better stop where it can go on later."""
    return free() < settings.MIN_FREE_BYTES // 5


def check(needed: int = 0) -> None:
    """Raises NoRoom where storing `needed` bytes would leave less than must stay free."""
    left = free()
    if left - needed < settings.MIN_FREE_BYTES:
        raise refusal(left, needed)


def refusal(left: int, needed: int = 0) -> NoRoom:
    wants = f"this needs {megabytes(needed)}, and " if needed > 1_000_000 else ""
    return NoRoom(
        f"The server's disk is nearly full: {megabytes(left)} are free; {wants}{megabytes(settings.MIN_FREE_BYTES)} "
        "must stay free. Nothing was stored. Ask whoever runs this server to free some space, then send it again.",
        free=left,
        needed=needed + settings.MIN_FREE_BYTES,
    )


def is_full(error: BaseException | None) -> bool:
    """Whether an error comes from a full disk, whoever met it first: a file, the database, the broker, this module."""
    return isinstance(error, NoRoom) or disk.is_full(error, Path(settings.DATA_DIR))


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
