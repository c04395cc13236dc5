"""How well a bundle does on images it has not seen; what `evaluation.json` says.

Three questions, per label and overall. Finder: which true regions have a box of their label with IoU ≥ 0.5, one to one?
Reading: given the true region, is its text exactly right? End to end: is there one found region that is both?
Each is counted as typed and `normalised` (upper case, letters and digits alone).
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from training.engine.bundle import Parity
from training.engine.charset import clean_text, one_line
from training.engine.confidence import expected_calibration_error
from training.engine.crops import Picture, cut
from training.engine.manifest import ManifestImage, ManifestRegion, Split
from training.engine.pictures import PictureError, open_picture, write_png
from training.engine.predict import Bundle, Found
from training.engine.report import Stopped
from training.engine.scores import are_typed, character_error_rate, edits, f1, match_quads, normalised, wilson
from training.engine.time_limit import Enough, never

FORMAT_VERSION: Final = 1
EVALUATION_FILE = "evaluation.json"
MISSES_FOLDER = "misses"
MOST_MISSES = 60


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Range = tuple[float, float]
"""From a share to a share: a 95 % interval."""


class Rate(_Frozen):
    """`right` of `of`, as a share with its 95 % interval from `low` to `high` (Wilson); all 0 to 1."""

    right: int
    of: int
    share: float
    low: float
    high: float

    @classmethod
    def count(cls, right: int, of: int) -> "Rate":
        low, high = wilson(right, of)
        return cls(right=right, of=of, share=right / of if of else 0.0, low=low, high=high)


class FinderScores(_Frozen):
    """`matched` of `regions` true ones were found; `found` were returned in all. Ranges are 95 % intervals."""

    regions: int
    found: int
    matched: int
    precision: float
    recall: float
    f1: float
    precision_range: Range = (0.0, 1.0)
    recall_range: Range = (0.0, 1.0)
    f1_range: Range = (0.0, 1.0)

    @classmethod
    def count(cls, regions: int, found: int, matched: int) -> "FinderScores":
        precision = matched / found if found else 0.0
        recall = matched / regions if regions else 0.0
        return cls(
            regions=regions,
            found=found,
            matched=matched,
            precision=precision,
            recall=recall,
            f1=f1(precision, recall),
            precision_range=wilson(matched, found),
            recall_range=wilson(matched, regions),
            # F1 is the share of matches among the mean of both counts.
            f1_range=wilson(matched, (regions + found) / 2),
        )


class Calibration(_Frozen):
    """Of `of` regions found: the mean `confidence` told, the share `right` as typed, their expected `error` (ECE)."""

    of: int
    confidence: float
    right: float
    error: float

    @classmethod
    def over(cls, confidences: Sequence[float], rights: Sequence[bool]) -> "Calibration":
        count = len(confidences)
        return cls(
            of=count,
            confidence=sum(confidences) / count if count else 0.0,
            right=sum(rights) / count if count else 0.0,
            error=expected_calibration_error(confidences, rights),
        )


class TextScores(_Frozen):
    """`exact` as typed, `exact_normalised` upper case with letters and digits alone; character error rates likewise."""

    exact: Rate
    exact_normalised: Rate
    cer: float
    cer_normalised: float

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> "TextScores":
        plain = [(normalised(truth), normalised(reading)) for truth, reading in pairs]
        return cls(
            exact=Rate.count(sum(truth == reading for truth, reading in pairs), len(pairs)),
            exact_normalised=Rate.count(sum(truth == reading for truth, reading in plain), len(plain)),
            cer=character_error_rate(pairs),
            cer_normalised=character_error_rate(plain),
        )


class Scores(_Frozen):
    """`reading` is given the true regions; `end_to_end` is of whole pictures, what is not found counts as read empty.

    `fields` and `fields_normalised` count a found region as a match only where its text is right too.
    """

    finder: FinderScores
    reading: TextScores
    end_to_end: TextScores
    fields: FinderScores | None = None
    fields_normalised: FinderScores | None = None
    calibration: Calibration | None = None


class Miss(_Frozen):
    """Something wrong in a whole picture. `kind`: a region missed, one misread, or one found where none is.

    `truth` None: nothing is there; `reading` None: nothing was found. `given_region` is the reading of the true region.
    `crop` is a PNG file, relative to evaluation.json.
    """

    kind: Literal["missed", "misread", "invented"]
    image: str
    label: str
    quad: tuple[tuple[float, float], ...]
    truth: str | None
    reading: str | None
    given_region: str | None
    confidence: float | None
    edits: int
    crop: str | None


class Evaluation(_Frozen):
    """`skipped` images could not be opened. `milliseconds` is the median time of one prediction, the picture opened.

    `typed` are the labels whose texts have points, signs or case (`scores.are_typed`): only as typed they are right.
    `left_out` images were not looked at, because the time of the run was over; `remarks` say what else was left out.
    `start` is how the published networks do on the same images, before any training for these fields; None where
    several labels have to be told apart, which they cannot.
    """

    format_version: Literal[1] = FORMAT_VERSION
    split: str
    images: int
    skipped: tuple[str, ...]
    overall: Scores
    labels: dict[str, Scores]
    misses: tuple[Miss, ...]
    milliseconds: float
    spec_digest: str
    typed: tuple[str, ...] = ()
    start: Scores | None = None
    parity: Parity | None = None
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "Evaluation":
        return cls.model_validate_json(path.read_bytes())

    def save(self, path: Path) -> None:
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Case:
    """One true region with what was found for it; `text` None where only the box is known."""

    image: str
    region: ManifestRegion
    text: str | None
    given_region: str | None
    found: Found | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What a bundle said of one picture: the cases of its true regions, what it invented, and how long it took."""

    image: str
    cases: tuple[Case, ...]
    invented: tuple[Found, ...]
    seconds: float


def evaluate(
    bundle: Bundle,
    images: Iterable[ManifestImage],
    root: Path,
    split: Split | None = "test",
    folder: Path | None = None,
    on_image: Callable[[int, int], bool] | None = None,
    workers: int = 1,
    most_misses: int = MOST_MISSES,
    clock: Callable[[], float] = time.perf_counter,
    enough: Enough = never,
) -> Evaluation:
    """Measures the bundle on the images of one split (None: all). Image paths are relative to `root`.

    With a `folder`, writes evaluation.json there and the crops of the worst misses under misses/, of which there are
    `most_misses`. `on_image(done, of)` is called for each image; where it says False, Stopped is raised. `workers`
    pictures are looked at at once; `clock` gives the seconds that a prediction's time is taken by. Where `enough` says
    so, the remaining ones are left out.
    """
    chosen = [image for image in images if split is None or image.split == split]
    answered: list[Answered] = []
    skipped: list[str] = []
    left_out: tuple[str, ...] = ()
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(_answer, bundle, root, entry, clock) for entry in chosen]
        try:
            for number, (entry, one) in enumerate(zip(chosen, waiting, strict=True)):
                if on_image is not None and not on_image(number, len(chosen)):
                    raise Stopped("Stopped while evaluating.")
                if enough(number):
                    left_out = tuple(rest.image for rest in chosen[number:])
                    pool.shutdown(wait=False, cancel_futures=True)
                    break
                if (answer := one.result()) is None:
                    skipped.append(entry.image)
                else:
                    answered.append(answer)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    evaluation = _summarise(bundle, split, answered, skipped, most_misses)
    evaluation = evaluation.model_copy(update={"left_out": left_out})
    if folder is not None:
        evaluation = _with_crops(evaluation, root, folder)
        evaluation.save(folder / EVALUATION_FILE)
    return evaluation


def _answer(bundle: Bundle, root: Path, entry: ManifestImage, clock: Callable[[], float]) -> Answered | None:
    """None for a picture that cannot be opened."""
    try:
        picture = open_picture(root / entry.image)
    except PictureError:
        return None
    start = clock()
    found = bundle.predict(picture)
    seconds = clock() - start
    cases, invented = _judge(bundle, entry, picture, found)
    return Answered(entry.image, tuple(cases), tuple(invented), seconds)


def _judge(
    bundle: Bundle, entry: ManifestImage, picture: Picture, found: list[Found]
) -> tuple[list[Case], list[Found]]:
    """A case for each true region of a label the bundle knows; and what was found beyond them."""
    regions = [region for region in entry.regions if region.label in bundle.spec.label_names]
    matches = match_quads([(r.label, r.quad) for r in regions], [(one.label, one.quad) for one in found])
    by_truth = {match.truth: found[match.found] for match in matches}
    readings = bundle.read([cut(picture, region.quad) for region in regions], [region.label for region in regions])
    cases = []
    for index, (region, reading) in enumerate(zip(regions, readings, strict=True)):
        text = clean_text(region.text) if region.text is not None else ""
        cases.append(Case(entry.image, region, text or None, clean_text(reading.text), by_truth.get(index)))
    matched = {match.found for match in matches}
    return cases, [one for index, one in enumerate(found) if index not in matched]


def _summarise(
    bundle: Bundle, split: str | None, answered: Sequence[Answered], skipped: Sequence[str], most_misses: int
) -> Evaluation:
    cases = [case for one in answered for case in one.cases]
    invented = [(one.image, found) for one in answered for found in one.invented]
    return Evaluation(
        split=split or "all",
        images=len(answered),
        skipped=tuple(skipped),
        overall=_scores(cases, len(invented)),
        labels={
            label: _scores(
                [case for case in cases if case.region.label == label], sum(one.label == label for _, one in invented)
            )
            for label in bundle.spec.label_names
        },
        misses=tuple(_misses(cases, invented)[:most_misses]),
        milliseconds=round(median(one.seconds for one in answered) * 1000, 1) if answered else 0.0,
        spec_digest=bundle.spec.spec_digest,
        typed=tuple(label for label in bundle.spec.label_names if are_typed(_texts_of(label, cases))),
    )


def _texts_of(label: str, cases: Sequence[Case]) -> list[str]:
    return [case.text for case in cases if case.region.label == label and case.text is not None]


def _scores(cases: Sequence[Case], invented: int) -> Scores:
    matched = sum(case.found is not None for case in cases)
    typed = [(case.text, case) for case in cases if case.text is not None]
    whole = TextScores.of([(text, _found_text(case)) for text, case in typed])
    returned = invented + sum(case.found is not None for _, case in typed)
    told = [(case.found.confidence, text == _found_text(case)) for text, case in typed if case.found]
    return Scores(
        finder=FinderScores.count(len(cases), matched + invented, matched),
        reading=TextScores.of([(text, case.given_region or "") for text, case in typed]),
        end_to_end=whole,
        fields=FinderScores.count(len(typed), returned, whole.exact.right),
        fields_normalised=FinderScores.count(len(typed), returned, whole.exact_normalised.right),
        calibration=Calibration.over([sure for sure, _ in told], [right for _, right in told]),
    )


def _found_text(case: Case) -> str:
    return clean_text(case.found.text) if case.found else ""


def _misses(cases: Sequence[Case], invented: Sequence[tuple[str, Found]]) -> list[Miss]:
    """The worst first: most edits for the text's length, then what the reader was most sure of."""
    wrong = [_miss(case) for case in cases if case.found is None or case.text not in (None, _found_text(case))]
    beyond = [
        Miss(
            kind="invented",
            image=image,
            label=one.label,
            quad=one.quad,
            truth=None,
            reading=one.text,
            given_region=None,
            confidence=one.confidence,
            edits=len(one.text),
            crop=None,
        )
        for image, one in invented
    ]
    worst = sorted(wrong, key=lambda miss: (-miss.edits / max(1, len(miss.truth or "")), -(miss.confidence or 0)))
    return worst + sorted(beyond, key=lambda miss: -(miss.confidence or 0))


def _miss(case: Case) -> Miss:
    reading = _found_text(case) if case.found else None
    return Miss(
        kind="misread" if case.found else "missed",
        image=case.image,
        label=case.region.label,
        quad=case.region.quad,
        truth=case.text,
        reading=reading,
        given_region=case.given_region,
        confidence=case.found.confidence if case.found else None,
        edits=edits(case.text or "", reading or ""),
        crop=None,
    )


def _with_crops(evaluation: Evaluation, root: Path, folder: Path) -> Evaluation:
    (folder / MISSES_FOLDER).mkdir(parents=True, exist_ok=True)
    for old in (folder / MISSES_FOLDER).glob("*.png"):
        old.unlink()
    misses: list[Miss] = []
    for number, miss in enumerate(evaluation.misses):
        name = f"{MISSES_FOLDER}/{number:03d}.png"
        write_png(folder / name, cut(open_picture(root / miss.image), miss.quad))
        misses.append(miss.model_copy(update={"crop": name}))
    return evaluation.model_copy(update={"misses": tuple(misses)})


def sentence(rate: Rate) -> str:
    """`reads 43 of 46 held-out fields exactly (93 %, likely between 82 and 98 %)`"""
    if rate.of == 0:
        return "was not measured: there are no held-out fields with a text"
    share, low, high = (round(100 * value) for value in (rate.share, rate.low, rate.high))
    fields = "field" if rate.of == 1 else "fields"
    return f"reads {rate.right} of {rate.of} held-out {fields} exactly ({share} %, likely between {low} and {high} %)"


def summary(evaluation: Evaluation) -> str:
    """One sentence or two about whole pictures: as typed, and where it differs, letters and digits alone."""
    typed, plain = evaluation.overall.end_to_end.exact, evaluation.overall.end_to_end.exact_normalised
    told = f"It {sentence(typed)}."
    if plain.right != typed.right:
        told += f" Counting letters and digits alone: {plain.right} of {plain.of} ({round(100 * plain.share)} %)."
    return told


def describe(miss: Miss) -> str:
    """One miss in a line for a terminal."""
    truth = one_line(miss.truth or "")
    if miss.kind == "missed":
        return f"{miss.image}: {miss.label} {truth!r} was not found"
    if miss.kind == "invented":
        return f"{miss.image}: {miss.label} {one_line(miss.reading or '')!r} was found where none is marked"
    return f"{miss.image}: {miss.label} {truth!r} was read as {one_line(miss.reading or '')!r}"
