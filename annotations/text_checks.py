"""What will hurt a training, as it shows in the texts of one label: those unlike all others, and mixed alphabets."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from annotations import alphabets
from annotations.drafts import DraftImage, DraftRegion
from annotations.findings import Finding, Tally, first_images
from annotations.models import Label
from annotations.texts import counted

ENOUGH = 20  # texts of a label from which one knows what its texts are like
SLIPS = 0.02  # share of a label's texts that may be odd
FAR = 2  # times as long as any other, or any other as long as this,
FAR_BY = 4  # and by so many characters: 7 beside 100 is a number as any
SHOWN = 3  # examples in a message
LONGEST_SHOWN = 30  # characters of an example


class Kind(NamedTuple):
    """What a text is made of, so that a label has few kinds however many texts it has."""

    signs_alone: bool
    digits: bool
    capitals: bool
    small: bool
    caseless: bool  # letters of scripts that know no capitals
    length: int

    @classmethod
    def of(cls, text: str) -> "Kind":
        letters = [character for character in text if character.isalpha()]
        return cls(
            signs_alone=not any(character.isalnum() for character in text),
            digits=any(character.isdigit() for character in text),
            capitals=any(character.isupper() for character in letters),
            small=any(character.islower() for character in letters),
            caseless=any(not character.isupper() and not character.islower() for character in letters),
            length=len(text),
        )


PARTS = (("digits", "digits"), ("capitals", "capital letters"), ("small", "small letters"), ("caseless", "letters"))


@dataclass
class Seen:
    tally: Tally = field(default_factory=Tally)
    examples: list[str] = field(default_factory=list)

    def add(self, image: DraftImage, text: str) -> None:
        self.tally.add(image.id)
        if len(self.examples) < SHOWN:
            self.examples.append(text)


class OddTexts:
    """A text unlike all others of its label: keys hit by mistake, a row that slipped, the text of another field."""

    def __init__(self) -> None:
        self.labels: dict[UUID, tuple[Label, dict[Kind, Seen]]] = {}

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            if region.text and not region.label.words:  # a list of words says more than the other texts do
                _, kinds = self.labels.setdefault(region.label.id, (region.label, {}))
                kinds.setdefault(Kind.of(region.text), Seen()).add(image, region.text)

    def findings(self) -> Iterator[Finding]:
        for label, kinds in self.labels.values():
            odd = dict(reasons({kind: seen.tally.count for kind, seen in kinds.items()}))
            if odd:
                yield self._finding(label, kinds, odd)

    def _finding(self, label: Label, kinds: dict[Kind, Seen], odd: dict[Kind, str]) -> Finding:
        count = sum(kinds[kind].tally.count for kind in odd)
        told = [f"{shown(text)} {reason}" for kind, reason in odd.items() for text in kinds[kind].examples]
        texts_are = "text of “{}” is" if count == 1 else "texts of “{}” are"
        message = (
            f"{count:,} {texts_are.format(label.name)} unlike all others: {'; '.join(told[:SHOWN])}. "
            "See whether that is a slip of the keyboard or another field's text."
        )
        return Finding("odd_text", "warn", message, count, first_images(kinds[kind].tally for kind in odd))


def reasons(kinds: dict[Kind, int]) -> Iterator[tuple[Kind, str]]:
    """The kinds that are unlike all others, with what is odd about them."""
    total = sum(kinds.values())
    slips = max(1, int(SLIPS * total))
    worded = sum(count for kind, count in kinds.items() if not kind.signs_alone)
    for kind in kinds:
        if kind.signs_alone and worded >= max(4, total - slips):
            yield kind, "has neither a letter nor a digit"
        elif total >= ENOUGH and (reason := part_reason(kind, kinds, slips) or length_reason(kind, kinds, slips)):
            yield kind, reason


def part_reason(kind: Kind, kinds: dict[Kind, int], slips: int) -> str:
    total = sum(kinds.values())
    for name, said in PARTS:
        having = sum(count for other, count in kinds.items() if getattr(other, name))
        if getattr(kind, name) and having <= slips and are_of_a_kind(kinds):
            return f"has {said}"
        if not getattr(kind, name) and total - having <= slips:
            return f"has no {said}"
    return ""


def are_of_a_kind(kinds: dict[Kind, int]) -> bool:
    """Whether the texts are numbers, plates, codes, and not names: about as long as each other.

    A company with a digit in its name is nothing odd, however few have one.
    """
    lengths = sorted(length for kind, count in kinds.items() for length in [kind.length] * count)
    least, middle, most = (lengths[int(share * (len(lengths) - 1))] for share in (0.05, 0.5, 0.95))
    return most - least <= max(4, middle / 2)


def length_reason(kind: Kind, kinds: dict[Kind, int], slips: int) -> str:
    longest, shortest = max(FAR * kind.length, kind.length + FAR_BY), min(kind.length / FAR, kind.length - FAR_BY)
    if sum(count for other, count in kinds.items() if other.length > shortest) <= slips:
        return "is far longer"
    if sum(count for other, count in kinds.items() if other.length < longest) <= slips:
        return "is far shorter"
    return ""


class MixedAlphabets:
    """Letters of another alphabet that look the same: what is learnt by them is right, and no text of it is found."""

    def __init__(self) -> None:
        self.labels: dict[UUID, Alphabets] = {}

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            if region.text:
                self.labels.setdefault(region.label.id, Alphabets(region.label)).see(image, region.text)

    def findings(self) -> Iterator[Finding]:
        for seen in self.labels.values():
            yield from seen.findings()


class Alphabets:
    """Of the texts of one label."""

    def __init__(self, label: Label) -> None:
        self.label = label
        self.strays = Tally()
        self.first: tuple[str, alphabets.Stray] | None = None
        self.clear: Counter[str] = Counter()  # words that can be of no other alphabet
        self.unclear: dict[str, Seen] = {}

    def see(self, image: DraftImage, text: str) -> None:
        if self.clear[alphabets.LATIN] and not alphabets.has_others(text):
            return  # nothing new, as most texts of most labels
        stray = alphabets.stray(text)
        if stray is not None:
            self.strays.add(image.id)
            self.first = self.first or (text, stray)
            return
        of_text = set(alphabets.words(text))
        for word in of_text:
            if word.clear:
                self.clear[word.alphabet] += 1
        for alphabet in {word.alphabet for word in of_text if not word.clear}:
            self.unclear.setdefault(alphabet, Seen()).add(image, text)

    def findings(self) -> Iterator[Finding]:
        if self.first is not None:
            text, stray = self.first
            texts_have = counted(self.strays.count, "text")
            verb = "has" if self.strays.count == 1 else "have"
            message = (
                f"{texts_have} of “{self.label.name}” {verb} letters of another alphabet inside a word that look the "
                f"same, as {shown(text)}: {stray}. Type {'it' if self.strays.count == 1 else 'them'} again."
            )
            yield self.strays.finding("mixed_alphabets", "warn", message)
        for alphabet in self.strange():
            yield self._about(alphabet, self.unclear[alphabet])

    def strange(self) -> Iterator[str]:
        """The alphabets whose every word could be one of another alphabet that the label has.

        Where the label has words that can be of theirs alone, it is written in both.
        """
        others = set(self.clear) | set(self.unclear)
        if len(others) < 2:
            return
        unclear = [alphabet for alphabet in self.unclear if not self.clear[alphabet]]
        if set(unclear) == others:  # nothing tells which was meant: the commonest, and of equals Latin
            unclear.remove(max(unclear, key=lambda each: (self.unclear[each].tally.count, each == alphabets.LATIN)))
        yield from unclear

    def _about(self, alphabet: str, seen: Seen) -> Finding:
        others = {*self.clear, *self.unclear} - {alphabet}
        usual = max(others, key=lambda each: (self.clear[each], each == alphabets.LATIN))
        one = seen.tally.count == 1
        example = seen.examples[0]
        letter = next(character for character in example if alphabets.of(character) == alphabet)
        message = (
            f"{counted(seen.tally.count, 'text')} of “{self.label.name}” {'is' if one else 'are'} typed in {alphabet} "
            f"letters that look like {usual} ones, which others have: {shown(example)}, where “{letter}” is "
            f"U+{ord(letter):04X}. Type {'it' if one else 'them'} again with {usual} letters, or the others."
        )
        return seen.tally.finding("other_alphabet", "warn", message)


def shown(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= LONGEST_SHOWN else f"“{line[:LONGEST_SHOWN]}…”"
