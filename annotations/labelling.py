"""Regions: drawn, changed, deleted, brought back. Each edit is one transaction with its entry in the history.

An image's row is locked before its regions are touched, so edits of one image happen one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.errors import Conflict, NotFound, Refusal
from accounts.models import User
from annotations import absences, access, labels, projects, quads
from annotations.models import Image, ImageState, Label, Origin, Region, RegionEdit, Role

MOST_REGIONS = 2000  # on one image

Found = tuple[Label, quads.Quad, str, float | None]  # label, quad, text, confidence


@dataclass(frozen=True)
class Saved:
    """The region as it is now (None: deleted) and the image with its new version and state."""

    region: Region | None
    image: Image


@transaction.atomic
def add(user: User, image_id: UUID, *, label_id: UUID, quad: Any, text: str, region_id: UUID | None = None) -> Saved:
    """Safe to send again: a region with this id on this image is returned as it is."""
    image = lock_image(access.image_for(user, image_id, Role.ANNOTATOR).id)
    known = Region.objects.filter(id=region_id).first() if region_id else None
    if known is not None:
        if known.image_id != image.id:
            raise Conflict("This region's id is taken. Make a new one and try again.", code="id_taken")
        return Saved(known, image)
    if image.regions.count() >= MOST_REGIONS:
        raise Refusal(f"An image holds at most {MOST_REGIONS:,} regions.", code="too_many")
    label = _label(image, label_id)
    region = Region(image=image, label=label, text=labels.text_of(label.words, text))
    if region_id:
        region.id = region_id
    place(region, quads.checked(quad, image.width, image.height))
    region.save(force_insert=True)
    return _recorded(image, user, region, before=None)


@transaction.atomic
def change(
    user: User,
    region_id: UUID,
    *,
    version: int,
    label_id: UUID | None = None,
    quad: Any = None,
    text: str | None = None,
) -> Saved:
    """A change of a suggestion accepts it. Conflict where the region is newer than `version` and differs."""
    image, region = _locked(user, region_id)
    before, was = state(region), region.version
    if label_id is not None:
        region.label = _label(image, label_id)
    if quad is not None:
        place(region, quads.checked(quad, image.width, image.height))
    if text is not None:
        region.text = labels.text_of(region.label.words, text)
    if region.origin == Origin.SUGGESTION:
        region.origin = Origin.PERSON
    if state(region) == before:
        return Saved(region, image)  # nothing new; also the answer to a change that is sent again
    if was != version:
        raise _newer(Region.objects.get(id=region_id))
    region.version += 1
    region.save()
    return _recorded(image, user, region, before=before)


@transaction.atomic
def remove(user: User, region_id: UUID, version: int) -> Saved:
    gone = _deleted_before(user, region_id)
    if gone is not None:
        return Saved(None, gone)
    image, region = _locked(user, region_id)
    if region.version != version:
        raise _newer(region)
    before = state(region)
    Region.objects.filter(id=region_id).delete()
    return _recorded(image, user, None, before=before, region_id=region_id)


@transaction.atomic
def restore(user: User, region_id: UUID) -> Saved:
    """Brings a deleted region back as it was, under its own id."""
    last = RegionEdit.objects.filter(region_id=region_id).order_by("-id").first()
    if last is None:
        raise NotFound("There is no such region.")
    image = lock_image(access.image_for(user, last.image_id, Role.ANNOTATOR).id)
    known = Region.objects.filter(id=region_id).first()
    if known is not None:
        return Saved(known, image)
    was = last.before
    if not was:
        raise NotFound("There is no such region.")
    label = Label.objects.filter(id=was["label"], project=image.project_id).first()
    if label is None:
        raise Conflict("The label of this region was deleted in the meantime, so it cannot be brought back.")
    region = Region(id=region_id, image=image, label=label, text=was["text"], origin=was["origin"])
    region.version = was["version"] + 1
    place(region, quads.parsed(was["quad"]))
    region.save(force_insert=True)
    return _recorded(image, user, region, before=None)


@transaction.atomic
def save_all(
    image: Image, user: User, found: Sequence[Found], *, origin: Origin, known_good: bool = False
) -> list[Region]:
    """Saves many regions on one image at once. Suggestions wait for a person and leave the image's state alone.

    What a person said is not on the image is not suggested. `known_good`: quads and texts are checked already.
    """
    locked = lock_image(image.id)
    absent = absences.labels_of([image.id]).get(image.id, set()) if origin == Origin.SUGGESTION else set()
    made = []
    for label, quad, text, confidence in found:
        if label.id in absent:
            continue
        kept = text if known_good else labels.text_of(label.words, text)
        region = Region(image=locked, label=label, text=kept, confidence=confidence, origin=origin)
        place(region, quad if known_good else quads.checked(quad, locked.width, locked.height))
        made.append(region)
    save_on_many(user, {locked.id: made}, origin=origin)
    if made:
        projects.touch(locked.project_id)
    return made


def save_on_many(user: User, made: Mapping[UUID, Sequence[Region]], *, origin: Origin) -> None:
    """New regions on many images that the caller has locked: each image is raised by one version.

    At most some hundred images at once, as databases bound how many values a query may name.
    """
    images = Image.objects.filter(id__in=[image_id for image_id, regions in made.items() if regions])
    images.update(version=F("version") + 1)
    if origin != Origin.SUGGESTION:
        images.filter(state=ImageState.TODO).update(state=ImageState.ANNOTATED)
    edits = []
    for image in images:
        for region in made[image.id]:
            region.image = image
            edits.append(_edit(image, user, region.id, None, state(region)))
    Region.objects.bulk_create(region for regions in made.values() for region in regions)
    absences.end({image_id: [region.label_id for region in regions] for image_id, regions in made.items()})
    RegionEdit.objects.bulk_create(edits)


def accept_suggestions(image: Image, user: User) -> None:
    """Of a locked image: what a person has looked at is a person's."""
    for region in image.regions.filter(origin=Origin.SUGGESTION):
        before = state(region)
        region.origin, region.version = Origin.PERSON, region.version + 1
        region.save(update_fields=["origin", "version", "updated_at"])
        record(image, user, region.id, before, state(region))


def has_annotations(image: Image) -> bool:
    """Whether people have drawn something on it, or said what is not there."""
    return image.regions.exclude(origin=Origin.SUGGESTION).exists() or image.absences.exists()


def lock_image(image_id: UUID) -> Image:
    return Image.objects.select_for_update(of=("self",)).get(id=image_id)


def place(region: Region, quad: quads.Quad) -> None:
    region.quad = [list(corner) for corner in quad]
    region.xmin, region.ymin, region.xmax, region.ymax = quads.bounding_box(quad)


def state(region: Region) -> dict[str, Any]:
    """What the history keeps of a region."""
    return {
        "label": str(region.label_id),
        "quad": [list(corner) for corner in region.quad],
        "text": region.text,
        "origin": str(region.origin),
        "version": region.version,
    }


def record(
    image: Image, user: User, region_id: UUID, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    _edit(image, user, region_id, before, after).save()


def _edit(
    image: Image, user: User, region_id: UUID, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> RegionEdit:
    return RegionEdit(
        image=image, region_id=region_id, image_version=image.version, before=before, after=after, user=user
    )


def _recorded(
    image: Image, user: User, region: Region | None, before: dict[str, Any] | None, region_id: UUID | None = None
) -> Saved:
    """Raises the image's version, follows its state, and writes the history."""
    image.version += 1
    if image.state == ImageState.TODO and region is not None:
        image.state = ImageState.ANNOTATED
    elif image.state == ImageState.ANNOTATED and region is None:
        image.state = ImageState.ANNOTATED if has_annotations(image) else ImageState.TODO
    image.save(update_fields=["version", "state"])
    if region is not None:
        absences.end({image.id: [region.label_id]})
    target = region.id if region else region_id
    if target is not None:
        record(image, user, target, before, state(region) if region else None)
    projects.touch(image.project_id)
    return Saved(region, image)


def _locked(user: User, region_id: UUID) -> tuple[Image, Region]:
    image_id = Region.objects.filter(id=region_id).values_list("image_id", flat=True).first()
    if image_id is None:
        raise NotFound("There is no such region.")
    try:
        image = lock_image(access.image_for(user, image_id, Role.ANNOTATOR).id)
        return image, Region.objects.get(id=region_id)
    except (NotFound, Region.DoesNotExist):
        raise NotFound("There is no such region.") from None


def _deleted_before(user: User, region_id: UUID) -> Image | None:
    """The image of a region that was deleted, where the user may edit it."""
    if Region.objects.filter(id=region_id).exists():
        return None
    last = RegionEdit.objects.filter(region_id=region_id).order_by("-id").first()
    if last is None:
        return None
    try:
        return access.image_for(user, last.image_id, Role.ANNOTATOR)
    except NotFound:
        return None


def _label(image: Image, label_id: UUID) -> Label:
    label = Label.objects.filter(id=label_id, project=image.project_id).first()
    if label is None:
        message = "This project has no such label. It may have been deleted in the meantime."
        raise Refusal(message, code="unknown_label", fields={"label": [message]})
    return label


def _newer(region: Region) -> Conflict:
    return Conflict(
        "This region was changed elsewhere, perhaps in another tab. Your change was not saved over it.",
        code="version_conflict",
        detail={"region": as_json(region)},
    )


def as_json(region: Region) -> dict[str, Any]:
    """The region as every API answer shows it."""
    return {
        "id": str(region.id),
        "label": str(region.label_id),
        "quad": region.quad,
        "text": region.text,
        "origin": region.origin,
        "confidence": region.confidence,
        "version": region.version,
        "updated_at": region.updated_at.isoformat().replace("+00:00", "Z"),
    }
