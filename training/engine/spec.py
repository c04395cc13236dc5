"""What to train: the frozen `spec.json` of a run folder."""

import hashlib
import json
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

FORMAT_VERSION: Final = 1

Rectifier = Literal["affine", "projective", "tps"]
Format = Literal["litert", "savedmodel"]
Precision = Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"]


class EngineError(Exception):
    """Something the person who asked can put right; its text is one sentence for them."""


class SpecError(EngineError):
    """The specification cannot be read."""


class LabelSpec(BaseModel):
    """One field to find and read. `pattern`: a regular expression of its texts; `words`: the only texts it may have.

    `id` stays the same where a project gives it another name later; from a shell there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    id: str | None = None
    pattern: str | None = None
    words: tuple[str, ...] = ()


class TrainSpec(BaseModel):
    """Everything a training run is told. None means: the recipe's own choice.

    `network` reads, on a `tower` of its own or the published reader's, after a `rectifier` has turned the crop upright;
    `views` pictures of each text stand side by side in a crop. `exports` are written into the bundle beside ONNX.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = FORMAT_VERSION
    project: str
    labels: tuple[LabelSpec, ...] = Field(min_length=1)
    network: str = "ppocr"
    tower: Literal["own", "pretrained"] | None = None
    rectifier: Rectifier | None = None
    views: int = Field(default=1, ge=1, le=4)
    exports: tuple[Format, ...] = ()
    finder: Literal["maps", "lines", "whole"] | None = None
    seed: int = 0
    finder_epochs: int | None = Field(default=None, ge=0)
    reader_epochs: int | None = Field(default=None, ge=0)
    max_minutes: float | None = Field(default=None, gt=0)
    finder_side: int | None = Field(default=None, ge=32, le=4096)
    parent: str | None = None
    precision: Precision = "auto"

    @field_validator("labels")
    @classmethod
    def _names_differ(cls, labels: tuple[LabelSpec, ...]) -> tuple[LabelSpec, ...]:
        names = [label.name for label in labels]
        if len(set(names)) != len(names):
            raise ValueError("two labels have the same name")
        return labels

    @field_validator("finder_side")
    @classmethod
    def _side_fits_the_network(cls, side: int | None) -> int | None:
        if side is not None and side % 32:
            raise ValueError("the finder's side must be a multiple of 32")
        return side

    @model_validator(mode="after")
    def _whole_pictures_are_of_one_label(self) -> "TrainSpec":
        if self.finder == "whole" and len(self.labels) > 1:
            raise ValueError("without a finder every picture is a field of the one label there is")
        return self

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON; equal specs have equal digests."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @classmethod
    def load(cls, path: Path) -> "TrainSpec":
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise SpecError(f"{path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise SpecError(f"{path} is not a valid specification: {first_fault(error)}.") from error

    def save(self, path: Path) -> None:
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def names_by_id(folder: Path) -> dict[str, str]:
    """How a run's folder names the labels that have an id, whatever else its spec.json says; {} where it has none."""
    try:
        told = json.loads((folder / "spec.json").read_bytes())
    except OSError:
        return {}
    return {label["id"]: label["name"] for label in told["labels"] if label.get("id")}


def first_fault(error: ValidationError) -> str:
    """The first thing pydantic found wrong, as `place: message`."""
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])
