"""The symbols a reader can write, and their ids, which stay the same from version to version."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.engine.spec import EngineError

BLANK_ID = 0
NULL_NAME = "<nul>"  # how FSNS charset files write the id that stands for nothing

_FSNS_LINE = re.compile(r"(\d+)\t(.+)", re.DOTALL)


class CharsetError(EngineError):
    """A text or file does not fit the charset."""


class MissingSymbols(CharsetError):
    """`symbols` holds the characters the charset lacks, sorted."""

    def __init__(self, text: str, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        named = ", ".join(f"{symbol!r} (U+{ord(symbol):04X})" for symbol in self.symbols)
        super().__init__(f"The charset has no {named}, found in {text!r}.")


def clean_text(text: str) -> str:
    """The text as it is learned: NFC, rows parted by single line feeds, no other control characters, ends stripped."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    for separator in ("\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        composed = composed.replace(separator, "\n")
    spaced = "".join(
        " " if symbol != "\n" and unicodedata.category(symbol) in ("Cc", "Cs") else symbol for symbol in composed
    )
    rows = (row.strip() for row in spaced.split("\n"))
    return "\n".join(row for row in rows if row)


def one_line(text: str) -> str:
    """A cleaned text without row breaks: what one reading of one strip of pixels can say."""
    return text.replace("\n", " ")


@dataclass(frozen=True)
class Charset:
    """`symbols[id]` is one character; id 0 is the blank of CTC (and the null of FSNS records), written as ""."""

    symbols: tuple[str, ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        if not self.symbols or self.symbols[BLANK_ID] != "":
            raise CharsetError("A charset starts with its blank, the empty text.")
        ids = {symbol: index for index, symbol in enumerate(self.symbols) if symbol}
        if len(ids) != len(self.symbols) - 1:
            raise CharsetError("A charset holds every symbol once.")
        if any(len(symbol) != 1 for symbol in ids):
            raise CharsetError("A charset holds single characters.")
        if "\n" in ids:
            raise CharsetError("A line feed parts rows and cannot be a symbol.")
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Charset":
        """The characters of the texts, ordered by code point."""
        return cls(("",)).extend(texts)

    def extend(self, texts: Iterable[str]) -> "Charset":
        """This charset with the texts' new characters after its own: ids already given stay."""
        new = {symbol for text in texts for symbol in one_line(text)} - self._ids.keys()
        return Charset(self.symbols + tuple(sorted(new))) if new else self

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._ids

    def missing(self, text: str) -> tuple[str, ...]:
        return tuple(sorted(set(one_line(text)) - self._ids.keys()))

    def encode(self, text: str) -> list[int]:
        """Ids of the text's characters, row breaks as spaces. Raises MissingSymbols naming what the charset lacks."""
        try:
            return [self._ids[symbol] for symbol in one_line(text)]
        except KeyError:
            raise MissingSymbols(text, self.missing(text)) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids; blanks say nothing."""
        return "".join(self.symbols[index] for index in ids)

    def save_fsns(self, path: Path) -> None:
        """`charset-labels.txt`: one `id<TAB>character` a line, the blank as `<nul>`."""
        names = [NULL_NAME, *self.symbols[1:]]
        path.write_bytes("".join(f"{index}\t{name}\n" for index, name in enumerate(names)).encode())

    @classmethod
    def load_fsns(cls, path: Path) -> "Charset":
        """Reads any FSNS charset file whose null is id 0. Raises CharsetError naming file and line."""
        symbols = {code: "" if name == NULL_NAME else name for code, name in read_fsns(path).items()}
        if sorted(symbols) != list(range(len(symbols))):
            raise CharsetError(f"{path}: the ids do not run from 0 to {len(symbols) - 1} without a gap.")
        return cls(tuple(symbols[index] for index in range(len(symbols))))


def read_fsns(path: Path) -> dict[int, str]:
    """The name of each id in an FSNS charset file of any null: a character or `<nul>`.

    Raises CharsetError naming file and line. TensorFlow's own reader skips a line it does not understand with a
    warning, and then counts one class too few.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CharsetError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CharsetError(f"{path} is not UTF-8 text.") from error
    names: dict[int, str] = {}
    for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
        match = _FSNS_LINE.fullmatch(line)
        if match is None:
            raise CharsetError(f"{path}, line {number}: expected a number, a tab and a character.{_hint(line)}")
        code, name = int(match[1]), match[2].removesuffix("\r") or match[2]
        if code in names:
            raise CharsetError(f"{path}, line {number}: the id {code} was there before.")
        names[code] = name
    return names


def _hint(line: str) -> str:
    """What became of a line, where that is likely."""
    if re.fullmatch(r"\d+\s*", line):
        return " Was the character a space? Many editors strip it from the end of a line: write it there again."
    if re.fullmatch(r"\d+ +\S+\s*", line):
        return " There are spaces instead of the tab."
    return ""


_FAMILIES = ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def likely_symbols(texts: Iterable[str]) -> str:
    """Symbols new texts of this kind may bring: a space, and the whole of each ASCII family the texts draw from."""
    seen = {symbol for text in texts for symbol in text}
    return " " + "".join(family for family in _FAMILIES if seen & set(family))
