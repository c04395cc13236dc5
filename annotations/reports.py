"""What became of a file that was taken in: what the user reads afterwards."""

from dataclasses import dataclass, field
from typing import Any

MOST_LISTED = 1000


@dataclass
class Report:
    imported: int = 0  # regions
    images: int = 0  # taken in, or given regions
    left_out: list[dict[str, Any]] = field(default_factory=list)
    left_out_count: int = 0
    notes: list[str] = field(default_factory=list)

    def leave_out(self, row: int | None, name: str, reason: str) -> None:
        self.left_out_count += 1
        if len(self.left_out) < MOST_LISTED:
            self.left_out.append({"row": row, "name": name, "reason": reason})

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def as_json(self) -> dict[str, Any]:
        return {
            "imported": self.imported,
            "images": self.images,
            "left_out": self.left_out,
            "left_out_count": self.left_out_count,
            "notes": self.notes,
        }

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Report":
        return cls(**kept) if kept else cls()
