"""Which image a file name in an annotation file means."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from annotations.models import Image, Project
from annotations.texts import file_name, stem


@dataclass(frozen=True)
class Pictured:
    """As much of an image as placing regions on it takes."""

    id: UUID
    name: str
    page: int
    width: int
    height: int
    also_named: tuple[str, ...] = ()


def shown_name(name: str, page: int) -> str:
    """The name that annotation files use: `invoice.pdf`, and `invoice.pdf#2` for its second page."""
    return name if page == 0 else f"{name}#{page + 1}"


class Names:
    """The images of a project by name: exactly first, then without regard to case and ending."""

    def __init__(self, images: Iterable[Pictured]) -> None:
        self.exact: dict[str, list[Pictured]] = {}
        self.loose: dict[str, list[Pictured]] = {}
        for image in images:
            for name in (image.name, *image.also_named):
                shown = shown_name(name, image.page)
                self.exact.setdefault(shown, []).append(image)
                loose = shown_name(stem(name), image.page)
                if image not in self.loose.setdefault(loose, []):
                    self.loose[loose].append(image)

    def find(self, written: str) -> Pictured | str:
        """The one image meant, or a sentence why there is none."""
        last = file_name(written)
        base, mark, page = last.rpartition("#")
        loose = f"{stem(base)}#{page}" if mark and page.isdigit() else stem(last)
        found = self.exact.get(last) or self.loose.get(loose) or []
        if len(found) == 1:
            return found[0]
        if not found:
            return "The project has no image of this name."
        return f"The project has {len(found)} images of this name."


def names_of(project: Project) -> Names:
    rows = Image.objects.filter(project=project, deleted_at__isnull=True).values_list(
        "id", "name", "page", "width", "height", "also_named"
    )
    return Names(Pictured(*row[:5], also_named=tuple(row[5])) for row in rows)
