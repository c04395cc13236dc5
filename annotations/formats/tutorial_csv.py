"""The table of the Nanonets number-plate tutorial: `files,text,xmin,xmax,ymin,ymax`, one upright box a row.

Columns are found by name and others ignored, but for `label`, which may name the field of each row.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from annotations import code_pages, quads
from annotations.formats.cells import cells_of, records, split_lines
from annotations.formats.rows import BadFile, Fault, Format, RegionRow, Remark, Row, Written, pieces
from annotations.texts import one_line, shown

NUMBERS = ("xmin", "xmax", "ymin", "ymax")
NUMBER = re.compile(r"[+-][0-9][0-9.,]*")  # begins like a formula and is none
BEGINS = "'*[=+\\-@\\t\\r＝＋－＠]"  # also the wide forms, which some spreadsheets take for the same
FORMULA = re.compile(rf"(^|;)(?={BEGINS})")
MADE_HARMLESS = re.compile(rf"(^|;)'(?={BEGINS})")
OTHER_NAMES = {"file": "files", "filename": "files", "image": "files"}
DELIMITER_TOLD = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # the first line that spreadsheets want and write
MOST_TITLES = 20  # lines above the one that names the columns
STRAY = "A quote in it is opened and not closed, so it was taken as part of the text. See what the text should be."
SEVERAL = "A cell in quotes goes over several lines; a text keeps its lines."


def read(data: bytes) -> Iterator[Row | Remark]:
    content, page = decoded(data)
    lines = split_lines(content)
    header = found_header(lines)
    yield from header.titles
    if page:
        yield Remark(None, f"It is not UTF-8; it was read in the code page {page}. See whether its texts are right.")

    def row(number: int, cells: list[str]) -> Row:
        return read_row(number, cells, header.columns, comma_decimals=header.delimiter != ",")

    def is_row(cells: list[str]) -> bool:
        return isinstance(row(0, cells), RegionRow)

    for record in records(lines, header.end, header.delimiter, is_row):
        yield row(record.row, record.cells)
        if record.stray:
            yield Remark(record.row, STRAY)
        elif record.lines > 1:
            yield Remark(record.row, SEVERAL)


def decoded(data: bytes) -> tuple[str, str]:
    """UTF-8 with or without its mark, UTF-16 by its mark; else what spreadsheets write, and which code page that is."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), ""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        page = code_pages.guessed(data.splitlines(), code_pages.IN_TABLES)
        return data.decode(page, errors="replace"), code_pages.NAMES.get(page, "")


@dataclass(frozen=True)
class Header:
    """Where each column stands, what parts the cells, and the line (from 0) with which the rows begin."""

    columns: dict[str, int]
    delimiter: str
    end: int
    titles: list[Remark]


def found_header(lines: Sequence[str]) -> Header:
    """The first line that names the columns, and what was passed over before it. Raises BadFile where there is none."""
    told = DELIMITER_TOLD.fullmatch(lines[0].strip())
    passed: list[tuple[int, list[str]]] = []
    for at in range(1 if told else 0, min(len(lines), MOST_TITLES + 1)):
        delimiter = told[1] if told else max(",;\t", key=lines[at].count)
        cells = cells_of(lines[at], delimiter)
        columns = columns_of(cells)
        if not missing_of(columns):
            return Header(columns, delimiter, at + 1, [title(number, passed_over) for number, passed_over in passed])
        if any(cell.strip() for cell in cells):
            passed.append((at, cells))
    named = passed[0][1] if passed else []
    raise BadFile(
        f"The table has no column {' and no column '.join(missing_of(columns_of(named)))}. Its first line must name "
        f"the columns files, text, xmin, xmax, ymin and ymax; it names {shown(', '.join(named[:12])) or 'nothing'}."
    )


def title(at: int, cells: list[str]) -> Remark:
    said = shown(" ".join(cell.strip() for cell in cells if cell.strip()))
    return Remark(None, f"Line {at + 1}, “{said}”, stands above the names of the columns and was passed over.")


def columns_of(header: list[str]) -> dict[str, int]:
    named = [one_line(cell).strip('"').lower() for cell in header]
    return {OTHER_NAMES.get(name, name): at for at, name in reversed(list(enumerate(named)))}


def missing_of(columns: dict[str, int]) -> list[str]:
    return [name for name in ("files", "text", *NUMBERS) if name not in columns]


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
