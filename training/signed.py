"""Links to stored pictures that work without signing in, for a while."""

from django.core import signing
from django.urls import reverse

from accounts.errors import NotFound

SALT = "glyphsmith.signed-picture"
HOURS = 24
LONG_HOURS = 24 * 30


def link(key: str, origin: str, *, hours: int = HOURS, turn: int = 0) -> str:
    """An address below `origin` of a stored picture that expires; `turn` shows it turned left by so many degrees."""
    token = signing.dumps({"key": key, "hours": hours, "turn": turn}, salt=SALT, compress=True)
    return origin + reverse("signed-file", args=[token])


def opened(token: str) -> tuple[str, int]:
    """The storage key a link stands for, and its turn. Raises NotFound for one that was altered or has expired."""
    try:
        hours = signing.loads(token, salt=SALT)["hours"]
        said = signing.loads(token, salt=SALT, max_age=hours * 3600)
        return str(said["key"]), int(said["turn"])
    except signing.BadSignature:
        raise NotFound("This link has expired or was never valid. Ask for the prediction again.") from None
