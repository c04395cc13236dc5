"""Text as people type it, brought into the one form that is kept."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from accounts import json_text
from accounts.errors import Refusal
from annotations import marks

LONGEST_TEXT = 500
LONGEST_NAME = 255
LONGEST_FOLDERS = 500
LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def region_text(text: str) -> str:
    """As a text is kept. Refuses control characters and more than 500 characters.

    NFC without invisible marks, in the lines it was given in; within a line white space is a single blank, and empty
    lines are none.
    """
    lines = (one_line(line) for line in LINE_END.split(text))
    kept = "\n".join(line for line in lines if line)
    strange = unprintable(kept.replace("\n", ""))
    if strange:
        raise _refused(f"The text holds a character that cannot be printed (U+{ord(strange):04X}).")
    if len(kept) > LONGEST_TEXT:
        raise _refused(f"The text is {len(kept)} characters long; at most {LONGEST_TEXT} are kept for one region.")
    return kept


def one_line(text: str) -> str:
    """As names and words are kept: NFC without invisible marks, all white space as single blanks.

    Two names that look the same are the same.
    """
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """What is seen of it, in the one spelling: what is looked for is found however it was typed."""
    return unicodedata.normalize("NFC", marks.taken_out(text))


def unprintable(kept: str) -> str:
    """The first control character, half surrogate or code that means nothing to anybody else; "" as a rule."""
    return next((c for c in kept if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn")), "")


def was_respaced(text: str) -> bool:
    """Whether several blanks in a line of it become one."""
    return any(" ".join(line.split()) != re.sub(r"\s", " ", line.strip()) for line in LINE_END.split(text))


def was_marked(text: str) -> bool:
    """Whether it comes with invisible marks that go."""
    return marks.taken_out(text) != text


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


def folder_name(path: str) -> str:
    """The folders of a path as it was uploaded or written, printable: `cam1/day 2`; without what leads to them."""
    parts = unicodedata.normalize("NFC", path.replace("\\", "/")).split("/")[:-1]
    printable = ("".join(c for c in part if unicodedata.category(c)[0] != "C").strip() for part in parts)
    folders = [part for part in printable if part not in ("", ".", "..") and not part.endswith(":")]
    while len("/".join(folders)) > LONGEST_FOLDERS:
        folders.pop(0)
    return "/".join(folders)


def stem(name: str) -> str:
    """The name without its ending, in lower case: `IMG_7.JPG` and `img_7.png` have the same."""
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name).lower()


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; nothing of none."""
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + list(names[-1:]))


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 image`, `1,200 images`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
