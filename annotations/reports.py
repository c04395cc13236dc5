"""What became of a file that was taken in: what the user reads afterwards."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

from annotations import texts
from annotations.formats import Remark

MOST_LISTED = 1000
MOST_NAMED = 12  # rows in one note


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
    turned: int = 0  # boxes, with their photos
    upright: int = 0  # boxes on photos that were turned, taken as drawn on the upright ones
    held: int = 0  # rows left out until a person says on which picture their boxes were drawn
    remarks: dict[str, list[int]] = field(default_factory=dict)  # sentences, each with the rows it is about, if any

    @classmethod
    def with_remarks(cls, remarks: Iterable[Remark]) -> "Report":
        made = cls()
        for remark in remarks:
            made.remark(remark)
        return made

    def remark(self, said: Remark) -> None:
        rows = self.remarks.setdefault(said.sentence, [])
        rows += [] if said.row is None else [said.row]

    def leave_out(self, row: int | None, name: str, reason: str) -> None:
        self.left_out_count += 1
        if len(self.left_out) < MOST_LISTED:
            self.left_out.append({"row": row, "name": texts.shown(name), "reason": texts.shown(reason)})

    @property
    def notes(self) -> list[str]:
        # By their rows: PostgreSQL keeps the keys of JSON in an order of its own.
        told = sorted(self.remarks.items(), key=lambda remark: min(remark[1], default=0))
        found = [about(rows) + sentence for sentence, rows in told]
        if self.labels:
            found.append(f"Labels made: {', '.join(self.labels)}.")
        if self.cut:
            boxes = texts.counted(self.cut, "box reached", "boxes reached")
            found.append(f"{boxes} over the edge of the image and were cut to it.")
        if self.respaced:
            words = texts.counted(self.respaced, "text")
            found.append(f"In {words} white space of several characters became a single blank.")
        if self.turned:
            found.append(f"{texts.counted(self.turned, 'box was', 'boxes were')} turned upright with their photos.")
        if self.upright:
            found.append(
                f"{texts.counted(self.upright, 'box is', 'boxes are')} on photos that lie turned in their files; "
                "they were taken as drawn on the photos as you see them here."
            )
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
            "held": self.held,
            "notes": self.notes,
        }

    def kept(self) -> dict[str, Any]:
        """What the row keeps, to count on from there."""
        return asdict(self)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Report":
        known = {name: value for name, value in kept.items() if name in cls.__dataclass_fields__}
        return cls(**deepcopy(known))


def about(rows: Sequence[int]) -> str:
    """`Row 3: `, `Rows 3, 5 and 7: `; nothing where there is no row."""
    named, more = [str(row) for row in rows[:MOST_NAMED]], len(rows) - MOST_NAMED
    if len(named) < 2:
        return f"Row {named[0]}: " if named else ""
    return f"Rows {texts.listed([*named, f'{more:,} more'] if more > 0 else named)}: "
