"""Which line of a page is which field: a small text classifier over lines that are found and read already.

On a form or receipt every field is a line of print like fifty others, and only what it says, what stands beside it and
where it stands tell the date from the telephone number. A map of pixels learns that from thousands of pages; a linear
classifier over character n-grams, neighbouring words and places learns it from some dozens.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.engine.geometry import Box

LABELLER_FILE = "labeller.json"
MOST_TOKENS = 6000
LEAST_SEEN = 2
DECAY = 1e-3
STEPS = 160
RATE = 0.1
BETAS = (0.9, 0.999)

Page = Sequence["PageLine"]

_NUMBER = re.compile(r"\d[\d,. ]*\d|\d")
_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)")

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line as it was read: its upright box in pixels of the page."""

    box: Box
    text: str

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Labeller:
    """`weights` float32[tokens + 1, labels + 1]: the last row is the bias, column 0 stands for no field."""

    labels: tuple[str, ...]
    tokens: dict[str, int]
    weights: Scores

    def scores(self, page: Page) -> Scores:
        """float32[lines, labels]: how likely each line is each field; what is left to 1 is none."""
        described = [_places(line, self.tokens) for line in describe(page)]
        logits = np.stack([self.weights[[*places, -1]].sum(axis=0) for places in described]) if described else None
        if logits is None:
            return np.zeros((0, len(self.labels)), np.float32)
        return _softmax(logits)[:, 1:]

    def save(self, folder: Path) -> None:
        kept = {"labels": self.labels, "tokens": list(self.tokens), "weights": self.weights.round(4).tolist()}
        (folder / LABELLER_FILE).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Labeller":
        kept = json.loads((folder / LABELLER_FILE).read_text(encoding="utf-8"))
        tokens = {token: place for place, token in enumerate(kept["tokens"])}
        return cls(tuple(kept["labels"]), tokens, np.asarray(kept["weights"], np.float32))


def fit(pages: Sequence[Page], answers: Sequence[Sequence[int | None]], labels: Sequence[str]) -> Labeller:
    """Softmax regression. `answers`: for each line its label's index + 1, 0 for no field, None where it is neither."""
    described = [line for page in pages for line in describe(page)]
    wanted = [answer for page in answers for answer in page]
    kept = [place for place, answer in enumerate(wanted) if answer is not None]
    tokens = _vocabulary([described[place] for place in kept])
    lines = [[*_places(described[place], tokens), len(tokens)] for place in kept]
    truths = np.array([wanted[place] for place in kept], np.int64)
    return Labeller(tuple(labels), tokens, _regress(lines, len(tokens) + 1, truths, len(labels) + 1))


def _regress(lines: Sequence[Sequence[int]], tokens: int, truths: NDArray[np.int64], classes: int) -> Scores:
    """Full batches of Adam with weight decay; convex, so where it begins does not matter.

    `lines` hold the places of the tokens that are there, some hundred of thousands: only those are multiplied.
    """
    weights = np.zeros((tokens, classes), np.float32)
    if not lines:
        return weights
    there = np.concatenate([np.asarray(line, np.int64) for line in lines])
    sizes = np.array([len(line) for line in lines])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    targets = np.eye(classes, dtype=np.float32)[truths]
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        wrong = (_softmax(np.add.reduceat(weights[there], starts)) - targets) / len(lines)
        spread = np.repeat(wrong, sizes, axis=0)
        columns = [np.bincount(there, spread[:, c], tokens) for c in range(classes)]
        gradient = np.stack(columns, axis=1).astype(np.float32)
        gradient[:-1] += DECAY * weights[:-1]
        first += np.float32(1 - BETAS[0]) * (gradient - first)
        second += np.float32(1 - BETAS[1]) * (gradient**2 - second)
        scaled = (first / (1 - BETAS[0] ** step)) / (np.sqrt(second / (1 - BETAS[1] ** step)) + 1e-8)
        weights -= np.float32(RATE * (1 - step / (STEPS + 1))) * scaled
    return weights


def _softmax(logits: Scores) -> Scores:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def _vocabulary(lines: Sequence[Sequence[str]]) -> dict[str, int]:
    counts = Counter(token for line in lines for token in set(line))
    common = [token for token, count in counts.most_common(MOST_TOKENS) if count >= LEAST_SEEN]
    return {token: place for place, token in enumerate(sorted(common))}


def _places(line: Sequence[str], tokens: dict[str, int]) -> list[int]:
    return sorted({tokens[token] for token in line if token in tokens})


# What is known of a line


def describe(page: Page) -> list[list[str]]:
    """For each line of the page its tokens: what it says, its neighbours say, and where it stands."""
    if not page:
        return []
    order = sorted(range(len(page)), key=lambda place: page[place].box[1])
    ranks = {place: rank for rank, place in enumerate(order)}
    frame = _frame(page)
    tall = float(np.median([line.height for line in page]))
    values = [_value(line.text) for line in page]
    known = sorted({value for value in values if value is not None}, reverse=True)
    return [
        [
            *_said(line.text),
            *_beside(page, place),
            *_where(line, ranks[place], len(page), frame, tall),
            *_worth(values[place], known, values),
        ]
        for place, line in enumerate(page)
    ]


def shape(text: str) -> str:
    """Upper case, every digit a 0: all dates of a form look alike."""
    return re.sub(r"\d", "0", text.upper())


def _said(text: str) -> list[str]:
    plain = f"^{shape(text)}$"
    grams = [plain[at : at + size] for size in (1, 2, 3) for at in range(len(plain) - size + 1)]
    words = shape(text).split()
    return [*(f"g {gram}" for gram in grams), *(f"w {word}" for word in words), f"length {min(len(text) // 3, 12)}"]


def _beside(page: Page, place: int) -> list[str]:
    """Words of the nearest lines to the left, the right, above and below."""
    line = page[place]
    told: list[str] = []
    for side, other in (
        ("left", _nearest(page, line, -1, 0)),
        ("right", _nearest(page, line, 1, 0)),
        ("above", _nearest(page, line, 0, -1)),
        ("below", _nearest(page, line, 0, 1)),
    ):
        if other is None:
            told.append(f"{side} nothing")
            continue
        words = shape(other.text).split()
        told += [f"{side} {word}" for word in words] + [f"{side} = {' '.join(words)}"]
    return told


def _nearest(page: Page, line: PageLine, right: int, down: int) -> PageLine | None:
    """The nearest line in a direction that shares rows with this one (right ±1) or columns (down ±1)."""
    along, across = (0, 1) if right else (1, 0)
    sign = right or down
    best: tuple[float, PageLine] | None = None
    for other in page:
        shared = min(line.box[across + 2], other.box[across + 2]) - max(line.box[across], other.box[across])
        least = 0.4 * min(line.box[across + 2] - line.box[across], other.box[across + 2] - other.box[across])
        gap = other.box[along] - line.box[along + 2] if sign > 0 else line.box[along] - other.box[along + 2]
        if other is not line and shared > least and gap > -0.5 * line.height and (best is None or gap < best[0]):
            best = (gap, other)
    return best[1] if best else None


def _frame(page: Page) -> Box:
    boxes = np.array([line.box for line in page])
    return (
        float(boxes[:, 0].min()),
        float(boxes[:, 1].min()),
        float(boxes[:, 2].max()),
        float(boxes[:, 3].max()),
    )


def _where(line: PageLine, rank: int, lines: int, frame: Box, tall: float) -> list[str]:
    """Places are relative to the print on the page, not to the paper, which may be much larger."""
    wide, high = max(frame[2] - frame[0], 1.0), max(frame[3] - frame[1], 1.0)
    left, right = (line.box[0] - frame[0]) / wide, (line.box[2] - frame[0]) / wide
    middle = ((line.box[1] + line.box[3]) / 2 - frame[1]) / high
    return [
        f"rank {min(rank, 8)}",
        f"last {min(lines - 1 - rank, 4)}",
        f"y {int(middle * 10)}",
        f"left at {int(left * 6)}",
        f"right at {int(right * 6)}",
        f"wide {int((right - left) * 6)}",
        f"tall {min(int(line.height / max(tall, 1.0) * 3), 9)}",
    ]


def _worth(value: float | None, known: Sequence[float], values: Sequence[float | None]) -> list[str]:
    """How a sum of money compares with the others on the page: totals are large, and said more than once."""
    if value is None:
        return ["no amount"]
    return [f"amount {min(known.index(value), 5)}", f"said {min(values.count(value), 4)} times"]


def _value(text: str) -> float | None:
    """The number with two decimals that the text ends with, if it is an amount of money at all."""
    found = [match for match in _NUMBER.findall(text) if _AMOUNT.search(match)]
    if not found:
        return None
    digits = re.sub(r"\D", "", found[-1])
    return int(digits) / 100
