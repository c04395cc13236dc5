"""Files that belong together are stored together, or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

Store = Callable[[str, bytes], str]
"""(key, content) → the key under which it is stored"""


@contextmanager
def together() -> Iterator[Store]:
    """What was stored inside is removed again when something inside fails: the next file, or the row that names them.

    Otherwise files that no row names would lie on a full disk until the daily sweep.
    """
    keys: list[str] = []

    def store(key: str, content: bytes) -> str:
        keys.append(default_storage.save(key, ContentFile(content)))
        return keys[-1]

    try:
        yield store
    except BaseException:
        for key in keys:
            with suppress(OSError):
                default_storage.delete(key)
        raise
