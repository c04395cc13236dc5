"""The door of uploads: pictures are stored at once; a ZIP or a long document waits for the default worker."""

import logging
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from annotations import archives, imports, pictures, tasks, texts, uploads
from annotations.models import Import, ImportState, Project
from annotations.reports import Report

logger = logging.getLogger(__name__)
FILES = "files"  # Import.format of what holds pictures rather than annotations


def take_upload(project: Project, user: User, file: "UploadedFile[Any]") -> tuple[uploads.Taken, Import | None]:
    """The images made, or the import that will make them."""
    name = texts.file_name(file.name or "")
    stream = cast("BinaryIO", file.file)
    stream.seek(0)
    zipped = pictures.is_zip(stream.read(4))
    uploads.check_size(name, file.size, settings.MAX_ARCHIVE_BYTES if zipped else settings.MAX_UPLOAD_BYTES)
    if zipped or pictures.count_pages(stream, name) > uploads.PAGES_AT_ONCE:
        return uploads.Taken(), wait(project, user, name, file)
    return uploads.take(project, user, name, stream), None


def wait(project: Project, user: User, name: str, file: "UploadedFile[Any]") -> Import:
    """Keeps the file and hands it to the default worker."""
    file.seek(0)
    waiting = Import(project=project, user=user, format=FILES, name=name, report=Report().as_json())
    waiting.file = default_storage.save(f"imports/{project.id}/{uuid4()}", file)
    tasks.hand_over(waiting)
    return waiting


def run(import_id: UUID) -> None:
    """In the worker; may run twice. An import whose project has gone is passed over."""
    running = Import.objects.select_related("project", "user").filter(id=import_id).first()
    if running is None or running.state in (ImportState.DONE, ImportState.FAILED):
        return
    again = running.state == ImportState.RUNNING
    Import.objects.filter(id=import_id, state=ImportState.WAITING).update(state=ImportState.RUNNING)
    try:
        if running.format == FILES:
            archives.run_files(running, again=again)
        else:
            imports.run_table(running)
    except archives.Overtaken:
        logger.info("Import %s is being taken in by another worker.", import_id)
    except Refusal as refusal:
        fail(running, refusal.message)
    except FileNotFoundError:
        fail(running, f"{running.name} is missing from the storage. Upload it again.")
    except Exception:
        fail(running, f"{running.name} could not be taken in because of a fault in Glyphsmith; its log says more.")
        raise


def fail(running: Import, sentence: str) -> None:
    states = (ImportState.WAITING, ImportState.RUNNING)
    changed = Import.objects.filter(id=running.id, state__in=states).update(
        state=ImportState.FAILED, failure=sentence, finished_at=timezone.now()
    )
    if changed:
        default_storage.delete(running.file)
