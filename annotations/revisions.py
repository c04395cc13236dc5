"""The revision of a project's data: what was worked out of it, such as the data check, is kept while it is the same."""

from uuid import UUID

from django.db.models import F
from django.utils import timezone

from annotations.models import Project


def touch(project_id: UUID) -> None:
    """To be called by every change of images, regions and labels, in its transaction: who sees one sees the other."""
    Project.objects.filter(id=project_id).update(updated_at=timezone.now(), revision=F("revision") + 1)


def of(project_id: UUID) -> int:
    return Project.objects.values_list("revision", flat=True).get(id=project_id)
