"""Text as people type it, brought into the one form that is kept."""

import re
import unicodedata
from pathlib import PurePosixPath

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


def file_name(name: str) -> str:
    """The last part of a path as it was uploaded, printable, at most 255 characters with its ending kept."""
    last = PurePosixPath(name.replace("\\", "/")).name
    printable = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip()
    if len(printable) <= LONGEST_NAME:
        return printable or "unnamed"
    ending = PurePosixPath(printable).suffix[:20]
    return printable[: LONGEST_NAME - len(ending)] + ending


def stem(name: str) -> str:
    """The name without its ending, in lower case: `IMG_7.JPG` and `img_7.png` have the same."""
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name).lower()


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 image`, `1,200 images`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
