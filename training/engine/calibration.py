"""The numbers of a bundle that are chosen, not learned: where to cut the finder's maps, how far to grow what was found,
how sure to be of a reading. Chosen on training pictures, never on the test.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.engine.bundle import BundleSpec
from training.engine.charset import Charset, clean_text
from training.engine.confidence import fit_curve, fit_temperature
from training.engine.crops import FinderInput, Picture, cut, fit_image
from training.engine.geometry import Points, as_quad, clip_to_image, iou
from training.engine.held_out import distinct
from training.engine.lines import LineFinder
from training.engine.outlines import Outline, outlines, suppress, unclip
from training.engine.pictures import open_picture
from training.engine.predict import Bundle
from training.engine.prepare import PreparedImage
from training.engine.rows import lay_out, training_lines
from training.engine.time_limit import Enough, never

THRESHOLDS = tuple(np.round(np.arange(0.3, 0.86, 0.05), 2).tolist())
UNCLIPS = tuple(np.round(np.arange(1.0, 3.01, 0.1), 2).tolist())
PICTURES = 48
"""More are not looked at: held-out ones first."""
GOOD_IOU = 0.5
RECALL_COUNTS = 4.0
"""How much a missed field weighs against an invented one (beta squared): it must be found and typed by hand."""
AS_GOOD = 0.01
"""Of that worth: half a field of fifty says nothing."""

Seen = list[tuple[Points, float]]


def calibrate(
    spec: BundleSpec,
    bundle_folder: Path,
    root: Path,
    held_out: Sequence[PreparedImage],
    learn: Sequence[PreparedImage],
    tick: Callable[[int, int], bool],
    enough: Enough = never,
) -> BundleSpec:
    """`spec` with the threshold and the growth for each label under which the boxes are most like the user's own."""
    bundle = Bundle.load(bundle_folder)
    chosen = distinct([*held_out, *learn])[:PICTURES]
    cases: list[list[tuple[list[Outline], list[Points], FinderInput]]] = [[] for _ in spec.labels]
    for number, image in enumerate(chosen):
        tick(number, len(chosen))
        if enough(number):
            break
        fitted = fit_image(open_picture(root / image.image), spec.finder.side)
        maps = bundle.maps(fitted)
        for index, name in enumerate(spec.label_names):
            truths = [fitted.to_pixels(as_quad(r.quad)) for r in image.regions if r.label == name]
            cases[index].append((_outlines(maps[:, :, index], spec), truths, fitted))
    found = [_best(label, spec.finder.thresholds[i], spec.finder.unclip[i]) for i, label in enumerate(cases)]
    thresholds, growths = zip(*found, strict=True)
    finder = spec.finder.model_copy(update={"thresholds": thresholds, "unclip": growths})
    return spec.model_copy(update={"finder": finder})


def calibrate_confidence(
    folder: Path,
    root: Path,
    held_out: Sequence[PreparedImage],
    tick: Callable[[int, int], bool],
    enough: Enough = never,
) -> BundleSpec:
    """What the bundle in `folder` says of itself, with confidences fitted on the texts of pictures kept aside."""
    spec = BundleSpec.load(folder)
    crops: list[Picture] = []
    texts: list[str] = []
    labels: list[str] = []
    for number, image in enumerate(held_out):
        tick(number, len(held_out))
        if enough(number):
            break
        picture = open_picture(root / image.image)
        for region in image.regions:
            if region.text and not Charset(spec.charset).missing(region.text):
                crops.append(cut(picture, region.quad, spec.reader.margin))
                texts.append(region.text)
                labels.append(region.label)
    if not crops:
        return spec
    temperature = _temperature(Bundle(folder, spec, None), crops, texts)
    warmer = spec.model_copy(update={"temperature": temperature})
    readings = Bundle(folder, warmer, None).read(crops, labels)
    rights = [clean_text(reading.text) == text for reading, text in zip(readings, texts, strict=True)]
    curve = fit_curve(readings, rights)
    return warmer.model_copy(update={"sureness": (curve.offset, curve.slope)})


def _temperature(bundle: Bundle, crops: Sequence[Picture], texts: Sequence[str]) -> float:
    """Fitted on what is read at once: whole regions, or the single rows that the texts were aligned with."""
    charset, part = Charset(bundle.spec.charset), bundle.spec.reader
    if part.whole:
        return fit_temperature(bundle.logits(crops), [charset.encode(text) for text in texts], part.decoder)
    finder = LineFinder.load(bundle.folder / bundle.spec.lines.file)
    lines, _ = training_lines([lay_out(crop, finder) for crop in crops], texts, bundle.logits, charset)
    ids = [charset.encode(line.text) for line in lines]
    return fit_temperature(bundle.logits([line.strip for line in lines]), ids, part.decoder)


def _outlines(probabilities: NDArray[np.float32], spec: BundleSpec) -> list[Outline]:
    return outlines(np.ascontiguousarray(probabilities), spec.finder.binarise, spec.finder.axis_aligned)


def _best(
    cases: Sequence[tuple[list[Outline], list[Points], FinderInput]], threshold: float, growth: float
) -> tuple[float, float]:
    """(threshold, unclip): first how far to grow, at a lenient threshold, then the threshold."""
    if not any(truths for _, truths, _ in cases):
        return threshold, growth
    grown = {ratio: [_grown(found, ratio, fitted) for found, _, fitted in cases] for ratio in UNCLIPS}
    truths = [truths for _, truths, _ in cases]
    growth = max(UNCLIPS, key=lambda ratio: _overlap(grown[ratio], truths))
    scores = {cut: _worth(grown[growth], truths, cut) for cut in THRESHOLDS}
    best = max(scores.values())
    # Several cuts are as good, the higher ones mostly because the finder knows these pictures.
    good = [cut for cut in THRESHOLDS if scores[cut] >= best - AS_GOOD]
    return good[len(good) // 4], growth


def _grown(found: Sequence[Outline], ratio: float, fitted: FinderInput) -> Seen:
    quads = [clip_to_image(unclip(outline.quad, ratio), *fitted.filled) for outline in found]
    return [(quad, outline.score) for quad, outline in zip(quads, found, strict=True)]


def _overlap(seen: Sequence[Seen], truths: Sequence[Sequence[Points]]) -> float:
    """How well the regions are covered by the box that covers each best, on the average."""
    best = [
        max((iou(quad, truth) for quad, _ in found), default=0.0)
        for found, true in zip(seen, truths, strict=True)
        for truth in true
    ]
    return float(np.mean(best))


def _worth(seen: Sequence[Seen], truths: Sequence[Sequence[Points]], threshold: float) -> float:
    matched = found = true = 0
    for boxes, wanted in zip(seen, truths, strict=True):
        sure = [(quad, score) for quad, score in boxes if score >= threshold]
        kept = suppress([quad for quad, _ in sure], [score for _, score in sure])
        matched += sum(any(iou(sure[place][0], truth) >= GOOD_IOU for place in kept) for truth in wanted)
        found, true = found + len(kept), true + len(wanted)
    return (1.0 + RECALL_COUNTS) * matched / max(found + RECALL_COUNTS * true, 1)
