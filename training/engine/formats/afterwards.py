"""A finished run in more formats: from the weights in its checkpoint, added to its bundle."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import keras
import numpy as np
from numpy.typing import NDArray

from training.engine import bundling, checkpoint, export, finder_training, formats, held_out, readers
from training.engine.bundle import BundleSpec, ExportedPart
from training.engine.bundling import BUNDLE_FOLDER, Made
from training.engine.card import write_card
from training.engine.charset import Charset
from training.engine.evaluate import EVALUATION_FILE, Evaluation
from training.engine.prepare import load_prepared
from training.engine.spec import EngineError, Format, TrainSpec
from training.engine.teaching import Run

Tick = Callable[[int, int], bool]
Network = TypeVar("Network")


class NotFinished(EngineError):
    """The run has not, or no longer, what its networks can be written from."""


def add(folder: Path, names: Sequence[Format], tick: Tick = lambda done, of: True) -> tuple[ExportedPart, ...]:
    """Writes finder and reader of RUN/bundle in the formats too; the bundle with them appears whole or not at all.

    What it had in a format of `names` is replaced. `tick(done, of)` is called before each file; where it says False,
    Stopped is raised and the bundle stays as it was. Raises EngineError with a sentence where the run is not finished,
    its checkpoint is gone or of another training, or the network cannot be written so.
    """
    spec, bundle = TrainSpec.load(folder / "spec.json"), BundleSpec.load(folder / BUNDLE_FOLDER)
    readers.check(spec.model_copy(update={"exports": tuple(names)}))
    formats.check(names)
    made = _made(folder, spec, bundle)
    partial = folder / f"{BUNDLE_FOLDER}.exporting"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(folder / BUNDLE_FOLDER, partial)
    try:
        written = _write(made, bundle, partial, names, tick)
        kept = tuple(one for one in bundle.exports if one.format not in names)
        _save(partial, bundle.model_copy(update={"exports": kept + written}))
        bundling.publish(partial, folder / BUNDLE_FOLDER)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return written


def _made(folder: Path, spec: TrainSpec, bundle: BundleSpec) -> Made:
    """What the bundle was made of, as the run's folder still has it."""
    prepared, found = load_prepared(folder), checkpoint.load(folder, "reader")
    if prepared is None or found is None:
        raise NotFinished(
            f"{folder} no longer has the checkpoint and crops of its training, and nothing else can be exported from. "
            "Train again, and ask for the formats then."
        )
    if not found.numbers.get("finished"):
        raise NotFinished(
            f"The training in {folder} is not finished: its bundle is of an earlier one. Finish it first."
        )
    run = Run(folder, str(found.numbers.get("digest")), lambda report: True)
    images = prepared.of("train")
    learn, aside = held_out.part(images, spec.seed)
    side = bundle.finder.side
    window = finder_training.choose_window(images, side)
    data = finder_training.FinderData(folder, bundle.label_names, side, window, learn, aside)
    return Made(
        spec,
        run,
        bundle.device,
        data,
        Charset(bundle.charset),
        prepared.max_sequence_length,
        bundle.reader.row_separator,
        prepared.upright,
        bundle.finder.kind,
    )


def _write(
    made: Made, bundle: BundleSpec, folder: Path, names: Sequence[Format], tick: Tick
) -> tuple[ExportedPart, ...]:
    written: tuple[ExportedPart, ...] = ()
    parts = 1 + (made.kind == "maps")
    if made.kind == "maps":
        finder, photos = _restored(lambda: bundling.trained_finder(made), made), bundling.photos(made)
        _is_of(finder, folder / bundle.finder.file, photos)
        written = formats.write_all(names, finder, folder, "finder", photos, lambda done, of: tick(done, parts * of))
        bundling.forget()
    reader = _restored(lambda: bundling.trained_reader(made), made)
    strips = bundling.strips(made, reader.form)
    _is_of(reader.model, folder / bundle.reader.file, strips)
    before = parts - 1
    return written + formats.write_all(
        names, reader.model, folder, "reader", strips, lambda done, of: tick(before * of + done, parts * of)
    )


def _restored(build: Callable[[], Network], made: Made) -> Network:
    try:
        return build()
    except ValueError as error:  # of Keras: so many weights, or of such shapes, are not the network's
        raise _another(made.run.folder) from error


def _is_of(model: keras.Model, file: Path, samples: Sequence[NDArray[np.float32]]) -> None:
    """The checkpoint may be newer than the bundle: both must answer alike."""
    try:
        export.compared(model, file, samples)
    except export.ExportError as error:
        raise _another(file.parents[1]) from error


def _another(folder: Path) -> NotFinished:
    return NotFinished(
        f"The checkpoint in {folder} is of another training than its bundle: spec.json or the pictures were changed. "
        "Train again, and ask for the formats then."
    )


def _save(folder: Path, spec: BundleSpec) -> None:
    spec.save(folder)
    if (folder / EVALUATION_FILE).is_file():
        write_card(folder, spec, Evaluation.load(folder / EVALUATION_FILE))
