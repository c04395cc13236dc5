"""The folder that predicts: what its `bundle.json` says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.engine.charset import Charset
from training.engine.crops import FINDER_STEP, READER_HEIGHT, READER_MAX_WIDTH, READER_MIN_WIDTH
from training.engine.spec import EngineError, Format, first_fault
from training.engine.zoo.form import Decoder

FORMAT_VERSION: Final = 1
BUNDLE_FILE = "bundle.json"
CHARSET_FILE = "charset-labels.txt"

FinderKind = Literal["maps", "lines", "whole"]


class BundleError(EngineError):
    """A bundle cannot be used."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BundleLabel(_Part):
    """`words`: the only texts it may have; none: any. `shapes`: those of training texts, by how often (`wording`).

    `name` is the one it was trained under. `id` says which label it is where that was renamed since; None: trained
    from a shell, or by an earlier release. `separator`: what stands between its rows; None: what the reader says.
    """

    name: str
    id: str | None = None
    shapes: dict[str, int] = {}
    words: tuple[str, ...] = ()
    separator: str | None = None


class FinderPart(_Part):
    """`thresholds` and `unclip` hold one number a label: the least score of a region, and how far its map's outline is
    grown (pixels = unclip × area / perimeter). `binarise` cuts the maps. `side` is the longer side of the input.

    `kind` maps: the trained finder's maps say where the fields are. `kind` lines: the published detector finds all
    lines, and a labeller picks the fields among them, at most `most` of each label (0: any number). `kind` whole: every
    picture is a field of the one label, and has no `file`. `joined`: for each label, whether regions found as if they
    were the rows of one field are one (`stacked`); empty: none are. `least`: for each label, how many every picture of
    the user's holds; so many are found, if only faintly seen; empty: none need be.
    """

    kind: FinderKind = "maps"
    most: tuple[int, ...] = ()
    file: str = "finder.onnx"
    side: int = Field(ge=32)
    stride: int = FINDER_STEP
    binarise: float = Field(default=0.3, gt=0, lt=1)
    thresholds: tuple[float, ...]
    unclip: tuple[float, ...]
    axis_aligned: bool = False
    joined: tuple[bool, ...] = ()
    least: tuple[int, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _older_bundles_load(cls, told: object) -> object:
        """Until pieces of a row were no longer joined, bundles said over which `gap`."""
        return {key: value for key, value in told.items() if key != "gap"} if isinstance(told, dict) else told


class RowChoice(_Part):
    """How a region is laid out: its whole crop as one row, or the rows that the line finder sees in it.

    Crops of at least `wide_from` width over height are read whole first, others by their rows; a reading at least as
    confident as `sure` is taken, else both are made and the weights choose (`rows.features`: whole where the sum of
    weights × features is above 0).
    """

    wide_from: float = 3.0
    sure: float = 0.8
    weights: tuple[float, float, float, float] = (-0.5, 20.0, 4.0, 0.0)


class LinesPart(_Part):
    file: str = "lines.onnx"


class ReaderPart(_Part):
    """`network`, `tower` and `rectifier` say what it is; the rest what it takes and how it answers (`zoo.form.Form`).

    `margin` is read around a found region, a share of its shorter side: it is never quite the box one would draw.
    """

    network: str = "ppocr"
    tower: str | None = None
    rectifier: str | None = None
    decoder: Decoder = "ctc"
    whole: bool = False
    views: int = 1
    file: str = "reader.onnx"
    height: int = READER_HEIGHT
    min_width: int = READER_MIN_WIDTH
    max_width: int = READER_MAX_WIDTH
    rows: RowChoice = RowChoice()
    row_separator: str = " "
    margin: float = 0.08


class Parity(_Part):
    """The exported networks against the trained ones, on so many pictures: largest differences of a probability."""

    photos: int
    crops: int
    finder: float
    reader: float


class ExportedPart(_Part):
    """Finder or reader in a format beside ONNX: where it lies in the bundle, and how large it is.

    `parity` is the largest difference of a probability from the trained network, on the pictures ONNX was compared on.
    """

    format: Format
    part: Literal["finder", "reader"]
    path: str
    bytes: int
    parity: float


class BundleSpec(_Part):
    """`charset[id]` is a symbol; id 0 is the blank. `libraries` and `device` say what the bundle was made with.

    `temperature` makes the characters' confidences mean what they say, `sureness` (offset, slope) those of whole texts:
    see `training.engine.confidence`.
    """

    format_version: Literal[1] = FORMAT_VERSION
    project: str
    labels: tuple[BundleLabel, ...] = Field(min_length=1)
    charset: tuple[str, ...]
    finder: FinderPart
    lines: LinesPart = LinesPart()
    reader: ReaderPart
    temperature: float = Field(default=1.0, gt=0)
    sureness: tuple[float, float] = (0.0, 1.0)
    created: str = ""
    spec_digest: str = ""
    libraries: dict[str, str] = {}
    device: str = ""
    parity: Parity | None = None
    exports: tuple[ExportedPart, ...] = ()

    @model_validator(mode="after")
    def _parts_agree(self) -> "BundleSpec":
        if not len(self.labels) == len(self.finder.thresholds) == len(self.finder.unclip):
            raise ValueError("the finder needs one threshold and one unclip for each label")
        if self.finder.kind == "whole" and len(self.labels) > 1:
            raise ValueError("without a finder there is one label")
        if not self.charset or self.charset[0] != "":
            raise ValueError("the charset starts with the blank")
        return self

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    def called(self, names: Mapping[str, str]) -> "BundleSpec":
        """The same with its labels under other names, by their ids. Labels without an id keep theirs.

        One that is no longer there keeps its name too, unless another label has it now.
        """

        def name_of(label: BundleLabel) -> str:
            if label.id is None:
                return label.name
            return names.get(label.id) or (f"{label.name} (deleted)" if label.name in names.values() else label.name)

        labels = tuple(label.model_copy(update={"name": name_of(label)}) for label in self.labels)
        return self.model_copy(update={"labels": labels})

    @classmethod
    def load(cls, folder: Path) -> "BundleSpec":
        path = folder / BUNDLE_FILE
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError:
            raise BundleError(f"{folder} is not a bundle: it has no readable {BUNDLE_FILE}.") from None
        except ValidationError as error:
            raise BundleError(f"{path} cannot be used: {first_fault(error)}.") from error

    def save(self, folder: Path) -> None:
        """Writes bundle.json and charset-labels.txt."""
        (folder / BUNDLE_FILE).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        Charset(self.charset).save_fsns(folder / CHARSET_FILE)
