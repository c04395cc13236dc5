"""What a format gives and takes: plain values, known to no database."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from accounts.errors import Refusal
from annotations.quads import Quad


class BadFile(Refusal):
    """The file as a whole cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="bad_file")


@dataclass(frozen=True)
class RegionRow:
    """One region as the file has it. `row` counts as an editor does, from 1. `upright`: the file knows only boxes."""

    row: int
    name: str
    quad: Quad
    text: str
    label: str | None = None
    upright: bool = False


@dataclass(frozen=True)
class PictureRow:
    """What the file says of a whole picture: its side of the split; `complete` when nothing else is on it.

    `absent`: names of labels that somebody said are not on it.
    """

    row: int
    name: str
    split: str = ""
    complete: bool = False
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """A row that is left out, and why."""

    row: int
    name: str
    reason: str


@dataclass(frozen=True)
class Remark:
    """What to know about a row that is taken all the same; without a row, about the file."""

    row: int | None
    sentence: str


Row = RegionRow | PictureRow | Fault


@dataclass(frozen=True)
class Written:
    """A picture to be written, by the name its users know, with its regions as (label, quad, text)."""

    name: str
    split: str
    regions: tuple[tuple[str, Quad, str], ...]
    absent: tuple[str, ...] = ()


PIECE = 1 << 16  # bytes


def pieces(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines of a file as they come, in pieces worth sending; the first one at once."""
    waiting, size = [], PIECE
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


@dataclass(frozen=True)
class Format:
    """One kind of annotation file; `read` or `write` is None where it only goes one way.

    `write` gets the pictures and the names of the labels in use, and gives the file out in pieces.
    """

    key: str
    name: str
    description: str
    extension: str
    content_type: str
    read: Callable[[bytes], Iterator[Row | Remark]] | None = None
    write: Callable[[Iterable[Written], Sequence[str]], Iterator[bytes]] | None = None
