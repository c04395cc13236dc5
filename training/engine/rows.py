"""Regions of one row or several: how a crop is laid out, in training and in serving.

A crop can be read whole, as one strip, or by the rows that the line finder sees in it, each rectified. In training
the text is known, so the layout is the one under which the text is likeliest (CTC forced alignment, rows parted at
every character); in serving the confidences of the readings choose.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from training.engine.bundle import RowChoice
from training.engine.charset import Charset, one_line
from training.engine.crops import Picture
from training.engine.decode import (
    NEVER,
    Logits,
    Reading,
    ctc_prefix_log_likelihoods,
    join_readings,
    log_softmax,
    read_greedily,
)
from training.engine.geometry import Points
from training.engine.lines import LineFinder, rows_of, strips
from training.engine.search import likeliest, nearest, sayable

Read = Callable[[Sequence[Picture]], list[Logits]]
"""A reader: pictures of one row each in, float32[T, C] logits for each out."""
Decode = Callable[[Logits], Reading]
"""What logits of one row say, without spaces at the ends."""
Reword = Callable[[int, Sequence[Logits], Reading], Reading]

SKIP_ROW = -8.0  # what it costs, in nats, to hold a row for no part of the text: a slogan, a dealer's name
GOOD_ENOUGH = -1.0  # nats a character from which a second layout of the same crop is worth learning from too,
CLOSE = 0.5  # or this much below the better one
LINED = 0.1  # share of a label's texts that are typed in lines, from which on its rows are lines


@dataclass(frozen=True, slots=True)
class Layout:
    """A crop with the rows seen in it (none: the line finder saw no text), rectified, from the top down."""

    crop: Picture
    rows: tuple[Picture, ...]

    @property
    def aspect(self) -> float:
        return self.crop.shape[1] / self.crop.shape[0]


def lay_out(crop: Picture, finder: LineFinder) -> Layout:
    quads: list[Points] = rows_of(finder.find(crop))
    return Layout(crop, tuple(strips(crop, quads)))


# Reading


def _unchanged(place: int, rows: Sequence[Logits], reading: Reading) -> Reading:
    return reading


def read_crops(
    crops: Sequence[Picture],
    finder: LineFinder,
    read: Read,
    decode: Decode,
    choice: RowChoice,
    separator: str = " ",
    reword: Reword = _unchanged,
) -> list[Reading]:
    """The text of each crop, its rows joined by `separator`. Looks for lines only where they are needed.

    `reword` has the last word, given the place of the crop, the logits of its rows and what they say.
    """
    wide = [crop.shape[1] >= choice.wide_from * crop.shape[0] for crop in crops]
    layouts = [Layout(crop, ()) if whole else lay_out(crop, finder) for crop, whole in zip(crops, wide, strict=True)]
    first = _read_each(
        [_pictures(layout, whole) for layout, whole in zip(layouts, wide, strict=True)],
        read,
        decode,
        separator,
    )
    unsure = [place for place, (reading, _) in enumerate(first) if reading.confidence < choice.sure]
    for place in unsure:
        if wide[place]:
            layouts[place] = lay_out(crops[place], finder)
    unsure = [place for place in unsure if layouts[place].rows]
    second = _read_each([_pictures(layouts[place], not wide[place]) for place in unsure], read, decode, separator)
    for place, other in zip(unsure, second, strict=True):
        whole, rows = (first[place], other) if wide[place] else (other, first[place])
        first[place] = whole if is_whole(whole[0], rows[0], layouts[place].aspect, choice) else rows
    return [reword(place, logits, reading) for place, (reading, logits) in enumerate(first)]


def _pictures(layout: Layout, whole: bool) -> tuple[Picture, ...]:
    return (layout.crop,) if whole or not layout.rows else layout.rows


def _read_each(
    groups: Sequence[Sequence[Picture]], read: Read, decode: Decode, separator: str
) -> list[tuple[Reading, list[Logits]]]:
    """One joined reading a group of rows, and its rows' logits; all rows go to the reader together."""
    flat = [picture for group in groups for picture in group]
    answers = iter(read(flat) if flat else [])
    readings = []
    for group in groups:
        logits = [next(answers) for _ in group]
        rows = list(map(decode, logits))
        readings.append((join_readings(rows, separator) if len(rows) > 1 else rows[0], logits))
    return readings


def features(whole: Reading, rows: Reading, aspect: float) -> tuple[float, float, float, float]:
    """What speaks for the whole crop: 1, its confidence and its length over those of the rows, its aspect ratio."""
    confidence = math.log(max(whole.confidence, 1e-3)) - math.log(max(rows.confidence, 1e-3))
    lengths = len(whole.symbols), len(rows.symbols)
    return 1.0, confidence, (lengths[0] - lengths[1]) / max(*lengths, 1), math.log(aspect) - math.log(3)


def is_whole(whole: Reading, rows: Reading, aspect: float, choice: RowChoice) -> bool:
    """Whether the crop is better taken for one row than for those found in it, by what is read of either."""
    return float(np.dot(choice.weights, features(whole, rows, aspect))) > 0


def read_word(
    crop: Picture, finder: LineFinder, read: Read, words: Sequence[str], charset: Charset, temperature: float = 1.0
) -> Reading:
    """The word that the crop says most likely, whole or row by row, whichever says it better: as texts are learned."""
    layout = lay_out(crop, finder)
    logs = [log_softmax(one, temperature) for one in read([layout.crop, *layout.rows])]
    texts = [read_greedily(one, charset.symbols).text for one in logs]
    near = nearest(sayable(words, charset), [texts[0], one_line(" ".join(texts[1:]))])
    whole = (float(ctc_prefix_log_likelihoods(logs[0], charset.encode(word))[-1]) for word in near)
    rows = (align(logs[1:], word, charset)[0] for word in near)
    return likeliest(near, map(max, whole, rows))


# Learning which layout is right


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """A strip to learn from: `crop` is the place of its crop in the list given, `text` what the strip says.

    `fit` is the text's log-likelihood a character under the reader that aligned it; `whole`: it is the crop itself.
    """

    crop: int
    strip: Picture
    text: str
    fit: float
    whole: bool


def training_lines(
    layouts: Sequence[Layout], texts: Sequence[str], read: Read, charset: Charset
) -> tuple[list[TrainingLine], str]:
    """Strips with their texts, at least one for every crop, and the separator the texts put between rows.

    Where both layouts fit the text, both are given: serving falls back from one to the other. Raises MissingSymbols.
    """
    flat = [picture for layout in layouts for picture in (layout.crop, *layout.rows)]
    answers = iter(read(flat) if flat else [])
    lines: list[TrainingLine] = []
    separators: Counter[str] = Counter()
    for place, (layout, text) in enumerate(zip(layouts, texts, strict=True)):
        logs = [log_softmax(next(answers)) for _ in range(1 + len(layout.rows))]
        ids = charset.encode(text)
        whole = float(ctc_prefix_log_likelihoods(logs[0], ids)[-1])
        total, parts = align(logs[1:], text, charset)
        length = max(1, len(text))
        # A crop the reader cannot read at all must still be learned from: the better layout is always kept.
        least = min(GOOD_ENOUGH, max(whole, total) / length - CLOSE)
        if whole >= total or whole / length > least:
            lines.append(TrainingLine(place, layout.crop, one_line(text), whole / length, whole=True))
        if total > whole or total / length > least:
            used = [(row, start, end) for row, (start, end) in enumerate(parts) if end > start]
            lines.extend(
                TrainingLine(place, layout.rows[row], one_line(text[start:end]), total / length, whole=False)
                for row, start, end in used
            )
            separators.update(_between(text[one[2] : two[1]]) for one, two in pairwise(used))
    return lines, separators.most_common(1)[0][0] if separators else _typed_separator(texts)


def _between(gap: str) -> str:
    return "\n" if "\n" in gap else gap[:1]


def _typed_separator(texts: Sequence[str]) -> str:
    return "\n" if any("\n" in text for text in texts) else " "


def label_separator(texts: Sequence[str], of_all: str) -> str | None:
    """What the texts of one label put between rows, where that is not what most texts of all labels do.

    An address keeps its lines though plates of two rows are typed in one, and the other way round.
    """
    in_lines = sum("\n" in text for text in texts)
    if in_lines >= LINED * len(texts) and in_lines:
        return None if of_all == "\n" else "\n"
    return " " if of_all == "\n" and texts and not in_lines else None


def align(logs: Sequence[Logits], text: str, charset: Charset) -> tuple[float, list[tuple[int, int]]]:
    """The likeliest way to part the text among rows of log-probabilities float32[T, C], read one after the other.

    Returns its log-likelihood and for each row the (start, end) of its part, empty where the row says nothing of it;
    white space between two parts belongs to neither. -1e30 where there are no rows.
    """
    size = len(text)
    if not logs:
        return NEVER, []
    best = np.full(size + 1, NEVER)
    best[0] = 0.0
    steps: list[list[tuple[int, int, int]]] = []
    for log in logs:
        reached = best + SKIP_ROW
        came = [(place, place, place) for place in range(size + 1)]
        for before in np.flatnonzero(best > NEVER / 2).tolist():
            start = before
            while before and start < size and text[start].isspace():
                start += 1
            likelihoods = ctc_prefix_log_likelihoods(log, charset.encode(text[start:]))
            for end in range(start + 1, size + 1):
                value = best[before] + likelihoods[end - start]
                if value > reached[end] and not text[end - 1].isspace():
                    reached[end], came[end] = value, (before, start, end)
        best = reached
        steps.append(came)
    place = size
    parts: list[tuple[int, int]] = []
    for came in reversed(steps):
        place, start, end = came[place]
        parts.append((start, end))
    return float(best[size]), parts[::-1]
