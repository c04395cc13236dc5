"""What will hurt a training, as it shows in the regions: each look is shown every image once and keeps only counts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol
from uuid import UUID

from annotations import patterns, quads
from annotations.drafts import DraftImage, DraftRegion
from annotations.findings import Finding, Tally, first_images
from annotations.models import Label
from annotations.texts import counted, one_line

TINY = 8.0  # pixels of height below which nothing can be read
LONGEST_SHAPE = 30.0  # width over height of one region
TALLEST_SHAPE = 4.0  # height over width
WHOLE = 0.95  # share of the image
NARROWEST_LETTER = 0.05  # of the region's height: two rows of narrow letters reach 0.08
PATTERN_SECONDS = 3.0  # for comparing all texts of one label with its pattern


class Look(Protocol):
    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None: ...

    def findings(self) -> Iterator[Finding]: ...


class EmptyTexts:
    def __init__(self) -> None:
        self.empty = Tally()

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            if not region.text:
                self.empty.add(image.id)

    def findings(self) -> Iterator[Finding]:
        if self.empty.count:
            message = (
                f"{counted(self.empty.count, 'region has', 'regions have')} no text. "
                "Finding them can be learnt, reading them cannot."
            )
            yield self.empty.finding("empty_text", "warn", message)


class RareCharacters:
    """Characters that occur in one text alone, or not at all among what is learnt from."""

    def __init__(self) -> None:
        self.where: dict[str, Tally] = defaultdict(Tally)
        self.learnt: set[str] = set()

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            for character in set("".join(region.text.split())):
                self.where[character].add(image.id)
            if side == "train":
                self.learnt.update(region.text)

    def findings(self) -> Iterator[Finding]:
        once = sorted(c for c, tally in self.where.items() if tally.count == 1)
        if once:
            verb = "occurs in only one text" if len(once) == 1 else "occur in only one text each"
            message = (
                f"{_listed(once)} {verb}. See whether that is a typing error; "
                "otherwise a few more examples would help to read it."
            )
            yield self._about("rare_character", message, once)
        unseen = sorted(c for c, tally in self.where.items() if c not in self.learnt and tally.count > 1)
        if unseen:
            verb = "occurs" if len(unseen) == 1 else "occur"
            message = f"{_listed(unseen)} {verb} only on images that are measured on, never on one that is learnt from."
            yield self._about("unseen_character", message, unseen)

    def _about(self, code: str, message: str, characters: list[str]) -> Finding:
        return Finding(code, "warn", message, len(characters), first_images(self.where[c] for c in characters))


class AbsurdBoxes:
    KINDS = (
        ("tiny_box", f"less than {TINY:g} pixels high, too small to be read", "Draw it again or delete it."),
        ("odd_shape", "far longer or taller than any text", "Draw it around its text."),
        ("whole_image", "as large as the whole image", "If it is a mistake, draw it around its text."),
        ("text_too_long", "too narrow for the text typed in it", "Check the box and its text."),
    )

    def __init__(self) -> None:
        self.absurd: dict[str, Tally] = defaultdict(Tally)

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            for code in faults_of(image, region):
                self.absurd[code].add(image.id)

    def findings(self) -> Iterator[Finding]:
        for code, what, advice in self.KINDS:
            tally = self.absurd[code]
            if tally.count:
                regions_are = counted(tally.count, "region is", "regions are")
                yield tally.finding(code, "warn", f"{regions_are} {what}. {advice}")


def faults_of(image: DraftImage, region: DraftRegion) -> Iterator[str]:
    """The kinds of absurdity of one region's box."""
    quad = quads.parsed(region.quad)
    width, height = quads.sides(quad)
    lines = region.text.split("\n")
    letters = max(len(line.replace(" ", "")) for line in lines)
    if height < TINY:
        yield "tiny_box"
    if width > LONGEST_SHAPE * height or (height > TALLEST_SHAPE * max(width, 1e-6) and len(region.text) > 1):
        yield "odd_shape"
    if quads.area(quad) > WHOLE * image.width * image.height:
        yield "whole_image"
    if letters > 3 and width < NARROWEST_LETTER * height / len(lines) * letters:
        yield "text_too_long"


class RepeatedRegions:
    def __init__(self) -> None:
        self.repeated = Tally()

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for position, region in enumerate(regions):
            twins = (other.box for other in regions[:position] if other.label is region.label)
            if any(quads.overlap(region.box, box) > quads.SAME for box in twins):
                self.repeated.add(image.id)

    def findings(self) -> Iterator[Finding]:
        if self.repeated.count:
            regions_are = counted(self.repeated.count, "region lies", "regions lie")
            message = f"{regions_are} on top of another of the same label. Delete one of each pair."
            yield self.repeated.finding("repeated_region", "warn", message)


class UnlikeTheirLabel:
    def __init__(self) -> None:
        self.labels: dict[UUID, OfOneLabel] = {}

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            if region.label.id not in self.labels:
                self.labels[region.label.id] = OfOneLabel(region.label)
            if region.text:
                self.labels[region.label.id].see(image, region.text)

    def findings(self) -> Iterator[Finding]:
        for seen in self.labels.values():
            yield from seen.findings()


class OfOneLabel:
    """The texts of one label against what it says that they are."""

    def __init__(self, label: Label) -> None:
        self.label = label
        self.expected = patterns.Expected(label, seconds=PATTERN_SECONDS)
        self.unlike = Tally()
        self.examples: list[str] = []
        self.has_other_scripts = False

    def see(self, image: DraftImage, text: str) -> None:
        if self.expected.unlike(text):
            self.unlike.add(image.id)
            self.examples += [f"“{one_line(text)}”"] if len(self.examples) < 3 else []
            self.has_other_scripts |= not text.isascii()

    def findings(self) -> Iterator[Finding]:
        if self.expected.fault:
            message = (
                f"The pattern of “{self.label.name}” cannot be used, so its texts were not compared with it. "
                f"{self.expected.fault} Change the pattern in the project's settings."
            )
            yield Finding("unusable_pattern", "warn", message)
        if self.expected.uncompared:
            were = counted(self.expected.uncompared, "text was", "texts were")
            message = (
                f"The pattern of “{self.label.name}” takes so long that {were} not compared with it. "
                "A simpler pattern, with fewer counted repetitions, is faster."
            )
            yield Finding("slow_pattern", "note", message, self.expected.uncompared)
        if self.unlike.count:
            texts, such_as = counted(self.unlike.count, "text"), ", ".join(self.examples)
            message = f"{texts} of “{self.label.name}” are not as the label says they must be, such as {such_as}."
            if patterns.is_latin_only(self.label.pattern) and self.has_other_scripts:
                message += f" {patterns.LATIN_ONLY}"
            yield self.unlike.finding("unlike_label", "warn", message)


class Totals:
    """What the summary says, and what a refusal asks. No finding of its own."""

    def __init__(self) -> None:
        self.images: Counter[str] = Counter()  # of each side
        self.regions: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()  # regions with a label of that name
        self.texts: Counter[str] = Counter()

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        self.images[side] += 1
        self.regions[side] += len(regions)
        self.labels.update(region.label.name for region in regions)
        self.texts[side] += sum(bool(region.text) for region in regions)

    def findings(self) -> Iterator[Finding]:
        return iter(())


def _listed(characters: list[str]) -> str:
    shown = ", ".join(f"“{character}”" for character in characters[:12])
    more = len(characters) - 12
    return f"The characters {shown} and {more} more" if more > 0 else (
        f"The character {shown}" if len(characters) == 1 else f"The characters {shown}"
    )  # fmt: skip
