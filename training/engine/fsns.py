"""Reads data sets in the layout of FSNS: TFRecords of pictures with their texts, and a charset file.

What the layout is, stands in `records`. Here any null id is understood, and one to four views; what is not as the
layout says is left out and named, with its file and its place in it.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import BaseModel, Field, ValidationError

from training.engine import example, tfrecord
from training.engine.charset import NULL_NAME, clean_text, read_fsns
from training.engine.crops import PAD_VALUE, Picture
from training.engine.manifest import Split
from training.engine.pictures import MAX_PIXELS, upright
from training.engine.records import DATASET_FILE
from training.engine.spec import EngineError, first_fault
from training.engine.tfrecord import Damaged

NULL_CHARACTER = "\u2591"
"""What attention_ocr puts for the null; some charset files hold it instead of `<nul>`."""
LOOKED_AT = 200
"""Records of a file by which the length of `image/class` is known, where the data set's file does not say it."""

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
"""By what the bytes are, whatever `image/format` says."""

_RECORDS = re.compile(r".*\.tfrecords?|.*-\d{5,}-of-\d{5,}")
_HELD_OUT = re.compile(r"(?<![a-z])(test|validation|valid|val|eval)(?![a-z])", re.IGNORECASE)


class FsnsError(EngineError):
    """A folder of records cannot be used; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that is left out. `file` is relative to the folder; `index` counts the file's records from 0."""

    file: str
    index: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, record {self.index}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Sample:
    """A record that can be learned from; `picture` holds the wanted views side by side."""

    file: str
    index: int
    split: Split
    picture: Picture
    text: str


class _Unusable(Exception):
    """Its text is the reason, a sentence."""


class _Dataset(BaseModel):
    """What of `fsns-dataset.json` matters here; attention_ocr's other keys may stand beside it."""

    charset_filename: str | None = None
    num_of_views: int | None = Field(default=None, ge=1)
    max_sequence_length: int | None = Field(default=None, ge=1)
    null_code: int | None = Field(default=None, ge=0)


@dataclass(frozen=True, slots=True)
class Folder:
    """What is known of a folder of records before its pictures are looked at.

    `names` holds each id's character, `null` pads, `length` ids are in each `image/class`. Pictures hold `stored`
    views, of which the first `views` are wanted.
    """

    root: Path
    files: tuple[Path, ...]
    charset: Path
    names: dict[int, str]
    null: int
    length: int
    stored: int
    views: int

    def name(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()

    def split(self, file: Path) -> Split:
        return "test" if _HELD_OUT.search(self.name(file)) else "train"


def look_into(root: Path, views: int = 1, run: Path | None = None) -> Folder:
    """Finds the records and what they are read by. Raises FsnsError or CharsetError with a sentence.

    Records are files named `*.tfrecord` or, as FSNS has them, `…-00000-of-00512`, in the folder or below it, but for
    those of the `run` that is made of them.
    """
    if not root.is_dir():
        raise FsnsError(f"{root} is not a folder.")
    if run is not None and run.resolve() == root.resolve():
        raise FsnsError(f"{root} is the run folder itself, whose records are written anew. Keep yours in another one.")
    files = [file for file in _below(root, "*", run) if _RECORDS.fullmatch(file.name)]
    if not files:
        raise FsnsError(f"{root} holds no records: no file is named *.tfrecord or like train-00000-of-00512.")
    told = _dataset(root)
    stored = told.num_of_views or views
    if views > stored:
        raise FsnsError(f"The records of {root} hold {stored} view{'s' * (stored > 1)}; {views} are asked for.")
    charset = root / told.charset_filename if told.charset_filename else _charset_file(root, run)
    names = read_fsns(charset)
    null = _null(names, charset, told)
    for code, name in names.items():
        if code != null and len(name) != 1:
            raise FsnsError(f"{charset}: the id {code} stands for {name!r}, which is not one character.")
    length = told.max_sequence_length or _usual_length(files)
    return Folder(root, tuple(files), charset, names, null, length, stored, views)


def _dataset(root: Path) -> _Dataset:
    path = root / DATASET_FILE
    if not path.is_file():
        return _Dataset()
    try:
        return _Dataset.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise FsnsError(f"{path} cannot be used: {first_fault(error)}.") from error


def _below(root: Path, pattern: str, run: Path | None) -> list[Path]:
    """The files of the folder, without those of a run folder in it."""
    inside = run is not None and root.resolve() in run.resolve().parents
    files = sorted(file for file in root.rglob(pattern) if file.is_file())
    return [file for file in files if not (inside and run and file.resolve().is_relative_to(run.resolve()))]


def _charset_file(root: Path, run: Path | None) -> Path:
    found = _below(root, "charset*.txt", run)
    if len(found) != 1:
        why = f"{len(found)} of them: keep one" if found else "none"
        raise FsnsError(f"{root} must hold one charset file, named charset*.txt; there is {why}.")
    return found[0]


def _null(names: dict[int, str], charset: Path, told: _Dataset) -> int:
    if told.null_code is not None:
        return told.null_code
    nulls = [code for code, name in names.items() if name == NULL_NAME]
    nulls = nulls or [code for code, name in names.items() if name == NULL_CHARACTER]
    if len(nulls) != 1:
        raise FsnsError(
            f"{charset} must name one id {NULL_NAME}, the one that pads image/class, and names {len(nulls)}."
        )
    return nulls[0]


def _usual_length(files: list[Path]) -> int:
    """How many ids most records have; 0 where none has any."""
    lengths: Counter[int] = Counter()
    for file in files:
        for frame in islice(tfrecord.frames(file), LOOKED_AT):
            try:
                values = {} if isinstance(frame, Damaged) else example.parse(frame)
            except example.NotAnExample:
                continue
            lengths.update([len(values.get("image/class", []))])
    del lengths[0]
    return max(lengths, key=lambda length: (lengths[length], length), default=0)


def read(folder: Folder) -> Iterator[Sample | Fault]:
    """Every record of every file in order, as a sample, or as the fault for which it cannot be one."""
    for file in folder.files:
        name, split = folder.name(file), folder.split(file)
        for index, frame in enumerate(tfrecord.frames(file)):
            try:
                if isinstance(frame, Damaged):
                    raise _Unusable(frame.reason)
                picture, text = _sample(folder, frame)
            except _Unusable as error:
                yield Fault(name, index, str(error))
            else:
                yield Sample(name, index, split, picture, text)


def _sample(folder: Folder, frame: bytes) -> tuple[Picture, str]:
    try:
        values = example.parse(frame)
    except example.NotAnExample:
        raise _Unusable("It is not a tf.train.Example.") from None
    text = _text(folder, values)
    return _picture(folder, values), text


def _text(folder: Folder, values: dict[str, example.Values]) -> str:
    """What the ids spell, which the transcription beside them must not contradict."""
    ids = [value for value in values.get("image/class", []) if isinstance(value, int)]
    if not ids:
        raise _Unusable("It has no image/class, the ids of its text.")
    if len(ids) != folder.length:
        raise _Unusable(f"Its image/class has {len(ids)} ids; it must have {folder.length}, padded with {folder.null}.")
    unknown = next((value for value in ids if value != folder.null and value not in folder.names), None)
    if unknown is not None:
        raise _Unusable(f"Its image/class holds the id {unknown}, which {folder.charset.name} does not name.")
    spelt = clean_text("".join(folder.names[value] for value in ids if value != folder.null))
    if not spelt:
        raise _Unusable("Its text is empty.")
    told = _one(values, "image/text")
    if told:
        try:
            text = clean_text(told.decode())
        except UnicodeDecodeError:
            raise _Unusable("Its image/text is not UTF-8.") from None
        if text != spelt:
            raise _Unusable(f"Its image/text is {text!r}, but its ids spell {spelt!r}.")
    return spelt


def _one(values: dict[str, example.Values], key: str) -> bytes:
    """The first of a feature's bytes; none where it is missing or of another kind."""
    first = next(iter(values.get(key, [])), b"")
    return first if isinstance(first, bytes) else b""


def _width(values: dict[str, example.Values], key: str) -> int:
    first = next(iter(values.get(key, [])), 0)
    return first if isinstance(first, int) else 0


def _picture(folder: Folder, values: dict[str, example.Values]) -> Picture:
    """The wanted views side by side; what the record says is no view but padding becomes grey."""
    picture = _decoded(values)
    height, width = picture.shape[:2]
    if width % folder.stored:
        raise _Unusable(f"Its picture is {width} pixels wide, which cannot be divided into {folder.stored} views.")
    each = width // folder.stored
    views = picture.reshape(height, folder.stored, each, 3)[:, : folder.views].copy()
    told, before_padding = _width(values, "image/width"), _width(values, "image/orig_width")
    if folder.stored > 1 and 0 < before_padding < told:
        real = max(1, folder.stored * before_padding // told)
        views[:, real:] = round(PAD_VALUE)
    return views.reshape(height, folder.views * each, 3)


def _decoded(values: dict[str, example.Values]) -> Picture:
    encoded = _one(values, "image/encoded")
    if not encoded:
        raise _Unusable("It has no image/encoded, the bytes of its picture.")
    try:
        with Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _Unusable("Its picture has too many pixels to be used.")
            return np.ascontiguousarray(upright(image))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise _Unusable(f"Its image/encoded is no picture that can be decoded.{_raw(values, encoded)}") from None


def _raw(values: dict[str, example.Values], encoded: bytes) -> str:
    """The usual mistake: pixels instead of the bytes of a file."""
    width = _width(values, "image/width") or _width(values, "width")
    if _one(values, "image/format").lower() == b"raw" or (width and len(encoded) % (3 * width) == 0):
        return " It seems to hold bare pixels; it must hold a whole PNG or JPEG file."
    return ""
