"""The `data` field of uploads, in every form that clients send it.

What is wrong with one field or one entry is kept as a sentence beside those that are right, so that nothing else is
lost for it. Only `data` that is no list at all is refused as a whole.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from accounts import json_text
from accounts.errors import Refusal
from annotations import labels
from annotations.texts import one_line

SIDES = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True)
class Box:
    """One field as sent: absolute pixels of the upright picture; `text` empty where none was sent."""

    label: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`faults`: a sentence for each field that cannot be taken. `nothing`: the picture was looked at, and has none."""

    filename: str
    boxes: tuple[Box, ...] = ()
    faults: tuple[str, ...] = ()
    nothing: bool = False


def entries(written: str | bytes | None) -> list[Entry]:
    """`[{"filename": …, "object": …}]`. Raises Refusal where it is no list of objects."""
    if not written or not written.strip():
        return []
    try:
        listed = json_text.read(written)
    except json_text.NotJson as error:
        raise Refusal(f"The part `data` {error.reason}.") from None
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise Refusal('The part `data` must be a list, as in [{"filename": "1.jpg", "object": […]}].')
    return [_entry(entry, number) for number, entry in enumerate(listed, start=1)]


def basename(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _entry(entry: dict[str, Any], number: int) -> Entry:
    filename = entry.get("filename")
    if not isinstance(filename, str) or not filename:
        return Entry("", faults=(f"Entry {number} of `data` has no filename, so its fields were not taken.",))
    sent = entry.get("object")
    found = list(_fields(sent, filename))
    boxes = tuple(one for one in found if isinstance(one, Box))
    faults = tuple(one for one in found if isinstance(one, str))
    # Our own list of annotations says which of its images nobody has looked at yet.
    return Entry(filename, boxes, faults, nothing=sent == [] and entry.get("state") != "todo")


def _fields(sent: Any, filename: str) -> Iterator[Box | str]:
    """Of a list; or of one object alone, or of nothing at all, as converters from XML write it."""
    if not sent:
        return
    listed = [sent] if isinstance(sent, dict) else sent
    if not isinstance(listed, list):
        yield f"{filename}: `object` must be a list of fields."
        return
    for one in listed:
        try:
            yield _box(one, filename)
        except Refusal as refusal:
            yield refusal.message


def _box(one: Any, filename: str) -> Box:
    if not isinstance(one, dict):
        raise Refusal(f"{filename}: `object` must be a list of fields.")
    name = one.get("name")
    if not isinstance(name, str) or not one_line(name):
        raise Refusal(f"{filename}: a field has no name.")
    xmin, ymin, xmax, ymax = _sides(one.get("bndbox"), name, filename)
    return Box(labels.checked_name(name), xmin, ymin, xmax, ymax, _text(one, name, filename))


def _sides(sides: Any, name: str, filename: str) -> tuple[float, float, float, float]:
    if not isinstance(sides, dict):
        raise Refusal(f"{filename}: the field {name} has no bndbox.")
    try:
        xmin, ymin, xmax, ymax = (_number(sides[side]) for side in SIDES)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Refusal(f"{filename}: the bndbox of {name} needs the numbers xmin, ymin, xmax and ymax.") from None
    if not (xmin < xmax and ymin < ymax):
        raise Refusal(f"{filename}: the bndbox of {name} has no area.")
    return xmin, ymin, xmax, ymax


def _number(sent: Any) -> float:
    """Converters from XML write some of them as text."""
    if isinstance(sent, bool) or not math.isfinite(number := float(sent)):
        raise ValueError
    return number


def _text(one: dict[str, Any], name: str, filename: str) -> str:
    """Only what was sent as text: 0012 as a number is 12, and that is not what stands in the picture."""
    text = one.get("ocr_text")
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Refusal(
            f"{filename}: the ocr_text of {name} is {json.dumps(text, ensure_ascii=False)[:60]}, which is no text. "
            "Send it in quotes, exactly as it stands in the picture, or leave it out where nothing is typed."
        )
    return text.strip()
