"""Receipts: a model trained on the fields of scanned receipts against RapidOCR's PP-OCRv6, on the same held-out scans.

    python benchmarks/receipts.py DATA [--run RUN | --bundle BUNDLE] [--threads 1]

DATA holds manifest.jsonl, as run folders have it, with the labels company, date and total, and images/. With RUN the
run folder is made there and kept (an interrupted training goes on); without it, in a temporary folder. With BUNDLE
nothing is trained. The tables are printed and kept in benchmarks/results/receipts.md and .json.

Texts are compared as typed, spaces and case included, and once more upper-case, A-Z and 0-9 alone. RapidOCR reads each
region in two ways: it looks for lines in the crop and joins them, or it takes the crop as one line.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import measuring, spent_time
from benchmarks.measuring import Training, held_out, plain, share
from benchmarks.systems import Answer, Ours, Rapid
from training.engine.charset import clean_text
from training.engine.crops import Picture, cut
from training.engine.manifest import ManifestImage, read_manifest
from training.engine.pictures import open_picture
from training.engine.scores import character_error_rate, match_quads, wilson
from training.engine.spec import LabelSpec, TrainSpec

LABELS = ("company", "date", "total")
SPEC = TrainSpec(project="Receipts", labels=tuple(LabelSpec(name=label) for label in LABELS))
AVERAGE = "average"
SCORES = ("precision", "recall", "f1", "f1_plain")


@dataclass(frozen=True)
class Text:
    """A true text of one of the fields, and what was read there."""

    label: str
    truth: str
    reading: str

    @property
    def typed(self) -> bool:
        return self.truth == self.reading

    @property
    def plain(self) -> bool:
        return plain(self.truth) == plain(self.reading)


@dataclass(frozen=True)
class Field:
    """Counts of one field on one receipt: true regions, answers, and answers whose box and text are right."""

    label: str
    true: int
    found: int
    typed: int
    plain: int

    def scores(self) -> dict[str, tuple[int, float]]:
        """What is right, of how many: F1 is the share of right answers in the mean of true ones and answers."""
        mean_count = (self.true + self.found) / 2
        return {
            "precision": (self.typed, self.found),
            "recall": (self.typed, self.true),
            "f1": (self.typed, mean_count),
            "f1_plain": (self.plain, mean_count),
        }


# Given the region


def read_regions(
    read: Callable[[Picture], str], images: Sequence[ManifestImage], root: Path
) -> tuple[list[Text], float]:
    """The texts of all receipts, and the median milliseconds a region."""
    texts: list[Text] = []
    seconds: list[float] = []
    for image in images:
        picture = open_picture(root / image.image)
        for region in image.regions:
            if region.text is None or region.label not in LABELS:
                continue
            crop = cut(picture, region.quad)
            started = time.perf_counter()
            reading = read(crop)
            seconds.append(time.perf_counter() - started)
            texts.append(Text(region.label, clean_text(region.text), clean_text(reading)))
    return texts, 1000 * median(seconds)


def exact(texts: Sequence[Text], label: str, *, typed: bool) -> float:
    """The share of a field's texts that are right; `AVERAGE`: the mean over the fields."""
    if label == AVERAGE:
        return mean(exact(texts, one, typed=typed) for one in LABELS)
    own = [text for text in texts if text.label == label]
    return sum(text.typed if typed else text.plain for text in own) / max(len(own), 1)


def reading_rows(system: str, texts: Sequence[Text]) -> list[str]:
    rows = []
    for label in (*LABELS, AVERAGE):
        own = [text for text in texts if label in (text.label, AVERAGE)]
        cells = [told(exact(texts, label, typed=typed), len(own)) for typed in (True, False)]
        errors = character_error_rate([(text.truth, text.reading) for text in own])
        rows.append(_row(system, label, *cells, f"{100 * errors:.1f} %"))
    return rows


def told(value: float, of: float) -> str:
    """A share of `of` with its interval; an average of fields is taken for a share of all their texts."""
    return share(value, *wilson(value * of, of))


# Whole receipts


def find_fields(answers: Sequence[Answer], image: ManifestImage) -> list[Field]:
    """Counts of each field: an answer is right where its label, its box (IoU ≥ 0.5) and its text are.

    An answer at a region whose text nobody has typed counts neither way.
    """
    regions = [region for region in image.regions if region.label in LABELS]
    named = [(answer.label or "", answer.quad) for answer in answers]
    matches = match_quads([(region.label, region.quad) for region in regions], named)
    untyped = {match.found for match in matches if regions[match.truth].text is None}
    pairs = [
        Text(
            regions[match.truth].label,
            clean_text(regions[match.truth].text or ""),
            clean_text(answers[match.found].text),
        )
        for match in matches
        if match.found not in untyped
    ]
    return [
        Field(
            label,
            true=sum(region.label == label and region.text is not None for region in regions),
            found=sum(answer.label == label for place, answer in enumerate(answers) if place not in untyped),
            typed=sum(pair.label == label and pair.typed for pair in pairs),
            plain=sum(pair.label == label and pair.plain for pair in pairs),
        )
        for label in LABELS
    ]


def find_all(system: Ours | Rapid, images: Sequence[ManifestImage], root: Path) -> tuple[list[Field], float]:
    """The counts of each field on each receipt, and the median milliseconds a receipt."""
    fields: list[Field] = []
    seconds: list[float] = []
    for image in images:
        picture = open_picture(root / image.image)
        started = time.perf_counter()
        answers = system.photo(picture)
        seconds.append(time.perf_counter() - started)
        fields += find_fields(answers, image)
    return fields, 1000 * median(seconds)


def total(fields: Sequence[Field], label: str) -> Field:
    own = [field for field in fields if field.label == label]
    counts = {name: sum(getattr(field, name) for field in own) for name in ("true", "found", "typed", "plain")}
    return Field(label, **counts)


def score_of(fields: Sequence[Field], label: str, name: str) -> float:
    """One of `SCORES` of one field over all receipts; `AVERAGE`: the mean over the fields."""
    if label == AVERAGE:
        return mean(score_of(fields, one, name) for one in LABELS)
    right, of = total(fields, label).scores()[name]
    return right / of if of else 0.0


def finding_rows(system: str, fields: Sequence[Field]) -> list[str]:
    rows = []
    for label in (*LABELS, AVERAGE):
        own = [total(fields, one).scores() for one in LABELS if label in (one, AVERAGE)]
        counts = {name: sum(scores[name][1] for scores in own) for name in SCORES}
        rows.append(_row(system, label, *(told(score_of(fields, label, name), counts[name]) for name in SCORES)))
    return rows


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


# Tables


@dataclass(frozen=True)
class Measured:
    """What one system did; `finding` None: it cannot name a field."""

    system: str
    reading: list[Text]
    milliseconds_a_region: float
    finding: list[Field] | None
    milliseconds_a_receipt: float | None

    def numbers(self) -> dict[str, object]:
        """Shares, for the JSON file."""
        labels = (*LABELS, AVERAGE)
        return {
            "system": self.system,
            "of": {label: sum(text.label == label for text in self.reading) for label in LABELS},
            "typed": {label: exact(self.reading, label, typed=True) for label in labels},
            "plain": {label: exact(self.reading, label, typed=False) for label in labels},
            "milliseconds_a_region": self.milliseconds_a_region,
            "milliseconds_a_receipt": self.milliseconds_a_receipt,
            "end_to_end": self.finding
            and {name: {label: score_of(self.finding, label, name) for label in labels} for name in SCORES},
        }


def measure(threads: int, ours: Ours, images: Sequence[ManifestImage], root: Path) -> list[Measured]:
    rapid = Rapid(threads)
    found, took = find_all(ours, images, root)
    # RapidOCR's fields cannot be counted, but what it costs to run it over a receipt can.
    _, rapid_took = find_all(rapid, images, root)
    return [
        Measured(ours.name, *read_regions(ours.region, images, root), found, took),
        Measured(rapid.name, *read_regions(rapid.region, images, root), None, rapid_took),
        Measured(f"{rapid.name}, the crop as one line", *read_regions(rapid.line, images, root), None, None),
    ]


def table(measured: Sequence[Measured], training: Training | None, images: int, threads: int) -> str:
    lines = [
        "# Receipts, held out",
        "",
        f"{images} receipts not trained on; {threads} thread(s). In brackets 95 % intervals (Wilson); the average "
        "is the mean of the three fields.",
        "",
        "## Given the region",
        "",
        _row("system", "field", "exact as typed", "A-Z and 0-9 alone", "character errors, as typed"),
        _row(*["---"] * 5),
        *(row for one in measured for row in reading_rows(one.system, one.reading)),
        "",
        "## Whole receipts: label, box (IoU ≥ 0.5) and text right, as typed",
        "",
        _row("system", "field", "precision", "recall", "F1", "F1, A-Z and 0-9 alone"),
        _row(*["---"] * 6),
    ]
    for one in measured:
        if one.finding is not None:
            lines += finding_rows(one.system, one.finding)
    lines += [
        _row(Rapid.title, "all", *["cannot name a field"] * 4),
        "",
        "## Time",
        "",
        _row("system", "ms a receipt", "ms a region"),
        _row(*["---"] * 3),
    ]
    for one in measured:
        whole = "–" if one.milliseconds_a_receipt is None else f"{one.milliseconds_a_receipt:.0f}"
        lines.append(_row(one.system, whole, f"{one.milliseconds_a_region:.0f}"))
    if training:
        lines += ["", training.told()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = measuring.parser(__doc__)
    measuring.add_source(parser)
    chosen = parser.parse_args()
    cv2.setNumThreads(chosen.threads)
    images = read_manifest(chosen.data / "manifest.jsonl")
    aside = held_out(images)
    with measuring.bundle_of(chosen, images, SPEC) as (bundle, training):
        ours = Ours(bundle, chosen.threads)
    measured = measure(chosen.threads, ours, aside, chosen.data)
    spent = spent_time.where_time_goes(ours.bundle, [chosen.data / image.image for image in aside])
    told = table(measured, training, len(aside), chosen.threads) + "\n" + spent_time.table(spent, chosen.threads)
    numbers = {
        "results": [one.numbers() for one in measured],
        "time": {**asdict(spent), "on_top": spent.on_top},
        "training": asdict(training) if training else None,
        "threads": chosen.threads,
    }
    measuring.keep(chosen.results, "receipts", told, numbers)


if __name__ == "__main__":
    main()
