"""`manifest.jsonl`: one line an image, with its side of the split and its regions."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.engine.spec import EngineError, first_fault

Split = Literal["train", "test"]
Corner = tuple[Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]]
Quad = tuple[Corner, Corner, Corner, Corner]


class ManifestError(EngineError):
    """A line of the manifest cannot be used; the message names file and line."""


class ManifestRegion(BaseModel):
    """`quad`: clockwise from the text's top left, pixels of the upright image; `text` None: only the box is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    quad: Quad
    text: str | None


class ManifestImage(BaseModel):
    """One picture; `image` is a path relative to the manifest. Without regions it is a negative, and kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str
    split: Split
    regions: tuple[ManifestRegion, ...] = ()


def read_manifest(path: Path) -> list[ManifestImage]:
    """All images of the manifest in file order. Raises ManifestError naming file and line."""
    return list(_lines(path))


def _lines(path: Path) -> Iterator[ManifestImage]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path} is not UTF-8 text.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield ManifestImage.model_validate_json(line)
        except ValidationError as error:
            raise ManifestError(f"{path}, line {number}: {first_fault(error)}.") from error


def write_manifest(path: Path, images: Iterable[ManifestImage]) -> None:
    lines = [json.dumps(image.model_dump(), ensure_ascii=False) for image in images]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
