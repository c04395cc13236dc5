"""What the default worker does. Tasks take ids, may run twice, and call one named function."""

from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.db.models.functions import Now

from annotations.models import Import


@shared_task(queue="default")
def run_import(import_id: str) -> None:
    from annotations import intake  # it hands work over to this module

    intake.run(UUID(import_id))


@shared_task(queue="default")
def run_check(project_id: str) -> None:
    from annotations import kept_checks

    kept_checks.run(UUID(project_id))


@shared_task(queue="default")
def sweep_leases() -> None:
    """Every ten seconds: what dead workers held, and what waits although its message is lost."""
    from annotations import importing, kept_checks

    importing.sweep()
    kept_checks.sweep()


@worker_ready.connect
def sweep_at_start(**_: Any) -> None:
    """A worker that starts after a crash finds at once what the crash left behind."""
    sweep_leases.delay()


@shared_task(queue="default")
def sweep_deleted() -> None:
    from annotations import sweeping

    sweeping.sweep()


@shared_task(queue="default")
def put_back() -> None:
    from annotations import orphans

    orphans.put_back()


@worker_ready.connect
def put_back_at_start(**_: Any) -> None:
    """A database that was restored names again what a sweep had moved to the trash."""
    if (Path(settings.DATA_DIR) / "trash").is_dir():
        put_back.delay()


def hand_over(waiting: Import) -> None:
    """Saves the import and sends it to the default worker. Where no broker answers, neither row nor file stays."""
    waiting.sent_at = Now()
    try:
        waiting.save()
        run_import.delay(str(waiting.id))
    except BaseException:
        default_storage.delete(waiting.file)
        with suppress(DatabaseError):  # the error is what is raised: a full disk, perhaps
            Import.objects.filter(id=waiting.id).delete()
        raise
    waiting.refresh_from_db()
