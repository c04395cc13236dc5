"""What a data check finds, and how it is listed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

Severity = Literal["refuse", "warn", "note"]

MOST_LISTED = 50


@dataclass(frozen=True)
class Finding:
    """`image_ids`: where to look, at most fifty; `count`: of what the message is about."""

    code: str
    severity: Severity
    message: str
    count: int = 0
    image_ids: list[UUID] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "count": self.count,
            "image_ids": [str(image_id) for image_id in self.image_ids],
        }


@dataclass
class Tally:
    """How often something was met, and the first images it was met on: however often, it stays small."""

    count: int = 0
    images: dict[UUID, None] = field(default_factory=dict)

    def add(self, image_id: UUID) -> None:
        self.count += 1
        if len(self.images) < MOST_LISTED:
            self.images[image_id] = None

    def finding(self, code: str, severity: Severity, message: str) -> Finding:
        return Finding(code, severity, message, self.count, list(self.images))


def first_images(tallies: Iterable[Tally]) -> list[UUID]:
    return list(dict.fromkeys(image_id for tally in tallies for image_id in tally.images))[:MOST_LISTED]
