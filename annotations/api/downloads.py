"""Files that are given out to be saved: streamed, and under a name that says whose they are."""

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from django.http import StreamingHttpResponse

LONGEST = 60  # characters of a name before its ending: below 255 bytes in any script


def download(pieces: Iterator[bytes], content_type: str, name: str) -> StreamingHttpResponse:
    """What fails on the way breaks the connection off, so that no part of a file passes for the whole."""
    answer = StreamingHttpResponse(pieces, content_type=content_type)
    answer["Content-Disposition"] = disposition(name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def disposition(name: str) -> str:
    """The name in its own letters for browsers, and without them for programs that know only the old form."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if plain == name:
        return f'attachment; filename="{name}"'
    stem, dot, extension = plain.rpartition(".")
    return f"attachment; filename=\"{stem.strip('-') or 'download'}{dot}{extension}\"; filename*=UTF-8''{quote(name)}"


def file_stem(title: str) -> str:
    """Letters, their marks, digits and dashes of a title: a file name on every system, in any script."""
    title = unicodedata.normalize("NFC", title).lower()
    kept = "".join(letter if letter == "_" or unicodedata.category(letter)[0] in "LMN" else "-" for letter in title)
    return "-".join(part for part in kept.split("-") if part)[:LONGEST].strip("-") or "project"
