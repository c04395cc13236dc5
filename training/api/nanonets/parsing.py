"""The `data` field of uploads, in every form that clients send it."""

import math
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from accounts import json_text
from accounts.errors import Refusal
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
    filename: str
    boxes: tuple[Box, ...]


def entries(written: str | bytes | None) -> list[Entry]:
    """`[{"filename": …, "object": …}]`. Raises Refusal naming the entry and what is wrong with it."""
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


def entry_for(listed: list[Entry], filename: str, position: int, of: int) -> Entry | None:
    """The entry of an uploaded file: by its name, or by its place where as many were sent and none has that name."""
    for wanted in (filename, basename(filename)):
        for entry in listed:
            if wanted in (entry.filename, basename(entry.filename)):
                return entry
    return listed[position] if len(listed) == of == 1 else None


def basename(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _entry(entry: dict[str, Any], number: int) -> Entry:
    filename = entry.get("filename")
    if not isinstance(filename, str) or not filename:
        raise Refusal(f"Entry {number} of `data` has no filename.")
    return Entry(filename, tuple(_box(one, filename) for one in _objects(entry.get("object"), filename)))


def _objects(sent: Any, filename: str) -> list[dict[str, Any]]:
    """A list; or one object alone, or nothing at all, as converters from XML write it."""
    if not sent:
        return []
    listed = [sent] if isinstance(sent, dict) else sent
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Refusal(f"{filename}: `object` must be a list of fields.")
    return listed


def _box(one: dict[str, Any], filename: str) -> Box:
    name, sides = one.get("name"), one.get("bndbox")
    if not isinstance(name, str) or not one_line(name):
        raise Refusal(f"{filename}: a field has no name.")
    if not isinstance(sides, dict):
        raise Refusal(f"{filename}: the field {name} has no bndbox.")
    try:
        xmin, ymin, xmax, ymax = (float(sides[side]) for side in SIDES)
        if not all(math.isfinite(side) for side in (xmin, ymin, xmax, ymax)):
            raise ValueError
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Refusal(f"{filename}: the bndbox of {name} needs the numbers xmin, ymin, xmax and ymax.") from None
    if not (xmin < xmax and ymin < ymax):
        raise Refusal(f"{filename}: the bndbox of {name} has no area.")
    text = one.get("ocr_text")
    return Box(one_line(name), xmin, ymin, xmax, ymax, "" if text is None else str(text).strip())
