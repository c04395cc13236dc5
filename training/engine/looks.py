"""What a run's reader looked at: the list of pictures that `drawings` made of it. Needs no training library."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

FOLDER = "looks"
LIST_FILE = "looks.json"


class Look(BaseModel):
    """One held-out crop: `file` lies beside the list, `text` is what was read, `truth` what was annotated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    kind: Literal["attention", "glimpses", "rectified"]
    text: str
    truth: str


_LIST = TypeAdapter(list[Look])


def save(run: Path, looks: list[Look]) -> None:
    """Writes RUN/looks/looks.json; the folder must be there."""
    (run / FOLDER / LIST_FILE).write_bytes(_LIST.dump_json(looks, indent=1) + b"\n")


def load(run: Path) -> list[Look]:
    """None where the run drew nothing, or where its list cannot be read."""
    try:
        return _LIST.validate_json((run / FOLDER / LIST_FILE).read_bytes())
    except (OSError, ValidationError):
        return []
