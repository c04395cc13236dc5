import os
import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from runner.console import REFUSED, Stop
from runner.heartbeats import KINDS
from server.checks import CONFIGURATION


class Command(BaseCommand):
    help = "Runs one background worker until it is told to stop."
    # The others load the whole API, which no worker answers; `prepare` has asked them.
    requires_system_checks = [CONFIGURATION]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=KINDS)

    def handle(self, *args: Any, **options: Any) -> None:
        # Celery's own SIGTERM waits for the task to end: for a training run, that is hours. It reads this while it is
        # imported, so the worker's machinery comes after.
        os.environ["REMAP_SIGTERM"] = "SIGQUIT"
        os.environ["CELERY_SKIP_CHECKS"] = "1"  # it would ask them all once more
        os.environ.setdefault(
            "TF_CPP_MIN_LOG_LEVEL", "1"
        )  # TensorFlow tells how it was built in words like a warning's
        from server import workers

        admit(self.stderr.write)
        workers.run(options["kind"])


def admit(say: Callable[[str], None]) -> None:
    """Ends the process with a sentence where this folder is not the database's."""
    from server import belonging  # the models, after what must come first

    try:
        belonging.admit_worker(say)
    except Stop as refusal:
        say(str(refusal))
        sys.exit(REFUSED)
    finally:
        connections.close_all()  # what forks must not share one
