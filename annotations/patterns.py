"""Patterns that people write for the texts of a label.

They run on an engine without backtracking (RE2): its time grows with the length of the text, while that of Python's own
`re` can double with each letter. What RE2 lacks for that, above all references back and looking around, is refused.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from time import monotonic
from typing import Protocol

import re2

from annotations.models import Label
from annotations.texts import visible

LONGEST = 200
MOST_MEMORY = 2 << 20  # bytes of one compiled pattern, and so a bound of how long one text takes
KEPT = 16  # compiled patterns a process keeps
LATIN_ONLY = (
    "In a pattern “\\d” is 0 to 9 and “\\w” a letter from a to z; “\\p{N}” and “\\p{L}” are those of every script."
)

SPARE_COMMA = re.compile(r"(?<!\\)\{,\d*\}")  # RE2 takes it for five plain characters, others for a count
# The beginning of what RE2 says, and what that means; {found} is the part of the pattern it names.
FAULTS = (
    ("invalid escape sequence: \\u", "Write the character itself, or its number as \\x{{0041}}, instead of “{found}”."),
    ("invalid escape sequence: \\Z", "The whole text is compared anyway; leave out “\\Z”."),
    ("invalid escape sequence: \\k", "“{found}” refers back to what stood before, which is not possible here."),
    ("invalid escape sequence", "“{found}” has no meaning here. A sign that stands for itself is written like “\\.”."),
    ("invalid perl operator: (?P", "“{found}” refers back to what stood before, which is not possible here."),
    ("invalid perl operator", "“{found}” begins something that is not possible here, such as looking ahead or behind."),
    ("bad repetition operator", "“{found}” repeats what is repeated already. One of its signs is enough."),
    ("invalid repetition size", "“{found}” counts wrongly: from less to more, up to 1,000, nested ones multiplied."),
    ("no argument for repetition operator", "Nothing stands before “{found}” that could be repeated."),
    ("missing ]", "A “[” has no “]” that ends it."),
    ("missing )", "A “(” has no “)” that ends it."),
    ("unexpected )", "A “)” has no “(” before it."),
    ("trailing \\", "It ends with a single “\\”; a backslash itself is written “\\\\”."),
    ("invalid named capture group", "“{found}” is no name of a group. A group is written (…)."),
    ("invalid character class range", "“{found}” is no kind and no range of characters."),
    ("pattern too large", "It counts too much of too many characters. Use + or * instead of large numbers."),
)  # fmt: skip


class BadPattern(Exception):
    """`message` says in a sentence what is wrong with it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Compiled(Protocol):
    def fullmatch(self, text: str) -> object | None: ...


@lru_cache(maxsize=KEPT)
def compiled(pattern: str) -> Compiled:
    """Raises BadPattern."""
    if len(pattern) > LONGEST:
        raise BadPattern(f"It is longer than {LONGEST} characters.")
    if spare := SPARE_COMMA.search(pattern):
        counted = spare.group().replace("{,", "{0,")
        raise BadPattern(f"“{spare.group()}” is no count here. Write “{counted}”.")
    options = re2.Options()
    options.max_mem, options.never_capture, options.log_errors = MOST_MEMORY, True, False
    try:
        made: Compiled = re2.compile(pattern, options)
    except UnicodeEncodeError:
        raise BadPattern("It holds half a character.") from None
    except re2.error as error:
        raise BadPattern(sentence(error)) from None
    finally:
        re2.purge()  # the library keeps 128 of its own accord
    return made


def sentence(error: Exception) -> str:
    said = error.args[0] if error.args else b""
    message = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    found = message.partition(": ")[2]
    if re.fullmatch(r"\\[1-9]", found):
        return f"“{found}” refers back to what stood before, which is not possible here."
    known = next((words for begins, words in FAULTS if message.startswith(begins)), "It says: {found}.")
    return known.format(found=found or message)


class Expected:
    """What a label says its texts are: one of its words if it has any, and as its pattern if it has one.

    Made for many texts: each is compared with the pattern once, and all of them within `seconds`.
    """

    def __init__(self, label: Label, seconds: float) -> None:
        self.fault = ""  # what is wrong with a pattern that was stored before it was checked as it is now
        self.uncompared = 0  # texts that were not compared with the pattern, because the time was over
        self._words = frozenset(label.words)
        self._fits: dict[str, bool] = {}
        self._seconds = seconds
        self._pattern: Compiled | None = None
        try:
            self._pattern = compiled(label.pattern) if label.pattern else None
        except BadPattern as bad:
            self.fault = bad.message

    def unlike(self, text: str) -> bool:
        """Whether the text is not as the label says; False where that is not known.

        A text of several lines may be meant as it stands, or as one line.
        """
        return self._unlike(text) and ("\n" not in text or self._unlike(text.replace("\n", " ")))

    def _unlike(self, text: str) -> bool:
        if self._words and text not in self._words:
            return True
        return self._pattern is not None and not self._matches(self._pattern, text)

    def _matches(self, pattern: Compiled, text: str) -> bool:
        known = self._fits.get(text)
        if known is not None:
            return known
        if self._seconds <= 0:
            self.uncompared += 1
            return True
        began = monotonic()
        fits = self._fits[text] = pattern.fullmatch(text) is not None
        self._seconds -= monotonic() - began
        return fits


def is_latin_only(pattern: str) -> bool:
    """Whether it holds one of the short signs that mean less here than to Python."""
    return re.search(r"\\[dws]", pattern) is not None


def unlike(label: Label, texts: Sequence[str], seconds: float = 1.0) -> list[bool]:
    """For each of the texts whether it is not as its label says, as it would be kept."""
    expected = Expected(label, seconds)
    return [expected.unlike(visible(text)) for text in texts]
