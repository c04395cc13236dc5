"""Which images a network learns from and which it is measured on: a pure function of the images and a seed.

Images that belong together stay on one side: the pages of one document, and pictures that are near-duplicates. Where
an image was once put it stays, so that versions trained on more and more images are measured on ever the same ones.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotations import fingerprints

TEST_SHARE = 0.2
LEAST = 2  # images with regions a side needs
TOO_LARGE = 0.5  # a group with more than this share of the images is no help in splitting, and is taken apart


@dataclass(frozen=True)
class Item:
    """An image to be put on a side. `chosen`: by a person; `before`: by an earlier snapshot; "" neither."""

    key: str  # hash of its pixels
    document: str  # name of the file it is a page of, "" for a single picture
    phash: str
    has_regions: bool
    chosen: str = ""
    before: str = ""


@dataclass(frozen=True)
class Division:
    """The side of each item, "train" or "test". `by_likeness`: those that look alike are on one, if nobody chose."""

    sides: list[str]
    by_likeness: bool


def split(items: Sequence[Item], seed: int = 0) -> list[str]:
    return divided(items, seed).sides


def divided(items: Sequence[Item], seed: int = 0) -> Division:
    """About a fifth of the images with regions, at least two, are test."""
    groups, by_likeness = bound(items)
    sides = [""] * len(items)
    free: list[list[int]] = []
    for group in groups:
        side = settled_side([items[i] for i in group])
        for i in group:
            sides[i] = items[i].chosen or side
        if not side:
            free.append(group)
    free.sort(key=lambda group: score(items[group[0]].key, seed))
    fill(items, sides, [group for group in free if any(items[i].has_regions for i in group)])
    for group in free:
        if not any(items[i].has_regions for i in group):
            side = "test" if score(items[group[0]].key, seed) < TEST_SHARE else "train"
            for i in group:
                sides[i] = sides[i] or side
    return Division(sides, by_likeness)


def fill(items: Sequence[Item], sides: list[str], free: list[list[int]]) -> None:
    """Gives the free groups, in their order, to test until it has its share, and the others to train."""
    total = sum(item.has_regions for item in items)
    wanted = max(LEAST, round(TEST_SHARE * total))
    most = max(0, total - LEAST)
    held = sum(item.has_regions for item, side in zip(items, sides, strict=True) if side == "test")
    for group in free:
        size = sum(items[i].has_regions for i in group)
        fits = held < wanted and held + size <= most and (size <= 2 * (wanted - held) or held < LEAST)
        held += size if fits else 0
        for i in group:
            sides[i] = sides[i] or ("test" if fits else "train")


def settled_side(group: Sequence[Item]) -> str:
    """What a person chose for any of a group holds for all of it, and test before train: nothing leaks into it."""
    for sides in ({item.chosen for item in group}, {item.before for item in group}):
        for side in ("test", "train"):
            if side in sides:
                return side
    return ""


def grouped(items: Sequence[Item]) -> list[list[int]]:
    return bound(items)[0]


def bound(items: Sequence[Item]) -> tuple[list[list[int]], bool]:
    """Positions of the items that belong together, in order, and whether likeness is one of their bonds.

    Looser bonds give way where they leave no choice.
    """
    by_document = _first_of_document(items)
    alike = fingerprints.first_alike([item.phash for item in items])
    for bonds in ((by_document, alike), (by_document,), (alike,)):
        groups = joined(len(items), (pair for firsts in bonds for pair in enumerate(firsts)))
        largest = max((len(group) for group in groups), default=0)
        if largest <= max(2, TOO_LARGE * len(items)):
            return groups, alike in bonds
    return joined(len(items), []), False


def _first_of_document(items: Sequence[Item]) -> list[int]:
    first: dict[str, int] = {}
    return [
        first.setdefault(item.document, position) if item.document else position for position, item in enumerate(items)
    ]


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected components, each in order, ordered by their first member."""
    root = list(range(count))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for i, j in pairs:
        one, other = sorted((find(i), find(j)))
        root[other] = one
    groups: dict[int, list[int]] = {}
    for i in range(count):
        groups.setdefault(find(i), []).append(i)
    return list(groups.values())


def score(key: str, seed: int) -> float:
    """A number in [0, 1) that depends on nothing but the picture and the seed."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest()[:8]) / 2**64


def straddling(
    items: Sequence[Item], sides: Sequence[str], most: int, among: Sequence[int] | None = None
) -> tuple[int, list[int]]:
    """How many pairs of near-duplicates stand on different sides all the same, and up to `most` items of those."""
    places = range(len(items)) if among is None else among
    hashes, marked = [items[i].phash for i in places], [sides[i] == "test" for i in places]
    count, positions = fingerprints.alike_across(hashes, marked, most)
    return count, [places[position] for position in positions]


def sizes(items: Sequence[Item], sides: Sequence[str]) -> dict[str, int]:
    """How many images with regions each side has."""
    counts = Counter(side for item, side in zip(items, sides, strict=True) if item.has_regions)
    return {"train": counts["train"], "test": counts["test"]}
