"""The pictures of a ZIP or a long document, taken in one after the other by the default worker.

A step is one picture: its row is saved in one transaction with the import's counter and report. What breaks off goes on
at the next picture, and of two workers at once one stops.
"""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import room
from accounts.errors import Refusal
from annotations import importing, matching, pictures, texts, uploads, zip_names
from annotations.formats import Remark
from annotations.models import Import
from annotations.reports import Report

MOST_FILES = 20_000
MOST_BYTES_UNPACKED = 20  # times the limit of the archive itself
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", "@eaDir")


def run_files(running: Import) -> None:
    """Raises Overtaken and MakeWay (`annotations.importing`) between two steps, and Refusal for what is no ZIP."""
    with default_storage.open(running.file) as stored:
        file = cast("BinaryIO", stored)
        if pictures.is_zip(file.read(4)):
            _run_zip(running, file)
        else:
            _run_document(running, file)


def _run_zip(running: Import, file: BinaryIO) -> None:
    archive, entries = _opened(running.name, file)
    with archive:
        importing.set_total(running, len(entries))
        names = zip_names.Names(archive.infolist())
        for entry in entries[running.done :]:
            _take_entry(running, archive, entry, names)
            importing.make_way(running)


def _opened(name: str, file: BinaryIO) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    try:
        archive = zipfile.ZipFile(file)
        return archive, _entries(archive)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise Refusal(f"{name} is damaged and cannot be unpacked: {error}", code="bad_file") from None


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in the archive, by name, without what operating systems leave behind."""
    names = zip_names.Names(archive.infolist())
    entries = [entry for entry in archive.infolist() if not _is_folder(entry) and not _is_junk(names.of(entry))]
    if len(entries) > MOST_FILES:
        raise Refusal(f"The ZIP holds {len(entries):,} files; at most {MOST_FILES:,} are taken. Split it up.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_BYTES_UNPACKED * settings.MAX_ARCHIVE_BYTES:
        raise Refusal(f"The ZIP would unpack to {unpacked / 1e9:,.0f} GB, which is too much.")
    return sorted(entries, key=lambda entry: entry.filename)


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith("/")  # is_dir() reads the last letter of names that have none


def _is_junk(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return any(part in JUNK or (part.startswith(".") and part.strip(".")) for part in parts)


def _take_entry(running: Import, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, names: zip_names.Names) -> None:
    """One file of the ZIP, page by page, so that a long document in it goes on where it stopped too."""
    name, others = _path(names.of(entry)), [_path(other) for other in names.others(entry)]
    reason = ""
    try:
        content = _content(archive, entry, name)
        if pictures.is_zip(content[:4]):
            raise Refusal("A ZIP inside the ZIP is not unpacked.")
        for page in pictures.read_pages(BytesIO(content), name, settings.MAX_IMAGE_PIXELS, first=running.page):
            _take_page(running, name, page, done=running.done, page_done=page.number + 1, others=others)
            importing.make_way(running)
    except room.NoRoom:  # no fault of this file: the import waits
        raise
    except Refusal as refusal:
        reason = refusal.message
    report = Report.of(running.report)
    if names.page:
        report.remark(Remark(None, f"The names of its files were read in the code page {names.page}."))
    if reason:
        report.leave_out(None, name, reason)
    importing.move(running, report, done=running.done + 1)


def _path(written: str) -> str:
    return matching.path_of(texts.folder_name(written), texts.file_name(written))


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
    importing.set_total(running, pictures.count_pages(file, running.name))
    name = matching.path_of(running.options.get("folder", ""), running.name)
    for page in pictures.read_pages(file, running.name, settings.MAX_IMAGE_PIXELS, first=running.done):
        _take_page(running, name, page, done=page.number + 1)
        importing.make_way(running)


def _take_page(
    running: Import, name: str, page: pictures.Page, *, done: int, page_done: int = 0, others: Sequence[str] = ()
) -> None:
    """Its row and the counter that moves past it are one transaction; what takes long comes before."""
    image = uploads.written(running.project, running.user, name, page)
    written = uploads.is_new(image)
    report = Report.of(running.report)
    try:
        with transaction.atomic():
            kept, is_new = uploads.saved(image, name, others)
            if is_new:
                report.images += 1
            else:
                known = matching.path_of(kept.folder, kept.name)
                report.leave_out(None, name, f"The project has this picture already, as {known}.")
            importing.move(running, report, done=done, page=page_done)
    except Exception as error:  # after any other error nobody knows whether the row is there: sweeping looks
        if written and (isinstance(error, importing.Overtaken) or room.is_full(error)):
            uploads.remove_files(image)
        raise
