"""The images of a project: found, walked through, reviewed, put on a side of the split, deleted and restored."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.errors import Conflict, Refusal
from accounts.models import User
from annotations import absences, labelling, projects
from annotations.matching import path_of
from annotations.models import Image, ImageState, Origin, Project, Region, Side
from annotations.texts import visible


@dataclass(frozen=True)
class Filters:
    """What a list of images is narrowed by; empty fields narrow nothing."""

    state: str = ""
    search: str = ""  # in the name and its folders
    label: UUID | None = None
    text: str = ""  # in the text of a region
    ids: Sequence[UUID] = ()
    order: str = "newest"  # first, as a list shows them; "oldest" first, as they are annotated


@dataclass(frozen=True)
class Neighbours:
    previous: UUID | None
    next: UUID | None
    position: int  # from 1; 0: the image itself does not match the filters
    total: int


def matching(project: Project, filters: Filters) -> QuerySet[Image]:
    """Newest first, unless the filters say otherwise."""
    found = Image.objects.filter(project=project, deleted_at__isnull=True)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.ids:
        found = found.filter(id__in=filters.ids)
    if filters.search:
        sought = visible(filters.search)
        found = found.filter(Q(name__icontains=sought) | Q(folder__icontains=sought))
    if filters.label:
        found = found.filter(Exists(Region.objects.filter(image=OuterRef("id"), label_id=filters.label)))
    if filters.text:
        found = found.filter(Exists(Region.objects.filter(image=OuterRef("id"), text__icontains=visible(filters.text))))
    return found.order_by(*ordering(filters))


def ordering(filters: Filters) -> tuple[str, str]:
    """By the time of upload; the pages of a document are uploaded one after the other."""
    return ("created_at", "id") if filters.order == "oldest" else ("-created_at", "-id")


def count_pages(found: Sequence[Image]) -> None:
    """Gives each image `pages`, how many its file has: as many as the project's images of that folder and name have."""
    names = {image.name for image in found}
    later = Image.objects.filter(project__in={image.project_id for image in found}, page__gt=0, name__in=names)
    counted = later.order_by().values_list("project", "folder", "name").annotate(last=Max("page"))
    last = {tuple(document): page for *document, page in counted}
    for image in found:
        document = (image.project_id, image.folder, image.name)
        image.pages = 1 + max(image.page, last.get(document, 0))  # type: ignore[attr-defined]


def in_batches(found: QuerySet[Image], *, newest_first: bool = False, size: int = 500) -> Iterator[list[Image]]:
    """All of them in the order of upload, some hundred at a time, so that no more are ever held in memory.

    Each batch begins where the last one ended, and not at a count, so what is added or deleted meanwhile moves nothing.
    """
    mark = "" if not newest_first else "-"
    beyond = "lt" if newest_first else "gt"
    ordered = found.order_by(f"{mark}created_at", f"{mark}id")
    some = list(ordered[:size])
    while some:
        yield some
        last = some[-1]
        later = Q(**{f"created_at__{beyond}": last.created_at})
        beside = Q(created_at=last.created_at, **{f"id__{beyond}": last.id})
        reach = {f"created_at__{beyond}e": last.created_at}  # what an index can be sought by
        some = list(ordered.filter(later | beside, **reach)[:size]) if len(some) == size else []


def neighbours(image: Image, filters: Filters) -> Neighbours:
    found = matching(image.project, filters)
    newer = found.filter(Q(created_at__gt=image.created_at) | Q(created_at=image.created_at, id__gt=image.id))
    older = found.filter(Q(created_at__lt=image.created_at) | Q(created_at=image.created_at, id__lt=image.id))
    previous = newer.order_by("created_at", "id").values_list("id", flat=True).first()
    next_ = older.order_by("-created_at", "-id").values_list("id", flat=True).first()
    before, after = newer.count(), older.count()
    if filters.order == "oldest":
        previous, next_, before, after = next_, previous, after, before
    included = found.filter(id=image.id).exists()
    return Neighbours(
        previous=previous, next=next_, position=before + 1 if included else 0, total=before + after + included
    )


@transaction.atomic
def mark(
    image: Image, user: User, *, version: int, state: str | None = None, absent: Collection[UUID] | None = None
) -> Image:
    """Marks an image with a state, and with the labels that are not on it.

    Marking it reviewed or annotated accepts the suggestions on it. To say what is not there annotates an image to do,
    as the first region does. A mark that is there already, such as one that is sent again, changes nothing.
    """
    locked = labelling.lock_image(image.id)
    without = None if absent is None else absences.checked(locked, absent)
    if is_marked(locked, state, without):
        return locked
    if locked.version != version:
        raise Conflict(
            "This image was changed in the meantime. Look at it again before you mark it.",
            code="version_conflict",
            detail={"image": as_json(locked)},
        )
    if without is not None:
        absences.replace(locked, without)
        if locked.state != ImageState.REVIEWED:
            locked.state = ImageState.ANNOTATED if labelling.has_annotations(locked) else ImageState.TODO
    if state is not None:
        if state != ImageState.TODO:
            labelling.accept_suggestions(locked, user)
        locked.state = state
    locked.version += 1
    locked.save(update_fields=["state", "version"])
    projects.touch(locked.project_id)
    return locked


def is_marked(image: Image, state: str | None, absent: set[UUID] | None) -> bool:
    """Whether the image is already as it is to be marked."""
    waits = state not in (None, ImageState.TODO) and image.regions.filter(origin=Origin.SUGGESTION).exists()
    has_state = state is None or (image.state == state and not waits)
    return has_state and (absent is None or absent == absences.labels_of([image.id]).get(image.id, set()))


def as_json(image: Image) -> dict[str, object]:
    """The image as an answer about its version shows it."""
    absent = sorted(str(label) for label in absences.labels_of([image.id]).get(image.id, ()))
    return {"id": str(image.id), "version": image.version, "state": image.state, "absent": absent}


@transaction.atomic
def set_side(image: Image, split: str) -> None:
    image.split = split
    image.save(update_fields=["split"])
    projects.touch(image.project_id)


@transaction.atomic
def set_sides(project: Project, train: Sequence[str], test: Sequence[str]) -> dict[str, int]:
    """Puts images, given by id or name, on the sides of the split; all others keep theirs."""
    names: dict[str, list[UUID]] = {}
    live = Image.objects.filter(project=project, deleted_at__isnull=True)
    for image_id, folder, name in live.values_list("id", "folder", "name"):
        for path in {name, path_of(folder, name)}:
            names.setdefault(path, []).append(image_id)
        names[str(image_id)] = [image_id]
    wanted = {Side.TRAIN: _resolved(names, train), Side.TEST: _resolved(names, test)}
    both = wanted[Side.TRAIN] & wanted[Side.TEST]
    if both:
        raise Refusal(f"{len(both)} of the images are named on both sides; each goes on one.", code="invalid")
    for side, ids in wanted.items():
        for some in _batches(sorted(ids)):
            Image.objects.filter(id__in=some).update(split=side)
    projects.touch(project.id)
    return {str(side): len(ids) for side, ids in wanted.items()}


def _resolved(names: dict[str, list[UUID]], wanted: Iterable[str]) -> set[UUID]:
    unknown = [name for name in wanted if name not in names]
    if unknown:
        listed = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
        raise Refusal(f"The project has no image {listed}.", code="unknown_image", detail={"unknown": unknown[:100]})
    return {image_id for name in wanted for image_id in names[name]}


def delete(project: Project, ids: Sequence[UUID]) -> list[UUID]:
    """Undoable: rows and files stay until they are swept."""
    now = timezone.now()
    gone: list[UUID] = []
    for some in _batches(ids):
        found = Image.objects.filter(project=project, id__in=some, deleted_at__isnull=True)
        with transaction.atomic():
            gone += found.values_list("id", flat=True)
            found.update(deleted_at=now)
            projects.touch(project.id)
    return gone


def restore(project: Project, ids: Sequence[UUID]) -> tuple[int, list[Image]]:
    """How many came back, and those that did not because the same picture was uploaded again."""
    restored, twins = 0, list[Image]()
    for some in _batches(ids):
        deleted = Image.objects.filter(project=project, id__in=some, deleted_at__isnull=False)
        back, there = _without_twins(project, deleted)
        try:
            restored += _bring_back(project, deleted.filter(id__in=[image.id for image in back]))
        except IntegrityError:  # one of them was uploaded again just now
            for image in back:
                try:
                    restored += _bring_back(project, deleted.filter(id=image.id))
                except IntegrityError:
                    there.append(image)
        twins += there
    return restored, twins


def _without_twins(project: Project, deleted: Iterable[Image]) -> tuple[list[Image], list[Image]]:
    """Those whose picture is not in the project, each picture once, and the others."""
    images = list(deleted)
    live = Image.objects.filter(project=project, deleted_at__isnull=True)
    there = set(live.filter(sha256__in={image.sha256 for image in images}).values_list("sha256", flat=True))
    back, twins = list[Image](), list[Image]()
    for image in images:
        (twins if image.sha256 in there else back).append(image)
        there.add(image.sha256)
    return back, twins


@transaction.atomic
def _bring_back(project: Project, deleted: QuerySet[Image]) -> int:
    projects.touch(project.id)
    return deleted.update(deleted_at=None)


def _batches(ids: Sequence[UUID], size: int = 500) -> Iterable[Sequence[UUID]]:
    """Databases bound how many values one query may name."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
