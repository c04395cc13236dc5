"""Conditions on leases and sent tasks, by the clock of the database.

Web, workers and database may be on machines whose clocks differ. What one of them writes is compared by another, so
only one clock may be asked: that of the database (`Now`, in SQLite to the millisecond). A time that was read is never
compared for equality: SQLite keeps it as text, with three digits where Python writes six.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now


def silent() -> Q:
    """Its worker has not been heard of for RUN_LEASE_SECONDS."""
    return Q(heartbeat_at=None) | Q(heartbeat_at__lt=Now() - timedelta(seconds=settings.RUN_LEASE_SECONDS))


def not_sent_for(age: timedelta) -> Q:
    """Its task was never put on the queue, or that long ago."""
    return Q(sent_at=None) | Q(sent_at__lt=Now() - age)
