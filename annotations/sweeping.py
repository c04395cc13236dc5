"""What was deleted goes for good after 30 days, files included; files that no row names go after a day."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q, RestrictedError
from django.utils import timezone

from annotations import uploads
from annotations.models import Image, Import, ImportState, Project, Snapshot

logger = logging.getLogger(__name__)
UNDOABLE = timedelta(days=30)
ORPHANED = timedelta(days=1)  # an upload writes its files moments before its row
FOLDERS = ("images", "thumbnails", "imports", "snapshots")


def sweep(now: datetime | None = None) -> None:
    now = now or timezone.now()
    sweep_images(now - UNDOABLE)
    sweep_projects(now - UNDOABLE)
    sweep_orphans(now - ORPHANED)


def sweep_images(before: datetime) -> None:
    for image in Image.objects.filter(deleted_at__lt=before).iterator(chunk_size=200):
        Image.objects.filter(id=image.id).delete()
        uploads.remove_files(image)


def sweep_projects(before: datetime) -> None:
    for project in Project.objects.filter(deleted_at__lt=before):
        project_id = project.id  # the instance loses it with its row
        try:
            project.delete()
        except RestrictedError:  # a run or version still holds on to a snapshot; the next sweep tries again
            logger.warning("Project %s cannot be removed yet: something still refers to it.", project.id)
            continue
        for folder in FOLDERS:
            for key in _files(f"{folder}/{project_id}"):
                default_storage.delete(key)


def sweep_orphans(before: datetime) -> None:
    """Files of a crash between file and row, or between row and file."""
    for folder in FOLDERS:
        for key in _files(folder):
            if default_storage.get_modified_time(key) < before and not _is_named(folder, key):
                default_storage.delete(key)


def _is_named(folder: str, key: str) -> bool:
    if folder in ("images", "thumbnails"):
        image_id = _id_in(key)
        return image_id is not None and Image.objects.filter(Q(file=key) | Q(thumbnail=key), id=image_id).exists()
    if folder == "snapshots":
        return Snapshot.objects.filter(manifest=key).exists()
    return Import.objects.filter(file=key, state__in=[ImportState.WAITING, ImportState.RUNNING]).exists()


def _id_in(key: str) -> UUID | None:
    """Image files are named by their row's id, so looking for the row takes its primary key."""
    try:
        return UUID(key.rpartition("/")[2].partition(".")[0])
    except ValueError:
        return None


def _files(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _files(f"{folder}/{name}")
