"""Messages of runs as the training worker receives them, before any of its processes takes one.

Each run gets a process of its own, which is replaced afterwards. A message whose run no longer waits (cancelled, ended,
claimed elsewhere, gone) is dropped here, so that it costs a query and no process.
"""

import logging
from uuid import UUID

from celery.worker.request import Request
from django import db

from training import runs

log = logging.getLogger(__name__)


class RunDelivery(Request):
    def revoked(self) -> bool:
        """Asked by Celery as it hands the message to a process; True drops it."""
        if super().revoked():
            return True
        if _waits(self.args[0]):
            return False
        log.info("run %s does not wait any more; its message is dropped", self.args[0])
        self._announce_revoked("not waiting", False, None, False)  # type: ignore[attr-defined]  # how Celery itself drops one
        return True


def _waits(run_id: str) -> bool:
    try:
        return runs.is_queued(UUID(run_id))
    except db.Error:  # the process that takes the message asks again
        return True
    finally:
        db.connections.close_all()  # a process forked from this one must not share them
