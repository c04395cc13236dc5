"""What is looked after every ten seconds: the work of processes that were killed, and messages that were lost."""

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts import room
from annotations import orphans
from training import comparisons, deleted, freezing, mails, pages, predictions, runs, workers
from training.models import Comparison, Prediction, Run

log = logging.getLogger(__name__)
RUNS = "runs/"
LEFT_ALONE = timedelta(days=1)  # a folder is made moments before or after its row


def sweep() -> None:
    """Each step may run twice or beside another sweep: all are conditional updates."""
    deleted.end_work()
    runs.sweep_lost()
    freezing.resend()
    if not room.is_short() and (free := workers.count("training")):
        runs.resend_waiting(free)
    mails.sweep()
    predictions.sweep_waiting()
    comparisons.sweep()


def sweep_removed() -> None:
    """What a killed worker has left of a comparison: folders of work that no row ever names."""
    before = timezone.now() - LEFT_ALONE
    for folder in Path(settings.RUNS_DIR).glob(f"{comparisons.WORKING}*"):
        with suppress(FileNotFoundError):  # its worker tidied it up just now
            if changed(folder) < before:
                shutil.rmtree(folder, ignore_errors=True)


def changed(folder: Path) -> datetime:
    return datetime.fromtimestamp(folder.stat().st_mtime, tz=UTC)


def register() -> None:
    """The kinds of files that rows of this app name."""
    orphans.register(
        orphans.Kind("folders of runs", _run_folders, _runs, _runs_of_project),
        orphans.files("pictures of predictions", pages.FOLDER, _pages),
        orphans.files("pictures of comparisons", pages.COMPARISONS, _comparisons),
    )


def _run_folders(base: Path) -> Iterator[str]:
    yield from (f"{RUNS}{name}" for name in orphans.ids_in(base / RUNS))


def _runs(keys: Sequence[str]) -> set[str]:
    found = Run.objects.filter(pk__in=orphans.ids_of(keys))
    return {f"{RUNS}{run_id}" for run_id in found.values_list("pk", flat=True)}


def _runs_of_project(project_id: UUID) -> Iterator[str]:
    for run_id in Run.objects.filter(project=project_id).values_list("pk", flat=True):
        yield f"{RUNS}{run_id}"


def _pages(keys: Sequence[str]) -> set[str]:
    page_ids = {page_id for key in keys if (page_id := pages.page_of_file(key))}
    candidates = {candidate for page_id in page_ids for candidate in pages.predictions_of(page_id)}
    found = Prediction.objects.filter(pk__in=candidates).values_list("pages", flat=True)
    return {orphans.MEDIA + page[part] for listed in found for page in listed for part in ("file", "thumbnail")}


def _comparisons(keys: Sequence[str]) -> set[str]:
    existing = set(Comparison.objects.filter(pk__in=orphans.ids_of(keys)).values_list("pk", flat=True))
    return {key for key in keys if orphans.id_in(key.rpartition("/")[2]) in existing}
