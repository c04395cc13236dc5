"""The pictures of a ZIP or a long document, taken in one after the other by the default worker.

Each step moves the import's counter from n to n + 1 by a conditional update, together with the report. A task that
runs twice goes on where the first stopped, and of two at once one stops.
"""

import zipfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.errors import Refusal
from annotations import pictures, projects, texts, uploads
from annotations.models import Import, ImportState
from annotations.reports import Report

MOST_FILES = 20_000
MOST_BYTES_UNPACKED = 20  # times the limit of the archive itself
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", "@eaDir")

Step = Callable[[Report], None]


class Overtaken(Exception):
    """Another run of the same task is ahead."""


def run_files(running: Import, *, again: bool) -> None:
    """`again`: an earlier run broke off, perhaps after it had saved the images of a step it did not count."""
    running.broke_off = again
    with default_storage.open(running.file) as stored:
        file = cast("BinaryIO", stored)
        if pictures.is_zip(file.read(4)):
            _run_zip(running, file)
        else:
            _run_document(running, file)
    finish(running)
    default_storage.delete(running.file)
    projects.touch(running.project_id)


def finish(running: Import) -> None:
    Import.objects.filter(id=running.id, state=ImportState.RUNNING).update(
        state=ImportState.DONE, finished_at=timezone.now()
    )


def _run_zip(running: Import, file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = _entries(archive)
            _set_total(running, len(entries))
            for entry in entries[running.done :]:
                _step(running, _entry_step(running, archive, entry))
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise Refusal(f"{running.name} is damaged and cannot be unpacked: {error}", code="bad_file") from None


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in the archive, by name, without what operating systems leave behind."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_junk(entry.filename)]
    if len(entries) > MOST_FILES:
        raise Refusal(f"The ZIP holds {len(entries):,} files; at most {MOST_FILES:,} are taken. Split it up.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_BYTES_UNPACKED * settings.MAX_ARCHIVE_BYTES:
        raise Refusal(f"The ZIP would unpack to {unpacked / 1e9:,.0f} GB, which is too much.")
    return sorted(entries, key=lambda entry: entry.filename)


def _is_junk(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return any(part in JUNK or (part.startswith(".") and part.strip(".")) for part in parts)


def _entry_step(running: Import, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Step:
    """Reads and decodes outside the transaction; what is returned saves."""
    name = texts.file_name(entry.filename)
    try:
        content = _content(archive, entry, name)
        if pictures.is_zip(content[:4]):
            raise Refusal("A ZIP inside the ZIP is not unpacked.")
        taken = uploads.take(running.project, running.user, name, BytesIO(content))
    except Refusal as refusal:
        message = refusal.message
        return lambda report: report.leave_out(None, name, message)
    return lambda report: _tell(running, report, taken)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """Never more than the limit, whatever the archive says of its sizes."""
    if entry.flag_bits & 1:
        raise Refusal(f"{name} is locked with a password.")
    uploads.check_size(name, entry.file_size)
    try:
        with archive.open(entry) as packed:
            content = packed.read(settings.MAX_UPLOAD_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Refusal(f"{name} is damaged and cannot be unpacked: {error}") from None
    except Exception as error:  # zlib.error, lzma.LZMAError: each method has its own
        raise Refusal(f"{name} is damaged and cannot be unpacked: {error}") from None
    uploads.check_size(name, len(content))
    return content


def _run_document(running: Import, file: BinaryIO) -> None:
    _set_total(running, pictures.count_pages(file, running.name))
    for page in pictures.read_pages(file, running.name, settings.MAX_IMAGE_PIXELS, first=running.done):
        taken = uploads.take_pages(running.project, running.user, running.name, [page])
        _step(running, partial(_tell, running, taken=taken))


def _tell(running: Import, report: Report, taken: uploads.Taken) -> None:
    report.images += len(taken.images)
    for name, image in taken.duplicates:
        if running.broke_off and image.name == name and image.created_at >= running.created_at:
            report.images += 1
        else:
            report.leave_out(None, name, f"The project has this picture already, as {image.name}.")


def _set_total(running: Import, total: int) -> None:
    running.total = total
    Import.objects.filter(id=running.id).update(total=total)


def _step(running: Import, step: Step) -> None:
    report = Report.of(running.report)
    step(report)
    with transaction.atomic():
        moved = Import.objects.filter(id=running.id, done=running.done, state=ImportState.RUNNING).update(
            done=running.done + 1, report=report.as_json()
        )
    if not moved:
        raise Overtaken
    running.done += 1
    running.broke_off = False
    running.report = report.as_json()
