"""What became of a file that was taken in: what the user reads afterwards."""

from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

from annotations import texts

MOST_LISTED = 1000


@dataclass
class Report:
    imported: int = 0  # regions
    images: int = 0  # taken in, or given regions
    left_out: list[dict[str, Any]] = field(default_factory=list)
    left_out_count: int = 0
    # What the notes tell of:
    labels: list[str] = field(default_factory=list)  # made
    cut: int = 0  # boxes
    respaced: int = 0  # texts
    unmarked: int = 0  # texts

    def leave_out(self, row: int | None, name: str, reason: str) -> None:
        self.left_out_count += 1
        if len(self.left_out) < MOST_LISTED:
            self.left_out.append({"row": row, "name": texts.shown(name), "reason": texts.shown(reason)})

    @property
    def notes(self) -> list[str]:
        found = []
        if self.labels:
            found.append(f"Labels made: {', '.join(self.labels)}.")
        if self.cut:
            boxes = texts.counted(self.cut, "box reached", "boxes reached")
            found.append(f"{boxes} over the edge of the image and were cut to it.")
        if self.respaced:
            words = texts.counted(self.respaced, "text")
            found.append(f"In {words} white space of several characters became a single blank.")
        if self.unmarked:
            words = texts.counted(self.unmarked, "text")
            found.append(f"From {words} invisible marks were taken out, as spreadsheets and web pages leave them.")
        return found

    def as_json(self) -> dict[str, Any]:
        """What people and programs are told."""
        return {
            "imported": self.imported,
            "images": self.images,
            "left_out": self.left_out,
            "left_out_count": self.left_out_count,
            "notes": self.notes,
        }

    def kept(self) -> dict[str, Any]:
        """What the row keeps, to count on from there."""
        return asdict(self)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Report":
        known = {name: value for name, value in kept.items() if name in cls.__dataclass_fields__}
        return cls(**deepcopy(known))
