"""What the default worker does. Tasks take ids, may run twice, and call one named function."""

from uuid import UUID

from celery import shared_task
from django.core.files.storage import default_storage

from annotations.models import Import


@shared_task(queue="default")
def run_import(import_id: str) -> None:
    from annotations import intake  # it hands work over to this module

    intake.run(UUID(import_id))


@shared_task(queue="default")
def sweep_deleted() -> None:
    from annotations import sweeping

    sweeping.sweep()


def hand_over(waiting: Import) -> None:
    """Saves the import and sends it to the default worker. Where no broker answers, neither row nor file stays."""
    waiting.save()
    try:
        run_import.delay(str(waiting.id))
    except BaseException:
        waiting.delete()
        default_storage.delete(waiting.file)
        raise
    waiting.refresh_from_db()
