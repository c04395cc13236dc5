"""Which image a file name in an annotation file means."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from annotations.models import Image, Project
from annotations.texts import file_name, folder_name, stem

Folders = tuple[str, ...]
"""The folders of a path from the outermost to the innermost, without regard to case."""


@dataclass(frozen=True)
class Pictured:
    """As much of an image as placing regions on it takes."""

    id: UUID
    name: str
    page: int
    width: int
    height: int
    folder: str = ""
    turn: int | None = None
    also_named: tuple[str, ...] = ()


def shown_name(name: str, page: int) -> str:
    """The name that annotation files use: `invoice.pdf`, and `invoice.pdf#2` for its second page."""
    return name if page == 0 else f"{name}#{page + 1}"


def path_of(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


class Names:
    """The images of a project by name; `asked`: the paths that are looked for together, as those of a table.

    Folders count where they tell images apart: of several of one name that one is meant whose folders agree with the
    path from its end for the longest. And where `asked` names two paths that end alike, an image is one of them only.
    """

    def __init__(self, images: Iterable[Pictured], asked: Iterable[str] = ()) -> None:
        self.loose: dict[str, list[tuple[Pictured, str, Folders]]] = {}
        self.asked: dict[str, set[Folders]] = {}
        for image in images:
            for path in (path_of(image.folder, image.name), *image.also_named):
                name, folders = parted(path)
                named = (image, shown_name(name, image.page), folders)
                self.loose.setdefault(shown_name(stem(name), image.page), []).append(named)
        for path in set(asked):
            name, folders = parted(path)
            self.asked.setdefault(loosely(name), set()).add(folders)

    def find(self, written: str) -> Pictured | str:
        """The one image meant, or a sentence why there is none."""
        name, folders = parted(written)
        ranked: dict[UUID, tuple[int, int, bool]] = {}
        images: dict[UUID, Pictured] = {}
        for image, shown, of_image in self.loose.get(loosely(name), []):
            images[image.id] = image
            same = common(folders, of_image)
            beyond = (
                len(of_image) - same if same else 0
            )  # its folders of which the path says something else, or nothing
            rank = (same, -beyond, shown == name)
            ranked[image.id] = max(ranked.get(image.id, rank), rank)
        best = max(ranked.values(), default=(0, 0, False))
        found = [images[image_id] for image_id, rank in ranked.items() if rank == best]
        if not found:
            return "The project has no image of this name."
        return self._one_of(found, name, folders)

    def _one_of(self, found: list[Pictured], name: str, folders: Folders) -> Pictured | str:
        if len(found) == 1:
            rivals = [other for other in self.asked.get(loosely(name), ()) if are_others(other, folders)]
            own = self._fit(found[0], name, folders)
            if all(self._fit(found[0], name, other) < own for other in rivals):
                return found[0]
            where = f"in the folder {found[0].folder}" if found[0].folder else "without a folder"
            several = len(rivals) + 1
            return f"This table names files of this name in {several} folders, and the project has only one, {where}."
        places = sorted({image.folder for image in found if image.folder})
        if len(places) < 2:
            return f"The project has {len(found)} images of this name."
        listed = ", ".join(places[:5]) + (" …" if len(places) > 5 else "")
        return (
            f"The project has {len(found)} images of this name, in the folders {listed}. "
            f"Name the folder too, as in {path_of(places[0], found[0].name)}."
        )

    def _fit(self, image: Pictured, name: str, folders: Folders) -> int:
        """How many folders agree with those of the image, under whichever of its names."""
        return max(common(folders, of) for one, _, of in self.loose[loosely(name)] if one.id == image.id)


def parted(path: str) -> tuple[str, Folders]:
    return file_name(path), tuple(folder_name(path).lower().split("/")) if folder_name(path) else ()


def loosely(name: str) -> str:
    """A name without regard to case and ending; the number of a page stays."""
    base, mark, page = name.rpartition("#")
    return f"{stem(base)}#{page}" if mark and page.isdigit() else stem(name)


def common(one: Folders, other: Folders) -> int:
    """How many folders are the same, from the innermost on."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def are_others(one: Folders, other: Folders) -> bool:
    """Whether they cannot be the same folder, told from different places."""
    return common(one, other) < min(len(one), len(other))


def names_of(project: Project, asked: Iterable[str] = ()) -> Names:
    rows = Image.objects.filter(project=project, deleted_at__isnull=True).values_list(
        "id", "name", "page", "width", "height", "folder", "turn", "also_named"
    )
    return Names((Pictured(*row[:7], also_named=tuple(row[7])) for row in rows), asked)


def repeated(project: Project) -> set[str]:
    """The names, without case and ending, that several images have: their folders tell which is meant."""
    images = Image.objects.filter(project=project, deleted_at__isnull=True)
    if not images.exclude(folder="").exists():
        return set()
    rows = images.order_by().values_list("name", "page")
    times = Counter(loosely(shown_name(name, page)) for name, page in rows.iterator())
    return {name for name, count in times.items() if count > 1}
