"""Letters of one alphabet that look like those of another: typed on a keyboard that was set to the wrong language.

Latin, Cyrillic and Greek share shapes; that is all that is compared. Scripts that are written together, such as Han and
Kana or Hangul and Latin, or Arabic letters and digits, share none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

# Of each alphabet the letters that are drawn as Latin ones are, and those.
TWINS = {
    "Cyrillic": ("АВЕЅІЈКМНОРСТУХԚԜаеѕіјорсухԛԝһ", "ABESIJKMHOPCTYXQWaesijopcyxqwh"),
    "Greek": ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ", "ABEZHIKMNOPTYXovp"),
}
LATIN = "Latin"
TO_LATIN = {letter: latin for letters, twins in TWINS.values() for letter, latin in zip(letters, twins, strict=True)}
LATIN_TWINS = frozenset(TO_LATIN.values())
RANGES = (
    (0x41, 0x5A, LATIN), (0x61, 0x7A, LATIN), (0xC0, 0x24F, LATIN), (0x1E00, 0x1EFF, LATIN),
    (0x370, 0x3FF, "Greek"), (0x1F00, 0x1FFF, "Greek"), (0x400, 0x52F, "Cyrillic"), (0x1C80, 0x1C8F, "Cyrillic"),
)  # fmt: skip


OTHERS = re.compile("[\u0370-\u03ff\u0400-\u052f\u1c80-\u1c8f\u1f00-\u1fff]")


def has_others(text: str) -> bool:
    """Whether there may be letters in it that are not Latin."""
    return not text.isascii() and OTHERS.search(text) is not None


@cache
def of(character: str) -> str:
    """Latin, Cyrillic or Greek; "" for all that belongs to none of them."""
    if not character.isalpha():
        return ""
    code = ord(character)
    return next((alphabet for first, last, alphabet in RANGES if first <= code <= last), "")


def has_twin(character: str) -> bool:
    return character in TO_LATIN or character in LATIN_TWINS


@dataclass(frozen=True)
class Word:
    """A word with letters of one of the three alphabets: `clear` if one of them looks like no other alphabet's."""

    alphabet: str
    clear: bool


@dataclass(frozen=True)
class Stray:
    """A letter that looks as if it belonged to its word. `place` counts from 1."""

    character: str
    alphabet: str
    place: int

    def __str__(self) -> str:
        return f"“{self.character}” at {self.place}, which is a {self.alphabet} letter (U+{ord(self.character):04X})"


def words(text: str) -> Iterator[Word]:
    for word in text.split():
        letters = [(of(character), character) for character in word if of(character)]
        for alphabet in dict.fromkeys(alphabet for alphabet, _ in letters):
            yield Word(alphabet, any(not has_twin(character) for own, character in letters if own == alphabet))


def stray(text: str) -> Stray | None:
    """The first letter that looks as if it were of its word's alphabet, and is not."""
    start = 0
    for word in text.split():
        start = text.index(word, start)
        found = _stray_in(word)
        if found is not None:
            return Stray(word[found], of(word[found]), start + found + 1)
        start += len(word)
    return None


def _stray_in(word: str) -> int | None:
    """Of two alphabets in one word that one is strange which has letters that others look like, and fewer of them.

    Latin letters beside as many others, as in `MΩ` and `ΔT`, are units.
    """
    places: dict[str, list[int]] = {}
    for place, character in enumerate(word):
        if alphabet := of(character):
            places.setdefault(alphabet, []).append(place)
    if len(places) < 2:
        return None
    for alphabet, some in sorted(places.items(), key=lambda item: (len(item[1]), item[0] == LATIN)):
        is_unit = alphabet == LATIN and 2 * len(some) >= sum(map(len, places.values()))
        if not is_unit and all(has_twin(word[place]) for place in some):
            return some[0]
    return None
