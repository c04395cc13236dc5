"""What was deleted goes for good after 30 days, files included; files that no row names go to the trash."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import RestrictedError
from django.utils import timezone

from accounts import installation
from annotations import orphans
from annotations.models import Image, Import, ImportState, Project, Snapshot

logger = logging.getLogger(__name__)
UNDOABLE = timedelta(days=30)


def sweep(now: datetime | None = None, *, even_most: bool = False) -> dict[str, str]:
    """What orphans were left where they are, and why, by what they are."""
    now = now or timezone.now()
    if installation.belongs():
        sweep_images(now - UNDOABLE)
        sweep_projects(now - UNDOABLE)
    return orphans.sweep(now, even_most=even_most)


def sweep_images(before: datetime) -> None:
    for image in Image.objects.filter(deleted_at__lt=before).iterator(chunk_size=200):
        Image.objects.filter(id=image.id).delete()
        orphans.remove([orphans.MEDIA + image.file, orphans.MEDIA + image.thumbnail])


def sweep_projects(before: datetime) -> None:
    for project in Project.objects.filter(deleted_at__lt=before):
        keys = orphans.of_project(project.id)
        try:
            project.delete()
        except RestrictedError:  # a run or version still holds on to a snapshot; the next sweep tries again
            logger.warning("Project %s cannot be removed yet: something still refers to it.", project.id)
            continue
        orphans.remove(keys)


def register() -> None:
    """The kinds of files that rows of this app name."""
    orphans.register(
        orphans.files("pictures of images", "images", _images),
        orphans.files("thumbnails", "thumbnails", _images),
        orphans.files("files that wait to be imported", "imports", _imports),
        orphans.files("snapshots", "snapshots", _snapshots),
    )


def _images(keys: Sequence[str]) -> set[str]:
    images = Image.objects.filter(id__in=orphans.ids_of(keys))
    return {orphans.MEDIA + key for row in images.values_list("file", "thumbnail") for key in row}


def _imports(keys: Sequence[str]) -> set[str]:
    unfinished = Import.objects.filter(state__in=[ImportState.WAITING, ImportState.RUNNING])
    files = unfinished.filter(file__in=[key.removeprefix(orphans.MEDIA) for key in keys])
    return {orphans.MEDIA + file for file in files.values_list("file", flat=True)}


def _snapshots(keys: Sequence[str]) -> set[str]:
    found = Snapshot.objects.filter(manifest__in=[key.removeprefix(orphans.MEDIA) for key in keys])
    return {orphans.MEDIA + manifest for manifest in found.values_list("manifest", flat=True)}
