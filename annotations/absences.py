"""Labels that a person said are not on an image, so that a missing region is known from a forgotten one.

No image has both a region of a label and its absence: the first is refused with the second, and the second ends with
the first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from accounts.errors import Refusal
from annotations.models import Absence, Image, Label
from annotations.texts import counted


def labels_of(images: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Of each image the ids of the labels that are said not to be on it; images without any are left out."""
    found: dict[UUID, set[UUID]] = {}
    rows = Absence.objects.filter(image__in=list(images)).order_by()
    for image_id, label_id in rows.values_list("image_id", "label_id"):
        found.setdefault(image_id, set()).add(label_id)
    return found


def checked(image: Image, labels: Collection[UUID]) -> set[UUID]:
    """Raises Refusal for labels that the project has not, or that have regions on the image."""
    wanted = set(labels)
    known = set(Label.objects.filter(project=image.project_id, id__in=wanted).values_list("id", flat=True))
    if wanted - known:
        message = "This project has no such label. It may have been deleted in the meantime."
        raise Refusal(message, code="unknown_label", fields={"absent": [message]})
    there = list(image.regions.filter(label__in=wanted).order_by().values_list("label__name", flat=True))
    if there:
        name = min(there)
        regions = counted(there.count(name), "region")
        message = f"“{name}” has {regions} on this image. Delete them before you say that it is not on it."
        raise Refusal(message, code="label_there", status=409, fields={"absent": [message]})
    return wanted


def replace(image: Image, labels: set[UUID]) -> bool:
    """Of a locked image, with labels that were checked. Whether anything changed."""
    before = labels_of([image.id]).get(image.id, set())
    Absence.objects.filter(image=image, label__in=before - labels).delete()
    add({image.id: labels - before})
    return labels != before


def add(labels: Mapping[UUID, Iterable[UUID]]) -> None:
    """To locked images that have no regions of these labels; what is said already stays."""
    rows = [Absence(image_id=image, label_id=label) for image, some in labels.items() for label in some]
    Absence.objects.bulk_create(rows, ignore_conflicts=True)


def end(regions: Mapping[UUID, Sequence[UUID]]) -> None:
    """For locked images that get regions of these labels."""
    said = labels_of(regions)
    for image_id, labels in said.items():
        Absence.objects.filter(image=image_id, label__in=labels & set(regions[image_id])).delete()
