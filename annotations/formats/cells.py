"""Tables in plain text, line by line: no quote that somebody forgot to close may swallow the rows after it.

A cell in quotes may go over several lines where it is closed as it should be: by a quote at its end, all others inside
doubled, and nothing in it that reads like a row of its own. A quote that is not closed so is part of the text, and its
row ends with its line.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

MOST_LINES = 100  # of one row; a text has at most 500 characters
MOST_CHARACTERS = 20_000
IsRow = Callable[[list[str]], bool]
"""Whether cells can be a row of the table."""


@dataclass(frozen=True)
class Record:
    """A row as the file has it. `row`: its first line, counted from 1. `stray`: a quote in it is not closed."""

    row: int
    cells: list[str]
    lines: int = 1
    stray: bool = False


def split_lines(content: str) -> list[str]:
    return content.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def records(lines: Sequence[str], start: int, delimiter: str, is_row: IsRow) -> Iterator[Record]:
    """The rows from line `start` (from 0) on that hold anything."""
    at = start
    while at < len(lines):
        record = _record(lines, at, delimiter, is_row)
        if any(cell.strip() for cell in record.cells):
            yield record
        at += record.lines


def cells_of(line: str, delimiter: str) -> list[str]:
    return _read(line, delimiter)[0]


def _record(lines: Sequence[str], at: int, delimiter: str, is_row: IsRow) -> Record:
    cells, _, stray = _read(lines[at], delimiter)
    if stray:
        several, end, open_still = _read("\n".join(_beginning(lines[at : at + MOST_LINES])), delimiter)
        over = lines[at : at + 1 + end.count("\n")]
        if len(over) > 1 and not open_still and not _swallows(over, delimiter, is_row):
            return Record(at + 1, several, len(over))
    return Record(at + 1, cells, stray=stray)


def _beginning(lines: Sequence[str]) -> Iterator[str]:
    """As many of the lines as one row may have."""
    length = 0
    for line in lines:
        yield line
        length += len(line)
        if length > MOST_CHARACTERS:
            return


def _swallows(over: Sequence[str], delimiter: str, is_row: IsRow) -> bool:
    """Whether lines taken for one row are rows themselves. The first alone may look so where the text comes last in
    it, and the last where it comes first."""
    alone = [is_row(cells_of(line, delimiter)) for line in over]
    return any(alone[1:-1]) or (alone[0] and alone[-1])


def _read(written: str, delimiter: str) -> tuple[list[str], str, bool]:
    """The cells of the row that `written` begins with, all that was read for it, and whether a quote stays open."""
    if '"' not in written:
        line = written.partition("\n")[0]
        return line.split(delimiter), line, False
    quoted, stop = _patterns(delimiter)
    cells, at, stray = list[str](), 0, False
    while True:
        if found := quoted.match(written, at):
            cells.append(found[1].replace('""', '"'))
            end = found.end()
        else:
            stopped = stop.search(written, at)
            end = stopped.start() if stopped else len(written)
            cells.append(written[at:end])
            stray |= cells[-1].lstrip(" ").startswith('"')
        if end == len(written) or written[end] == "\n":
            return cells, written[:end], stray
        at = end + 1


@lru_cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A cell in quotes that is closed as it should be, and what ends any other one."""
    part = re.escape(delimiter)
    return re.compile(rf' *+"((?:[^"]++|"")*+)" *+(?={part}|\n|\Z)'), re.compile(rf"{part}|\n")
