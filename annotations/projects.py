"""Projects: made, renamed, deleted, and told about."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from accounts import invitations
from accounts.errors import Refusal
from accounts.models import User
from annotations import labels, texts
from annotations.models import Image, ImageState, Label, Membership, Origin, Project, Region, Role
from annotations.revisions import touch as touch

Extra = Callable[[Sequence[Project]], dict[UUID, dict[str, Any]]]
STRIP = 4

_extras: list[Extra] = []
_on_delete: list[Callable[[], None]] = []


def register_extra(tell: Extra) -> None:
    """Lets an app above this one add facts to what is told about projects, such as the live version."""
    if tell not in _extras:
        _extras.append(tell)


def extras(projects: Sequence[Project]) -> dict[UUID, dict[str, Any]]:
    told: dict[UUID, dict[str, Any]] = {project.id: {"live": None, "newest": None, "run": None} for project in projects}
    for tell in _extras:
        for project_id, facts in tell(projects).items():
            told[project_id] |= facts
    return told


def of_user(user: User) -> list[Project]:
    """The user's projects, newest change first, each with the user's role."""
    memberships = (
        Membership.objects.filter(user=user, project__deleted_at__isnull=True)
        .select_related("project")
        .prefetch_related(Prefetch("project__labels", Label.objects.all()))
        .order_by("-project__updated_at")
    )
    projects = []
    for membership in memberships:
        membership.project.role = membership.role
        projects.append(membership.project)
    return projects


@transaction.atomic
def create(user: User, name: str, label_names: Iterable[str] = (), *, is_sample: bool = False) -> Project:
    project = Project.objects.create(name=checked_name(name), created_by=user, is_sample=is_sample)
    Membership.objects.create(project=project, user=user, role=Role.OWNER)
    for label_name in label_names:
        labels.create(project, label_name)
    project.role = Role.OWNER
    return project


def rename(project: Project, name: str) -> None:
    project.name = checked_name(name)
    project.save(update_fields=["name", "updated_at"])


def prediction_days(project: Project) -> int:
    """For how many days predictions, with their pictures, are kept. 0: not beyond the answer."""
    return settings.PREDICTION_DAYS if project.prediction_days is None else project.prediction_days


def keep_predictions(project: Project, days: int | None) -> None:
    """None: as the server's setting says."""
    project.prediction_days = days
    project.save(update_fields=["prediction_days", "updated_at"])


def checked_name(name: str) -> str:
    kept = texts.one_line(name)
    if not kept:
        raise Refusal("Give the project a name.", code="invalid", fields={"name": ["Give the project a name."]})
    if len(kept) > 100 or texts.unprintable(kept):
        message = "A project's name has at most 100 printable characters."
        raise Refusal(message, code="invalid", fields={"name": [message]})
    return kept


def delete(project: Project) -> None:
    """Undoable: rows and files stay until they are swept. Work that is under way for it ends."""
    with transaction.atomic():
        Project.objects.filter(id=project.id, deleted_at__isnull=True).update(deleted_at=timezone.now())
        invitations.suspend(project.id, suspended=True)
        for end_work in _on_delete:
            end_work()


def register_on_delete(end_work: Callable[[], None]) -> None:
    """Lets an app above this one end its work for projects that are deleted; it finds them by `deleted_at`."""
    if end_work not in _on_delete:
        _on_delete.append(end_work)


def existing() -> QuerySet[Project]:
    """Those not deleted. As `project__in` of a conditional update it is a subquery: the update stays one statement."""
    return Project.objects.filter(deleted_at__isnull=True)


def deleted() -> QuerySet[Project]:
    return Project.objects.filter(deleted_at__isnull=False)


@transaction.atomic
def restore(project: Project) -> None:
    Project.objects.filter(id=project.id).update(deleted_at=None)
    invitations.suspend(project.id, suspended=False)


def counts(projects: Sequence[Project]) -> dict[UUID, dict[str, int]]:
    """How many images there are in each state, and how many regions."""
    told = {project.id: dict.fromkeys(("images", *ImageState.values, "regions"), 0) for project in projects}
    live = Q(project__in=projects, deleted_at__isnull=True)
    for row in Image.objects.filter(live).order_by().values("project_id", "state").annotate(n=Count("id")):
        told[row["project_id"]][row["state"]] = row["n"]
        told[row["project_id"]]["images"] += row["n"]
    regions = Region.objects.filter(image__project__in=projects, image__deleted_at__isnull=True)
    regions = regions.exclude(origin=Origin.SUGGESTION)
    for project_id, number in regions.order_by().values_list("image__project_id").annotate(n=Count("id")):
        told[project_id]["regions"] = number
    return told


def strips(projects: Sequence[Project]) -> dict[UUID, list[Image]]:
    """The newest few images of each project."""
    told: dict[UUID, list[Image]] = {project.id: [] for project in projects}
    newest = Image.objects.filter(project=OuterRef("id"), deleted_at__isnull=True).values("id")
    # One a subquery, which an index answers. To number all images in order to keep four would read every one.
    nth = [Subquery(newest.order_by("-created_at", "-id")[n : n + 1]) for n in range(STRIP)]
    found = Project.objects.filter(id__in=list(told)).order_by().values_list(*nth)
    for image in Image.objects.filter(id__in={image_id for row in found for image_id in row if image_id}):
        told[image.project_id].append(image)
    return told
