"""The folder that predicts: what its `bundle.json` says."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.engine.charset import Charset
from training.engine.crops import FINDER_STEP, READER_HEIGHT, READER_MAX_WIDTH, READER_MIN_WIDTH
from training.engine.spec import EngineError, first_fault

FORMAT_VERSION: Final = 1
BUNDLE_FILE = "bundle.json"
CHARSET_FILE = "charset-labels.txt"


class BundleError(EngineError):
    """A bundle cannot be used."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BundleLabel(_Part):
    name: str


class FinderPart(_Part):
    """`thresholds` and `unclip` hold one number a label: the least score of a region, and how far its map's outline is
    grown (pixels = unclip × area / perimeter). `binarise` cuts the maps. `side` is the longer side of the input."""

    file: str = "finder.onnx"
    side: int = Field(ge=32)
    stride: int = FINDER_STEP
    binarise: float = Field(default=0.3, gt=0, lt=1)
    thresholds: tuple[float, ...]
    unclip: tuple[float, ...]
    axis_aligned: bool = False


class RowDecision(_Part):
    """Whether a crop is read as one row or as two: two where the sum of `weights` × features + `bias` is above 0.

    The features are those of `rows.features`; `max_aspect` is the width over height from which only one row is tried.
    """

    weights: tuple[float, ...] = ()
    bias: float = -1.0
    max_aspect: float = 0.0


class ReaderPart(_Part):
    file: str = "reader.onnx"
    height: int = READER_HEIGHT
    min_width: int = READER_MIN_WIDTH
    max_width: int = READER_MAX_WIDTH
    rows: RowDecision = RowDecision()
    row_separator: str = " "


class BundleSpec(_Part):
    """`charset[id]` is a symbol; id 0 is the blank. `libraries` and `device` say what the bundle was made with."""

    format_version: Literal[1] = FORMAT_VERSION
    project: str
    labels: tuple[BundleLabel, ...] = Field(min_length=1)
    charset: tuple[str, ...]
    finder: FinderPart
    reader: ReaderPart
    temperature: float = Field(default=1.0, gt=0)
    created: str = ""
    spec_digest: str = ""
    libraries: dict[str, str] = {}
    device: str = ""

    @model_validator(mode="after")
    def _parts_agree(self) -> "BundleSpec":
        if not len(self.labels) == len(self.finder.thresholds) == len(self.finder.unclip):
            raise ValueError("the finder needs one threshold and one unclip for each label")
        if not self.charset or self.charset[0] != "":
            raise ValueError("the charset starts with the blank")
        return self

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

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
