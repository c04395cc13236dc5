"""From a folder of records to the manifest and the images of a run folder: each picture is the crop of one text.

Whatever follows need not know where the pictures came from. Their names hold their record's file and place, and a
digest of their pixels, so that the manifest changes whenever anything in the records does.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from training.engine import fsns
from training.engine.crops import Picture
from training.engine.fsns import Fault, Folder, Sample
from training.engine.manifest import ManifestImage, ManifestRegion, Split, read_manifest, write_manifest
from training.engine.pictures import write_png
from training.engine.prepare import MANIFEST_FILE
from training.engine.records import DATASET_FILE
from training.engine.report import Stopped
from training.engine.spec import EngineError, TrainSpec

UNPACKED_FILE = "records.json"
IMAGES_FOLDER = "images"
HELD_OUT = 0.1
"""Of the pictures, where no file is named as held out."""
LEAST = 4
"""Pictures of which one is held out; fewer are all learned from."""
MOST_FAULTS = 1000
"""More are counted, not kept."""


class UnpackError(EngineError):
    """Records cannot become a run."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeftOut(_Frozen):
    """One record that was not used: `index` counts its file's records from 0."""

    file: str
    index: int
    reason: str


class Unpacked(_Frozen):
    """`records.json`: what a run's manifest was made of. `faults` are the first of the `left_out` records."""

    source: str
    digest: str
    train: int
    test: int
    left_out: int
    faults: tuple[LeftOut, ...]


def unpack(
    spec: TrainSpec, records: Path, folder: Path, on_record: Callable[[int, int], bool] | None = None
) -> Unpacked:
    """Writes images/, manifest.jsonl and records.json into the run folder; nothing where they are there already.

    `on_record(done, of)` counts files and is called for each record; where it says False, Stopped is raised. Raises
    EngineError where no record can be learned from, or where the run folder has another manifest already.
    """
    if len(spec.labels) != 1 or spec.finder not in (None, "whole"):
        raise UnpackError("Records hold cut out texts of one kind: give the specification one label and no finder.")
    found = fsns.look_into(records, spec.views, folder)
    digest = _digest(spec, found)
    before = _before(folder)
    if before is not None and before.digest == digest and (folder / MANIFEST_FILE).is_file():
        return before
    _make_room(folder, before)
    samples, faults, count = _write_images(found, folder, on_record)
    if not any(sample.split == "train" for sample, _ in samples):
        why = f" The first of {count} left out: {faults[0]}" if faults else ""
        raise UnpackError(f"{records} holds no record to learn from.{why}")
    splits = _splits(spec, samples)
    told = Unpacked(
        source=str(records),
        digest=digest,
        train=splits.count("train"),
        test=splits.count("test"),
        left_out=count,
        faults=tuple(LeftOut(file=one.file, index=one.index, reason=one.reason) for one in faults),
    )
    (folder / UNPACKED_FILE).write_text(told.model_dump_json(indent=1) + "\n", encoding="utf-8")
    label = spec.labels[0].name
    entries = [_entry(label, sample, split) for (sample, _), split in zip(samples, splits, strict=True)]
    write_manifest(folder / MANIFEST_FILE, entries)
    return told


class _Kept(_Frozen):
    """A sample without its pixels: they are on the disk."""

    image: str
    split: Split
    width: int
    height: int
    text: str


def _digest(spec: TrainSpec, found: Folder) -> str:
    """Of all that decides what the manifest says."""
    told = hashlib.sha256(f"{spec.views} {spec.seed} {spec.labels[0].name}".encode())
    files = (*found.files, found.charset, found.root / DATASET_FILE)
    for file in files:
        if file.is_file():
            told.update(found.name(file).encode())
            with file.open("rb") as opened:
                told.update(hashlib.file_digest(opened, "sha256").digest())
    return told.hexdigest()


def _before(folder: Path) -> Unpacked | None:
    try:
        return Unpacked.model_validate_json((folder / UNPACKED_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def _make_room(folder: Path, before: Unpacked | None) -> None:
    """Removes what other records left here, and nothing that came from elsewhere."""
    manifest = folder / MANIFEST_FILE
    if manifest.is_file():
        if before is None:
            raise UnpackError(f"{folder} has a {MANIFEST_FILE} that is not made of records. Take another folder.")
        for entry in read_manifest(manifest):
            (folder / entry.image).unlink(missing_ok=True)
        manifest.unlink()
    (folder / IMAGES_FOLDER).mkdir(parents=True, exist_ok=True)


def _write_images(
    found: Folder, folder: Path, on_record: Callable[[int, int], bool] | None
) -> tuple[list[tuple[_Kept, str]], list[Fault], int]:
    """(what was kept, each with the digest of its pixels), the first faults, and how many there are."""
    names = [found.name(file) for file in found.files]
    kept: list[tuple[_Kept, str]] = []
    faults: list[Fault] = []
    count = 0
    for one in fsns.read(found):
        if on_record is not None and not on_record(names.index(one.file), len(names)):
            raise Stopped("Stopped while reading records.")
        if isinstance(one, Fault):
            count += 1
            faults.extend([one] if len(faults) < MOST_FAULTS else [])
            continue
        pixels = _pixels_digest(one.picture)
        place = f"{IMAGES_FOLDER}/{_name(one)}-{pixels[:12]}.png"
        write_png(folder / place, one.picture)
        height, width = one.picture.shape[:2]
        kept.append((_Kept(image=place, split=one.split, width=width, height=height, text=one.text), pixels))
    return kept, faults, count


def _name(sample: Sample) -> str:
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', sample.file).removesuffix('.tfrecord')}-{sample.index:06d}"


def _pixels_digest(picture: Picture) -> str:
    return hashlib.sha256(f"{picture.shape}".encode() + picture.tobytes()).hexdigest()


def _splits(spec: TrainSpec, samples: list[tuple[_Kept, str]]) -> list[Split]:
    """As the files are named; where none is held out, a tenth of the pictures is, equal ones together."""
    if any(sample.split == "test" for sample, _ in samples):
        return [sample.split for sample, _ in samples]
    pictures = sorted({pixels for _, pixels in samples})
    count = max(1, round(HELD_OUT * len(pictures))) if len(pictures) >= LEAST else 0
    mixed = np.random.default_rng([spec.seed, 7]).permutation(len(pictures))
    aside = {pictures[place] for place in mixed[:count].tolist()}
    return ["test" if pixels in aside else "train" for _, pixels in samples]


def _entry(label: str, sample: _Kept, split: Split) -> ManifestImage:
    wide, high = float(sample.width), float(sample.height)
    quad = ((0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high))
    return ManifestImage(
        image=sample.image, split=split, regions=(ManifestRegion(label=label, quad=quad, text=sample.text),)
    )
