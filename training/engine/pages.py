"""Pages full of print: every line found and read once, and the lines that are the user's fields picked out.

The other way to find fields, beside the finder's maps: for forms, receipts and invoices, where a field is a line like
fifty others (see `labeller`). The published detector finds the lines, the trained reader reads them all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.bundle import FinderPart
from training.engine.crops import Picture, cut, fit_image
from training.engine.decode import Logits, Reading
from training.engine.geometry import Points, area, bounding_box, box_quad, clip_to_image, iou
from training.engine.labeller import Labeller, PageLine
from training.engine.lines import LineFinder
from training.engine.outlines import Outline, unclip

SAME = 0.5
"""IoU from which a line is a region that somebody drew."""
READ_GROWTH = 1.4
"""Lines are read with at least this much of their surroundings, however closely people draw boxes around them."""
FAINT = 0.01
"""A line less likely a field than this is none, even where something must be."""
TOUCHED = 0.2
"""IoU from which it is too much of one to teach that it is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of a page: its quad in pixels of the picture, the detector's score, the reader's logits and its text."""

    quad: Points
    score: float
    logits: Logits
    reading: Reading

    @property
    def line(self) -> PageLine:
        return PageLine(bounding_box(self.quad), self.reading.text)


@dataclass(frozen=True, slots=True)
class Picked:
    """A line that is a field: `label` counts from 0."""

    label: int
    score: float
    seen: Seen


class PageReader:
    """Finds and reads all lines. `read`: pictures of one row each in, logits out, of which `decode` makes texts."""

    def __init__(
        self,
        finder: LineFinder,
        read: Callable[[Sequence[Picture]], list[Logits]],
        decode: Callable[[Logits], Reading],
    ) -> None:
        self._finder, self._read, self._decode = finder, read, decode

    def outlines(self, picture: Picture, side: int) -> list[Outline]:
        """Lines as the detector marks them, shrunk, in pixels of the picture."""
        fitted = fit_image(picture, side)
        found = self._finder.outlines(fitted.pixels)
        return [Outline(fitted.to_image(one.quad), one.score) for one in found]

    def lines(self, picture: Picture, part: FinderPart, margin: float) -> list[Seen]:
        """Every line, grown by the first of `part.unclip`, with its text."""
        lines = [
            (one, whole(one, part.unclip[0], part.axis_aligned, picture)) for one in self.outlines(picture, part.side)
        ]
        kept = [(quad, one.score) for one, quad in lines if area(quad) >= 1]
        room = max(part.unclip[0], READ_GROWTH)
        read = [whole(one, room, part.axis_aligned, picture) for one, quad in lines if area(quad) >= 1]
        strips = [cut(picture, quad, margin) for quad in read]
        answers = self._read(strips) if strips else []
        return [Seen(*line, logits, self._decode(logits)) for line, logits in zip(kept, answers, strict=True)]


def whole(outline: Outline, ratio: float, axis_aligned: bool, picture: Picture) -> Points:
    """The outline grown to the whole line, upright where the user's regions are."""
    grown = unclip(outline.quad, ratio)
    height, width = picture.shape[:2]
    return clip_to_image(box_quad(*bounding_box(grown)) if axis_aligned else grown, width, height)


def pick(
    page: Sequence[Seen],
    scores: np.ndarray,
    thresholds: Sequence[float],
    most: Sequence[int],
    least: Sequence[int],
) -> list[Picked]:
    """The lines that are fields, each once, surest first: of each label `most` at most (0: any number), and `least`.

    `scores` float32[lines, labels]; where fewer than `least` reach the threshold, the surest of the others are taken.
    """
    taken: set[int] = set()
    counts = [0] * len(thresholds)
    picked: list[Picked] = []
    for place in np.argsort(-scores, axis=None, kind="stable").tolist():
        line, label = divmod(place, len(thresholds))
        score = float(scores[line, label])
        wanted = score >= thresholds[label] or (counts[label] < least[label] and score >= FAINT)
        if line in taken or not wanted or (most[label] and counts[label] >= most[label]):
            continue
        taken.add(line)
        counts[label] += 1
        picked.append(Picked(label, score, page[line]))
    return picked


def answers(page: Sequence[Points], truths: Sequence[tuple[int, Points]]) -> list[int | None]:
    """For each line its label's index + 1, 0 for no field, None where it is part of one: what a labeller learns."""
    told: list[int | None] = [0] * len(page)
    for label, truth in truths:
        overlaps = [iou(quad, truth) for quad in page]
        best = int(np.argmax(overlaps)) if overlaps else 0
        for place, overlap in enumerate(overlaps):
            if place == best and overlap >= SAME:
                told[place] = label + 1
            elif overlap >= TOUCHED and told[place] == 0:
                told[place] = None
    return told


def pick_fields(page: Sequence[Seen], labeller: Labeller, part: FinderPart) -> list[Picked]:
    scores = labeller.scores([seen.line for seen in page])
    none = (0,) * len(part.thresholds)
    return pick(page, scores, part.thresholds, part.most or none, part.least or none)
