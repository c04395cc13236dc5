"""What is looked after every ten seconds: the work of processes that were killed, and messages that were lost."""

import logging

from training import dispatch, predictions, runs, workers

log = logging.getLogger(__name__)


def sweep() -> None:
    """Each step may run twice or beside another sweep: all are conditional updates."""
    runs.sweep_lost()
    if free := workers.count("training"):
        runs.resend_waiting(free)
    for run in runs.unmailed().only("pk"):
        dispatch.mail_run(run.pk)
    predictions.sweep_waiting()
