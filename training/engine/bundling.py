"""From a run's best weights to the folder that predicts: exported, compared with what was trained, calibrated."""

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.engine import (
    attribution,
    calibration,
    drawings,
    export,
    finder_training,
    formats,
    habits,
    held_out,
    page_training,
    readers,
    stacked,
    wording,
    zoo,
)
from training.engine.bundle import BundleLabel, BundleSpec, ExportedPart, FinderKind, FinderPart, Parity, ReaderPart
from training.engine.charset import Charset, clean_text
from training.engine.crops import Picture, fit, fit_image, fitted_width
from training.engine.finder_training import FinderData
from training.engine.lines import LINES_FILE, copy_published
from training.engine.pictures import open_picture
from training.engine.predict import Bundle
from training.engine.prepare import PreparedImage
from training.engine.reader_training import strip_width
from training.engine.rows import label_separator
from training.engine.spec import LabelSpec, TrainSpec
from training.engine.teaching import Run, best_weights, progress_of
from training.engine.zoo.form import Form
from training.engine.zoo.reader import Reader

BUNDLE_FOLDER = "bundle"
LIBRARIES = ("tensorflow", "tensorflow-cpu", "keras", "jax", "onnxruntime", "onnx", "numpy", "opencv-python-headless")
COMPARED_PHOTOS = 2
COMPARED_CROPS = 32
COMPARED_AT_ONCE = 8
START_THRESHOLD, START_UNCLIP = 0.5, 1.6
"""Of the published detector: what an untrained finder is used with, and where a calibration begins."""

LEAST_CHOSEN_ON = 8
"""Pictures that the bundle's numbers are chosen on, however late it is."""
FIRST_CHOICE, SECOND_CHOICE = 0.6, 0.5
"""Of the time kept for the end, what must be left after the finder's numbers, and after how sure to be of a reading."""

Tick = Callable[[int, int], bool]
Samples = list[NDArray[np.float32]]


@dataclass(frozen=True)
class Made:
    """What a bundle is made of, beside the weights in the run's checkpoints. `upright`: all regions are rectangles."""

    spec: TrainSpec
    run: Run
    device: str
    data: FinderData
    charset: Charset
    longest: int
    separator: str
    upright: bool
    kind: FinderKind = "maps"


def make(made: Made, tick: Tick) -> None:
    """Writes RUN/bundle; it appears whole or not at all. Raises ExportError where it does not answer as trained."""
    folder = made.run.folder / f"{BUNDLE_FOLDER}.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pictures = photos(made) if made.kind == "maps" else []
    tick(0, 4)
    finder = 0.0
    exports: tuple[ExportedPart, ...] = ()
    if pictures:
        finder, exports = _export_finder(made, folder, pictures, lambda done, of: tick(done, 4 * of))
    tick(1, 4)
    form, crops, reader, more = _export_reader(made, folder, lambda done, of: tick(of + done, 4 * of))
    tick(2, 4)
    copy_published(folder)
    parity = Parity(photos=len(pictures), crops=crops, finder=finder, reader=reader)
    spec = _spec(made, made.spec.network, form)
    labels = tuple(label.model_copy(update={"shapes": _shapes(made, label.name)}) for label in spec.labels)
    spec = spec.model_copy(update={"labels": labels, "parity": parity, "exports": exports + more})
    spec.save(folder)
    attribution.write(folder, spec)
    _fit_finder(made, spec, folder, lambda done, of: tick(2 * of + done, 4 * of)).save(folder)
    calibration.calibrate_confidence(
        folder,
        made.run.folder,
        made.data.held_out,
        lambda done, of: tick(3 * of + done, 4 * of),
        made.run.limit.enough(LEAST_CHOSEN_ON, SECOND_CHOICE, "How sure readings are was chosen on {done} images."),
    ).save(folder)
    publish(folder, made.run.folder / BUNDLE_FOLDER)


def _fit_finder(made: Made, spec: BundleSpec, folder: Path, tick: Tick) -> BundleSpec:
    """The spec with what was chosen on training pictures so that fields are found as the user draws them."""
    data, root, limit = made.data, made.run.folder, made.run.limit
    if made.kind == "whole":
        return spec
    enough = limit.enough(LEAST_CHOSEN_ON, FIRST_CHOICE, "How fields are cut out was chosen on {done} images.")
    if made.kind == "lines":
        return page_training.learn(spec, folder, root, [*data.learn, *data.held_out], tick, enough)
    return calibration.calibrate(spec, folder, root, data.held_out, data.learn, tick, enough)


@contextmanager
def start(made: Made) -> Iterator[Bundle]:
    """The published networks for the same labels and characters, before any training: what a version must beat.

    For bundles with maps: `made.kind` must be `maps`.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        finder, reader = _finder(made), readers.published(made.charset)
        export.to_onnx(finder, folder / "finder.onnx", photos(made)[:1])
        export.to_onnx(reader.model, folder / "reader.onnx", strips(made, reader.form)[:1], made.charset.symbols)
        forget()
        copy_published(folder)
        _spec(made, zoo.PPOCR, reader.form).save(folder)
        yield Bundle.load(folder, threads=1)


def forget() -> None:
    """Gives the memory of one network back before the next is built."""
    keras.backend.clear_session()
    gc.collect()


def _spec(made: Made, network: str, form: Form) -> BundleSpec:
    labels = len(made.spec.labels)
    drawn = list(map(made.data.quads, held_out.distinct([*made.data.learn, *made.data.held_out])))
    return BundleSpec(
        project=made.spec.project,
        labels=tuple(_label(made, label) for label in made.spec.labels),
        charset=made.charset.symbols,
        finder=FinderPart(
            kind=made.kind,
            file={"maps": "finder.onnx", "lines": LINES_FILE, "whole": ""}[made.kind],
            side=made.data.side,
            thresholds=(START_THRESHOLD,) * labels,
            unclip=(START_UNCLIP,) * labels,
            axis_aligned=made.upright,
            joined=stacked.never_drawn(drawn, labels),
            least=tuple(map(habits.least, habits.counts(drawn, labels))),
        ),
        reader=ReaderPart(
            network=network,
            tower=_tower(made.spec, network),
            rectifier=made.spec.rectifier,
            decoder=form.decoder,
            whole=form.whole,
            views=form.views,
            height=form.height,
            min_width=form.min_width,
            max_width=form.max_width,
            row_separator=made.separator,
        ),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        spec_digest=made.spec.digest(),
        libraries=_libraries(),
        device=made.device,
    )


def _tower(spec: TrainSpec, name: str) -> str | None:
    """What the network stands on, where it could stand on several."""
    network = zoo.network(name, "reader")
    return readers.tower(spec, network) if network.towers else None


def _label(made: Made, label: LabelSpec) -> BundleLabel:
    regions = (region for image in made.data.learn for region in image.regions if region.label == label.name)
    separator = label_separator([region.text for region in regions if region.text], made.separator)
    return BundleLabel(name=label.name, id=label.id, words=_words(label), separator=separator)


def _shapes(made: Made, label: str) -> dict[str, int]:
    """Of the texts learned from: by those kept aside it is measured how sure readings are."""
    regions = (region for image in made.data.learn for region in image.regions if region.label == label)
    return wording.shapes(region.text for region in regions if region.text)


def _words(label: LabelSpec) -> tuple[str, ...]:
    """The label's words as texts are learned, each once."""
    return tuple(dict.fromkeys(word for word in map(clean_text, label.words) if word))


def _export_finder(made: Made, folder: Path, samples: Samples, tick: Tick) -> tuple[float, tuple[ExportedPart, ...]]:
    """How far finder.onnx is from what was trained, and the files in other formats."""
    model = trained_finder(made)
    difference = export.to_onnx(model, folder / "finder.onnx", samples)
    others = formats.write_all(made.spec.exports, model, folder, "finder", samples, tick)
    forget()
    return difference, others


def trained_finder(made: Made) -> keras.Model:
    """Float32 whatever it was trained in: ONNX Runtime's processor kernels want it, and it is exact."""
    found = progress_of(made.run, "finder")
    model = _finder(made)
    if found is not None:
        model.set_weights(finder_training.kept(model.get_weights(), best_weights(found[1]), len(made.data.labels)))
    return model


def _finder(made: Made) -> keras.Model:
    return zoo.network(zoo.FINDER, "finder").build(len(made.data.labels))


def _export_reader(made: Made, folder: Path, tick: Tick) -> tuple[Form, int, float, tuple[ExportedPart, ...]]:
    """What it takes, on how many crops it was compared, how far it was from what was trained, and other formats."""
    reader = trained_reader(made)
    shown = drawings.lines(made.run.folder, made.data.held_out or made.data.learn, reader.form)
    drawings.write(made.run.folder, reader, shown, made.charset)
    samples = strips(made, reader.form)
    difference = export.to_onnx(reader.model, folder / "reader.onnx", samples, made.charset.symbols)
    others = formats.write_all(made.spec.exports, reader.model, folder, "reader", samples, tick)
    forget()
    return reader.form, sum(map(len, samples)), difference, others


def trained_reader(made: Made) -> Reader:
    """As `trained_finder`."""
    found = progress_of(made.run, "reader")
    reader = readers.build(made.spec, made.charset, made.longest, pretrained_start=found is None)
    if found is not None:
        reader.model.set_weights(best_weights(found[1]))
    return reader


def photos(made: Made) -> Samples:
    """Pictures [1, H, W, 3] to compare the exported finder on; kept aside where there are any."""
    some = [*made.data.held_out, *made.data.learn][:COMPARED_PHOTOS]
    return [fit_image(open_picture(made.run.folder / image.image), made.data.side).pixels[None] for image in some]


def strips(made: Made, form: Form) -> Samples:
    """Real crops [B, H, W, 3] to compare the exported reader on, alike in width; grey where no picture holds text."""
    crops = _crops(made.run.folder, [*made.data.held_out, *made.data.learn]) or [np.full((48, 320, 3), 128, np.uint8)]
    narrow_first = sorted(crops, key=fitted_width)
    batches = [narrow_first[at : at + COMPARED_AT_ONCE] for at in range(0, len(crops), COMPARED_AT_ONCE)]
    return [_fitted(batch, form) for batch in batches]


def _fitted(batch: Sequence[Picture], form: Form) -> NDArray[np.float32]:
    width = max(strip_width(crop, form) for crop in batch)
    return np.stack(
        [fit(crop, form.height, width, form.max_width, boxed=form.whole, views=form.views) for crop in batch]
    )


def _crops(folder: Path, images: Sequence[PreparedImage]) -> list[Picture]:
    files = [region.crop for image in images for region in image.regions if region.crop]
    return [open_picture(folder / file) for file in files[:COMPARED_CROPS]]


def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def publish(partial: Path, place: Path) -> None:
    """A bundle appears whole or not at all."""
    old = place.with_name(f"{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    partial.rename(place)
    shutil.rmtree(old, ignore_errors=True)
