"""Plain tables of right and wrong: exact match, character errors, boxes matched to boxes, and how sure a rate is."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from training.engine.geometry import QuadLike, iou

MATCH_IOU = 0.5
_Z95 = 1.959963984540054


def normalised(text: str) -> str:
    """Upper case, letters and digits alone (A-Z, 0-9 and their like in other scripts): `kl-55 r` is `KL55R`."""
    kept = (symbol for symbol in unicodedata.normalize("NFC", text) if unicodedata.category(symbol)[0] in "LMN")
    return "".join(kept).upper()


VALUES = re.compile(r"\d[.,:/]\d|(?:^|\s)[+\-−±]\s?[\d.,]|[%‰°€$£¥₹]")
"""Signs that make another value of the same letters and digits: `24.6`, `-3`, `5 %`; not the hyphens of a plate."""
TYPED = 0.1
"""Share of a label's texts in which signs or small letters stand, so that they are meant."""


def are_typed(texts: Sequence[str]) -> bool:
    """Whether points, signs or case are part of what these texts say, and not only of how somebody wrote them down."""
    valued = sum(VALUES.search(text) is not None for text in texts)
    small = sum(any(symbol.islower() for symbol in text) for text in texts)
    return bool(texts) and max(valued, small) >= TYPED * len(texts)


def edits(truth: str, reading: str) -> int:
    """Characters to insert, delete or replace to make one of the other."""
    return int(Levenshtein.distance(truth, reading))


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Edits over the true characters of all (truth, reading) pairs; above 1 where more is read than there was."""
    wrong = total = 0
    for truth, reading in pairs:
        wrong += edits(truth, reading)
        total += len(truth)
    return wrong / total if total else 0.0


def wilson(right: float, of: float) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927), which stays honest for few cases and rates near 0 or 1."""
    if of <= 0:
        return 0.0, 1.0
    share = right / of
    scale = 1 + _Z95**2 / of
    middle = (share + _Z95**2 / (2 * of)) / scale
    half = _Z95 * math.sqrt(share * (1 - share) / of + _Z95**2 / (4 * of**2)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Match:
    """`truth` and `found` are places in the two lists given to `match_quads`."""

    truth: int
    found: int
    iou: float


def match_quads(
    truths: Sequence[tuple[str, QuadLike]], found: Sequence[tuple[str, QuadLike]], least: float = MATCH_IOU
) -> list[Match]:
    """One-to-one matches of (label, quad), best overlap first; labels must agree and the IoU reach `least`."""
    overlaps = [
        Match(i, j, overlap)
        for i, (label, quad) in enumerate(truths)
        for j, (other, box) in enumerate(found)
        if label == other and (overlap := iou(quad, box)) >= least
    ]
    taken_truths: set[int] = set()
    taken_found: set[int] = set()
    matches: list[Match] = []
    for match in sorted(overlaps, key=lambda m: (-m.iou, m.truth, m.found)):
        if match.truth not in taken_truths and match.found not in taken_found:
            taken_truths.add(match.truth)
            taken_found.add(match.found)
            matches.append(match)
    return sorted(matches, key=lambda m: m.truth)


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
