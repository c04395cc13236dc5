"""One run, from a folder of pictures to a bundle that predicts."""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np

from training.engine import (
    augment,
    bundling,
    conversion,
    device,
    export,
    finder_training,
    formats,
    held_out,
    page_training,
    reader_training,
    readers,
    time_limit,
    zoo,
)
from training.engine.bundle import FinderKind
from training.engine.bundling import BUNDLE_FOLDER, Made, forget
from training.engine.card import write_card
from training.engine.charset import Charset, one_line
from training.engine.crops import Around, Picture, cut_around, fit, fitted_width, padded_width
from training.engine.decode import Logits
from training.engine.evaluate import EVALUATION_FILE, Scores, evaluate
from training.engine.lines import LineFinder
from training.engine.manifest import ManifestImage, read_manifest
from training.engine.pictures import open_picture
from training.engine.predict import Bundle
from training.engine.prepare import MANIFEST_FILE, NothingToTrain, Prepared, PreparedImage, PreparedRegion, prepare
from training.engine.reader_training import Line
from training.engine.recipe import Recipe
from training.engine.report import OnEpoch, Part
from training.engine.rows import Layout, lay_out, training_lines
from training.engine.sessions import open_session
from training.engine.spec import TrainSpec
from training.engine.teaching import Lesson, Run, is_finished, progress_of, shares_of, teach
from training.engine.time_limit import TimeLimit
from training.engine.trainer import Trainer, steps_in
from training.engine.zoo.reader import Reader

FINDER_TIME = 0.6
"""Share of the time for learning after which the reader must have its turn."""
LEAST_REGIONS = 16
"""In which rows of text are looked for, and whose surroundings are cut out, however late it is."""
LEAST_MEASURED = 5
"""Test images that a version is measured on, however late it is."""
MEASURING_SHARE = 1 / 3
"""Of the time that is left: the untrained start and the live version are measured on the same images after it."""
PARTS: tuple[Part, ...] = ("finder", "reader")
LEAST_BATCH = 4
PATIENT = 4
"""A training gives up early at the soonest after this part of its epochs without a better score."""


def train(spec: TrainSpec, folder: Path, on_epoch: OnEpoch) -> None:
    """Prepares, trains, exports and measures; leaves bundle/ and evaluation.json in `folder`.

    Where an earlier process was stopped or killed, it goes on from the newest checkpoint. `on_epoch` is called every
    few seconds; where it says False, Stopped is raised. Raises EngineError with a sentence where nothing can be made.
    """
    began = time_limit.now()
    readers.check(spec)
    formats.check(spec.exports)
    keras.utils.set_random_seed(spec.seed)
    on = device.choose(spec.precision)
    run = Run(folder, "", on_epoch, TimeLimit(spec.max_minutes, began))
    run.tell("preparing", always=True, message=f"Training on {on.name}.")
    if not (_is_published(spec) or conversion.possible()):
        run.tell("preparing", always=True, message="TensorFlow makes the bundle in the end, and is not installed here.")
    prepared = prepare(spec, folder, _in_time(run))
    run.digest = hashlib.sha256(f"{spec.digest()}{prepared.digest}".encode()).hexdigest()
    before = [found[0] for part in PARTS if (found := progress_of(run, part))]
    run.limit.started -= max((progress.spent for progress in before), default=0.0)
    run.start_log([entry for progress in before for entry in progress.history])
    learn, aside = held_out.part(prepared.of("train"), spec.seed)
    kind = spec.finder or _kind(spec, run, prepared)
    run.shares = shares_of(kind, spec.network)
    finder_data = _finder_data(spec, folder, prepared, learn, aside, kind)
    if kind == "maps":
        _teach_finder(spec, run, on, finder_data, prepared.upright, _rest(prepared, aside))
    charset = Charset(prepared.charset)
    longest = prepared.max_sequence_length
    separator = _teach_reader(spec, run, on, charset, longest, learn, aside, _rest(prepared, aside))
    made = Made(spec, run, on.name, finder_data, charset, longest, separator, prepared.upright, kind)
    bundling.make(made, _ticker(run, "exporting"))
    _measure(run, folder, made)


def _is_published(spec: TrainSpec) -> bool:
    """Whether the reader is the published one and nothing more: it aligns rows, and is exported into its own graph."""
    return spec.network == zoo.PPOCR and spec.rectifier is None


def _ticker(run: Run, step: Any, low: float = 0.0, high: float = 1.0) -> Callable[[int, int], bool]:
    """For work that asks piece by piece and fills a step from `low` to `high`; `tell` itself raises Stopped."""

    def tick(done: int, of: int) -> bool:
        run.tell(step, within=low + (high - low) * done / max(of, 1))
        return True

    return tick


def _in_time(run: Run) -> Callable[[int, int], bool]:
    """For what comes before the training, of which nothing can be left out."""
    tick = _ticker(run, "preparing")

    def check(done: int, of: int) -> bool:
        run.limit.check()
        return tick(done, of)

    return check


def _rest(prepared: Prepared, aside: Sequence[PreparedImage]) -> float:
    """How many times the pictures kept aside there is still to look at after the training.

    Those of the test with the new version, with the untrained start and with the version that is live, and those that
    the new one's numbers are chosen on.
    """
    return 3.0 * len(prepared.of("test")) / max(1, len(aside)) + 2.0


# Finder


def _kind(spec: TrainSpec, run: Run, prepared: Prepared) -> FinderKind:
    """Where every picture is nothing but its one text, there is nothing to find."""
    images = prepared.of("train")
    if len(spec.labels) == 1 and all(map(page_training.is_field, images)):
        return "whole"
    return page_training.choose_kind(run.folder, images, prepared.upright, _in_time(run))


def _finder_data(
    spec: TrainSpec, folder: Path, prepared: Prepared, learn: list[PreparedImage], aside: list[PreparedImage], kind: str
) -> finder_training.FinderData:
    images = prepared.of("train")
    choose = finder_training.choose_side if kind == "maps" else page_training.choose_side
    side = spec.finder_side or choose(images)
    window = finder_training.choose_window(images, side)
    return finder_training.FinderData(folder, spec.label_names, side, window, learn, aside)


def _teach_finder(
    spec: TrainSpec, run: Run, on: device.Device, data: finder_training.FinderData, upright: bool, rest: float
) -> None:
    if is_finished(run, "finder"):
        return
    begun = time.monotonic()
    recipe = _recipe(finder_training.RECIPE, spec.finder_epochs, len(data.learn), on)
    steps = steps_in(len(data.learn), recipe.batch, recipe.least_steps)
    with on.strategy.scope():
        model = zoo.network("finder", "finder").build(len(data.labels), dtype=on.policy)
    trainer = Trainer(model, finder_training.loss, finder_training.HEADS, recipe, steps * recipe.epochs_each, on)
    measure = finder_training.HeldOut(model, data, upright)

    def batches(number: int) -> Any:
        arrays = finder_training.epoch(data, recipe, spec.seed, number)
        return trainer.batches(arrays)

    lesson = Lesson("finder", recipe, steps, batches, measure.score, finder_training.key, begun, FINDER_TIME, rest)
    teach(run, lesson, trainer)
    forget()


def _recipe(recipe: Recipe, epochs: int | None, items: int, on: device.Device, size: float = 1.0) -> Recipe:
    """The recipe for so many items: a handful makes small batches, large ones too, several devices share more."""
    least = min(LEAST_BATCH, recipe.batch)
    batch = min(max(least, round(recipe.batch / size)), max(least, items // 4)) * on.replicas
    chosen = recipe.epochs if epochs is None else epochs
    fitting = replace(recipe, epochs=chosen, batch=batch, trainings=max(1, min(recipe.trainings, chosen)))
    return replace(fitting, patience=max(recipe.patience, fitting.epochs_each // PATIENT))


# Reader


def _teach_reader(
    spec: TrainSpec,
    run: Run,
    on: device.Device,
    charset: Charset,
    longest: int,
    learn: Sequence[PreparedImage],
    aside: Sequence[PreparedImage],
    rest: float,
) -> str:
    """Returns what the user's texts put between two rows."""
    with on.strategy.scope():
        reader = readers.build(spec, charset, longest, dtype=on.policy)
    if reader.form.whole:
        found, separator = _regions(run, [*learn, *aside]), " "
    else:
        aligns = reader if _is_published(spec) else readers.published(charset)
        found, separator = _lines(run, aligns, charset, [*learn, *aside])
    data = _reader_data(spec, reader, charset, _of(found, learn), _of(found, aside))
    if not is_finished(run, "reader"):
        recipe = _recipe(reader.recipe, spec.reader_epochs, len(data.learn), on, reader_training.size(data))
        steps = steps_in(len(data.learn), recipe.batch, recipe.least_steps)
        total = steps * recipe.epochs_each
        shapes = reader_training.shapes(reader.form)
        loss = reader_training.loss_of(reader)
        trainer = Trainer(reader.model, loss, reader.heads, recipe, total, on, shapes=shapes)
        measure = reader_training.HeldOut(reader, data)

        def batches(number: int) -> Any:
            arrays = reader_training.epoch(data, recipe, spec.seed, number)
            return trainer.batches(arrays)

        lesson = Lesson("reader", recipe, steps, batches, measure.score, reader_training.key, rest=rest)
        teach(run, lesson, trainer)
    forget()
    return separator


def _reader_data(
    spec: TrainSpec, reader: Reader, charset: Charset, learn: list[Line], aside: list[Line]
) -> reader_training.ReaderData:
    """Lines the reader can say. Where all of them lie on one side of the division, they serve for both."""
    sides = [[line for line in side if reader_training.readable(line, reader.form)] for side in (learn, aside)]
    learn, aside = sides
    if not learn and not aside:
        most = reader.form.most
        why = f"it reads at most {most} character{'s' * (most > 1)}" if most else "every one is too long for its width"
        raise NothingToTrain(f"No region's text can be read by the network {spec.network}: {why}.")
    return reader_training.ReaderData(charset, reader.form, learn or aside, aside or learn, reader.noise)


def _regions(run: Run, images: Sequence[PreparedImage]) -> list[tuple[str, Line]]:
    """Each crop whole, as (its image, line), rows and all; they are said with a space between them."""
    regions = _read_regions(images)
    return [
        (image.image, Line(_crop(run.folder, region), one_line(region.text or ""), around))
        for (image, region), around in zip(regions, _around(run, regions), strict=True)
    ]


def _lines(
    run: Run, aligns: Reader, charset: Charset, images: Sequence[PreparedImage]
) -> tuple[list[tuple[str, Line]], str]:
    """Each row of each crop as (its image, line), and the separator of rows; as the published reader aligns them."""
    regions = _read_regions(images)
    finder = LineFinder.published()
    layouts: list[Layout] = []
    for _, region in regions:
        if len(layouts) >= LEAST_REGIONS and run.limit.learned_enough(1.0):
            run.limit.leave_out(f"Texts were learned from {len(layouts)} of {len(regions)} fields.")
            break
        run.tell("training", "reader", message="Looking for rows of text.")
        layouts.append(lay_out(_crop(run.folder, region), finder))
    regions = regions[: len(layouts)]
    texts = [region.text or "" for _, region in regions]
    rows, separator = training_lines(layouts, texts, _reading(run, aligns), charset)
    around = _around(run, regions)
    lines = [Line(row.strip, row.text, around[row.crop] if row.whole else None) for row in rows]
    return [(regions[row.crop][0].image, line) for row, line in zip(rows, lines, strict=True)], separator


def _read_regions(images: Sequence[PreparedImage]) -> list[tuple[PreparedImage, PreparedRegion]]:
    """Those with a crop and a text, image after image."""
    return [(image, region) for image in images for region in image.regions if region.crop and region.text]


def _around(run: Run, regions: Sequence[tuple[PreparedImage, PreparedRegion]]) -> list[Around]:
    """Each region once more, cut from its picture with what lies around it."""
    found: list[Around] = []
    for image, group in groupby(regions, key=lambda one: one[0].image):
        run.tell("training", "reader", message="Looking around the regions.")
        picture = open_picture(run.folder / image)
        found += [cut_around(picture, region.quad, augment.ROOM) for _, region in group]
    return found


def _crop(folder: Path, region: PreparedRegion) -> Picture:
    return open_picture(folder / str(region.crop))


def _of(lines: Sequence[tuple[str, Line]], images: Sequence[PreparedImage]) -> list[Line]:
    names = {image.image for image in images}
    return [line for image, line in lines if image in names]


def _reading(run: Run, reader: Reader) -> Callable[[Sequence[Picture]], list[Logits]]:
    """The reader as what aligns rows: crops in, float32[T, C] out, each as it would be read in serving.

    Through ONNX Runtime, which takes any width: on JAX a dozen of them would have to be compiled first.
    """
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "reader.onnx"
        export.as_published(reader.model, path)
        session = open_session(path)

    def read(crops: Sequence[Picture]) -> list[Logits]:
        answers: dict[int, Logits] = {}
        widths = [padded_width(fitted_width(crop)) for crop in crops]
        for width in sorted(set(widths)):
            places = [place for place, own in enumerate(widths) if own == width]
            for start in range(0, len(places), reader_training.SCORING_BATCH):
                run.tell("training", "reader", message="Looking for rows of text.")
                chunk = places[start : start + reader_training.SCORING_BATCH]
                pixels = np.stack([fit(crops[place], width=width) for place in chunk])
                answers.update(zip(chunk, session.run(["logits"], {"pixels": pixels})[0], strict=True))
        return [answers[place] for place in range(len(crops))]

    return read


# Measuring


def _measure(run: Run, folder: Path, made: Made) -> None:
    """evaluation.json: the bundle as it lies on disk, on images no choice was made by, beside the untrained start."""
    run.tell("evaluating", always=True)
    began = time.monotonic()
    bundle = Bundle.load(folder / BUNDLE_FOLDER, threads=1)
    images = read_manifest(folder / MANIFEST_FILE)
    workers = os.cpu_count() or 1
    enough = run.limit.enough_within(MEASURING_SHARE, LEAST_MEASURED)
    tick = _ticker(run, "evaluating", 0.0, 0.6)
    evaluation = evaluate(bundle, images, folder, "test", folder, tick, workers, enough=enough)
    if evaluation.left_out:
        of = evaluation.images + len(evaluation.skipped) + len(evaluation.left_out)
        run.limit.leave_out(f"The version was measured on {evaluation.images} of {of} test images.")
    same = [image for image in images if image.image not in evaluation.left_out]
    before = _start(made, same, workers, _ticker(run, "evaluating", 0.6, 1.0))
    told = {"start": before, "parity": bundle.spec.parity, "remarks": run.limit.remarks()}
    evaluation = evaluation.model_copy(update=told)
    evaluation.save(folder / EVALUATION_FILE)
    evaluation.save(folder / BUNDLE_FOLDER / EVALUATION_FILE)
    write_card(folder / BUNDLE_FOLDER, bundle.spec, evaluation)
    run.tell("evaluating", within=1.0, always=True, message=f"Measured in {time.monotonic() - began:.0f} s.")


def _start(
    made: Made, images: Sequence[ManifestImage], workers: int, tick: Callable[[int, int], bool]
) -> Scores | None:
    """How the published networks do on the same images. With several labels they cannot: every text is every field."""
    if len(made.spec.labels) > 1 or made.kind != "maps":
        return None
    with bundling.start(made) as start:
        return evaluate(start, images, made.run.folder, "test", None, tick, workers).overall
