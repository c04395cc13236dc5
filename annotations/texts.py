"""Text as people type it, brought into the one form that is kept."""

import re
import unicodedata
from pathlib import PurePosixPath

from accounts import json_text
from accounts.errors import Refusal

LONGEST_TEXT = 500
LONGEST_NAME = 255


def region_text(text: str) -> str:
    """NFC, trimmed, its white space as single blanks. Refuses control characters and more than 500 characters."""
    kept = " ".join(unicodedata.normalize("NFC", text).split())
    strange = next((c for c in kept if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn")), None)
    if strange is not None:
        raise _refused(f"The text holds a character that cannot be printed (U+{ord(strange):04X}).")
    if len(kept) > LONGEST_TEXT:
        raise _refused(f"The text is {len(kept)} characters long; at most {LONGEST_TEXT} are kept for one region.")
    return kept


def _refused(message: str) -> Refusal:
    return Refusal(message, code="bad_text", fields={"text": [message]})


def kept_as_sent(text: str, name: str) -> str:
    """What is handed back to whoever sent it, unread. Refuses what PostgreSQL or an answer cannot hold."""
    if "\0" in text or json_text.printable(text) != text:
        raise Refusal(f"{name} holds NUL or half a surrogate pair, which cannot be kept.")
    return text


def shown(text: str) -> str:
    """In a report: what cannot be printed is written out as Python does it (\\x00), a text without end is cut."""
    seen = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: LONGEST_TEXT + 1])
    return seen if len(text) <= LONGEST_TEXT else seen[:LONGEST_TEXT] + "…"


def file_name(name: str) -> str:
    """The last part of a path as it was uploaded, printable, at most 255 characters with its ending kept."""
    last = PurePosixPath(name.replace("\\", "/")).name
    printable = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip()
    if len(printable) <= LONGEST_NAME:
        return "unnamed" if printable in ("", ".", "..") else printable
    ending = PurePosixPath(printable).suffix[:20]
    return printable[: LONGEST_NAME - len(ending)] + ending


def stem(name: str) -> str:
    """The name without its ending, in lower case: `IMG_7.JPG` and `img_7.png` have the same."""
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name).lower()


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 image`, `1,200 images`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
