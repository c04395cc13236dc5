"""What was under way for a project when it was deleted: it ends, and no email tells of it."""

from training import comparisons, predictions, runs


def end_work() -> None:
    """For all deleted projects. Runs as one is deleted, and in the sweep for what began in the same moment."""
    runs.cancel_deleted()
    comparisons.end_deleted()
    predictions.end_deleted()
