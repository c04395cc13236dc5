"""Where boxes begin: at the text's top left, so that a region is cut out and read the way the text runs."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from annotations import quads
from annotations.drafts import DraftImage, DraftRegion
from annotations.findings import Finding, Tally, first_images
from annotations.models import Label

RIGHT, DOWN, LEFT, UP = range(4)  # which way the upper side of a region runs, to the next quarter turn
NO_MATTER = -1  # it tells nothing of the corner that was meant
BEGINS = {DOWN: "top right", LEFT: "bottom right", UP: "bottom left", RIGHT: "top left"}
USUAL = 0.6  # share of a label's regions that begin alike, so that the others are worth a look
FEWEST = 4  # regions that begin alike
LETTERS = 4  # a row of so many that runs along the short side of its box is turned by a quarter


class StartCorners:
    """Boxes that begin at another corner than all others of their label, as converters and other tools write them."""

    def __init__(self) -> None:
        self.labels: dict[UUID, tuple[Label, dict[int, Tally]]] = {}

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            _, ways = self.labels.setdefault(region.label.id, (region.label, defaultdict(Tally)))
            ways[way(region)].add(image.id)

    def findings(self) -> Iterator[Finding]:
        for label, ways in self.labels.values():
            usual = max(ways, key=lambda each: ways[each].count)
            total = sum(tally.count for tally in ways.values())
            others = {each: tally for each, tally in sorted(ways.items()) if each not in (usual, NO_MATTER)}
            if usual != NO_MATTER and others and ways[usual].count >= max(FEWEST, USUAL * total):
                yield self._finding(label, usual, others)

    def _finding(self, label: Label, usual: int, others: dict[int, Tally]) -> Finding:
        count = sum(tally.count for tally in others.values())
        regions_begin = "region of “{}” begins" if count == 1 else "regions of “{}” begin"
        where = ", ".join(f"{tally.count:,} at the {BEGINS[each]}" for each, tally in others.items())
        message = (
            f"{count:,} {regions_begin.format(label.name)} at another corner than all others, which begin at the "
            f"{BEGINS[usual]}: {where}. So its text is read upside down or sideways. Turn the region, with the key T "
            "on the annotation page, where its text runs as in the others."
        )
        return Finding("start_corner", "warn", message, count, first_images(others.values()))


def way(region: DraftRegion) -> int:
    """A quarter turn counts only where it makes a row of letters run along the short side of its box.

    A text that runs up or down along the long side is one, and a plate of two rows has no long side to speak of.
    """
    quad = quads.parsed(region.quad)
    (x, y), (right, bottom) = quad[0], quad[1]
    found = round(math.atan2(bottom - y, right - x) / (math.pi / 2)) % 4
    if found in (RIGHT, LEFT):
        return found
    width, height = quads.sides(quad)
    is_row = "\n" not in region.text and len(region.text.replace(" ", "")) >= LETTERS
    return found if is_row and width < height else NO_MATTER
