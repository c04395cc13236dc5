"""The door of uploads: pictures are stored at once; a ZIP or a long document waits for the default worker."""

from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from annotations import archives, importing, imports, matching, pictures, tasks, texts, uploads
from annotations.leases import Kept
from annotations.models import Import, Project
from annotations.reports import Report


def take_upload(
    project: Project, user: User, file: "UploadedFile[Any]", folder: str = ""
) -> tuple[uploads.Taken, Import | None]:
    """The images made, or the import that will make them. `folder`: where the file lay on the sender's side."""
    name = texts.file_name(file.name or "")
    stream = cast("BinaryIO", file.file)
    stream.seek(0)
    zipped = pictures.is_zip(stream.read(4))
    uploads.check_size(name, file.size, settings.MAX_ARCHIVE_BYTES if zipped else settings.MAX_UPLOAD_BYTES)
    if zipped or pictures.count_pages(stream, name) > uploads.PAGES_AT_ONCE:
        return uploads.Taken(), wait(project, user, name, file, folder)
    return uploads.take(project, user, matching.path_of(texts.folder_name(f"{folder}/"), name), stream), None


def wait(project: Project, user: User, name: str, file: "UploadedFile[Any]", folder: str = "") -> Import:
    """Keeps the file and hands it to the default worker."""
    file.seek(0)
    waiting = Import(project=project, user=user, format=importing.FILES, name=name, report=Report().kept())
    waiting.options = {"folder": texts.folder_name(f"{folder}/")}
    waiting.file = default_storage.save(f"imports/{project.id}/{uuid4()}", file)
    tasks.hand_over(waiting)
    return waiting


def run(import_id: UUID) -> None:
    """In the worker. A second delivery of its task finds the import claimed, or over, and returns at once."""
    running = importing.claim(import_id)
    if running is None:
        return
    with Kept(importing.LEASES, running.lease), importing.ended(running):
        if running.format == importing.FILES:
            archives.run_files(running)
            importing.finish(running)
        else:
            imports.run_table(running)
