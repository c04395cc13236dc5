"""Whether a project's fields are lines of full pages, and if so, learning to tell them from the other lines."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np

from training.engine import finder_training, habits
from training.engine.bundle import BundleSpec
from training.engine.calibration import THRESHOLDS
from training.engine.decode import Reading
from training.engine.geometry import Points, as_quad, box_quad, iou
from training.engine.labeller import Labeller, Page, fit
from training.engine.lines import LineFinder
from training.engine.pages import SAME, PageReader, answers, whole
from training.engine.pictures import open_picture
from training.engine.predict import Bundle
from training.engine.prepare import PreparedImage
from training.engine.time_limit import Enough, never

Tick = Callable[[int, int], bool]
Truths = list[tuple[int, Points]]

LOOKED_AT = 12
"""Pictures by which it is decided whether these are pages."""
LEAST_PICTURES = 8
PAGE_LINES = 10
"""Lines on the middle picture from which it is a page."""
FILLED = 0.98
"""IoU of a region with its picture from which it is the picture."""
COVERED = 0.8
"""Share of the fields that must be a line each."""
LINE_HEIGHT = 12.0
"""Pixels that all but the smallest twentieth of the fields keep: enough for the published detector."""
SIDES = (640, 1600)
GROWTHS = tuple(np.round(np.arange(0.4, 2.01, 0.2), 2).tolist())
MOST_PAGES = 300
FOLDS = 5


def choose_side(images: Sequence[PreparedImage]) -> int:
    """The least longer side at which the fields' lines are found."""
    return finder_training.choose_side(images, LINE_HEIGHT, SIDES)


def is_field(image: PreparedImage) -> bool:
    """Whether the picture is one region from edge to edge: a crop that was made elsewhere."""
    frame = box_quad(0, 0, image.width, image.height)
    return len(image.regions) == 1 and iou(as_quad(image.regions[0].quad), frame) >= FILLED


def choose_kind(root: Path, images: Sequence[PreparedImage], upright: bool, tick: Tick) -> Literal["maps", "lines"]:
    """`lines` where the pictures are full of print and each field is one of the lines the published detector sees."""
    some = [image for image in images if image.regions]
    some = some[:: max(1, len(some) // LOOKED_AT)][:LOOKED_AT]
    if len(some) < LEAST_PICTURES:
        return "maps"
    finder, side = LineFinder.published(), choose_side(images)
    pages = PageReader(finder, lambda strips: [], lambda logits: Reading("", 0.0))
    counts, covered = [], []
    for number, image in enumerate(some):
        tick(number, len(some))
        picture = open_picture(root / image.image)
        found = pages.outlines(picture, side)
        counts.append(len(found))
        quads = [[whole(one, ratio, upright, picture) for one in found] for ratio in (0.8, 1.2, 1.6)]
        covered += [any(_best(region.quad, grown) >= SAME for grown in quads) for region in image.regions]
    return "lines" if np.median(counts) >= PAGE_LINES and np.mean(covered) >= COVERED else "maps"


def _best(truth: object, quads: Sequence[Points]) -> float:
    return max((iou(quad, as_quad(truth)) for quad in quads), default=0.0)  # type: ignore[arg-type]


def learn(
    spec: BundleSpec,
    folder: Path,
    root: Path,
    images: Sequence[PreparedImage],
    tick: Tick,
    enough: Enough = never,
) -> BundleSpec:
    """Writes the labeller into the bundle and gives back what the bundle says, with growth, thresholds and counts.

    The thresholds are chosen on pages that the labeller which judged them had not seen (cross-fitting).
    """
    pages = [image for image in images if image.regions][:MOST_PAGES]
    bundle = Bundle(folder, spec, threads=1)
    reader = bundle.pages
    truths = [_truths(image, spec.label_names) for image in pages]
    growth = _habit(reader, spec, root, pages, truths)
    part = spec.finder.model_copy(update={"unclip": (growth,) * len(spec.labels)})

    def read(image: PreparedImage) -> tuple[Page, list[Points]]:
        seen = reader.lines(open_picture(root / image.image), part, spec.reader.margin)
        return [one.line for one in seen], [one.quad for one in seen]

    read_pages: list[Page] = []
    told: list[list[int | None]] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for number, (lines, quads) in enumerate(pool.map(read, pages)):
            tick(number, len(pages))
            if enough(number):
                pages, truths = pages[:number], truths[:number]
                pool.shutdown(wait=False, cancel_futures=True)
                break
            read_pages.append(lines)
            told.append(answers(quads, truths[number]))
    fit(read_pages, told, spec.label_names).save(folder)
    counts = habits.counts(truths, len(spec.labels))
    most = tuple(map(habits.most, counts))
    scores = _cross_fitted(read_pages, told, spec.label_names)
    thresholds = tuple(
        _threshold([page[:, label] for page in scores], told, label, counts[label], most[label])
        for label in range(len(spec.labels))
    )
    done = part.model_copy(update={"thresholds": thresholds, "most": most})
    return spec.model_copy(update={"finder": done})


def _truths(image: PreparedImage, labels: Sequence[str]) -> Truths:
    return [(labels.index(region.label), as_quad(region.quad)) for region in image.regions]


def _habit(
    reader: PageReader, spec: BundleSpec, root: Path, pages: Sequence[PreparedImage], truths: Sequence[Truths]
) -> float:
    """How far lines are grown to be most like the drawn regions."""
    totals = dict.fromkeys(GROWTHS, 0.0)
    for image, true in list(zip(pages, truths, strict=True))[: 4 * LOOKED_AT]:
        picture = open_picture(root / image.image)
        found = reader.outlines(picture, spec.finder.side)
        for ratio in GROWTHS:
            quads = [whole(one, ratio, spec.finder.axis_aligned, picture) for one in found]
            totals[ratio] += sum(_best(quad, quads) for _, quad in true)
    return max(GROWTHS, key=lambda ratio: totals[ratio])


def _cross_fitted(
    pages: Sequence[Page], told: Sequence[Sequence[int | None]], labels: Sequence[str]
) -> list[np.ndarray]:
    """Scores of each page by a labeller that learned from the others."""
    folds = min(FOLDS, len(pages))
    scores: list[np.ndarray] = [np.zeros((0, len(labels)), np.float32)] * len(pages)
    for fold in range(folds):
        others = [place for place in range(len(pages)) if place % folds != fold]
        labeller: Labeller = fit([pages[place] for place in others], [told[place] for place in others], labels)
        for place in range(fold, len(pages), folds):
            scores[place] = labeller.scores(pages[place])
    return scores


def _threshold(
    scores: Sequence[np.ndarray], told: Sequence[Sequence[int | None]], label: int, counts: Sequence[int], most: int
) -> float:
    """The score from which lines are taken as fields of this label: where F1 is best, the middle of equals."""
    worth = {threshold: _f1(scores, told, label, counts, most, threshold) for threshold in (0.1, 0.2, *THRESHOLDS)}
    best = max(worth.values())
    good = [threshold for threshold, value in worth.items() if value >= best - 1e-9]
    return good[len(good) // 2]


def _f1(
    scores: Sequence[np.ndarray],
    told: Sequence[Sequence[int | None]],
    label: int,
    counts: Sequence[int],
    most: int,
    threshold: float,
) -> float:
    right = returned = 0
    for page, wanted in zip(scores, told, strict=True):
        sure = [place for place in np.argsort(-page).tolist() if page[place] >= threshold]
        taken = sure[:most] if most else sure
        returned += len(taken)
        right += sum(wanted[place] == label + 1 for place in taken)
    return 2 * right / max(returned + sum(counts), 1)
