"""What is looked after every ten seconds: the work of processes that were killed, and messages that were lost."""

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from annotations.models import Project
from training import comparisons, deleted, pages, predictions, runs, workers
from training.models import Run

log = logging.getLogger(__name__)
LEFT_ALONE = timedelta(days=1)  # a folder is made moments before or after its row


def sweep() -> None:
    """Each step may run twice or beside another sweep: all are conditional updates."""
    deleted.end_work()
    runs.sweep_lost()
    if free := workers.count("training"):
        runs.resend_waiting(free)
    runs.resend_mails()
    predictions.sweep_waiting()
    comparisons.sweep()


def sweep_removed() -> None:
    """The folders of runs, and the pictures of predictions and comparisons, whose project is gone for good.

    And what a killed worker has left of a comparison.
    """
    before = timezone.now() - LEFT_ALONE
    for folder in Path(settings.RUNS_DIR).glob("*-*-*-*-*"):
        if changed(folder) < before and not Run.objects.filter(pk=UUID(folder.name)).exists():
            shutil.rmtree(folder, ignore_errors=True)
    for folder in Path(settings.RUNS_DIR).glob(f"{comparisons.WORKING}*"):
        if changed(folder) < before:
            shutil.rmtree(folder, ignore_errors=True)
    for project_id in pages.projects():
        if not Project.objects.filter(pk=project_id).exists():
            for key in pages.files_of(project_id):
                default_storage.delete(key)


def changed(folder: Path) -> datetime:
    return datetime.fromtimestamp(folder.stat().st_mtime, tz=UTC)
