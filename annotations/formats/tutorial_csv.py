"""The table of the Nanonets number-plate tutorial: `files,text,xmin,xmax,ymin,ymax`, one upright box a row.

Columns are found by name and others ignored, but for `label`, which may name the field of each row.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from annotations import quads
from annotations.formats.rows import BadFile, Fault, Format, RegionRow, Row, Written, pieces

NUMBERS = ("xmin", "xmax", "ymin", "ymax")
NUMBER = re.compile(r"[+-][0-9][0-9.,]*")  # begins like a formula and is none
BEGINS = "'*[=+\\-@\\t\\r＝＋－＠]"  # also the wide forms, which some spreadsheets take for the same
FORMULA = re.compile(rf"(^|;)(?={BEGINS})")
MADE_HARMLESS = re.compile(rf"(^|;)'(?={BEGINS})")
OTHER_NAMES = {"file": "files", "filename": "files", "image": "files"}


def read(data: bytes) -> Iterator[Row]:
    content = decoded(data)
    delimiter = sniffed(content)
    table = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    try:
        header = next(table, [])
        columns = found_columns(header)
        for cells in table:
            if any(cell.strip() for cell in cells):
                yield read_row(table.line_num, cells, columns, comma_decimals=delimiter != ",")
    except csv.Error as error:
        raise BadFile(f"Line {table.line_num} of the table cannot be read: {error}.") from None


def decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 by its mark; else what spreadsheets on Windows write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def sniffed(content: str) -> str:
    header = content.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=header.count)


def found_columns(header: list[str]) -> dict[str, int]:
    named = [cell.strip().strip('"').lower() for cell in header]
    columns = {OTHER_NAMES.get(name, name): at for at, name in reversed(list(enumerate(named)))}
    missing = [name for name in ("files", "text", *NUMBERS) if name not in columns]
    if missing:
        raise BadFile(
            f"The table has no column {' and no column '.join(missing)}. Its first line must name the columns "
            f"files, text, xmin, xmax, ymin and ymax; it names {', '.join(header[:12]) or 'nothing'}."
        )
    return columns


def read_row(number: int, cells: list[str], columns: dict[str, int], *, comma_decimals: bool) -> Row:
    def cell(name: str) -> str:
        at = columns.get(name, len(cells))
        return as_meant(cells[at]) if at < len(cells) else ""

    name = cell("files").strip()
    if not name:
        return Fault(number, "", "No file is named.")
    values = []
    for column in NUMBERS:
        written = cell(column).strip()
        value = as_number(written.replace(",", ".") if comma_decimals else written)
        if value is None:
            return Fault(number, name, f"{column} is “{written}”, which is not a number.")
        values.append(value)
    left, right, top, bottom = values
    if right <= left or bottom <= top:
        return Fault(number, name, "The box has no size: xmax must be above xmin, and ymax above ymin.")
    quad = quads.of_box((left, top, right, bottom))
    return RegionRow(number, name, quad, cell("text"), cell("label").strip() or None, upright=True)


def as_number(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def write(pictures: Iterable[Written], labels: Sequence[str]) -> Iterator[bytes]:
    """A region that is not upright goes out as the box around it. `label` is written where there are several."""
    return pieces(lines_of(pictures, labels))


def lines_of(pictures: Iterable[Written], labels: Sequence[str]) -> Iterator[str]:
    several = len(labels) > 1
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["files", "text", *NUMBERS, *(["label"] if several else [])])
    for picture in pictures:
        for label, quad, content in picture.regions:
            if not several and label not in labels:
                raise ChangedMeanwhile(label)
            left, top, right, bottom = (as_written(edge) for edge in quads.bounding_box(quad))
            named = [harmless(label)] if several else []
            table.writerow([harmless(picture.name), harmless(content), left, right, top, bottom, *named])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


class ChangedMeanwhile(Exception):
    """A second label was used for the first time while a table without a column for it was being written."""


def harmless(cell: str) -> str:
    """As a spreadsheet shows it rather than reckons with it: with an apostrophe before what begins a formula.

    A semicolon ends a cell where spreadsheets part cells by it, so a formula may begin behind one.
    """
    return cell if NUMBER.fullmatch(cell) else FORMULA.sub(r"\1'", cell)


def as_meant(cell: str) -> str:
    """What `harmless` was given."""
    return MADE_HARMLESS.sub(r"\1", cell)


def as_written(edge: float) -> str:
    return str(int(edge)) if edge == int(edge) else repr(edge)


FORMAT = Format(
    key="tutorial-csv",
    name="Table of boxes (CSV)",
    description="One row a box: files, text, xmin, xmax, ymin, ymax; a column label where there are several labels.",
    extension="csv",
    content_type="text/csv; charset=utf-8",
    read=read,
    write=write,
)
