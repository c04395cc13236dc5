"""`manifest.jsonl`, what a training run reads: one line an image, with its side of the split and its quadrilaterals."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from accounts import json_text
from annotations import quads
from annotations.formats.rows import BadFile, Fault, Format, PictureRow, RegionRow, Row, Written, pieces


def read(data: bytes) -> Iterator[Row]:
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("The file is not UTF-8 text.") from None
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield from read_line(number, line)


def read_line(number: int, line: str) -> Iterator[Row]:
    try:
        picture = json_text.read(line)
    except json_text.NotJson as error:
        yield Fault(number, "", f"The line {error.reason}.")
        return
    if not isinstance(picture, dict) or not isinstance(picture.get("image"), str):
        yield Fault(number, "", "The line names no image.")
        return
    name = picture["image"]
    split = picture.get("split", "")
    if split not in ("", "train", "test"):
        yield Fault(number, name, "split must be train or test.")
        return
    regions = picture.get("regions", [])
    if not isinstance(regions, list):
        yield Fault(number, name, "regions must be a list.")
        return
    absent = picture.get("absent", [])
    if not isinstance(absent, list) or not all(isinstance(label, str) for label in absent):
        yield Fault(number, name, "absent must be a list of labels' names.")
        return
    there = {region.get("label") for region in regions if isinstance(region, dict)}
    for label in (label for label in absent if label in there):
        yield Fault(number, name, f"“{label}” is in absent, and there is a region of it.")
    missing = tuple(label for label in dict.fromkeys(absent) if label not in there)
    yield PictureRow(number, name, split, complete=not regions, absent=missing)
    for region in regions:
        yield read_region(number, name, region)


def read_region(number: int, name: str, region: Any) -> Row:
    if not isinstance(region, dict):
        return Fault(number, name, "A region must be an object with label, quad and text.")
    text, label = region.get("text"), region.get("label")
    if not (text is None or isinstance(text, str)) or not (label is None or isinstance(label, str)):
        return Fault(number, name, "A region's label and text must be strings.")
    try:
        quad = quads.parsed(region.get("quad"))
    except quads.BadQuad as error:
        return Fault(number, name, error.message)
    return RegionRow(number, name, quad, text or "", label)


def write(pictures: Iterable[Written], labels: Sequence[str]) -> Iterator[bytes]:
    return pieces(line_of(picture) for picture in pictures)


def line_of(picture: Written) -> str:
    regions = [{"label": label, "quad": quad, "text": text or None} for label, quad, text in picture.regions]
    line: dict[str, Any] = {"image": picture.name, "regions": regions}
    if picture.absent:
        line["absent"] = list(picture.absent)
    if picture.split:
        line["split"] = picture.split
    return json.dumps(line, ensure_ascii=False) + "\n"


FORMAT = Format(
    key="manifest",
    name="Manifest (JSON lines)",
    description="One line an image: its side of the split, and its regions with label, quadrilateral and text.",
    extension="jsonl",
    content_type="application/jsonl; charset=utf-8",
    read=read,
    write=write,
)
