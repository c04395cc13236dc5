"""What a snapshot would hold now: the annotated images of a project with their side of the split.

Images are held as a few plain values each. Their regions, of which there are many more, are read as they are needed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from annotations import absences, quads, reading, revisions, splitting
from annotations.matching import path_of
from annotations.models import Image, ImageState, Label, Origin, Project, Region

IMAGES_AT_ONCE = 250  # whose regions are read with one query
MOST_LISTED = 50

OnProgress = Callable[[int, int], None]
"""Is told how many images have been looked at, of how many."""


def quietly(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class DraftImage:
    """`side`: what an earlier snapshot gave it. `absent`: labels that are said not to be on it."""

    id: UUID
    file: str
    width: int
    height: int
    side: str
    absent: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class DraftRegion:
    label: Label
    quad: list[list[float]]
    text: str
    box: quads.Box


@dataclass(frozen=True)
class Draft:
    """`images[i]` with its regions, without suggestions nobody has accepted, goes to `sides[i]`."""

    project: Project
    revision: int  # of the project's data, as it was read
    labels: dict[UUID, Label]  # in their order
    images: list[DraftImage]
    items: list[splitting.Item]
    sides: list[str]
    by_likeness: bool = True  # images that look alike were kept on one side
    untouched: int = 0  # images still to do
    suggestions: int = 0  # regions left out, on images that are in
    left_out: list[UUID] = field(default_factory=list)  # some of the images those stand on

    def sizes(self) -> dict[str, int]:
        """Images with regions on each side."""
        return splitting.sizes(self.items, self.sides)

    def annotated(self, on_progress: OnProgress = quietly) -> Iterator[tuple[DraftImage, str, list[DraftRegion]]]:
        """Each image with its side and its regions, in the order of upload. To be read while the draft is open."""
        for start in range(0, len(self.images), IMAGES_AT_ONCE):
            some = self.images[start : start + IMAGES_AT_ONCE]
            ids = [image.id for image in some]
            regions, absent = regions_of(ids, self.labels), absences.labels_of(ids)
            for image, side in zip(some, self.sides[start : start + IMAGES_AT_ONCE], strict=True):
                said = frozenset(absent.get(image.id, ()))
                yield replace(image, absent=said) if said else image, side, regions[image.id]
            on_progress(start + len(some), len(self.images))


@contextmanager
def opened(project: Project, seed: int = 0) -> Iterator[Draft]:
    """The draft of a project, all of it as it was at one moment, whatever others write while it is open."""
    with reading.one_moment():
        yield gather(project, seed)


def gather(project: Project, seed: int = 0) -> Draft:
    live = Image.objects.filter(project=project, deleted_at__isnull=True)
    annotated = live.exclude(state=ImageState.TODO).order_by("created_at", "id")
    suggested = Region.objects.filter(origin=Origin.SUGGESTION)
    images, items = images_of(annotated)
    division = splitting.divided(items, seed)
    return Draft(
        project=project,
        revision=revisions.of(project.id),
        labels={label.id: label for label in project.labels.all()},
        images=images,
        items=items,
        sides=division.sides,
        by_likeness=division.by_likeness,
        untouched=live.filter(state=ImageState.TODO).count(),
        suggestions=suggested.filter(image__in=annotated.order_by()).count(),
        left_out=list(
            annotated.filter(Exists(suggested.filter(image=OuterRef("id")))).values_list("id", flat=True)[:MOST_LISTED]
        ),
    )


def images_of(annotated: QuerySet[Image]) -> tuple[list[DraftImage], list[splitting.Item]]:
    people = Region.objects.filter(image=OuterRef("id")).exclude(origin=Origin.SUGGESTION)
    rows = annotated.annotate(has_regions=Exists(people)).values_list(
        "id", "file", "width", "height", "side", "sha256", "folder", "name", "phash", "split", "has_regions"
    )
    images, items, documents = [], [], set(annotated.filter(page__gt=0).values_list("folder", "name"))
    for image_id, file, width, height, side, sha256, folder, name, phash, chosen, has_regions in rows.iterator():
        images.append(DraftImage(image_id, file, width, height, side))
        document = path_of(folder, name) if (folder, name) in documents else ""
        items.append(splitting.Item(sha256, document, phash, has_regions, chosen, before=side))
    return images, items


def regions_of(images: Sequence[UUID], labels: dict[UUID, Label]) -> dict[UUID, list[DraftRegion]]:
    """Of each image its regions from top to bottom."""
    found: dict[UUID, list[DraftRegion]] = {image: [] for image in images}
    rows = Region.objects.filter(image__in=images).exclude(origin=Origin.SUGGESTION)
    for image_id, label_id, quad, text, *box in rows.order_by("image_id", "ymin", "xmin", "id").values_list(
        "image_id", "label_id", "quad", "text", "xmin", "ymin", "xmax", "ymax"
    ):
        found[image_id].append(DraftRegion(labels[label_id], quad, text, (box[0], box[1], box[2], box[3])))
    return found
