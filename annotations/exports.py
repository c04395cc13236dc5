"""Annotations given out in any format that can be written, a piece at a time: a project may be larger than memory."""

from collections.abc import Iterator
from itertools import chain

from django.db.models import QuerySet

from accounts.errors import Refusal
from annotations import absences, images, reading
from annotations.drafts import regions_of
from annotations.formats import FORMATS, Format, Written
from annotations.matching import loosely, path_of, repeated, shown_name
from annotations.models import Image, ImageState, Label, Origin, Project, Region
from annotations.quads import parsed


def export(project: Project, format_key: str) -> tuple[Format, Iterator[bytes]]:
    """Suggestions nobody has accepted stay at home. What fails at the beginning fails here, and not in an answer."""
    kind = FORMATS.get(format_key)
    if kind is None or kind.write is None:
        known = ", ".join(key for key, each in FORMATS.items() if each.write)
        raise Refusal(f"The format “{format_key}” cannot be written. These can: {known}.", code="unknown_format")
    return kind, begun(kind.write(pictures(project), labels_in_use(project)))


def begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = next(pieces, b"")
    return chain([first], pieces)


def pictures(project: Project) -> Iterator[Written]:
    """In the order of upload, each as it is when its turn comes; images still to do are left out."""
    several = repeated(project)
    for some in images.in_batches(annotated(project)):
        with reading.one_moment():
            labels = {label.id: label for label in project.labels.only("id", "name")}
            ids = [image.id for image in some]
            regions, absent = regions_of(ids, labels), absences.labels_of(ids)
        for image in some:
            kept = tuple((region.label.name, parsed(region.quad), region.text) for region in regions[image.id])
            missing = tuple(label.name for label in labels.values() if label.id in absent.get(image.id, ()))
            name = shown_name(image.name, image.page)
            path = path_of(image.folder, name) if loosely(name) in several else name
            yield Written(path, image.split or image.side, kept, missing)


def annotated(project: Project) -> QuerySet[Image]:
    return Image.objects.filter(project=project, deleted_at__isnull=True).exclude(state=ImageState.TODO)


def labels_in_use(project: Project) -> list[str]:
    """The labels of what is given out, in their order."""
    given = Region.objects.filter(image__in=annotated(project)).exclude(origin=Origin.SUGGESTION)
    used = set(given.order_by().values_list("label_id", flat=True).distinct())
    return [label.name for label in Label.objects.filter(project=project).only("id", "name") if label.id in used]
