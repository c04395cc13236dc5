"""First step of a run: manifest → crops, TFRecords, charset, and a report of what was left out and why."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from training.engine import geometry, records
from training.engine.bundle import CHARSET_FILE, BundleSpec
from training.engine.charset import BLANK_ID, Charset, clean_text, likely_symbols, one_line
from training.engine.crops import Picture, cut
from training.engine.manifest import ManifestImage, ManifestRegion, Quad, Split, read_manifest
from training.engine.pictures import PictureError, open_picture, picture_size, write_png
from training.engine.report import Stopped
from training.engine.spec import EngineError, TrainSpec

MANIFEST_FILE = "manifest.jsonl"
PREPARED_FILE = "prepare.json"
CROPS_FOLDER = "crops"
LEAST_SIDE = 4.0  # pixels; nobody reads less
LEAST_INSIDE = 0.5  # of a region's area that must lie in the picture

Level = Literal["left out", "finder only", "adjusted"]


class NothingToTrain(EngineError):
    """The run folder has no data a network could learn from."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Remark(_Frozen):
    """What became of an image or, where `region` counts from 0, of one of its regions, and why."""

    image: str
    region: int | None
    level: Level
    reason: str


class PreparedRegion(_Frozen):
    """`text` is cleaned, rows parted by line feeds; None with `crop` None: for the finder alone."""

    label: str
    quad: Quad
    text: str | None
    crop: str | None


class PreparedImage(_Frozen):
    image: str
    split: Split
    width: int
    height: int
    regions: tuple[PreparedRegion, ...]


class Prepared(_Frozen):
    """What later steps read. `upright`: all training regions are upright rectangles. Paths are relative to the run."""

    digest: str
    images: tuple[PreparedImage, ...]
    remarks: tuple[Remark, ...]
    charset: tuple[str, ...]
    null_code: int
    max_sequence_length: int
    records: dict[str, int]
    upright: bool

    def of(self, split: Split) -> list[PreparedImage]:
        return [image for image in self.images if image.split == split]

    def save(self, folder: Path) -> None:
        (folder / PREPARED_FILE).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")


def prepare(spec: TrainSpec, folder: Path, on_image: Callable[[int, int], bool] | None = None) -> Prepared:
    """Reads manifest.jsonl and images; writes crops/, the records with charset and data set's file, and prepare.json.

    `on_image(done, of)` is called for each image; where it says False, Stopped is raised. Nothing is done again where
    spec and manifest are those of the last time. Raises EngineError where nothing can be trained.
    """
    digest = _digest(spec, folder)
    before = load_prepared(folder)
    if before is not None and before.digest == digest and _is_whole(before, folder):
        return before
    manifest = read_manifest(folder / MANIFEST_FILE)
    _empty(folder / CROPS_FOLDER)
    images: list[PreparedImage] = []
    remarks: list[Remark] = []
    for number, entry in enumerate(manifest):
        if on_image is not None and not on_image(number, len(manifest)):
            raise Stopped("Stopped while preparing.")
        image = _prepare_image(spec, folder, number, entry, remarks)
        if image is not None:
            images.append(image)
    _refuse_nothing(images, remarks)
    prepared = _finish(spec, folder, digest, images, remarks)
    prepared.save(folder)
    return prepared


def _empty(crops: Path) -> None:
    crops.mkdir(exist_ok=True)
    for old in crops.glob("*.png"):
        old.unlink()


def load_prepared(folder: Path) -> Prepared | None:
    """What an earlier `prepare` wrote; None where there is nothing usable."""
    try:
        return Prepared.model_validate_json((folder / PREPARED_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def _digest(spec: TrainSpec, folder: Path) -> str:
    try:
        manifest = (folder / MANIFEST_FILE).read_bytes()
    except OSError as error:
        raise NothingToTrain(f"{folder} has no readable {MANIFEST_FILE}.") from error
    words = [word for label in spec.labels for word in label.words]
    told = "\n".join((*spec.label_names, spec.parent or "", *words))
    return hashlib.sha256(told.encode() + b"\0" + manifest).hexdigest()


def _is_whole(prepared: Prepared, folder: Path) -> bool:
    crops = [region.crop for image in prepared.images for region in image.regions if region.crop]
    names = [*crops, CHARSET_FILE, records.DATASET_FILE, "train.tfrecord", "test.tfrecord"]
    return all((folder / name).is_file() for name in names)


def _prepare_image(
    spec: TrainSpec, folder: Path, number: int, entry: ManifestImage, remarks: list[Remark]
) -> PreparedImage | None:
    try:
        picture = open_picture(folder / entry.image)
    except PictureError as error:
        remarks.append(Remark(image=entry.image, region=None, level="left out", reason=str(error)))
        return None
    regions = []
    for index, region in enumerate(entry.regions):
        place = f"{CROPS_FOLDER}/{number:05d}-{index:02d}.png"
        done, level, reason = _prepare_region(spec, folder / place, place, picture, region)
        if level is not None:
            remarks.append(Remark(image=entry.image, region=index, level=level, reason=reason))
        if done is not None:
            regions.append(done)
    height, width = picture.shape[:2]
    return PreparedImage(image=entry.image, split=entry.split, width=width, height=height, regions=tuple(regions))


def _prepare_region(
    spec: TrainSpec, file: Path, place: str, picture: Picture, region: ManifestRegion
) -> tuple[PreparedRegion | None, Level | None, str]:
    if region.label not in spec.label_names:
        return None, "left out", f"The label {region.label!r} is not one of this model's."
    height, width = picture.shape[:2]
    quad, change = _usable_quad(region.quad, width, height)
    if quad is None:
        return None, "left out", change
    text = clean_text(region.text) if region.text is not None else ""
    corners = _corners(quad)
    if not text:
        bare = PreparedRegion(label=region.label, quad=corners, text=None, crop=None)
        why = "It has no text." if region.text is None else "Its text is empty."
        return bare, "finder only", why
    write_png(file, cut(picture, quad))
    done = PreparedRegion(label=region.label, quad=corners, text=text, crop=place)
    return done, ("adjusted" if change else None), change


def _usable_quad(corners: Quad, width: int, height: int) -> tuple[geometry.Points | None, str]:
    """The quad to learn from with a remark where it was changed, or None with the reason."""
    given = geometry.as_quad(corners)
    quad = given if geometry.is_convex(given) else geometry.order_corners(given)
    change = "" if quad is given else "Its corners were put into reading order."
    if not geometry.is_convex(quad):
        return None, "Its corners enclose no plain quadrilateral."
    inside = geometry.clip_polygon(quad, geometry.box_quad(0, 0, width, height))
    shared = geometry.area(inside) if len(inside) > 2 else 0.0
    if shared <= 0:
        return None, f"It lies outside the image, which has {width} × {height} pixels."
    if shared < LEAST_INSIDE * geometry.area(quad):
        return None, f"Most of it lies outside the image, which has {width} × {height} pixels."
    if geometry.is_upright(quad):
        clipped = geometry.clip_to_image(quad, width, height)
        if not np.allclose(clipped, quad, atol=0.5):
            change = "It reached over the image's edge and was clipped."
        quad = clipped
    if min(geometry.flat_size(quad)) < LEAST_SIDE:
        return None, "It is only {:.0f} × {:.0f} pixels.".format(*geometry.flat_size(quad))
    return quad, change


def _corners(quad: geometry.Points) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in quad)
    return a, b, c, d


def _refuse_nothing(images: Iterable[PreparedImage], remarks: list[Remark]) -> None:
    regions = [region for image in images if image.split == "train" for region in image.regions]
    why = f" The first of {len(remarks)} remarks: {remarks[0].image}: {remarks[0].reason}" if remarks else ""
    if not regions:
        raise NothingToTrain(f"There is no usable region to train on.{why}")
    if not any(region.text for region in regions):
        raise NothingToTrain(f"No region to train on has a text.{why}")


def _finish(spec: TrainSpec, folder: Path, digest: str, images: list[PreparedImage], remarks: list[Remark]) -> Prepared:
    regions = [region for image in images for region in image.regions]
    trained = [region for image in images if image.split == "train" for region in image.regions]
    texts = [region.text for region in regions if region.text]
    words = [clean_text(word) for label in spec.labels for word in label.words]
    charset = _parent_charset(spec).extend(texts).extend(words).extend([likely_symbols(texts)])
    charset.save_fsns(folder / CHARSET_FILE)
    length = max(map(len, (*texts, *words)))
    counts = _write_records(spec, folder, images, charset, length)
    return Prepared(
        digest=digest,
        images=tuple(images),
        remarks=tuple(remarks),
        charset=charset.symbols,
        null_code=BLANK_ID,
        max_sequence_length=length,
        records=counts,
        upright=all(geometry.is_upright(region.quad) for region in trained),
    )


def _parent_charset(spec: TrainSpec) -> Charset:
    return Charset(BundleSpec.load(Path(spec.parent)).charset) if spec.parent else Charset(("",))


def _write_records(
    spec: TrainSpec, folder: Path, images: list[PreparedImage], charset: Charset, length: int
) -> dict[str, int]:
    """train.tfrecord, test.tfrecord and what their reader must be told; says how many records each holds."""
    sizes = [picture_size(folder / region.crop) for image in images for region in image.regions if region.crop]
    shape = records.Shape.of(sizes, spec.views)
    counts = {}
    for split in ("train", "test"):
        regions = (region for image in images if image.split == split for region in image.regions)
        told = ((region.crop, region.text) for region in regions if region.crop and region.text)
        stored = (records.stored(open_picture(folder / crop), one_line(text), shape) for crop, text in told)
        counts[split] = records.write_records(folder / f"{split}.tfrecord", stored, charset, length)
    records.save_dataset(folder, spec.project, counts, shape, length)
    return counts
